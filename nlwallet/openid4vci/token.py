"""The token request and response of the pre-authorized code grant (OpenID4VCI 1.0 §6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nlwallet.errors import InvalidOffer
from nlwallet.openid4vci.codes import ErrorCode, refusal
from nlwallet.openid4vci.offer import PRE_AUTHORIZED_CODE

MAX_PARAMETER_LENGTH = 2048
MAX_TOKEN_LENGTH = 16_384


@dataclass(frozen=True, slots=True, repr=False)
class TokenRequest:
    """What a wallet sends for an access token; nothing of it is fit to be shown.

    Without ``client_id`` the wallet is anonymous (§12.3, ``pre-authorized_grant_anonymous_access_supported``).
    """

    pre_authorized_code: str
    tx_code: str | None = None
    client_id: str | None = None

    @classmethod
    def parse(cls, fields: Mapping[str, str]) -> TokenRequest:
        """Read the form; unknown parameters are ignored, and empty ones count as left out (RFC 6749 §3.2).

        Raises :class:`~nlwallet.errors.IssuanceRefused`.
        """
        given = {name: value for name, value in fields.items() if value}
        if "grant_type" not in given:
            raise refusal(ErrorCode.INVALID_REQUEST, "grant_type is missing", section="§6.1")
        if given["grant_type"] != PRE_AUTHORIZED_CODE:
            raise refusal(
                ErrorCode.UNSUPPORTED_GRANT_TYPE,
                "only the pre-authorized code grant is supported",
                section="§6.1",
            )
        if "authorization_details" in given:
            # The response would have to name credential identifiers (§6.2), which are not handed out.
            raise refusal(
                ErrorCode.INVALID_AUTHORIZATION_DETAILS,
                "authorization_details are not supported",
                section="§6.2",
                hint="the offer says what the code is good for",
            )
        parameters = {name: given.get(name) for name in ("pre-authorized_code", "tx_code", "client_id")}
        code = parameters["pre-authorized_code"]
        if code is None:
            raise refusal(ErrorCode.INVALID_REQUEST, "pre-authorized_code is missing", section="§6.1")
        if any(len(value or "") > MAX_PARAMETER_LENGTH for value in parameters.values()):
            raise refusal(
                ErrorCode.INVALID_REQUEST,
                f"a parameter is longer than {MAX_PARAMETER_LENGTH} characters",
                section="§6.1",
            )
        return cls(code, parameters["tx_code"], parameters["client_id"])

    def fields(self) -> dict[str, str]:
        """The form to send."""
        members = {
            "grant_type": PRE_AUTHORIZED_CODE,
            "pre-authorized_code": self.pre_authorized_code,
            "tx_code": self.tx_code,
            "client_id": self.client_id,
        }
        return {name: value for name, value in members.items() if value is not None}


@dataclass(frozen=True, slots=True, repr=False)
class TokenResponse:
    """A bearer token, and how many seconds it lasts when the server says so."""

    access_token: str
    expires_in: int | None = None

    @classmethod
    def parse(cls, value: Mapping[str, Any]) -> TokenResponse:
        """Read the response; unknown members are ignored. Raises :class:`~nlwallet.errors.InvalidOffer`."""
        token, kind, lasts = value.get("access_token"), value.get("token_type"), value.get("expires_in")
        if not isinstance(token, str) or not 0 < len(token) <= MAX_TOKEN_LENGTH or not token.isascii():
            raise _unusable("access_token is missing", "/access_token")
        if not isinstance(kind, str) or kind.lower() != "bearer":
            raise _unusable("the token is no bearer token", "/token_type", "DPoP is not supported yet")
        if lasts is not None and (type(lasts) is not int or lasts < 0):
            raise _unusable("expires_in is no number of seconds", "/expires_in")
        if "authorization_details" in value:
            # Then the credential request must name one of its credential identifiers (§6.2).
            raise _unusable("credential identifiers are not supported yet", "/authorization_details")
        return cls(token, lasts)

    def as_json(self) -> dict[str, Any]:
        """The response to send."""
        members = {"access_token": self.access_token, "token_type": "Bearer", "expires_in": self.expires_in}
        return {name: value for name, value in members.items() if value is not None}


def _unusable(reason: str, pointer: str, hint: str = "") -> InvalidOffer:
    return InvalidOffer(f"token response: {reason}", spec="RFC 6749 §5.1", pointer=pointer, hint=hint)
