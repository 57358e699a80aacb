"""A transaction log read from a file: the flat form of EUDI TS10 1.2, and the nested one of its class diagram.

What a file says is believed only as far as a file can be: the entries are for their holder to look at, and to take
along into another wallet. Each text is bounded, and nothing in it is opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from nlwallet.claim_path import ClaimPath, parse_claim_path
from nlwallet.crypto import decrypt_with_password
from nlwallet.encoding import parse_json
from nlwallet.errors import InvalidQuery, LimitExceeded, MalformedInput
from nlwallet.holder.log import (
    PRESENTATIONS,
    Counterparty,
    LogEntry,
    LoggedClaim,
    LoggedIntermediary,
    LogKind,
    LogOutcome,
)
from nlwallet.holder.log_export import TYPES

MAX_LOG_BYTES: Final = 16 * 1_048_576
MAX_ENTRIES: Final = 50_000
MAX_TEXT: Final = 4096
MAX_LIST: Final = 1024
MAX_TIME: Final = 253_402_300_799
"""The end of the year 9999."""

_WHAT: Final = "the transaction log"
_KINDS: Final[Mapping[str, LogKind]] = {name: kind for kind, name in TYPES.items() if kind != "proximity"}
_NESTED: Final[Mapping[LogKind, str]] = {
    "presentation": "presentation",
    "proximity": "presentation",
    "issuance": "credentialIssuance",
    "reissuance": "credentialIssuance",
    "deletion": "credentialDeletion",
    "erasure_request": "dataDeletionRequest",
    "authority_report": "dpaReport",
}
_DONE: Final[Mapping[LogKind, LogOutcome]] = {
    "presentation": LogOutcome.SHARED,
    "proximity": LogOutcome.SHARED,
    "issuance": LogOutcome.RECEIVED,
    "reissuance": LogOutcome.RECEIVED,
    "deletion": LogOutcome.DELETED,
    "erasure_request": LogOutcome.INITIATED,
    "authority_report": LogOutcome.INITIATED,
}


def read_transaction_log(data: str | bytes, *, password: str | None = None) -> tuple[LogEntry, ...]:
    """The entries of an exported log, in the order of the file; with ``password`` of one that was encrypted.

    Transactions of kinds that this wallet does not do (signatures, pseudonyms, wallet to wallet) are left out.

    Raises :class:`~nlwallet.errors.DecryptionFailed` for another password, or another
    :class:`~nlwallet.errors.RemoteError`.
    """
    text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
    content: str | bytes = text
    if password is not None:
        content = decrypt_with_password(text.strip(), password, max_bytes=2 * MAX_LOG_BYTES, what=_WHAT)
    found = parse_json(content, what=_WHAT, max_bytes=MAX_LOG_BYTES)
    if isinstance(found, Mapping):
        found = found.get("TransactionLog", found.get("transactionLog"))
    if not isinstance(found, list):
        raise MalformedInput(f"{_WHAT} has no TransactionLog", spec="TS10 §4.1", pointer="/TransactionLog")
    if len(found) > MAX_ENTRIES:
        raise LimitExceeded(f"{_WHAT} has more than {MAX_ENTRIES} entries", pointer="/TransactionLog")
    read = (_entry(one, f"/TransactionLog/{at}") for at, one in enumerate(found))
    return tuple(one for one in read if one is not None)


def _entry(value: Any, pointer: str) -> LogEntry | None:
    if not isinstance(value, Mapping):
        raise MalformedInput("a transaction is an object", spec="TS10 §3.1", pointer=pointer)
    kind = _KINDS.get(_text(value, "transactionType", pointer))
    if kind is None:
        return None
    nested = value.get(_NESTED[kind])
    members = {**value, **nested} if isinstance(nested, Mapping) else value
    found = members.get("nlwallet")
    ours = found if isinstance(found, Mapping) else {}
    if kind == "presentation" and ours.get("inProximity") is True:
        kind = "proximity"
    return _Reader(members, ours, kind, pointer).entry()


class _Reader:
    """One transaction: its members by the names of TS10, and ours."""

    def __init__(
        self, members: Mapping[str, Any], ours: Mapping[str, Any], kind: LogKind, pointer: str
    ) -> None:
        self.members, self.ours, self.kind, self.pointer = members, ours, kind, pointer

    def entry(self) -> LogEntry:
        outcome, reason = self._outcome()
        language, purpose = self._localized("purpose")
        issued = self._texts("credentialIdentifier") if "issuance" in self.kind else ()
        asked = self._claims("listOfClaims" if self.kind == "erasure_request" else "listOfClaimsRequested")
        types = self._our_texts("credentialIdentifiersRequested")
        if self.kind == "deletion":
            types = self._texts("credentialIdentifier")
        return LogEntry(
            time=self._time(),
            kind=self.kind,
            outcome=outcome,
            party=self._party(),
            purpose=purpose,
            language=language,
            intended_use=self._our_text("intendedUse"),
            requested=asked,
            shared=self._claims("listOfClaimsPresented"),
            types=types or tuple(dict.fromkeys(one.type for one in asked)) or issued,
            transactions=self._our_texts("transactionDataTypes"),
            terms=self._terms(),
            warnings=self._our_texts("warnings"),
            reason=reason,
            issued=issued,
            copies_requested=self._number("credentialNumberRequested"),
            copies_issued=self._number("credentialNumberIssued"),
            by_user=self._yes("isUserTriggered", otherwise=True),
            about=self._our_text("about"),
            contact=self._our_text("contact"),
            id=_text(self.members, "transactionIdentifier", self.pointer),
        )

    def _party(self) -> Counterparty:
        country, contacts = self._contact("interactingPartyContact")
        presented = self.kind in PRESENTATIONS
        name = self._localized("credentialIssuerName" if self.kind == "deletion" else "interactingPartyName")[
            1
        ]
        identifier = self._identifier(
            "credentialIssuerIdentifier" if self.kind == "deletion" else "interactingPartyIdentifier"
        )
        policy = self.members.get("privacyPolicy")
        return Counterparty(
            trade_name=self._our_text("tradeName") or name,
            legal_name=name or self._our_text("partyName"),
            identifier=identifier or self._our_text("partyIdentifier"),
            country=country or self._our_text("country"),
            verified=self.ours.get("verified") is True,
            host=self._our_text("host"),
            registrar=self._our_text("registrar"),
            registry=self._text("registrarURL"),
            entitlement=self._our_text("entitlement"),
            service_id=self._our_text("serviceIdentifier"),
            service_name=self._our_text("serviceName"),
            contacts=() if presented else contacts,
            deletion_contacts=contacts if presented else (),
            supervisory_authority=self._localized("dpaName")[1],
            supervisory_country=self._localized("dpaCountry")[1],
            supervisory_contacts=self._texts("dpaContact"),
            privacy_policy=_optional(policy, "policyURI", self.pointer),
            intermediary=self._intermediary(),
        )

    def _intermediary(self) -> LoggedIntermediary | None:
        if not self._yes("isIntermediary", otherwise=False):
            return None
        country, contacts = self._contact("intermediaryContact")
        return LoggedIntermediary(
            trade_name=self._localized("intermediaryName")[1],
            identifier=self._identifier("intermediaryIdentifier"),
            service_id=self._our_text("intermediaryServiceIdentifier"),
            country=country,
            contacts=contacts,
        )

    def _outcome(self) -> tuple[LogOutcome, str]:
        result = _text(self.members, "transactionResult", self.pointer)
        if result == "Completed":
            return _DONE[self.kind], ""
        if result != "NotCompleted":
            raise MalformedInput(
                "a transaction is Completed or NotCompleted",
                spec="TS10 §3.1",
                pointer=f"{self.pointer}/transactionResult",
            )
        said, _, reason = self._text("reasonOfNoncompletion").partition(": ")
        known = [one for one in LogOutcome if one == said and one not in _DONE.values()]
        return (known[0], reason) if known else (LogOutcome.FAILED, self._text("reasonOfNoncompletion"))

    def _time(self) -> int:
        text = _text(self.members, "time", self.pointer)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise MalformedInput(
                "time is no date and time of ISO 8601", spec="TS10 §3.1", pointer=f"{self.pointer}/time"
            ) from None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)  # the format has no zone; ours is UTC
        seconds = int(moment.timestamp())
        if not 0 <= seconds <= MAX_TIME:
            raise MalformedInput("time is out of range", pointer=f"{self.pointer}/time")
        return seconds

    def _claims(self, name: str) -> tuple[LoggedClaim, ...]:
        found: list[LoggedClaim] = []
        for at, one in enumerate(self._list(self.members, name)):
            where = f"{self.pointer}/{name}/{at}"
            if not isinstance(one, Mapping):
                raise MalformedInput("claims stand in an object by type", spec="TS10 §3.19.2", pointer=where)
            kind = _text(one, "credentialIdentifier", where)
            claims = self._list(one, "claims", where)
            found += [LoggedClaim(kind, _path(each, f"{where}/claims")) for each in claims]
            if len(found) > MAX_LIST:
                raise LimitExceeded(f"more than {MAX_LIST} claims", pointer=where)
        return tuple(found)

    def _terms(self) -> tuple[tuple[str, str], ...]:
        value = self.members.get("transactionalData")
        listed = value if isinstance(value, list) else [value]
        pairs = [pair for one in listed[:MAX_LIST] if isinstance(one, Mapping) for pair in one.items()]
        return tuple(
            (str(name), text)
            for name, text in pairs[:MAX_LIST]
            if isinstance(text, str) and len(text) <= MAX_TEXT
        )

    def _contact(self, name: str) -> tuple[str, tuple[str, ...]]:
        """The country, which stands first, and the addresses."""
        texts = self._texts(name)
        first = texts[0] if texts else ""
        is_country = len(first) == 2 and first.isalpha()
        rest = texts[1:] if is_country or not first else texts
        return (first if is_country else ""), rest

    def _identifier(self, name: str) -> str:
        value = self.members.get(name)
        value = value[0] if isinstance(value, list) and value else value
        return _optional(value, "identifier", f"{self.pointer}/{name}")

    def _localized(self, name: str) -> tuple[str, str]:
        """Language and text: a plain text, one with its language, or a list of those; the first counts."""
        value = self.members.get(name)
        value = value[0] if isinstance(value, list) and value else value
        if isinstance(value, Mapping):
            where = f"{self.pointer}/{name}"
            return _optional(value, "lang", where), _optional(value, "content", where)
        return "", _bounded(value, f"{self.pointer}/{name}") if isinstance(value, str) else ""

    def _text(self, name: str) -> str:
        return _optional(self.members, name, self.pointer)

    def _texts(self, name: str) -> tuple[str, ...]:
        value = self.members.get(name)
        if isinstance(value, str):
            return (_bounded(value, f"{self.pointer}/{name}"),)
        return self._strings(self._list(self.members, name), name)

    def _our_text(self, name: str) -> str:
        return _optional(self.ours, name, f"{self.pointer}/nlwallet")

    def _our_texts(self, name: str) -> tuple[str, ...]:
        return self._strings(self._list(self.ours, name), name)

    def _strings(self, values: list[Any], name: str) -> tuple[str, ...]:
        return tuple(_bounded(one, f"{self.pointer}/{name}") for one in values if isinstance(one, str))

    def _list(self, members: Mapping[str, Any], name: str, pointer: str = "") -> list[Any]:
        value = members.get(name, [])
        if not isinstance(value, list):
            return []
        if len(value) > MAX_LIST:
            raise LimitExceeded(
                f"{name} has more than {MAX_LIST} elements", pointer=f"{pointer or self.pointer}/{name}"
            )
        return value

    def _number(self, name: str) -> int:
        value = self.members.get(name)
        return value if type(value) is int and 0 <= value < 2**31 else 0

    def _yes(self, name: str, *, otherwise: bool) -> bool:
        """A boolean; the examples of TS10 write it as a text."""
        value = self.members.get(name)
        if isinstance(value, str):
            return value.upper() == "TRUE"
        return value if isinstance(value, bool) else otherwise


def _path(value: Any, pointer: str) -> ClaimPath:
    if isinstance(value, str) and not value.startswith("["):
        return (_bounded(value, pointer),)
    try:
        found = parse_json(value, what="a claims path") if isinstance(value, str) else value
        path = parse_claim_path(found)
    except (InvalidQuery, MalformedInput):
        raise MalformedInput("a claim is named by its path", spec="TS10 §3.19.2", pointer=pointer) from None
    for step in path:
        if isinstance(step, str):
            _bounded(step, pointer)
    return path


def _text(members: Mapping[str, Any], name: str, pointer: str) -> str:
    value = members.get(name)
    if not isinstance(value, str) or not value:
        raise MalformedInput(f"{name} is missing", spec="TS10 §3.1", pointer=f"{pointer}/{name}")
    return _bounded(value, f"{pointer}/{name}")


def _optional(members: Any, name: str, pointer: str) -> str:
    value = members.get(name) if isinstance(members, Mapping) else None
    return _bounded(value, f"{pointer}/{name}") if isinstance(value, str) else ""


def _bounded(text: str, pointer: str) -> str:
    if len(text) > MAX_TEXT:
        raise LimitExceeded(f"a text has at most {MAX_TEXT} characters", pointer=pointer)
    return text
