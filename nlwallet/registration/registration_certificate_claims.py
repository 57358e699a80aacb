"""The claims of a registration certificate, in both generations of names (ETSI TS 119 475 V1.1.1 and V1.2.1)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from nlwallet.claim_path import parse_claim_path
from nlwallet.errors import InvalidRegistration, MalformedInput, RemoteError
from nlwallet.registration.entitlement import SERVICE_PROVIDER
from nlwallet.registration.intended_use import RegisteredCredential, Retention
from nlwallet.registration.part import CredentialType
from nlwallet.registration.registration_certificate import NamedIntermediary, RegistrationCertificate
from nlwallet.status import StatusReference

_MAX_CREDENTIALS: Final = 64
_MAX_CLAIMS: Final = 512
_MAX_ENTITLEMENTS: Final = 32


def read_wrprc_claims(
    claims: Mapping[str, Any], *, registrar: str, entitlements: Collection[str]
) -> RegistrationCertificate:
    """The claims of a certificate whose signer is called ``registrar``.

    One of ``entitlements`` must be among those of the party. Raises
    :class:`~nlwallet.errors.InvalidRegistration`.
    """
    try:
        return _read(claims, registrar, entitlements)
    except MalformedInput as error:
        raise InvalidRegistration(error.message, pointer=error.pointer) from None


def _read(claims: Mapping[str, Any], registrar: str, wanted: Collection[str]) -> RegistrationCertificate:
    identifier, legal_name = _subject(claims)
    entitled = _entitlements(claims.get("entitlements"), wanted)
    credentials: Any = ()
    if SERVICE_PROVIDER in entitled:  # else what may be asked does not belong in it (RPRC_05)
        credentials = claims.get("credentials")
        if not isinstance(credentials, list) or not 0 < len(credentials) <= _MAX_CREDENTIALS:
            raise InvalidRegistration(
                "credentials is no array of a sensible length", pointer="/payload/credentials"
            )
    provided = claims.get("provides_attestations", [])
    if not isinstance(provided, list) or len(provided) > _MAX_CREDENTIALS:
        raise InvalidRegistration(
            "provides_attestations is no array of a sensible length", pointer="/payload/provides_attestations"
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
        entitlements=entitled,
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
        country=_optional(claims, "country"),
        registry_uri=_optional(claims, "registry_uri"),
        service_id=_optional(claims, "srv_id"),
        service_name=_optional(claims, "srv_name"),
        provides_attestations=tuple(_provided(item, index) for index, item in enumerate(provided)),
        intermediary=_intermediary(claims),
    )


def _subject(claims: Mapping[str, Any]) -> tuple[str, str]:
    """Identifier and official name; in V1.1.1 ``sub`` is an object with both."""
    subject = claims.get("sub")
    if isinstance(subject, Mapping):
        person = (_optional(subject, "given_name"), _optional(subject, "family_name"))
        name = _optional(subject, "legal_name") or " ".join(filter(None, person))
        if not name:
            raise InvalidRegistration("the subject has no name", pointer="/payload/sub")
        return _string(subject, "id"), name
    person = (_optional(claims, "sub_gn"), _optional(claims, "sub_fn"))
    return _string(claims, "sub"), _optional(claims, "sub_ln") or " ".join(filter(None, person))


def _entitlements(value: Any, wanted: Collection[str]) -> tuple[str, ...]:
    entitled = value if isinstance(value, list) and len(value) <= _MAX_ENTITLEMENTS else []
    if not any(one in wanted for one in entitled if isinstance(one, str)):
        raise InvalidRegistration(
            "the party is not registered as a service provider"
            if SERVICE_PROVIDER in wanted
            else "the party is not registered as a provider of attestations",
            pointer="/payload/entitlements",
            code="wrong_entitlement",
        )
    return tuple(one for one in entitled if isinstance(one, str))


def _intermediary(claims: Mapping[str, Any]) -> NamedIntermediary | None:
    """Of ``intermediary``, or of ``act`` as V1.1.1 has it (GEN-5.2.4-09)."""
    value = claims.get("intermediary", claims.get("act"))
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise InvalidRegistration("intermediary is no object", pointer="/payload/intermediary")
    name = _optional(value, "sname") or _optional(value, "name")
    return NamedIntermediary(_string(value, "sub"), name, _optional(value, "srv_id"))


def _provided(value: Any, index: int) -> CredentialType:
    read = _credential(
        {**value, "claim": []} if isinstance(value, Mapping) else value, index, "provides_attestations"
    )
    return CredentialType(format=read.format, types=read.types)


def _credential(value: Any, index: int, member: str = "credentials") -> RegisteredCredential:
    pointer = f"/payload/{member}/{index}"
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
