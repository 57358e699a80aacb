"""One attack on one wallet: what it is given, what it sends, and where it goes, step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn
from urllib.parse import urlsplit

from starlette.types import ASGIApp

from nlwallet.sandbox import Sandbox
from nlwallet.testing.hostile.answer import NotApplicable
from nlwallet.testing.hostile.attempt import MAX_SHOWN, Broke, Step, Unsound
from nlwallet.testing.hostile.canary import Canary
from nlwallet.testing.hostile.hostile_issuer import HostileIssuer
from nlwallet.testing.hostile.hostile_relying_party import HostileRelyingParty
from nlwallet.testing.hostile.inside import Inside
from nlwallet.testing.hostile.journey import Journey
from nlwallet.testing.hostile.jws_draft import as_json
from nlwallet.testing.hostile.offer_draft import OfferDraft
from nlwallet.testing.hostile.request_draft import RequestDraft
from nlwallet.testing.hostile.wallet_party import WalletOutcome, WalletUnderTest

UNSAFE_SCHEMES = frozenset(
    {"javascript", "data", "vbscript", "file", "blob", "content", "intent", "about", "view-source"}
)
"""Where a browser runs what stands in the address, or opens what is on the device."""


@dataclass(slots=True)
class WalletAttempt:
    """What an attack on a wallet is given. What is sent to the wallet, and what comes of it, counts for the verdict."""

    edi: Sandbox
    wallet: WalletUnderTest
    party: HostileRelyingParty
    issuer: Callable[[], HostileIssuer] = field(repr=False)
    """Opened when an attack needs it."""
    person: str = "frouke"
    """Whose cards honest issuers offer."""
    steps: list[Step] = field(default_factory=list)
    drafts: list[RequestDraft] = field(default_factory=list)
    outcomes: list[WalletOutcome] = field(default_factory=list)
    offers: list[OfferDraft] = field(default_factory=list)
    received: list[WalletOutcome] = field(default_factory=list)
    _canaries: list[Canary] = field(default_factory=list)
    _inside: list[Inside] = field(default_factory=list)
    _journey: Journey | None = None

    def request(self, party: HostileRelyingParty | None = None) -> RequestDraft:
        """A good request, not shown yet."""
        draft = (party or self.party).draft()
        self.drafts.append(draft)
        return draft

    def open(self, draft: RequestDraft, *, agrees: bool = True) -> WalletOutcome:
        """Give its link to the wallet, whose holder agrees or says no."""
        sent = f"{draft.uri()}\n\n{as_json(draft.claims).decode('utf-8')}"
        return self._judge(draft, sent, self.wallet.open(draft.uri(), agrees=agrees))

    def open_in_browser(
        self, draft: RequestDraft, request: Mapping[str, Any], *, origin: str = ""
    ) -> WalletOutcome:
        """Let the page at ``origin`` ask, that of the party itself if nothing is given."""
        outcome = self.wallet.open_in_browser([request], origin=origin or self.party.origin)
        if outcome is None:
            raise NotApplicable("it takes no requests through the browser")
        if outcome.data is not None:
            draft.received.append(outcome.data)
        return self._judge(draft, as_json(request).decode("utf-8"), outcome)

    def offer(self, draft: OfferDraft | None = None) -> OfferDraft:
        """A good offer, not shown yet; or one that the issuer drafted."""
        made = draft or self.issuer().draft()
        self.offers.append(made)
        return made

    def receive(self, draft: OfferDraft) -> WalletOutcome:
        """Give its link to the wallet, whose holder wants the card."""
        outcome = self.wallet.receive(draft.uri())
        told = ", ".join(draft.notified) or "nothing"
        said = f"{outcome.state} {outcome.reason}\nits issuer was told: {told}"
        self.steps.append(Step("an offer", draft.uri()[:MAX_SHOWN], said[:MAX_SHOWN]))
        self.received.append(outcome)
        return self._sound(outcome)

    def canary(self, app: ASGIApp | None = None) -> Canary:
        """An address of the attacker's where the wallet has no business; ``app`` answers."""
        made = Canary(self.edi, app)
        self._canaries.append(made)
        return made

    def inside(self) -> Inside:
        """A port of this machine where the wallet has no business."""
        made = Inside()
        self._inside.append(made)
        return made

    def unlike_loopback(self) -> None:
        """Say that a case needs parties that are not on this machine. Raises :class:`NotApplicable`."""
        if self.party.host in ("localhost", "127.0.0.1"):
            raise NotApplicable("all parties are on this machine, so it may be visited")

    def travel(self, seconds: int) -> None:
        """Let time pass; it is turned back afterwards. Raises :class:`NotApplicable`."""
        self._journey = self._journey or Journey(self.edi.clock)
        self._journey.forward(seconds)
        self.note(f"{seconds} seconds pass")

    def end(self) -> None:
        """Turn the clock back, and listen no more."""
        if self._journey is not None:
            self._journey.end()
        for one in self._inside:
            one.close()

    def note(self, what: str) -> None:
        """Keep something for the report."""
        self.steps.append(Step(what))

    def unsound(self, what: str) -> NoReturn:
        """The wallet does what a sound one does not."""
        raise Unsound(what)

    def check_no_visits(self) -> None:
        """Raises :class:`Unsound` if the wallet went where it has no business."""
        if any(one.hits() for one in self._canaries):
            raise Unsound("it visits an address that an attacker chose")
        if any(one.was_visited() for one in self._inside):
            raise Unsound("it visits a port of its own machine because a stranger says so")

    def observed(self) -> str:
        """What it did, where it may do either."""
        if any(one.state == "done" for one in self.received):
            return "kept"
        return "presented" if any(one.presented for one in self.drafts) else "refused"

    def check_drafts(self, *, refused: bool) -> None:
        """Raises :class:`Unsound` for a presentation that left the wallet and should not; with ``refused`` none may."""
        for draft, outcome in zip(self.drafts, self.outcomes, strict=False):
            if draft.may_present or not refused:
                continue
            if draft.presented:
                raise Unsound("a presentation leaves the wallet")
            if outcome.state == "done":
                raise Unsound("it says that it shared what was asked")

    def check_offers(self, *, refused: bool) -> None:
        """Raises :class:`Unsound` for a card that is kept and should not be."""
        for draft, outcome in zip(self.offers, self.received, strict=False):
            if refused and not draft.may_keep:
                if outcome.state == "done":
                    raise Unsound("a card is kept")
                if "credential_accepted" in draft.notified:
                    raise Unsound("it tells the issuer that the card is kept")

    def _judge(self, draft: RequestDraft, sent: str, outcome: WalletOutcome) -> WalletOutcome:
        came = "; ".join(", ".join(sorted(one)) for one in draft.received) or "nothing"
        told = f"{outcome.state} {outcome.reason} {outcome.goes_to}".strip()
        self.steps.append(
            Step("a request", sent[:MAX_SHOWN], f"{told}\nat the party arrived: {came}"[:MAX_SHOWN])
        )
        self.outcomes.append(outcome)
        return self._sound(outcome)

    def _sound(self, outcome: WalletOutcome) -> WalletOutcome:
        if outcome.state == "broken":
            raise Broke(f"it breaks: {outcome.reason}")
        if outcome.state == "hung":
            raise Broke("it does not come back within the time limit")
        scheme = urlsplit(outcome.goes_to.strip()).scheme.lower()
        if scheme in UNSAFE_SCHEMES:
            raise Unsound(f"it sends its holder to {scheme}:")
        return outcome
