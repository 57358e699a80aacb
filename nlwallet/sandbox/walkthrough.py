"""Walk a pilot from registration to verification, one step at a time, each as a person can follow it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from nlwallet.claim_path import show_path
from nlwallet.errors import NlWalletError, RemoteError
from nlwallet.holder import ConsentPrompt, Language, Wallet
from nlwallet.sandbox.pilot_scenario import Pilot
from nlwallet.sandbox.sandbox import Sandbox
from nlwallet.verifier import PresentationRequest


@dataclass(frozen=True, slots=True)
class Decision:
    """What the citizen does at the prompt."""

    approve: bool
    pin: str | None = None
    despite_warnings: bool = False


Citizen = Callable[[ConsentPrompt], Decision]
"""Somebody who reads the prompt and decides."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: ``facts`` for the table, and what only some views show."""

    name: str
    title: str
    facts: Mapping[str, Any]
    request: PresentationRequest | None = None
    prompt: ConsentPrompt | None = None
    checks: list[dict[str, str]] = field(default_factory=list)
    wire: list[dict[str, Any]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """The step as JSON."""
        members: dict[str, Any] = {"step": self.name, "title": self.title, **self.facts}
        if self.prompt is not None:
            members["prompt"] = self.prompt.as_dict()
        if self.checks:
            members["checks"] = self.checks
        if self.wire:
            members["wire"] = self.wire
        return members


def careful_citizen(prompt: ConsentPrompt) -> Decision:
    """Does what the prompt advises: shares unless it says to stop, to ask first, or to try later."""
    approve = prompt.consent().advised == "approve"
    return Decision(approve=approve, pin=Sandbox.PIN, despite_warnings=approve)


def walk(
    pilot: Pilot, edi: Sandbox, citizen: Citizen = careful_citizen, *, language: Language = "nl"
) -> Iterator[Step]:
    """Walk ``pilot`` in ``edi``; yields each :class:`Step` as it is done.

    In a pilot that is there to be refused, the wallet may do that itself; then that is the last step. Raises the
    :class:`~nlwallet.errors.NlWalletError` of a step that cannot be done otherwise.
    """
    party = edi.relying_party(pilot)
    record = pilot.record
    use = record.intended_use(pilot.intended_use)
    yield Step(
        "register",
        "The registrar vouches for the relying party",
        {
            "relying_party": record.trade_name,
            "legal_name": record.legal_name,
            "identifier": record.identifier,
            "intended_use": use.purpose.in_language(language),
            "may_ask": [f"{show_path(path)}" for credential in use.credentials for path in credential.claims],
            "access_certificate": party.client_id,
        },
        wire=_wire(edi),
    )

    wallet = edi.wallet(pilot.citizen, language=language, cards=pilot.cards)
    yield Step(
        "issue",
        "The citizen gets her cards",
        {
            "citizen": pilot.citizen,
            "cards": _labels(edi, wallet, language),
        },
        wire=_wire(edi),
    )

    request = party.request(
        pilot.query,
        intended_use=pilot.intended_use,
        flow=pilot.flow,
        redirect_uri=pilot.return_page,
    )
    yield Step("ask", "The relying party asks", {"link": request.uri, "flow": pilot.flow}, request=request)

    try:
        prompt = wallet.open(request.uri)
    except RemoteError as error:
        if pilot.careful != "refuses":
            raise
        yield Step(
            "refuse", "The wallet refuses the request", {"error": error.diagnostics()}, wire=_wire(edi)
        )
        return
    yield Step(
        "consent",
        "The wallet checks the request and asks its holder; nothing has left it",
        {},
        prompt=prompt,
        checks=prompt.report.as_dicts(),
        wire=_wire(edi),
    )

    decision = citizen(prompt)
    outcome = (
        prompt.approve(pin=decision.pin, despite_warnings=decision.despite_warnings)
        if decision.approve
        else prompt.deny()
    )
    yield Step(
        "present",
        "The citizen shares" if decision.approve else "The citizen says no",
        {"shared": decision.approve}
        | ({"redirect_uri": outcome.redirect_uri} if outcome.redirect_uri else {}),
        wire=_wire(edi),
    )

    result = party.result(request, response_code=_response_code(outcome.redirect_uri))
    facts: dict[str, Any] = {"status": str(result.status)}
    try:
        if result.error is not None:
            raise result.error
        facts["claims"] = {one.query_id: result.claims(one.query_id) for one in result.presentations}
    except NlWalletError as error:
        facts["error"] = error.diagnostics()
    yield Step("verify", "The relying party verifies", facts, checks=result.report.as_dicts())

    if pilot.gives is not None and result.status == "verified":
        wallet.receive(edi.offer(pilot.gives, pilot.citizen).uri)
        yield Step(
            "give",
            "The relying party gives a card",
            {"cards": _labels(edi, wallet, language)},
            wire=_wire(edi),
        )


def _labels(edi: Sandbox, wallet: Wallet, language: Language) -> list[str]:
    return [edi.types.effective(card.type).label(language) for card in wallet.cards]


def _response_code(redirect_uri: str | None) -> str | None:
    """What the citizen's browser brings to the relying party's page (OpenID4VP 1.0 §14.2)."""
    query = parse_qs(urlsplit(redirect_uri or "").query)
    return query["response_code"][0] if "response_code" in query else None


def _wire(edi: Sandbox) -> list[dict[str, Any]]:
    return [exchange.as_dict() for exchange in edi.wire.take()] if edi.wire else []
