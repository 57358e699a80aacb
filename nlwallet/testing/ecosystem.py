"""The sandbox as tests use it: time that travels, wallets that say what they saw, and nothing that stays behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from nlwallet.errors import LocalError, NlWalletError
from nlwallet.holder import (
    CardStore,
    ConsentPrompt,
    Language,
    OfferPrompt,
    Outcome,
    OverAsking,
    ReceivedCards,
    Wallet,
)
from nlwallet.holder.deliveries import PromisedCard
from nlwallet.holder.opening import Opening
from nlwallet.http import AsgiApp, WsgiApp
from nlwallet.issuer import Issuer
from nlwallet.profiles import HAIP_1_0, Profile
from nlwallet.report import Report
from nlwallet.sandbox import InProcess, Sandbox
from nlwallet.testing.citizen import UNDECIDED, Citizen, careful
from nlwallet.testing.invented_party import NL_PID, invented_party
from nlwallet.testing.seen import Seen
from nlwallet.testing.snapshot import Snapshot
from nlwallet.testing.time_machine import TimeMachine
from nlwallet.testing.under_test import Ended, PartyUnderTest, Start, party_of
from nlwallet.testing.watcher import Refusable, Watcher
from nlwallet.verifier import Verifier


class WatchedWallet(Wallet):
    """A wallet in a test. It has no PIN unless it is given one, so ``approve()`` is enough.

    ``seen`` is what it saw so far, ``citizen`` who holds it when nobody in the test decides.
    """

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self.citizen: Citizen = careful
        self.seen = Seen(f"a wallet that behaves as {self.profile.name}", lambda: self.log)
        self._report: Report | None = None
        self.watchers: list[Watcher] = [self.seen]
        """All of them are told each step: what the test report says, and what a cassette keeps."""
        parts["http"].watch(lambda exchange: self._show(lambda one: one.exchanged(exchange)))

    def open(self, uri: str) -> ConsentPrompt:
        """As :meth:`Wallet.open`: a link, or the text of a QR code."""
        self._show(lambda one: one.opened(uri))
        return self._asked(lambda: super(WatchedWallet, self).open(uri))

    def open_dc_api(self, requests: Sequence[Mapping[str, Any]], *, origin: str) -> ConsentPrompt:
        """As :meth:`Wallet.open_dc_api`."""
        self._show(lambda one: one.asked_by_page(requests, origin))
        return self._asked(lambda: super(WatchedWallet, self).open_dc_api(requests, origin=origin))

    def open_offer(self, offer_uri: str) -> OfferPrompt:
        """As :meth:`Wallet.open_offer`; :meth:`receive` begins here too."""
        self._show(lambda one: one.opened(offer_uri))
        with self._refusing("offer"):
            prompt = super().open_offer(offer_uri)
        self._show(lambda one: one.offered(prompt))
        return prompt.watched_by(lambda error: self._show(lambda one: one.refused(error, "card")))

    def ask_for(self, promise: PromisedCard) -> ReceivedCards:
        """As :meth:`Wallet.ask_for`."""
        with self._refusing("card"):
            return super().ask_for(promise)

    def renew(self, card_id: str, *, by_user: bool = True) -> ReceivedCards:
        """As :meth:`Wallet.renew`."""
        with self._refusing("card"):
            return super().renew(card_id, by_user=by_user)

    @contextmanager
    def _refusing(self, what: Refusable) -> Iterator[None]:
        try:
            yield
        except NlWalletError as error:
            refusal = error
            self._show(lambda one: one.refused(refusal, what))
            raise

    def answer(self, uri: str, citizen: Citizen | None = None) -> Outcome | None:
        """Open a link and let the citizen decide; ``None`` when she closed the prompt without an answer.

        ``citizen`` instead of the wallet's own. Raises what :meth:`open` raises, and what she runs into.
        """
        outcome = (citizen or self.citizen)(self.open(uri))
        if outcome is UNDECIDED:
            raise LocalError("this citizen does not decide", hint="open(link), and decide in the test")
        return outcome

    def _opening(self) -> Opening:
        opening = super()._opening()
        self._report = opening.report
        return opening

    def _asked(self, read: Callable[[], ConsentPrompt]) -> ConsentPrompt:
        self._report = None
        try:
            prompt = read()
        except NlWalletError as error:
            self._note_checks()
            refusal = error
            self._show(lambda one: one.refused(refusal))
            raise
        self._note_checks()
        self._show(lambda one: one.prompted(prompt))
        return prompt

    def _presents(self, vp_token: Mapping[str, Any]) -> None:
        self._show(lambda one: one.presented(vp_token))

    def _returns(self, outcome: Outcome) -> None:
        if (data := outcome.data) is not None:
            self._show(lambda one: one.returned(data))

    def _show(self, what: Callable[[Watcher], None]) -> None:
        for watcher in tuple(self.watchers):
            what(watcher)

    def _note_checks(self) -> None:
        if (report := self._report) is not None:
            self._show(lambda one: one.checked(report))


class Ecosystem(Sandbox):
    """A sandbox for many tests: each gets it as the one before found it.

    Its clock travels; it comes back, and everything is undone that a test did to a party, a wallet or a list, by
    :meth:`undone`. What a fixture of a wider scope set up before stays.
    """

    wallet_class = WatchedWallet
    clock: TimeMachine

    def __init__(self, *, profile: Profile | str = HAIP_1_0) -> None:
        self.wallets: list[WatchedWallet] = []
        self.wallet_made: Callable[[WatchedWallet], None] | None = None
        """Called with each new wallet, before it has a card."""
        self._under_test: list[PartyUnderTest] = []
        self._place = InProcess()
        super().__init__(clock=TimeMachine(), profile=profile, hosting=self._place)

    def wallet(
        self,
        name: str,
        *,
        pin: str | None = None,
        language: Language = "nl",
        over_asking: OverAsking = "allow_all",
        cards: Sequence[str | Issuer] = ("pid",),
        behaves_as: Profile | str | None = None,
        insecure_unregistered_issuers: bool = False,
    ) -> WatchedWallet:
        """As :meth:`Sandbox.wallet`, without a PIN unless one is given."""
        made = super().wallet(
            name,
            pin=pin,
            language=language,
            over_asking=over_asking,
            cards=cards,
            behaves_as=behaves_as,
            insecure_unregistered_issuers=insecure_unregistered_issuers,
        )
        assert isinstance(made, WatchedWallet)
        made.seen.wallet = f"the wallet of {name}, which behaves as {made.profile.name}"
        for watcher in made.watchers:
            watcher.forget()  # nobody asks how the first cards came
        return made

    def empty_wallet(
        self,
        *,
        pin: str | None = None,
        language: Language = "nl",
        over_asking: OverAsking = "allow_all",
        store: CardStore | None = None,
        behaves_as: Profile | str | None = None,
        insecure_unregistered_issuers: bool = False,
    ) -> WatchedWallet:
        """As :meth:`Sandbox.empty_wallet`, without a PIN unless one is given."""
        made = super().empty_wallet(
            pin=pin,
            language=language,
            over_asking=over_asking,
            store=store,
            behaves_as=behaves_as,
            insecure_unregistered_issuers=insecure_unregistered_issuers,
        )
        assert isinstance(made, WatchedWallet)
        self.wallets.append(made)
        if self.wallet_made is not None:
            self.wallet_made(made)
        return made

    def party(
        self,
        host: str,
        *claims: str,
        types: Sequence[str] = (NL_PID,),
        purpose: str = "Trying this out",
        name: str = "",
        public_body: bool = False,
    ) -> Verifier:
        """A relying party of your own at ``host`` (``shop.example``), registered to ask ``claims`` of the NL PID.

        ``party("shop.example", "family_name", "address.postal_code")``; ``types`` are those of another card. A
        ``public_body`` may ask for the BSN. Its ``request()`` asks exactly what is registered. For all that a
        registration can say there is :meth:`register`. The same again gives the
        same party. Raises :class:`~nlwallet.errors.LocalError`.
        """
        if not claims:
            raise LocalError("a party asks something", hint='party("shop.example", "age_over_18")')
        record = invented_party(
            host, claims, types=types, purpose=purpose, name=name or host, public_body=public_body
        )
        return self.register(record, host=host)

    def under_test(
        self,
        origin: str,
        app: AsgiApp | WsgiApp | str,
        start: Start,
        *,
        outcome: Ended = "",
        success: str | Mapping[str, Any] = "",
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        same_device: str = "",
        travels: bool = False,
        person: str = "frouke",
    ) -> PartyUnderTest:
        """Your application under attack: ``edi.under_test(…).survives(attack)``, for one of :func:`attacks`.

        ``origin`` and ``app`` as in :meth:`Wallet.mount`: ASGI, WSGI, or the base URL of a server. It has to trust the
        issuers of this ecosystem (``edi.anchors``), as a verifier of :meth:`party` does.

        ``start`` begins a session: ``"POST /login"`` (with ``body`` as JSON, and ``headers``), whose answer leads to
        the wallet or has the link in it; or a function that gives the link, or what holds it. ``outcome`` says how it
        ended: ``"/login/{id}"``, fetched with the same cookies, where ``{id}`` is a member of what the start answered
        and ``success`` are the members (``{"logged_in": True}``) or the text that say so; or a function that is given
        what ``start`` gave, and says ``True`` or ``False``.

        ``same_device`` is where a session begins in the browser of the phone, if ``outcome`` goes by its cookies.
        ``travels``: the application has the clock of this ecosystem, so time may pass. Raises LocalError.
        """
        http = self.client()
        http.mount(origin, app)
        party = party_of(
            origin,
            http,
            start,
            outcome,
            success=success,
            body=body,
            headers=headers or {},
            same_device=same_device,
        )
        made = PartyUnderTest(self, party, http, place=(origin, app), person=person, travels=travels)
        self._under_test.append(made)
        return made

    @contextmanager
    def undone(self) -> Iterator[None]:
        """Within it anything may happen; afterwards it did not."""
        before = Snapshot(self)
        clients = self._place.clients
        for wallet in self.wallets:
            for watcher in wallet.watchers:
                watcher.forget()
        try:
            yield
        finally:
            for client in self._place.clients:
                if client not in clients:
                    client.close()
            before.restore()
