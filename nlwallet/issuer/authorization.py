"""The issuer's own authorization server: from an offered code to an access token (OpenID4VCI 1.0 §6)."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nlwallet.issuer.configuration import CredentialConfiguration
from nlwallet.issuer.grants import Secrets
from nlwallet.openid4vci import ErrorCode, TokenRequest, TokenResponse, refusal

CODE_LIFETIME = 600
TOKEN_LIFETIME = 300
"""Seconds. A token that is not bound to a key must not live longer than five minutes (§13.10)."""

TX_CODE_LENGTH = 6
TX_CODE_ATTEMPTS = 3


@dataclass(slots=True, repr=False)
class _Offered:
    configuration: CredentialConfiguration
    claims: Mapping[str, Any]
    tx_code: str | None
    attempts_left: int = TX_CODE_ATTEMPTS

    def refuses(self, tx_code: str | None) -> bool:
        """Whether ``tx_code`` is wrong; to be wrong costs an attempt, and without one left all are."""
        if self.tx_code is None or tx_code is None:
            return self.tx_code is not tx_code
        self.attempts_left -= 1
        return self.attempts_left < 0 or not hmac.compare_digest(self.tx_code.encode(), tx_code.encode())


@dataclass(frozen=True, slots=True)
class Authorization:
    """What an access token is good for: one credential, or one batch of it."""

    configuration: CredentialConfiguration
    claims: Mapping[str, Any] = field(repr=False)
    client_id: str | None = None
    """``None`` for an anonymous wallet; its key proofs then have no ``iss`` (§F.1)."""


class Authorizations:
    """Codes, and the access tokens that they were exchanged for; only their hashes are kept. Thread safe."""

    def __init__(self) -> None:
        self._codes: Secrets[_Offered] = Secrets(lifetime=CODE_LIFETIME)
        self._tokens: Secrets[Authorization] = Secrets(lifetime=TOKEN_LIFETIME)

    def offer(
        self, configuration: CredentialConfiguration, claims: Mapping[str, Any], *, tx_code: bool, now: int
    ) -> tuple[str, str | None]:
        """A pre-authorized code, and the digits that go with it if it has any."""
        digits = f"{secrets.randbelow(10**TX_CODE_LENGTH):0{TX_CODE_LENGTH}}" if tx_code else None
        return self._codes.create(_Offered(configuration, claims, digits), now=now), digits

    def token(self, request: TokenRequest, *, now: int) -> TokenResponse:
        """Exchange a code for an access token. Raises :class:`~nlwallet.errors.IssuanceRefused` (§6.3)."""
        code, tx_code = request.pre_authorized_code, request.tx_code
        offered = self._codes.look(code, now=now)
        if offered is None:
            raise _refused(ErrorCode.INVALID_GRANT, "the code is unknown, used or expired")
        if (offered.tx_code is None) != (tx_code is None):
            reason = "tx_code is missing" if tx_code is None else "no tx_code is expected"
            raise _refused(ErrorCode.INVALID_REQUEST, reason)
        taken = self._codes.consume(code, now=now, unless=lambda found: found.refuses(tx_code))
        if taken is None:
            if offered.attempts_left <= 0:
                self._codes.revoke(code)
            raise _refused(ErrorCode.INVALID_GRANT, "the tx_code is wrong, or the code was used meanwhile")
        authorization = Authorization(taken.configuration, taken.claims, request.client_id)
        return TokenResponse(self._tokens.create(authorization, now=now), TOKEN_LIFETIME)

    def of(self, access_token: str, *, now: int) -> Authorization:
        """What the token is good for. Raises :class:`~nlwallet.errors.IssuanceRefused` (``invalid_token``)."""
        found = self._tokens.look(access_token, now=now)
        if found is None:
            raise _refused(
                ErrorCode.INVALID_TOKEN, "the access token is unknown, used or expired", "§8.3.1.1"
            )
        return found

    def use_up(self, access_token: str, *, now: int) -> None:
        """End the token; of two requests one does. Raises :class:`~nlwallet.errors.IssuanceRefused`."""
        if self._tokens.consume(access_token, now=now) is None:
            raise _refused(ErrorCode.INVALID_TOKEN, "the access token was used meanwhile", "§8.3.1.1")


def _refused(code: ErrorCode, reason: str, section: str = "§6.3") -> Exception:
    return refusal(code, reason, section=section)
