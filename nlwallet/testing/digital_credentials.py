"""The platform between a page and a wallet: the browser's Digital Credentials API, with a wallet of ours behind it.

It follows the W3C draft "Digital Credentials" and OpenID4VP 1.0 Appendix A. With Playwright a relying
party's own page is tested in a real browser; without one, :meth:`DigitalCredentials.get` gives what the page
would get.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Self

from nlwallet.encoding import dump_json, parse_json, parse_json_object
from nlwallet.errors import InvalidRequest, LocalError, PromptClosed, RemoteError
from nlwallet.holder import ConsentPrompt, Outcome, Wallet
from nlwallet.openid4vp import DC_API_PROTOCOLS, ISO_MDOC, DcApiRequest, check_origin, error_code_for
from nlwallet.testing.asked_types import asked_types
from nlwallet.testing.browser import (
    BINDING,
    OPAQUE,
    AsyncInstallable,
    Installable,
    init_script,
    origin_of,
)
from nlwallet.testing.citizen import UNDECIDED, Citizen, approves
from nlwallet.testing.dom_exception import DomException, cancelled
from nlwallet.testing.exchange import Exchange, Place

PRESENTATION_PROTOCOLS: Final = frozenset({*DC_API_PROTOCOLS, ISO_MDOC})
"""What a user agent passes on: ``DigitalCredentialPresentationProtocol`` of the draft."""


class DigitalCredentials:
    """A test double of the Digital Credentials API.

    ::

        with DigitalCredentials(edi.wallet("frouke")) as platform:
            platform.install(page)                       # a page or context of Playwright, before goto()
            page.goto("https://rp.example")
            page.get_by_role("button").click()

    ``citizen`` is shown each consent prompt and answers it; the default one shares what is asked with the PIN of
    the sandbox's wallets, and acknowledges no warnings. A request that the wallet does not trust is
    cancelled: the page cannot tell that from a citizen who closed the prompt. With ``reports_errors`` the
    wallet answers it with the error code of OpenID4VP 1.0 §8.5 instead, as wallets may.

    What went wrong in the citizen's function, an ``assert`` in it too, is raised at the end of the ``with``
    block, or by :meth:`raise_errors`.
    """

    def __init__(
        self, wallet: Wallet, *, citizen: Citizen | None = None, reports_errors: bool = False
    ) -> None:
        self.citizen: Citizen = citizen or approves()
        """Who answers from now on."""
        self.exchanges: list[Exchange] = []
        """Every call of a page so far, oldest first."""
        self._wallet = wallet
        self._reports_errors = reports_errors
        self._errors: list[Exception] = []

    # Without a browser ------------------------------------------------------------------------

    def get(self, origin: str, requests: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """What ``navigator.credentials.get({digital: {requests}})`` gives a page at ``origin``, as JSON.

        ``{"id": "", "type": "digital", "protocol": …, "data": …}``. Raises :class:`DomException` where the
        promise is rejected, and whatever the citizen's function raises.
        """
        try:
            received = parse_json(dump_json(requests), what="requests")
        except (TypeError, RemoteError) as error:
            raise DomException("TypeError", "The requests are not JSON.") from error
        exchange = self._begin(Exchange(origin), received)
        if exchange.state == "open":
            exchange.abort()
            raise LocalError("the citizen did not decide, and without a browser nobody waits")
        self._raise_error_of(exchange)
        if exchange.rejection is not None:
            raise exchange.rejection
        assert exchange.credential is not None
        return dict(exchange.credential)

    # In a browser -----------------------------------------------------------------------------

    def install(self, page: Installable) -> None:
        """Be the Digital Credentials API of a ``Page``, or of every page of a ``BrowserContext``.

        For ``playwright.sync_api``; it holds for documents that are loaded from now on. Other types of
        credentials (passwords, passkeys) stay with the browser.
        """
        page.expose_binding(BINDING, self._called)
        page.add_init_script(init_script())

    async def install_async(self, page: AsyncInstallable) -> None:
        """The same for ``playwright.async_api``."""
        await page.expose_binding(BINDING, self._called)
        await page.add_init_script(init_script())

    # What happened ----------------------------------------------------------------------------

    @property
    def last(self) -> Exchange:
        """The newest exchange. Raises :class:`~nlwallet.errors.LocalError` if no page asked anything."""
        if not self.exchanges:
            raise LocalError("no page has asked for a credential yet")
        return self.exchanges[-1]

    def decide(self, citizen: Citizen | None = None) -> Exchange:
        """Let a citizen answer the prompt that an undecided one left open, the newest if there are more.

        Raises :class:`~nlwallet.errors.LocalError` if there is none, and whatever ``citizen`` raises.
        """
        for exchange in reversed(self.exchanges):
            if exchange.state == "open" and exchange.prompt is not None:
                self._decide(exchange, citizen or self.citizen)
                self._raise_error_of(exchange)
                return exchange
        raise LocalError("no prompt is open")

    def raise_errors(self) -> None:
        """Raise what went wrong in a citizen's function, the first if there is more; then forget them."""
        errors, self._errors = self._errors, []
        if errors:
            raise errors[0]

    def close(self) -> None:
        """Close every open prompt; a page that still waits is told that its request was cancelled."""
        for exchange in self.exchanges:
            if exchange.state == "open":
                if exchange.prompt is not None:
                    _close(exchange.prompt)
                exchange.reject(cancelled())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        self.raise_errors()

    # From the page ------------------------------------------------------------------------------

    def _called(self, source: Mapping[str, Any], message: Any) -> Any:
        """The script in the page asks, or gives up. What it says of itself is not believed."""
        try:
            said = parse_json_object(message if isinstance(message, str) else "", what="the page's call")
        except RemoteError:
            return {"exception": DomException("TypeError", "The requests are not JSON.").as_json()}
        place = Place(source["page"], source["frame"], str(said.get("document")), str(said.get("call")))
        if said.get("abort"):
            for exchange in self._open_in(place):
                if exchange.place is not None and exchange.place.is_same_call(place):
                    exchange.abort()
            return None
        exchange = Exchange(origin_of(source["frame"]), place=place)
        self._begin(exchange, said.get("requests"))
        return _reply_later(exchange) if exchange.state == "open" else exchange.reply()

    def _open_in(self, place: Place) -> list[Exchange]:
        """What is open in the tab; whose page was left is aborted first."""
        here = [each for each in self.exchanges if each.place is not None and each.place.page is place.page]
        for exchange in here:
            if exchange.place is not None and exchange.place.is_gone(place):
                exchange.abort()
        return [each for each in here if each.state == "open"]

    def _begin(self, exchange: Exchange, requests: Any) -> Exchange:
        """Prepare and initiate the credential request (the draft's "credential request coordinator")."""
        busy = exchange.place is not None and self._open_in(exchange.place)
        self.exchanges.append(exchange)
        try:
            _check_page(exchange.origin)
            allowed = _filtered(requests)
            if busy:
                raise DomException("NotAllowedError", "Another request of this page is still open.")
        except DomException as rejection:
            exchange.reject(rejection)
            return exchange
        exchange.requests = allowed
        if not self._finds_the_wallet(allowed):
            exchange.reject(cancelled())
            return exchange
        try:
            exchange.prompt = self._wallet.open_dc_api(allowed, origin=exchange.origin)
        except RemoteError as refusal:
            self._refused(exchange, refusal)
            return exchange
        self._decide(exchange, self.citizen)
        return exchange

    def _finds_the_wallet(self, requests: Sequence[Mapping[str, Any]]) -> bool:
        """Whether the platform offers this wallet to its user, by what the wallet told of its cards (ARF OIA_08f)."""
        if self._wallet.tells_browser_everything:
            return True
        told = {(one.format, one.type) for one in self._wallet.told_to_browser}
        return any(not told.isdisjoint(asked_types(one)) for one in requests)

    def _refused(self, exchange: Exchange, refusal: RemoteError) -> None:
        if self._reports_errors and any(each["protocol"] in DC_API_PROTOCOLS for each in exchange.requests):
            exchange.error = refusal
            spoken = DcApiRequest.choose(exchange.requests).protocol
            exchange.fulfil(spoken, {"error": str(error_code_for(refusal))})
        else:
            exchange.reject(cancelled(), because=refusal)

    def _decide(self, exchange: Exchange, citizen: Citizen) -> None:
        assert exchange.prompt is not None
        try:
            answer = citizen(exchange.prompt)
            if answer is None:
                _close(exchange.prompt)
            given = None if answer is None or answer is UNDECIDED else _for_a_page(answer)
        except Exception as error:  # noqa: BLE001 - it belongs to the test, not to the page: raise_errors()
            if exchange.state == "open":
                self._errors.append(error)
                exchange.reject(cancelled(), because=error)
            return
        if exchange.state != "open" or answer is UNDECIDED:
            return
        if given is None:
            exchange.reject(cancelled())
        else:
            exchange.fulfil(*given)

    def _raise_error_of(self, exchange: Exchange) -> None:
        if self._errors and exchange.error is self._errors[-1]:
            raise self._errors.pop()


