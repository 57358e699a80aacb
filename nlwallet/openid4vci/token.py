"""The token request and response of every grant (OpenID4VCI 1.0 §6, RFC 6749 §4.1.3, §5, §6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeGuard

from nlwallet.errors import InvalidOffer
from nlwallet.openid4vci.authorization_details import AuthorizationDetail, parse_details_response
from nlwallet.openid4vci.codes import ErrorCode, refusal
from nlwallet.openid4vci.offer import AUTHORIZATION_CODE, PRE_AUTHORIZED_CODE

REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the name of a grant
GRANT_TYPES = (AUTHORIZATION_CODE, PRE_AUTHORIZED_CODE, REFRESH_TOKEN)

MAX_PARAMETER_LENGTH = 2048
MAX_TOKEN_LENGTH = 16_384

_NEEDED = {
    AUTHORIZATION_CODE: "code",
    PRE_AUTHORIZED_CODE: "pre-authorized_code",
    REFRESH_TOKEN: "refresh_token",
}


@dataclass(frozen=True, slots=True, repr=False)
class TokenRequest:
    """What a wallet sends for an access token; nothing of it is fit to be shown.

    ``secret`` is the code, the pre-authorized code or the refresh token, whatever ``grant_type`` says. Without
    ``client_id`` the wallet is anonymous (§12.3, ``pre-authorized_grant_anonymous_access_supported``).
    """

    grant_type: str
    secret: str
    tx_code: str | None = None
    client_id: str | None = None
    redirect_uri: str | None = None
    code_verifier: str | None = None
    authorization_details: str | None = None

    @classmethod
    def parse(cls, fields: Mapping[str, str]) -> TokenRequest:
        """Read the form; unknown parameters are ignored, and empty ones count as left out (RFC 6749 §3.2).

        Raises :class:`~nlwallet.errors.IssuanceRefused`.
        """
        given = {name: value for name, value in fields.items() if value}
        grant = given.get("grant_type")
        if grant is None:
            raise refusal(ErrorCode.INVALID_REQUEST, "grant_type is missing", section="§6.1")
        if grant not in GRANT_TYPES:
            raise refusal(
                ErrorCode.UNSUPPORTED_GRANT_TYPE,
                "this grant is not supported",
                section="§6.1",
                hint=f"one of {', '.join(GRANT_TYPES)}",
            )
        if _NEEDED[grant] not in given:
            raise refusal(ErrorCode.INVALID_REQUEST, f"{_NEEDED[grant]} is missing", section="§6.1")
        for name, value in given.items():
            if name != "authorization_details" and len(value) > MAX_PARAMETER_LENGTH:
                raise refusal(
                    ErrorCode.INVALID_REQUEST,
                    f"a parameter is longer than {MAX_PARAMETER_LENGTH} characters",
                    section="§6.1",
                )
        return cls(
            grant,
            given[_NEEDED[grant]],
            tx_code=given.get("tx_code"),
            client_id=given.get("client_id"),
            redirect_uri=given.get("redirect_uri"),
            code_verifier=given.get("code_verifier"),
            authorization_details=given.get("authorization_details"),
        )

    def fields(self) -> dict[str, str]:
        """The form to send."""
        members = {
            "grant_type": self.grant_type,
            _NEEDED[self.grant_type]: self.secret,
            "tx_code": self.tx_code,
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "code_verifier": self.code_verifier,
            "authorization_details": self.authorization_details,
        }
        return {name: value for name, value in members.items() if value is not None}


@dataclass(frozen=True, slots=True, repr=False)
class TokenResponse:
    """An access token, how many seconds it lasts when the server says so, and what it is good for."""

    access_token: str
    expires_in: int | None = None
    token_type: Literal["Bearer", "DPoP"] = "Bearer"  # noqa: S105 - a kind, not a secret
    refresh_token: str | None = None
    authorization_details: tuple[AuthorizationDetail, ...] = ()

    @classmethod
    def parse(cls, value: Mapping[str, Any], *, dpop: bool = False) -> TokenResponse:
        """Read the response; unknown members are ignored. ``dpop``: a proof was sent along.

        A server that knows no DPoP answers with a bearer token all the same (RFC 9449 §5). Raises
        :class:`~nlwallet.errors.InvalidOffer`.
        """
        token, lasts, refresh = value.get("access_token"), value.get("expires_in"), value.get("refresh_token")
        kind = str(value.get("token_type", "")).lower()
        if not _is_token(token):
            raise _unusable("access_token is missing", "/access_token")
        if kind != "bearer" and not (kind == "dpop" and dpop):
            hint = "no DPoP proof was sent" if kind == "dpop" else ""
            raise _unusable("token_type is none that was asked for", "/token_type", hint)
        if lasts is not None and (type(lasts) is not int or lasts < 0):
            raise _unusable("expires_in is no number of seconds", "/expires_in")
        if refresh is not None and not _is_token(refresh):
            raise _unusable("refresh_token is no token", "/refresh_token")
        details = value.get("authorization_details")
        return cls(
            token,
            lasts,
            "DPoP" if kind == "dpop" else "Bearer",
            refresh,
            () if details is None else parse_details_response(details),
        )

    def as_json(self) -> dict[str, Any]:
        """The response to send."""
        members = {
            "access_token": self.access_token,
            "token_type": self.token_type,
            "expires_in": self.expires_in,
            "refresh_token": self.refresh_token,
            "authorization_details": [one.as_json() for one in self.authorization_details] or None,
        }
        return {name: value for name, value in members.items() if value is not None}


def _is_token(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value) <= MAX_TOKEN_LENGTH and value.isascii()


def _unusable(reason: str, pointer: str, hint: str = "") -> InvalidOffer:
    return InvalidOffer(f"token response: {reason}", spec="RFC 6749 §5.1", pointer=pointer, hint=hint)
