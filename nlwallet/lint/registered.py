"""What a relying party registered, read from its record or from a registration certificate.

A registration certificate is only read here, never verified: the linter has no anchors, and the question is
what the party itself may ask, not whether to believe it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from nlwallet.claim_path import ClaimPath, covers, parse_claim_path
from nlwallet.crypto import parse_jws
from nlwallet.encoding import parse_json_object
from nlwallet.errors import InvalidRegistration, LocalError, RemoteError
from nlwallet.registration import IntendedUse, RegisteredCredential, RelyingPartyRecord
from nlwallet.registration.over_asking import Ancestors

_WRPRC_TYP = "rc-wrp+jwt"
_ALGORITHMS = frozenset({"ES256", "ES384", "ES512", "EdDSA", "Ed25519"})
_MAX_CREDENTIALS = 64
_MAX_CLAIMS = 512
_MAX_TEXTS = 64


@dataclass(frozen=True, slots=True)
class RegisteredUse:
    """One intended use. ``retention_days`` is ``None`` when the registration does not say."""

    id: str
    purposes: tuple[str, ...]
    credentials: tuple[RegisteredCredential, ...]
    retention_days: int | None = None

    def covers(self, format_: str, types: tuple[str, ...], path: ClaimPath, ancestors: Ancestors) -> bool:
        """Whether ``path`` may be asked of each of ``types``."""
        return bool(types) and all(
            any(
                covers(may, path)
                for entry in self.speaking_of(format_, name, ancestors)
                for may in entry.claims
            )
            for name in types
        )

    def speaking_of(self, format_: str, asked: str, ancestors: Ancestors) -> list[RegisteredCredential]:
        """The registered credentials that are of a type, or of one that it extends."""
        lineage = {asked, *ancestors(asked)} if format_ == "dc+sd-jwt" else {asked}
        return [
            entry
            for entry in self.credentials
            if entry.format == format_ and not lineage.isdisjoint(entry.types)
        ]

    def query(self) -> dict[str, Any]:
        """The DCQL query, as JSON, for all that may be asked."""
        return {
            "credentials": [
                {"id": f"credential_{n}", "format": entry.format, "meta": entry.meta()}
                | ({"claims": [{"path": list(path)} for path in entry.claims]} if entry.claims else {})
                for n, entry in enumerate(self.credentials)
            ]
        }


@dataclass(frozen=True, slots=True)
class Registration:
    """The registration of one relying party: ``identifier`` such as ``NTRNL-12345678``, and its uses."""

    identifier: str
    trade_name: str
    uses: tuple[RegisteredUse, ...]
    public_body: bool | None = None
    expires_at: int | None = None
    came_along: bool = False
    """Whether it was found in the request itself."""

    @classmethod
    def read(cls, text: str | bytes) -> Registration:
        """Read a registration certificate (compact JWT), or the JSON of a record.

        Raises :class:`~nlwallet.errors.InvalidRegistration` or another :class:`~nlwallet.errors.RemoteError`.
        """
        given = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        given = given.strip()
        return cls._of_json(parse_json_object(given)) if given.startswith("{") else cls._of_certificate(given)

    @classmethod
    def of(cls, record: RelyingPartyRecord) -> Registration:
        """The registration that a record is."""
        return cls(
            record.identifier,
            record.trade_name,
            tuple(_use(use) for use in record.intended_uses),
            record.public_body,
        )

    @classmethod
    def _of_json(cls, members: Mapping[str, Any]) -> Registration:
        try:
            return cls.of(RelyingPartyRecord.of(**members))
        except (LocalError, TypeError) as error:
            message = error.message if isinstance(error, LocalError) else "its members have no sensible names"
            pointer = error.pointer if isinstance(error, LocalError) else ""
            raise InvalidRegistration(
                message, spec="CIR (EU) 2025/848 Annex I", pointer=pointer, code="invalid_registration"
            ) from None

    @classmethod
    def _of_certificate(cls, text: str) -> Registration:
        jws = parse_jws(
            text,
            typ={_WRPRC_TYP},
            algorithms=_ALGORITHMS,
            what="the registration certificate",
        )
        claims = jws.claims(what="the registration certificate")
        subject = claims.get("sub")
        if isinstance(subject, Mapping):  # ETSI TS 119 475 V1.1.1
            subject = subject.get("id")
        credentials = claims.get("credentials")
        if not isinstance(credentials, list) or not 0 < len(credentials) <= _MAX_CREDENTIALS:
            raise _invalid("it lists no credentials, or too many", "/credentials")
        name = claims.get("intended_use_id")
        agreement = claims.get("nl_agreement")
        days = agreement.get("retention_days") if isinstance(agreement, Mapping) else None
        use = RegisteredUse(
            name if isinstance(name, str) else "",
            _texts(claims.get("purpose")),
            tuple(_credential(item, n) for n, item in enumerate(credentials)),
            days if isinstance(days, int) and not isinstance(days, bool) else None,
        )
        public_body, expires = claims.get("public_body"), claims.get("exp")
        trade_name = claims.get("name")
        return cls(
            subject if isinstance(subject, str) else "",
            trade_name if isinstance(trade_name, str) else "",
            (use,),
            public_body if isinstance(public_body, bool) else None,
            expires if isinstance(expires, int) and not isinstance(expires, bool) else None,
        )

    def with_request(self) -> Registration:
        """The same, found in the request."""
        return replace(self, came_along=True)


def _use(use: IntendedUse) -> RegisteredUse:
    return RegisteredUse(use.id, (use.purpose.nl, use.purpose.en), use.credentials, use.retention.days)


def _texts(value: Any) -> tuple[str, ...]:
    entries = value if isinstance(value, list) else []
    texts = [one.get("value", one.get("content")) for one in entries[:_MAX_TEXTS] if isinstance(one, Mapping)]
    return tuple(text for text in texts if isinstance(text, str))


def _credential(value: Any, index: int) -> RegisteredCredential:
    pointer = f"/credentials/{index}"
    meta = value.get("meta") if isinstance(value, Mapping) else None
    if not isinstance(meta, Mapping):
        raise _invalid("a credential has no meta", pointer)
    claims = value.get("claim", value.get("claims", []))
    if not isinstance(claims, list) or len(claims) > _MAX_CLAIMS:
        raise _invalid("claim is no array of a sensible length", f"{pointer}/claim")
    try:
        return RegisteredCredential(
            format=value.get("format"),
            types=meta.get("vct_values", [meta.get("doctype_value")]),
            claims=tuple(
                parse_claim_path(claim.get("path") if isinstance(claim, Mapping) else None)
                for claim in claims
            ),
        )
    except (RemoteError, ValueError):  # pydantic's ValidationError is a ValueError
        raise _invalid("a credential has no known format, types and paths", pointer) from None


def _invalid(message: str, pointer: str) -> InvalidRegistration:
    return InvalidRegistration(f"the registration certificate: {message}", pointer=pointer)
