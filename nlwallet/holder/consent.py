"""What the holder is told before deciding, in one language: data, ready to be shown in any form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from nlwallet.claim_path import ClaimPath, show_path
from nlwallet.holder.texts import Language

Kind: TypeAlias = Literal["login", "regular"]
Decision: TypeAlias = Literal["approve", "deny"]
Action: TypeAlias = Literal["stop", "ask", "later", "check"]
"""What a warning advises. Only ``check`` lets somebody who is careful go on now."""

AT_ONCE: Final = 3
"""How many warnings are shown in full; who does not read warnings reads no fourth. The others are one step away."""


@dataclass(frozen=True, slots=True)
class Requester:
    """Who asks. The names are those of the access certificate, verified up to a trusted access CA."""

    trade_name: str
    legal_name: str
    identifier: str
    verified: bool
    verified_by: str = ""
    """Name of the authority whose certificate vouches for this identity."""
    country: str = ""
    public_body: bool | None = None
    """Whether its registration calls it a public body; None without a valid registration."""
    registered: bool = False
    """Whether a valid registration certificate of this party came with the request."""
    website: str = ""
    """Host to which the answer goes."""
    shared_before: bool = False
    """Whether the log knows of an earlier time that something went to this same party."""

    def as_dict(self) -> dict[str, Any]:
        """The requester as JSON."""
        return {
            "trade_name": self.trade_name,
            "legal_name": self.legal_name,
            "identifier": self.identifier,
            "verified": self.verified,
            "verified_by": self.verified_by,
            "country": self.country,
            "public_body": self.public_body,
            "registered": self.registered,
            "website": self.website,
            "shared_before": self.shared_before,
        }


@dataclass(frozen=True, slots=True)
class SharedClaim:
    """One line of what would be shared: a label, and the value as people write it."""

    path: ClaimPath
    """As asked; ``None`` stands for every element of a list."""
    label: str
    value: str = field(repr=False)
    raw: Any = field(repr=False, hash=False)
    """The JSON value or, for a path with ``None``, the list of values that would leave the wallet."""
    always: bool = False
    """Not asked for: the card cannot be shown without it."""

    def as_dict(self) -> dict[str, Any]:
        """The claim as JSON."""
        return {
            "path": list(self.path),
            "label": self.label,
            "value": self.value,
            "raw": self.raw,
            "always": self.always,
        }


@dataclass(frozen=True, slots=True)
class OtherCard:
    """Another card of the holder that fits the same query, with what would be shared of it."""

    id: str
    name: str
    issuer: str
    claims: tuple[SharedClaim, ...]

    def as_dict(self) -> dict[str, Any]:
        """The card as JSON."""
        return {
            "id": self.id,
            "name": self.name,
            "issuer": self.issuer,
            "claims": [claim.as_dict() for claim in self.claims],
        }


@dataclass(frozen=True, slots=True)
class SharedCard:
    """One card, and exactly what would be shared from it."""

    id: str
    query_id: str
    name: str
    type: str
    issuer: str
    claims: tuple[SharedClaim, ...]
    alternatives: tuple[OtherCard, ...] = ()
    """Other cards of the holder that fit this query too."""

    def as_dict(self) -> dict[str, Any]:
        """The card as JSON."""
        return {
            "id": self.id,
            "query_id": self.query_id,
            "name": self.name,
            "type": self.type,
            "issuer": self.issuer,
            "claims": [claim.as_dict() for claim in self.claims],
            "alternatives": [other.as_dict() for other in self.alternatives],
        }


@dataclass(frozen=True, slots=True)
class AuthorisedTransaction:
    """Something that the holder agrees to, together with the presentation: what it is, and its terms in words."""

    type: str
    name: str
    lines: tuple[tuple[str, str], ...]
    """A label and a text each."""

    def as_dict(self) -> dict[str, Any]:
        """The transaction as JSON."""
        return {
            "type": self.type,
            "name": self.name,
            "lines": [{"label": label, "text": text} for label, text in self.lines],
        }


@dataclass(frozen=True, slots=True)
class Agreement:
    """What the requester registered about the time after sharing; ``None`` or empty is unknown."""

    retention_days: int | None = None
    shared_with_third_parties: bool | None = None
    deletable: bool | None = None
    privacy_policy: str = ""
    deletion_contact: str = ""
    supervisory_authority: str = ""
    supervisory_contact: str = ""
    lines: tuple[tuple[str, str], ...] = ()
    """The same in words: a label and a text each."""

    @property
    def known(self) -> bool:
        """Whether anything at all was promised."""
        promises = (self.retention_days, self.shared_with_third_parties, self.deletable)
        return bool(self.privacy_policy) or any(promise is not None for promise in promises)

    def as_dict(self) -> dict[str, Any]:
        """The agreement as JSON."""
        return {
            "retention_days": self.retention_days,
            "shared_with_third_parties": self.shared_with_third_parties,
            "deletable": self.deletable,
            "privacy_policy": self.privacy_policy,
            "deletion_contact": self.deletion_contact,
            "supervisory_authority": self.supervisory_authority,
            "supervisory_contact": self.supervisory_contact,
            "lines": [{"label": label, "text": text} for label, text in self.lines],
        }


@dataclass(frozen=True, slots=True)
class ClaimName:
    """A claim by its label and its path: people read the one, developers the other."""

    label: str
    path: ClaimPath
    type: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The claim's name as JSON."""
        return {"label": self.label, "path": list(self.path), "type": self.type}

    def __str__(self) -> str:
        path = show_path(self.path)
        return self.label if path in {"", self.label} else f"{self.label} ({path})"


