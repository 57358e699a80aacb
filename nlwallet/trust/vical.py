"""VICAL: a list of the authorities that issue mdocs, and for which document types (ISO/IEC 18013-5:2021 Annex C).

A COSE_Sign1 over CBOR, signed by its provider. What it says of an authority is for the document types that it names, so
who configures it says which category of anchors each of these types has; the others of the list do not count.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar

from cbor2 import CBORTag

from nlwallet.crypto import Certificate, CertificateChain, PrivateKey, verify_chain
from nlwallet.crypto.cbor import dump_cbor, parse_cbor
from nlwallet.crypto.cose import CoseSign1, parse_cose_sign1, sign_cose_sign1
from nlwallet.encoding import date_time
from nlwallet.errors import AlgorithmNotAllowed, InvalidTrustedList, LocalError, OutsideValidity, RemoteError
from nlwallet.trust.anchors import Category

MAX_VICAL_BYTES: Final = 8_388_608
MAX_AUTHORITIES: Final = 4096
MAX_DOCTYPES: Final = 64
MAX_TEXT: Final = 256
LIFETIME: Final = 90 * 86_400
"""How long a list counts that names no next update, in seconds."""
CLOCK_DIFFERENCE: Final = 300
VICAL_ALGORITHMS: Final = frozenset({"ES256", "ES384", "ES512", "EdDSA"})
VICAL_VERSION: Final = "1.0"

_SPEC = "ISO/IEC 18013-5 §C.1.7"
_WHAT = "the list of issuing authorities"
_DATE_TIME, _BIGNUM = 0, 2
_WORDS = {str: "a text", bytes: "a byte string", list: "an array", dict: "a map", int: "an integer"}
_Kind = TypeVar("_Kind")


@dataclass(frozen=True, slots=True)
class IssuingAuthority:
    """One ``CertificateInfo``: a certificate, and the document types that it may issue."""

    certificate: Certificate
    doctypes: tuple[str, ...]

    def as_cbor(self) -> dict[str, Any]:
        """The entry of ``certificateInfos``."""
        serial = self.certificate.serial
        return {
            "certificate": self.certificate.der,
            "serialNumber": CBORTag(_BIGNUM, serial.to_bytes((serial.bit_length() + 7) // 8)),
            "ski": self.certificate.subject_key_id or b"",
            "docType": list(self.doctypes),
        }


@dataclass(frozen=True, slots=True)
class Vical:
    """A list whose signature and times were checked; or one that is to be signed. Moments are seconds since the epoch.

    ``categories`` says for each document type what an authority for it is an anchor of.
    """

    provider: str
    issued_at: int
    next_update: int
    """From then on it does not count; of a list that was read, ``notAfter`` if that comes first."""
    authorities: tuple[IssuingAuthority, ...]
    issue_id: int | None = None
    categories: Mapping[str, Category] = field(default_factory=dict)
    digest: bytes = field(default=b"", repr=False)
    """SHA-256 of the payload, for a list that was read."""
    unreadable: int = 0
    """How many authorities were left out, because this library does not take their keys (RSA)."""

    def anchors(self, category: Category, *, now: int) -> tuple[Certificate, ...]:
        """The authorities for any document type of ``category``."""
        mine = {doctype for doctype, one in self.categories.items() if one is category}
        return self._listed(mine, now)

    def anchors_of_type(self, category: Category, doctype: str, *, now: int) -> tuple[Certificate, ...]:
        """The authorities for this very document type, if that is of ``category``."""
        return self._listed({doctype}, now) if self.categories.get(doctype) is category else ()

    def _listed(self, doctypes: set[str], now: int) -> tuple[Certificate, ...]:
        found = (
            one.certificate
            for one in self.authorities
            if not doctypes.isdisjoint(one.doctypes)
            and one.certificate.is_ca
            and one.certificate.not_before <= now <= one.certificate.not_after
        )
        return tuple(dict.fromkeys(found))


def sign_vical(vical: Vical, *, key: PrivateKey, chain: CertificateChain) -> bytes:
    """The signed list. Raises :class:`~nlwallet.errors.LocalError` for another key than that of ``chain``."""
    if key.public != chain.leaf.public_key:
        raise LocalError("the key is not that of the certificate", spec=_SPEC)
    members: dict[str, Any] = {
        "version": VICAL_VERSION,
        "vicalProvider": vical.provider,
        "date": CBORTag(_DATE_TIME, date_time(vical.issued_at)),
        "nextUpdate": CBORTag(_DATE_TIME, date_time(vical.next_update)),
        "certificateInfos": [one.as_cbor() for one in vical.authorities],
    }
    if vical.issue_id is not None:
        members["vicalIssueID"] = vical.issue_id
    return sign_cose_sign1(dump_cbor(members), key, chain=chain)


def verify_vical(
    data: bytes,
    *,
    signers: Sequence[Certificate],
    categories: Mapping[str, Category],
    now: int,
    previous: Vical | None = None,
) -> Vical:
    """Read a list that was signed by one of ``signers``, or under one of them.

    ``signers`` are pinned: the provider tells them another way. ``categories`` says of which category the document
    types are that count here. ``previous`` is the list of this provider that was taken last: an older one is refused,
    and so is another one under its number or date. Raises :class:`~nlwallet.errors.InvalidTrustedList` or another
    RemoteError.
    """
    message = parse_cose_sign1(data, algorithms=VICAL_ALGORITHMS, what=_WHAT, max_bytes=MAX_VICAL_BYTES)
    _check_signature(message, signers, now=now)
    payload = message.payload or b""
    decoded = parse_cbor(payload, what=_WHAT, max_bytes=MAX_VICAL_BYTES, indefinite_lengths=False)
    vical = _parse(_typed(decoded, dict, ""), categories, hashlib.sha256(payload).digest())
    if vical.issued_at > now + CLOCK_DIFFERENCE:
        raise InvalidTrustedList("the list is of the future", spec=_SPEC, pointer="/date")
    if now >= vical.next_update:
        raise InvalidTrustedList(
            "the list is out of date: its next update was due, or its last day is over",
            spec=_SPEC,
            pointer="/nextUpdate",
            code="list_out_of_date",
        )
    _check_order(vical, previous)
    return vical


def _check_signature(message: CoseSign1, signers: Sequence[Certificate], *, now: int) -> None:
    chain = message.chain
    if chain is None or message.payload is None:
        raise InvalidTrustedList("the list has no content, or no certificate", spec=_SPEC, pointer="/x5chain")
    leaf = chain.leaf
    message.verify(leaf.public_key)
    if leaf not in signers:
        verify_chain(chain, signers, now=now, what="the signer of the list", anchor_in_x5c="accepted")
    elif not leaf.not_before <= now <= leaf.not_after:
        raise OutsideValidity(
            "the certificate of the list's signer is not valid now", spec="RFC 5280 §4.1.2.5"
        )


def _parse(members: dict[Any, Any], categories: Mapping[str, Category], digest: bytes) -> Vical:
    if _member(members, "version", str, "") != VICAL_VERSION:
        raise _malformed("its version is unknown", "/version")
    issued_at = _moment(members, "date")
    issue_id = members.get("vicalIssueID")
    if issue_id is not None and (type(issue_id) is not int or issue_id < 0):
        raise _malformed("vicalIssueID is no number", "/vicalIssueID")
    listed = _member(members, "certificateInfos", list, "")
    if len(listed) > MAX_AUTHORITIES:
        raise _malformed(f"it has more than {MAX_AUTHORITIES} authorities", "/certificateInfos")
    read = [_authority(one, f"/certificateInfos/{n}") for n, one in enumerate(listed)]
    authorities = tuple(one for one in read if one is not None)
    until = _moment(members, "nextUpdate") if "nextUpdate" in members else issued_at + LIFETIME
    if "notAfter" in members:  # of the second edition
        last = _moment(members, "notAfter") + 1
        until = min(until, last) if "nextUpdate" in members else last
    return Vical(
        provider=_text(_member(members, "vicalProvider", str, ""), "/vicalProvider"),
        issued_at=issued_at,
        next_update=until,
        authorities=authorities,
        unreadable=len(listed) - len(authorities),
        issue_id=issue_id,
        categories=dict(categories),
        digest=digest,
    )


def _authority(value: Any, pointer: str) -> IssuingAuthority | None:
    """The authority; none where its key is of a kind that no mdoc is signed with. The list holds all the same."""
    members = _typed(value, dict, pointer)
    try:
        certificate = Certificate.from_der(_member(members, "certificate", bytes, pointer))
    except InvalidTrustedList:
        raise
    except AlgorithmNotAllowed:
        return None
    except RemoteError as error:
        raise _malformed(error.message, f"{pointer}/certificate") from None
    if _number(members.get("serialNumber"), f"{pointer}/serialNumber") != certificate.serial:
        raise _malformed("serialNumber is not that of the certificate", f"{pointer}/serialNumber")
    if _member(members, "ski", bytes, pointer) != (certificate.subject_key_id or b""):
        raise _malformed("ski is not that of the certificate", f"{pointer}/ski")
    doctypes = _member(members, "docType", list, pointer)
    if not 0 < len(doctypes) <= MAX_DOCTYPES:
        raise _malformed(f"an authority is for 1 to {MAX_DOCTYPES} document types", f"{pointer}/docType")
    return IssuingAuthority(certificate, tuple(_text(one, f"{pointer}/docType") for one in doctypes))


def _check_order(vical: Vical, previous: Vical | None) -> None:
    if previous is None or vical.digest == previous.digest:
        return
    numbered = vical.issue_id is not None and previous.issue_id is not None
    if vical.issued_at < previous.issued_at or (numbered and vical.issue_id <= previous.issue_id):  # type: ignore[operator]
        older = True
    else:
        older = not numbered and vical.issued_at == previous.issued_at
    if older or (previous.issue_id is not None and vical.issue_id is None):
        raise InvalidTrustedList(
            "an older list than the one that is known, or another one under its number",
            spec=_SPEC,
            pointer="/vicalIssueID",
            code="list_rolled_back",
        )


def _typed(value: Any, kind: type[_Kind], pointer: str) -> _Kind:
    if type(value) is not kind:
        raise _malformed(f"{pointer.rpartition('/')[2] or _WHAT} is not {_WORDS[kind]}", pointer)
    return value


def _member(members: dict[Any, Any], name: str, kind: type[_Kind], pointer: str) -> _Kind:
    if name not in members:
        raise _malformed(f"{name} is missing", pointer)
    return _typed(members[name], kind, f"{pointer}/{name}")


def _text(value: Any, pointer: str) -> str:
    text = _typed(value, str, pointer)
    if not 0 < len(text) <= MAX_TEXT:
        raise _malformed(f"a name has 1 to {MAX_TEXT} characters", pointer)
    return text


def _number(value: Any, pointer: str) -> int:
    if type(value) is int:
        return value
    if (
        isinstance(value, CBORTag)
        and value.tag == _BIGNUM
        and isinstance(value.value, bytes)
        and len(value.value) <= 64
    ):
        return int.from_bytes(value.value)
    raise _malformed("serialNumber is no number", pointer)


def _moment(members: dict[Any, Any], name: str) -> int:
    value = members.get(name)
    if isinstance(value, CBORTag) and value.tag == _DATE_TIME and isinstance(value.value, str):
        try:
            moment = datetime.fromisoformat(value.value[:MAX_TEXT])
            if moment.tzinfo is not None:
                return int(moment.timestamp())
        except (ValueError, OverflowError):
            pass
    raise _malformed(f"{name} is no date and time", f"/{name}")


def _malformed(message: str, pointer: str) -> InvalidTrustedList:
    return InvalidTrustedList(message, spec=_SPEC, pointer=pointer)
