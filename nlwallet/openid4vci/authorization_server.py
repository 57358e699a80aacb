"""What an authorization server says of itself (RFC 8414, RFC 9126, RFC 9207, RFC 9449; OpenID4VCI 1.0 §12.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nlwallet.errors import InvalidOffer
from nlwallet.openid4vci.authorization_details import OPENID_CREDENTIAL
from nlwallet.openid4vci.offer import AUTHORIZATION_CODE, PRE_AUTHORIZED_CODE
from nlwallet.openid4vci.pkce import CHALLENGE_METHOD
from nlwallet.openid4vci.url import is_endpoint_of, is_offering_issuer
from nlwallet.openid4vci.wallet_attestation import CLIENT_AUTH_METHOD, COMBINED_AUTH_METHOD

_ENDPOINTS = (
    "pushed_authorization_request_endpoint",
    "authorization_endpoint",
    "challenge_endpoint",
    "status_list_aggregation_endpoint",
)


@dataclass(frozen=True, slots=True)
class AuthorizationServerMetadata:
    """Checked, and reduced to what is used.

    ``anonymous_access`` says that a token request needs no ``client_id`` (§12.3); ``client_attestation`` that
    wallets authenticate with a wallet attestation; ``dpop`` that tokens can be bound to a key by ES256;
    ``combined_attestation`` that one DPoP proof may serve for both; ``authorization_details`` that a card can be asked
    for without a scope.
    ``status_list_aggregation_endpoint`` names all status lists (Token Status List §9.1).
    """

    issuer: str
    token_endpoint: str
    anonymous_access: bool = False
    pushed_authorization_request_endpoint: str | None = None
    authorization_endpoint: str | None = None
    challenge_endpoint: str | None = None
    grant_types: tuple[str, ...] = (PRE_AUTHORIZED_CODE,)
    client_attestation: bool = False
    dpop: bool = False
    iss_in_response: bool = False
    status_list_aggregation_endpoint: str | None = None
    combined_attestation: bool = False
    authorization_details: bool = False

    @classmethod
    def parse(cls, value: dict[str, Any], *, expected_issuer: str) -> AuthorizationServerMetadata:
        """Read the metadata; unknown members are ignored.

        ``grant_types_supported`` may be left out, as servers for wallets do; the token request then tells.
        Raises :class:`~nlwallet.errors.InvalidOffer`.
        """
        if not is_offering_issuer(expected_issuer) or value.get("issuer") != expected_issuer:
            raise _invalid("it is of another server", "/issuer", spec="RFC 8414 §3.3")
        token_endpoint = value.get("token_endpoint")
        if not is_endpoint_of(token_endpoint, expected_issuer):
            raise _invalid("token_endpoint is no https URL", "/token_endpoint")
        for name in _ENDPOINTS:
            if name in value and not is_endpoint_of(value[name], expected_issuer):
                raise _invalid(f"{name} is no https URL", f"/{name}")
        anonymous = value.get("pre-authorized_grant_anonymous_access_supported", False)
        if not isinstance(anonymous, bool):
            raise _invalid(
                "it is true or false",
                "/pre-authorized_grant_anonymous_access_supported",
                spec="OpenID4VCI 1.0 §12.3",
            )
        methods = _names(value, "token_endpoint_auth_methods_supported", ())
        return cls(
            expected_issuer,
            token_endpoint,
            anonymous,
            pushed_authorization_request_endpoint=value.get("pushed_authorization_request_endpoint"),
            authorization_endpoint=value.get("authorization_endpoint"),
            challenge_endpoint=value.get("challenge_endpoint"),
            status_list_aggregation_endpoint=value.get("status_list_aggregation_endpoint"),
            grant_types=_names(value, "grant_types_supported", (AUTHORIZATION_CODE, PRE_AUTHORIZED_CODE)),
            client_attestation=CLIENT_AUTH_METHOD in methods,
            dpop="ES256" in _names(value, "dpop_signing_alg_values_supported", ()),
            iss_in_response=value.get("authorization_response_iss_parameter_supported") is True,
            combined_attestation=COMBINED_AUTH_METHOD in methods,
            authorization_details=OPENID_CREDENTIAL
            in _names(value, "authorization_details_types_supported", ()),
        )

    @property
    def combined_attestation_only(self) -> bool:
        """Whether wallets are known by one DPoP proof for both, and in no other way."""
        return self.combined_attestation and not self.client_attestation

    def as_json(self) -> dict[str, Any]:
        """The metadata document."""
        by_code = AUTHORIZATION_CODE in self.grant_types
        algorithms = ["ES256"]
        members: dict[str, Any] = {
            "issuer": self.issuer,
            "token_endpoint": self.token_endpoint,
            **{name: getattr(self, name) for name in _ENDPOINTS},
            "grant_types_supported": list(self.grant_types),
            "response_types_supported": ["code"] if by_code else [],
            "code_challenge_methods_supported": [CHALLENGE_METHOD] if by_code else None,
            "require_pushed_authorization_requests": True if by_code else None,
            "authorization_response_iss_parameter_supported": True if self.iss_in_response else None,
            "token_endpoint_auth_methods_supported": self._methods(),
            "client_attestation_signing_alg_values_supported": algorithms
            if self.client_attestation
            else None,
            "client_attestation_pop_signing_alg_values_supported": algorithms
            if self.client_attestation
            else None,
            "dpop_signing_alg_values_supported": algorithms if self.dpop else None,
            "authorization_details_types_supported": [OPENID_CREDENTIAL]
            if self.authorization_details
            else None,
            "pre-authorized_grant_anonymous_access_supported": self.anonymous_access,
        }
        return {name: value for name, value in members.items() if value is not None}

    def _methods(self) -> list[str]:
        offered = (
            (CLIENT_AUTH_METHOD, self.client_attestation),
            (COMBINED_AUTH_METHOD, self.combined_attestation),
        )
        return [name for name, is_offered in offered if is_offered] or ["none"]


def _names(value: dict[str, Any], name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    if name not in value:
        return default
    names = value[name]
    if not isinstance(names, list) or not all(isinstance(one, str) for one in names):
        raise _invalid(f"{name} is no array of strings", f"/{name}")
    return tuple(names)


def _invalid(reason: str, pointer: str, *, spec: str = "RFC 8414 §2") -> InvalidOffer:
    return InvalidOffer(f"authorization server metadata: {reason}", spec=spec, pointer=pointer)
