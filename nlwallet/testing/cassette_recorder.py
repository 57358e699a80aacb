"""Record what a wallet in a test does, on a cassette."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, Final

from pydantic import ValidationError

from nlwallet.claim_path import show_path
from nlwallet.errors import LocalError, NlWalletError
from nlwallet.holder import ConsentPrompt, OfferPrompt
from nlwallet.http import HttpExchange
from nlwallet.report import Report
from nlwallet.testing.cassette import MAX_STEPS, Cassette
from nlwallet.testing.cassette_messages import Messages
from nlwallet.testing.cassette_redaction import Public, Redaction
from nlwallet.testing.ecosystem import WatchedWallet
from nlwallet.testing.watcher import Refusable

_HEADERS: Final = ("cache-control", "content-type", "retry-after", "www-authenticate", "location")
_SHOWN_HEADERS: Final = frozenset({"cache-control", "content-type", "retry-after"})


@dataclass(slots=True)
class Recorder:
    """Keeps the steps of one wallet as they come; they are taken apart and redacted by :meth:`cassette`.

    Until then secrets are in memory, as they are in the wallet itself.
    """

    wallet: WatchedWallet
    clock: Callable[[], int]
    _steps: list[Callable[[Messages], dict[str, Any]]] = field(default_factory=list, repr=False)
    _logged: int = 0

    def __post_init__(self) -> None:
        self.forget()

    def __bool__(self) -> bool:
        return bool(self._steps)

    def forget(self) -> None:
        """Begin again."""
        self._steps.clear()
        self._logged = len(self.wallet.log)

    def opened(self, link: str) -> None:
        """The wallet was given a link."""
        self._steps.append(lambda messages: {"step": "opened", "link": messages.link(link)})

    def asked_by_page(self, requests: Sequence[Mapping[str, Any]], origin: str) -> None:
        """A page asked through the browser's API."""
        asked = list(requests)
        self._steps.append(lambda messages: {"step": "opened", "link": messages.page(asked, origin)})

    def exchanged(self, exchange: HttpExchange) -> None:
        """It fetched or sent something."""
        self._steps.append(lambda messages: _exchanged(exchange, messages))

    def checked(self, report: Report) -> None:
        """It looked at a request."""
        self._steps.append(
            lambda _: {"step": "checked", "checks": [_check(one) for one in report.as_dicts()]}
        )

    def refused(self, error: NlWalletError, what: Refusable = "request") -> None:
        """It put nothing to its holder, or did not take a card."""
        self._steps.append(lambda _: {"step": "refused", "what": Public(what), "error": _problem(error)})

    def offered(self, prompt: OfferPrompt) -> None:
        """It asked its holder whether to fetch cards."""
        self._steps.append(lambda _: _offered(prompt))

    def prompted(self, prompt: ConsentPrompt) -> None:
        """It asked its holder."""
        self._steps.append(lambda _: _prompted(prompt))

    def presented(self, vp_token: Mapping[str, Any]) -> None:
        """It is about to answer."""
        shown = {name: list(one) for name, one in vp_token.items()}
        self._steps.append(lambda messages: {"step": "presented", "vp_token": messages.vp_token(shown)})

    def returned(self, data: Mapping[str, Any]) -> None:
        """It gave this to the page."""
        self._steps.append(lambda messages: {"step": "returned", "data": messages.returned(data)})

    def cassette(self, *, test: str = "") -> Cassette:
        """What was recorded so far, redacted. Values of the cards in the wallet are looked for everywhere.

        Raises :class:`~nlwallet.errors.LocalError` if there is more of something than a cassette holds.
        """
        redaction = Redaction(frozenset(one for card in self.wallet.cards for one in card.types))
        for card in self.wallet.cards:
            redaction.remember(card.claims)
        messages = Messages(redaction)
        steps = [step(messages) for step in self._steps[: MAX_STEPS - 20]]
        ended = [
            {
                "step": Public("ended"),
                "kind": Public(one.kind),
                "outcome": Public(one.outcome),
                "reason": one.reason,
            }
            for one in self.wallet.log[self._logged :][-20:]
        ]
        cards = [
            {"format": Public(card.format), "types": [Public(one) for one in card.types]}
            for card in self.wallet.cards
        ]
        members = {
            "made_by": Public(f"nlwallet {version('nlwallet')}"),
            "recorded_at": self.clock(),
            "profile": Public(self.wallet.profile.name),
            "cards": cards,
            "test": test,
            "steps": [{**step, "step": Public(step["step"])} for step in (*steps, *ended)],
            "left_out": max(0, len(self._steps) - len(steps)),
        }
        try:
            return Cassette.model_validate(redaction.swept(members))
        except ValidationError:
            raise LocalError("this exchange does not fit on a cassette") from None


