"""``authorization_details`` of type ``openid_credential``: what a wallet may get (OpenID4VCI 1.0 §5.1.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nlwallet.encoding import dump_json, parse_json
from nlwallet.errors import InvalidOffer, IssuanceRefused, RemoteError
from nlwallet.openid4vci.claims_description import fault_in_claims
from nlwallet.openid4vci.codes import ErrorCode, refusal

OPENID_CREDENTIAL = "openid_credential"
MAX_DETAILS = 32
MAX_IDENTIFIERS = 64
MAX_LENGTH = 32_768


@dataclass(frozen=True, slots=True)
class AuthorizationDetail:
    """One entry. ``credential_identifiers`` are there in a token response only (§6.2)."""

    configuration_id: str
    credential_identifiers: tuple[str, ...] = ()

    def as_json(self, *, locations: Sequence[str] = ()) -> dict[str, Any]:
        """The entry; ``locations`` names the credential issuer where its server serves several (§5.1.1)."""
        members: dict[str, Any] = {
            "type": OPENID_CREDENTIAL,
            "credential_configuration_id": self.configuration_id,
            "locations": list(locations),
            "credential_identifiers": list(self.credential_identifiers),
        }
        return {name: value for name, value in members.items() if value}


def details_parameter(configuration_ids: Sequence[str], *, locations: Sequence[str] = ()) -> str:
    """The request parameter, JSON in a form."""
    return dump_json(
        [AuthorizationDetail(one).as_json(locations=locations) for one in configuration_ids]
    ).decode("utf-8")


def parse_details_parameter(
    text: str, *, credential_issuer: str, locations_required: bool = False
) -> tuple[str, ...]:
    """The configuration ids that a wallet asks for; unknown members are ignored.

    ``locations``, if given, must name this ``credential_issuer``; they are required where the metadata names
    authorization servers (§5.1.1). Raises :class:`~nlwallet.errors.IssuanceRefused` with the code
    ``invalid_authorization_details``.
    """
    if len(text) > MAX_LENGTH:
        raise _refused(f"longer than {MAX_LENGTH} characters")
    try:
        details = parse_json(text, what="authorization_details")
    except RemoteError as error:
        twice = text.lstrip()[:3].lower() in ("%5b", "%7b")
        reason = error.message.removeprefix("authorization_details: ")
        raise _refused(reason, hint="it was percent-encoded twice" if twice else "") from None
    if not isinstance(details, list) or not 0 < len(details) <= MAX_DETAILS:
        raise _refused(f"no array of 1 to {MAX_DETAILS} entries")
    ids = []
    for entry in details:
        if not isinstance(entry, dict) or entry.get("type") != OPENID_CREDENTIAL:
            raise _refused(f"an entry is not of type {OPENID_CREDENTIAL}")
        id_, locations = entry.get("credential_configuration_id"), entry.get("locations")
        if not isinstance(id_, str) or not id_:
            raise _refused(
                "credential_configuration_id is missing",
                hint="'format' was the way of drafts before 1.0" if "format" in entry else "",
            )
        if locations is None and not locations_required:
            locations = [credential_issuer]
        if not isinstance(locations, list) or credential_issuer not in locations:
            raise _refused("locations does not name this credential issuer")
        fault = fault_in_claims(entry["claims"]) if "claims" in entry else None
        if fault is not None:
            raise _refused(fault[0])
        ids.append(id_)
    return tuple(dict.fromkeys(ids))


def parse_details_response(value: Any) -> tuple[AuthorizationDetail, ...]:
    """What a token response hands out. Raises :class:`~nlwallet.errors.InvalidOffer` (§6.2)."""
    if not isinstance(value, list) or not 0 < len(value) <= MAX_DETAILS:
        raise _unusable(f"no array of 1 to {MAX_DETAILS} entries")
    return tuple(_detail(entry) for entry in value if not _is_of_other_type(entry))


def _is_of_other_type(entry: Any) -> bool:
    return (
        isinstance(entry, dict) and isinstance(entry.get("type"), str) and entry["type"] != OPENID_CREDENTIAL
    )


def _detail(entry: Any) -> AuthorizationDetail:
    id_ = entry.get("credential_configuration_id") if isinstance(entry, dict) else None
    identifiers = entry.get("credential_identifiers") if isinstance(entry, dict) else None
    if not isinstance(id_, str) or not id_:
        raise _unusable("credential_configuration_id is missing")
    if (
        not isinstance(identifiers, list)
        or not 0 < len(identifiers) <= MAX_IDENTIFIERS
        or not all(isinstance(one, str) and one for one in identifiers)
    ):
        raise _unusable("credential_identifiers is no non-empty array of strings")
    return AuthorizationDetail(id_, tuple(identifiers))


def _refused(reason: str, *, hint: str = "") -> IssuanceRefused:
    return refusal(
        ErrorCode.INVALID_AUTHORIZATION_DETAILS,
        f"authorization_details: {reason}",
        section="§5.1.1",
        pointer="/authorization_details",
        hint=hint,
    )


def _unusable(reason: str) -> InvalidOffer:
    return InvalidOffer(
        f"token response: authorization_details: {reason}",
        spec="OpenID4VCI 1.0 §6.2",
        pointer="/authorization_details",
    )
