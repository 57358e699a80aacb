"""What an authorization server says of itself, as far as the pre-authorized code needs it (RFC 8414)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nlwallet.errors import InvalidOffer
from nlwallet.openid4vci.offer import PRE_AUTHORIZED_CODE
from nlwallet.openid4vci.url import is_https_url, is_issuer_identifier


@dataclass(frozen=True, slots=True)
class AuthorizationServerMetadata:
    """Checked, and reduced to what is used.

    ``anonymous_access`` says that a token request needs no ``client_id`` (OpenID4VCI 1.0 §12.3).
    """

    issuer: str
    token_endpoint: str
    anonymous_access: bool = False

    @classmethod
    def parse(cls, value: dict[str, Any], *, expected_issuer: str) -> AuthorizationServerMetadata:
        """Read the metadata; unknown members are ignored.

        ``grant_types_supported`` may be left out, as servers for wallets do; the token request then tells.
        Raises :class:`~nlwallet.errors.InvalidOffer`.
        """
        if not is_issuer_identifier(expected_issuer) or value.get("issuer") != expected_issuer:
            raise _invalid("it is of another server", "/issuer", spec="RFC 8414 §3.3")
        token_endpoint = value.get("token_endpoint")
        if not is_https_url(token_endpoint):
            raise _invalid("token_endpoint is no https URL", "/token_endpoint")
        grants = value.get("grant_types_supported", [PRE_AUTHORIZED_CODE])
        if not isinstance(grants, list) or PRE_AUTHORIZED_CODE not in grants:
            raise _invalid("the server takes no pre-authorized code", "/grant_types_supported")
        anonymous = value.get("pre-authorized_grant_anonymous_access_supported", False)
        if not isinstance(anonymous, bool):
            raise _invalid(
                "it is true or false",
                "/pre-authorized_grant_anonymous_access_supported",
                spec="OpenID4VCI 1.0 §12.3",
            )
        return cls(expected_issuer, token_endpoint, anonymous)

    def as_json(self) -> dict[str, Any]:
        """The metadata of a server that takes pre-authorized codes, and no client authentication."""
        return {
            "issuer": self.issuer,
            "token_endpoint": self.token_endpoint,
            "grant_types_supported": [PRE_AUTHORIZED_CODE],
            "response_types_supported": [],
            "token_endpoint_auth_methods_supported": ["none"],
            "pre-authorized_grant_anonymous_access_supported": self.anonymous_access,
        }


def _invalid(reason: str, pointer: str, *, spec: str = "RFC 8414 §2") -> InvalidOffer:
    return InvalidOffer(f"authorization server metadata: {reason}", spec=spec, pointer=pointer)