@contextmanager
def record(wallet: WatchedWallet, *, clock: Callable[[], int]) -> Iterator[Recorder]:
    """Record within the block; ``clock`` is the wallet's, in seconds since the epoch."""
    recorder = Recorder(wallet, clock)
    wallet.watchers.append(recorder)
    try:
        yield recorder
    finally:
        wallet.watchers.remove(recorder)


def _exchanged(exchange: HttpExchange, messages: Messages) -> dict[str, Any]:
    sent: dict[str, Any] | None = None
    if exchange.form:
        sent = {"kind": "form", "fields": messages.form(exchange.form)}
    elif exchange.body:
        sent = messages.body("application/json", exchange.body)
    shown: dict[str, Any] = {
        "step": "exchanged",
        "method": Public(exchange.method),
        "url": messages.redaction.url(exchange.url),
        "what": Public(exchange.what),
        "sent": sent,
    }
    if exchange.error is not None:
        shown["error"] = _problem(exchange.error)
    if (reply := exchange.reply) is not None:
        shown |= {
            "status": reply.status,
            "content_type": reply.content_type,
            "headers": {
                name: text if name in _SHOWN_HEADERS else messages.redaction.secret(text)
                for name, text in reply.headers.items()
                if name in _HEADERS
            },
            "received": messages.body(reply.content_type, reply.body),
        }
    return shown


def _check(check: Mapping[str, str]) -> dict[str, str]:
    ours = {"id", "spec", "what", "outcome", "code"}
    return {name: Public(text) if name in ours else text for name, text in check.items()}


def _problem(error: NlWalletError) -> dict[str, str]:
    ours = {"error", "spec", "hint"}
    return {name: Public(text) if name in ours else text for name, text in error.diagnostics().items()}


def _offered(prompt: OfferPrompt) -> dict[str, Any]:
    offer = prompt.offer("en")
    return {
        "step": "prompted",
        "about": Public("fetch"),
        "requester": Public(offer.issuer) if offer.verified else offer.issuer,
        "verified": offer.verified,
        "cards": [{"query_id": "", "type": Public(card.type), "claims": []} for card in offer.cards],
        "warnings": [{"code": Public(one), "explicit": bool(offer.confirm)} for one in offer.reasons],
    }


def _prompted(prompt: ConsentPrompt) -> dict[str, Any]:
    consent = prompt.consent("en")
    who = consent.requester
    name = who.trade_name or who.legal_name or who.identifier
    return {
        "step": "prompted",
        "requester": Public(name) if who.verified else name,
        "verified": who.verified,
        "purpose": Public(consent.purpose) if who.registered else consent.purpose,
        "cards": [
            {
                "query_id": card.query_id,
                "type": Public(card.type),
                "claims": [show_path(claim.path) for claim in card.claims],
            }
            for card in consent.cards
        ],
        "warnings": [{"code": Public(one.code), "explicit": one.explicit} for one in consent.warnings],
        "missing": list(consent.missing),
        "blocked": consent.blocked,
        "advised": Public(consent.advised),
    }
