"""The registration certificate of a relying party, WRPRC (ETSI TS 119 475 V1.2.1 §5.2).

One certificate is one intended use. Both generations of claim names are read, V1.2.1 is written. One claim is
ours: ``nl_agreement`` says how long data are kept, whether they are shared, and whether they can be deleted;
ETSI has no field for that, and a citizen wants to know it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from nlwallet.claim_path import parse_claim_path
from nlwallet.crypto import Certificate, CertificateChain, PrivateKey, parse_jws, sign_jws, verify_chain
from nlwallet.errors import InvalidRegistration, LocalError, MalformedInput, OutsideValidity, RemoteError
from nlwallet.registration.record import RegisteredCredential, RelyingPartyRecord, Retention
from nlwallet.status import StatusReference

WRPRC_TYP = "rc-wrp+jwt"
SERVICE_PROVIDER = "https://uri.etsi.org/19475/Entitlement/Service_Provider"
WRPRC_POLICY = "0.4.0.19475.3.1"

MAX_DAYS = 365
"""A registration certificate is valid for 12 months at the most (GEN-5.2.4-08)."""

_DAY = 86_400
_MAX_CREDENTIALS = 64
_MAX_CLAIMS = 512


def issue_wrprc(
    record: RelyingPartyRecord,
    intended_use_id: str,
    *,
    key: PrivateKey,
    chain: CertificateChain,
    now: int,
    days: int,
    status: StatusReference,
    registry_uri: str,
) -> str:
    """The compact registration certificate for one intended use; ``iat`` stands in the header too (JAdES B-B)."""
    if not 0 < days <= MAX_DAYS:
        raise LocalError(
            f"a registration certificate is valid for 1 to {MAX_DAYS} days",
            spec="ETSI TS 119 475 GEN-5.2.4-08",
        )
    use = record.intended_use(intended_use_id)
    claims: dict[str, Any] = {
        "name": record.trade_name,
        "sub": record.identifier,
        "sub_ln": record.legal_name,
        "country": record.country,
        "registry_uri": registry_uri,
        "srv_description": [service.as_wire() for service in record.services],
        "entitlements": [SERVICE_PROVIDER],
        "privacy_policy": use.privacy_policy,
        "info_uri": record.website,
        "support_uri": record.support_uri,
        "supervisory_authority": record.supervisory_authority.as_wire(),
        "policy_id": [WRPRC_POLICY],
        "certificate_policy": f"{registry_uri}/policy/wrprc",
        "iat": now,
        "exp": now + days * _DAY,
        "status": status.as_json(),
        "intended_use_id": use.id,
        "purpose": use.purpose.as_wire(),
        "credentials": [credential.as_wire() for credential in use.credentials],
        "public_body": record.public_body,
        "nl_agreement": {
            "retention_days": use.retention.days,
            "shared_with_third_parties": use.retention.shared_with_third_parties,
            "deletable": use.retention.deletable,
        },
    }
    return sign_jws(claims, key, typ=WRPRC_TYP, header={"x5c": chain.x5c(), "iat": now})


@dataclass(frozen=True, slots=True)
class RegistrationCertificate:
    """A registration certificate whose signature, chain and form were verified. Texts are by language."""

    trade_name: str
    identifier: str
    legal_name: str
    issued_at: int
    expires_at: int | None
    purpose: Mapping[str, str]
    services: Mapping[str, str]
    credentials: tuple[RegisteredCredential, ...]
    entitlements: tuple[str, ...]
    status: StatusReference | None
    intended_use_id: str = ""
    privacy_policy: str = ""
    website: str = ""
    support_uri: str = ""
    supervisory_authority: Mapping[str, str] = field(default_factory=dict)
    public_body: bool | None = None
    retention: Retention | None = None
    registrar: str = ""
    """The common name of who signed the certificate."""

    def in_language(self, language: str) -> str:
        """The purpose in ``nl`` or ``en``, in any other language when there is none, or empty."""
        return self.purpose.get(language) or self.purpose.get("en") or next(iter(self.purpose.values()), "")


def verify_wrprc(
    text: str,
    *,
    anchors: Sequence[Certificate],
    now: int,
    algorithms: Collection[str],
    anchor_in_x5c: Literal["refused", "accepted"] = "refused",
) -> RegistrationCertificate:
    """Verify a registration certificate: form, signature, chain to the category's anchors, times, entitlement.

    Raises :class:`~nlwallet.errors.OutsideValidity` (code ``registration_expired``) or another
    :class:`~nlwallet.errors.RemoteError`.
    """
    jws = parse_jws(text, typ={WRPRC_TYP}, algorithms=algorithms, what="the registration certificate")
    if "x5c" not in jws.header:
        raise InvalidRegistration("there is no certificate chain", pointer="/header/x5c")
    chain = CertificateChain.from_x5c(jws.header["x5c"], pointer="/header/x5c")
    verify_chain(
        chain, anchors, now=now, what="the registration certificate's signer", anchor_in_x5c=anchor_in_x5c
    )
    jws.verify(chain.leaf.public_key)
    try:
        certificate = _read(jws.claims(what="the registration certificate"), chain.leaf.subject.common_name)
    except MalformedInput as error:
        raise InvalidRegistration(error.message, pointer=error.pointer) from None
    if certificate.expires_at is not None and now >= certificate.expires_at:
        raise OutsideValidity(
            "the registration has expired",
            code="registration_expired",
            spec="ETSI TS 119 475 GEN-5.2.4-08",
            pointer="/payload/exp",
            hint="renew the registration",
        )
    if now < certificate.issued_at - 60:
        raise OutsideValidity(
            "the registration is not valid yet", spec="ETSI TS 119 475 §5.2.4", pointer="/payload/iat"
        )
    return certificate


def _read(claims: Mapping[str, Any], registrar: str) -> RegistrationCertificate:
    subject = claims.get("sub")
    if isinstance(subject, Mapping):  # V1.1.1: an object {id, legal_name}
        identifier, legal_name = _string(subject, "id"), _string(subject, "legal_name")
    else:
        identifier = _string(claims, "sub")
        legal_name = _optional(claims, "sub_ln") or " ".join(
            filter(None, (_optional(claims, "sub_gn"), _optional(claims, "sub_fn")))
        )
    entitlements = claims.get("entitlements")
    if not isinstance(entitlements, list) or SERVICE_PROVIDER not in entitlements:
        raise InvalidRegistration(
            "the party is not registered as a service provider",
            pointer="/payload/entitlements",
            code="wrong_entitlement",
        )
    credentials = claims.get("credentials")
    if not isinstance(credentials, list) or not 0 < len(credentials) <= _MAX_CREDENTIALS:
        raise InvalidRegistration(
            "credentials is no array of a sensible length", pointer="/payload/credentials"
        )
    status = claims.get("status")
    authority = claims.get("supervisory_authority", claims.get("dpa"))
    return RegistrationCertificate(
        trade_name=_string(claims, "name"),
        identifier=identifier,
        legal_name=legal_name,
        issued_at=_seconds(claims, "iat"),
        expires_at=_seconds(claims, "exp") if "exp" in claims else None,
        purpose=_texts(claims.get("purpose"), "purpose"),
        services=_texts(claims.get("srv_description", claims.get("service")), "srv_description"),
        credentials=tuple(_credential(item, index) for index, item in enumerate(credentials)),
        entitlements=tuple(str(entitlement) for entitlement in entitlements),
        status=None if status is None else _status(status),
        intended_use_id=_optional(claims, "intended_use_id"),
        privacy_policy=_first_string(claims.get("privacy_policy")),
        website=_optional(claims, "info_uri"),
        support_uri=_optional(claims, "support_uri"),
        supervisory_authority={name: value for name, value in authority.items() if isinstance(value, str)}
        if isinstance(authority, Mapping)
        else {},
        public_body=claims["public_body"] if isinstance(claims.get("public_body"), bool) else None,
        retention=_retention(claims.get("nl_agreement")),
        registrar=registrar,
    )


def _credential(value: Any, index: int) -> RegisteredCredential:
    pointer = f"/payload/credentials/{index}"
    meta = value.get("meta") if isinstance(value, Mapping) else None
    if not isinstance(meta, Mapping) or value.get("format") not in ("dc+sd-jwt", "mso_mdoc"):
        raise InvalidRegistration("a credential has a known format and meta", pointer=pointer)
    types = meta.get("vct_values") if value["format"] == "dc+sd-jwt" else [meta.get("doctype_value")]
    claims = value.get("claim", value.get("claims", []))
    if not isinstance(claims, list) or len(claims) > _MAX_CLAIMS:
        raise InvalidRegistration("claim is no array of a sensible length", pointer=f"{pointer}/claim")
    try:
        paths = tuple(
            parse_claim_path(
                claim.get("path") if isinstance(claim, Mapping) else None, pointer=f"{pointer}/claim/{number}"
            )
            for number, claim in enumerate(claims)
        )
        return RegisteredCredential(format=value["format"], types=types, claims=paths)
    except RemoteError as error:
        raise InvalidRegistration(error.message, pointer=error.pointer) from None
    except ValueError:  # pydantic's ValidationError is one
        raise InvalidRegistration("a credential names no types", pointer=f"{pointer}/meta") from None


def _texts(value: Any, name: str) -> dict[str, str]:
    """Texts by language; a nested array (one for each service) is flattened, the first text of a language counts."""
    entries = value if isinstance(value, list) else []
    flat = [item for entry in entries for item in (entry if isinstance(entry, list) else [entry])]
    texts: dict[str, str] = {}
    for item in flat[:64]:
        text = item.get("value", item.get("content")) if isinstance(item, Mapping) else None
        if not isinstance(text, str) or not isinstance(item.get("lang"), str):
            raise InvalidRegistration("a text has lang and value", pointer=f"/payload/{name}")
        texts.setdefault(item["lang"].lower().partition("-")[0], text)
    return texts


def _retention(value: Any) -> Retention | None:
    if not isinstance(value, Mapping):
        return None
    try:
        return Retention(
            days=value["retention_days"],
            shared_with_third_parties=value["shared_with_third_parties"],
            deletable=value["deletable"],
        )
    except (KeyError, ValueError):
        raise InvalidRegistration("the agreement cannot be read", pointer="/payload/nl_agreement") from None


def _status(value: Any) -> StatusReference:
    try:
        return StatusReference.parse(value)
    except RemoteError as error:
        raise InvalidRegistration(error.message, pointer=error.pointer) from None


def _string(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidRegistration(f"{name} is missing", pointer=f"/payload/{name}")
    return value


def _optional(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name, "")
    return value if isinstance(value, str) else ""


def _first_string(value: Any) -> str:
    first = value[0] if isinstance(value, list) and value else value  # V1.1.1: an array
    return first if isinstance(first, str) else ""


def _seconds(claims: Mapping[str, Any], name: str) -> int:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidRegistration(f"{name} is missing or no number", pointer=f"/payload/{name}")
    return value