@dataclass(frozen=True, slots=True)
class ConsentWarning:
    """Something that the holder should know before sharing."""

    code: str
    title: str
    text: str
    advice: str
    items: tuple[ClaimName, ...] = ()
    explicit: bool = True
    """Whether approval must confirm it by name (RPA_07b, RPA_07c)."""
    action: Action = "ask"
    """What ``advice`` says, as a code."""
    confirm: str = ""
    """What the holder says by confirming it: the text of a box that is never ticked beforehand."""
    link: str = ""
    """Where somebody explains it: the issuer of a card, why it names who may see it (ARF EDP_05)."""

    def as_dict(self) -> dict[str, Any]:
        """The warning as JSON."""
        return {
            "code": self.code,
            "title": self.title,
            "text": self.text,
            "items": [item.as_dict() for item in self.items],
            "action": self.action,
            "advice": self.advice,
            "explicit": self.explicit,
            "confirm": self.confirm,
            "link": self.link,
        }


@dataclass(frozen=True, slots=True)
class WayToAnswer:
    """One of several ways that a request leaves open, by what it would share: cards and claims by name."""

    number: int
    labels: tuple[str, ...]
    chosen: bool

    def as_dict(self) -> dict[str, Any]:
        """The way as JSON."""
        return {"number": self.number, "labels": list(self.labels), "chosen": self.chosen}


@dataclass(frozen=True, slots=True)
class OpenChoice:
    """Something that the request leaves to the holder: which of several ways, or whether at all."""

    number: int
    required: bool
    """Whether one of the ways must be chosen."""
    ways: tuple[WayToAnswer, ...]

    def as_dict(self) -> dict[str, Any]:
        """The choice as JSON."""
        return {
            "number": self.number,
            "required": self.required,
            "ways": [way.as_dict() for way in self.ways],
        }


@dataclass(frozen=True, slots=True)
class Consent:
    """Everything that the prompt says, in one language."""

    language: Language
    kind: Kind
    title: str
    requester: Requester
    purpose: str
    """In the words of the registration; empty when there is no valid one."""
    cards: tuple[SharedCard, ...]
    agreement: Agreement
    warnings: tuple[ConsentWarning, ...]
    transactions: tuple[AuthorisedTransaction, ...] = ()
    asked: tuple[ClaimName, ...] = ()
    """Every claim that the request names, shared or not."""
    not_shared: tuple[str, ...] = ()
    narrowed: tuple[str, ...] = ()
    """Labels of what the policy ``registered_only`` leaves out."""
    missing: tuple[str, ...] = ()
    """Why the request cannot be answered with the cards in this wallet; empty when it can."""
    blocked: str = ""
    """Why the wallet's own policy does not allow approval; empty when it does."""
    pin_needed: bool = False
    choices: tuple[OpenChoice, ...] = ()
    """What the request leaves to the holder, and the wallet can do in more than one way (OpenID4VP 1.0 §6.4.2)."""

    @property
    def prominent(self) -> tuple[ConsentWarning, ...]:
        """The warnings to show in full: the heaviest."""
        return self.warnings[:AT_ONCE]

    @property
    def further(self) -> tuple[ConsentWarning, ...]:
        """The warnings that wait until somebody wants to read more."""
        return self.warnings[AT_ONCE:]

    @property
    def advised(self) -> Decision:
        """What all advice together comes to, for somebody who follows it: the rule of the careful citizen."""
        heed = any(warning.action != "check" for warning in self.warnings)
        return "deny" if heed or "approve" not in self.decisions else "approve"

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """What the holder may choose."""
        return ("deny",) if self.missing or self.blocked else ("approve", "deny")

    def as_dict(self) -> dict[str, Any]:
        """The consent prompt as JSON."""
        members: Mapping[str, Any] = {
            "language": self.language,
            "kind": self.kind,
            "title": self.title,
            "warnings": [warning.as_dict() for warning in self.warnings],
            "warnings_at_once": AT_ONCE,
            "requester": self.requester.as_dict(),
            "purpose": self.purpose,
            "transactions": [one.as_dict() for one in self.transactions],
            "asked": [name.as_dict() for name in self.asked],
            "cards": [card.as_dict() for card in self.cards],
            "not_shared": list(self.not_shared),
            "narrowed": list(self.narrowed),
            "missing": list(self.missing),
            "blocked": self.blocked,
            "agreement": self.agreement.as_dict(),
            "decisions": list(self.decisions),
            "choices": [choice.as_dict() for choice in self.choices],
            "advised": self.advised,
            "pin_needed": self.pin_needed,
        }
        return dict(members)