def _close(prompt: ConsentPrompt) -> None:
    """The wallet writes down that its holder did not share; nothing of it goes to the page."""
    try:
        prompt.deny()
    except PromptClosed as error:
        if error.code == "prompt_closed":
            raise LocalError(
                "the citizen's function answered the prompt, and returned nothing",
                hint="return what prompt.approve() or prompt.deny() gives",
            ) from None


def _for_a_page(outcome: Outcome) -> tuple[str, Mapping[str, Any]] | None:
    if outcome.protocol == ISO_MDOC and outcome.data is None:
        return None  # that protocol has no word for a refusal
    if outcome.protocol is None or outcome.data is None:
        raise LocalError("the outcome that the citizen's function returned is not of this prompt")
    return outcome.protocol, outcome.data


async def _reply_later(exchange: Exchange) -> dict[str, Any]:
    """The page's promise waits; its script goes on."""
    settled = asyncio.get_running_loop().create_future()
    exchange.when_settled(lambda: settled.set_result(None))
    if exchange.state == "open":
        await settled
    return exchange.reply()


def _check_page(origin: str) -> None:
    """In a context that is not secure the API does not exist; an opaque origin gets nothing."""
    if origin == OPAQUE:
        raise DomException("NotAllowedError", "The page has an opaque origin.")
    try:
        check_origin(origin)
    except InvalidRequest as error:
        raise DomException("SecurityError", "The page is not a secure context.") from error


def _filtered(requests: Any) -> list[Mapping[str, Any]]:
    """The requests that a user agent passes on; without any the call is a mistake ("filter credential requests")."""
    if not isinstance(requests, list):
        raise DomException("TypeError", "requests is not a sequence.")
    for each in requests:
        if not isinstance(each, dict) or not isinstance(each.get("protocol"), str):
            raise DomException("TypeError", "A request has a protocol.")
        if not isinstance(each.get("data"), dict | list):
            raise DomException("TypeError", "A request has an object data.")
    allowed = [each for each in requests if each["protocol"] in PRESENTATION_PROTOCOLS]
    if not allowed:
        raise DomException("TypeError", "No request is of a protocol that is allowed.")
    return allowed
