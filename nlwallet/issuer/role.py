"""The issuer: offers a credential, and hands it to the wallet that proves a key (OpenID4VCI 1.0).

The grant is the pre-authorized code: whoever calls :meth:`Issuer.offer` has made sure for whom the offer is.
Not here yet: the authorization code grant, DPoP, wallet attestation, deferred issuance, notifications and
encryption; their parameters are refused and none of them is advertised.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette

from nlwallet.clock import Clock
from nlwallet.crypto import CertificateChain, PrivateKey, PublicKey
from nlwallet.encoding import b64url_encode
from nlwallet.errors import IssuanceRefused, LocalError
from nlwallet.issuer.configuration import CredentialConfiguration
from nlwallet.issuer.face import face
from nlwallet.issuer.grants import Secrets
from nlwallet.openid4vci import PRE_AUTHORIZED_CODE, CredentialOffer, TxCode, verify_proof
from nlwallet.sdjwt import TypeMetadataRegistry, issue_sd_jwt_vc

CODE_LIFETIME = 600
TOKEN_LIFETIME = 300
NONCE_LIFETIME = 300
TX_CODE_LENGTH = 6
TX_CODE_ATTEMPTS = 3
_HOUR, _DAY = 3600, 86_400


@dataclass(frozen=True, slots=True)
class IssuedOffer:
    """An offer to show, and the code that goes to the holder another way, if there is one."""

    offer: CredentialOffer
    tx_code: str | None = field(default=None, repr=False)

    @property
    def uri(self) -> str:
        """The link, and what a QR code of the offer holds."""
        return self.offer.uri()


@dataclass(slots=True)
class _Grant:
    configuration: CredentialConfiguration
    claims: Mapping[str, Any]
    tx_code: str | None = None
    attempts_left: int = TX_CODE_ATTEMPTS


class Issuer:
    """One credential issuer with its own authorization server. Safe to use from several threads.

    ``credential_issuer`` is its identifier, an https URL that the certificate of ``chain`` names in its
    subjectAltName; ``chain`` has no anchor in it (HAIP 1.0 §6.1.1).
    """

    def __init__(
        self,
        *,
        key: PrivateKey,
        chain: CertificateChain,
        credential_issuer: str,
        configurations: Sequence[CredentialConfiguration],
        clock: Clock,
        types: TypeMetadataRegistry,
    ) -> None:
        if key.public != chain.leaf.public_key:
            raise LocalError("the certificate is not that of the signing key")
        if credential_issuer not in chain.leaf.san_uris:
            raise LocalError(
                "the certificate does not name the issuer",
                hint="put credential_issuer as URI into its subjectAltName",
            )
        self.credential_issuer = credential_issuer
        self._key = key
        self._chain = chain
        self._clock = clock
        self._types = types
        self._configurations = {configuration.id: configuration for configuration in configurations}
        self._codes: Secrets[_Grant] = Secrets(lifetime=CODE_LIFETIME)
        self._tokens: Secrets[_Grant] = Secrets(lifetime=TOKEN_LIFETIME)
        self._nonces: Secrets[bool] = Secrets(lifetime=NONCE_LIFETIME)
        self.app: Starlette = face(self)
        """The HTTP face; mount it at ``credential_issuer``."""

    def offer(
        self, configuration_id: str, claims: Mapping[str, Any], *, tx_code: bool = False
    ) -> IssuedOffer:
        """Offer a credential with these claims to whoever gets the link, once, for ten minutes.

        With ``tx_code`` the wallet also needs six digits, which the caller brings to the holder another way.
        """
        configuration = self._configuration(configuration_id)
        digits = f"{secrets.randbelow(10**TX_CODE_LENGTH):0{TX_CODE_LENGTH}}" if tx_code else None
        code = self._codes.create(_Grant(configuration, dict(claims), digits), now=self._clock.now())
        expected = TxCode(length=TX_CODE_LENGTH) if tx_code else None
        return IssuedOffer(
            CredentialOffer(self.credential_issuer, (configuration_id,), code, expected), digits
        )

    def issue(self, configuration_id: str, claims: Mapping[str, Any], holder_key: PublicKey) -> str:
        """A credential bound to ``holder_key``, as a compact SD-JWT VC.

        Its times are rounded down to the hour, so that they do not tell credentials of a batch apart (S-35).
        """
        configuration = self._configuration(configuration_id)
        issued_at = self._clock.now() // _HOUR * _HOUR
        qualification = configuration.attestation_qualification
        return issue_sd_jwt_vc(
            vct=configuration.vct,
            vct_integrity=self._types.integrity(configuration.vct),
            claims={**claims, **({"attestation_qualification": qualification} if qualification else {})},
            disclosable=configuration.disclosable,
            key=self._key,
            chain=self._chain,
            holder_key=holder_key,
            issued_at=issued_at,
            expires_at=issued_at + configuration.lifetime_days * _DAY,
            issuer=self.credential_issuer,
        )

    # What the HTTP face asks -----------------------------------------------------------------

    def issuer_metadata(self) -> dict[str, Any]:
        """The credential issuer metadata (§12.2.4)."""
        base = self.credential_issuer
        batch = max(configuration.batch_size for configuration in self._configurations.values())
        return {
            "credential_issuer": base,
            "credential_endpoint": f"{base}/credential",
            "nonce_endpoint": f"{base}/nonce",
            **({"batch_credential_issuance": {"batch_size": batch}} if batch > 1 else {}),
            "display": [{"name": self._chain.leaf.subject.common_name}],
            "credential_configurations_supported": {
                id_: configuration.metadata(self._types, type_metadata_uri=f"{base}/type-metadata/{id_}")
                for id_, configuration in self._configurations.items()
            },
        }

    def authorization_server_metadata(self) -> dict[str, Any]:
        """The authorization server metadata (RFC 8414, §12.3)."""
        return {
            "issuer": self.credential_issuer,
            "token_endpoint": f"{self.credential_issuer}/token",
            "grant_types_supported": [PRE_AUTHORIZED_CODE],
            "response_types_supported": [],
            "token_endpoint_auth_methods_supported": ["none"],
            "pre-authorized_grant_anonymous_access_supported": True,
        }

    def type_metadata(self, configuration_id: str) -> list[str] | None:
        """The type metadata documents of a configuration, base64url each, the type itself first."""
        configuration = self._configurations.get(configuration_id)
        if configuration is None:
            return None
        return [b64url_encode(document) for document in self._types.documents(configuration.vct)]

    def token(self, fields: Mapping[str, str]) -> dict[str, Any]:
        """Answer a token request (§6). Raises :class:`~nlwallet.errors.IssuanceRefused`."""
        if fields.get("grant_type") != PRE_AUTHORIZED_CODE:
            raise _refused(
                "unsupported_grant_type", "only the pre-authorized code grant is supported", "§6.1"
            )
        code, given = fields.get("pre-authorized_code", ""), fields.get("tx_code")
        if not code:
            raise _refused("invalid_request", "pre-authorized_code is missing", "§6.1")
        now = self._clock.now()
        grant = self._codes.look(code, now=now)
        if grant is None:
            raise _refused("invalid_grant", "the code is unknown, used or expired", "§6.3")
        if (grant.tx_code is None) != (given is None):
            raise _refused(
                "invalid_request", "tx_code is missing" if given is None else "no tx_code is expected", "§6.3"
            )
        grant = self._codes.consume(code, now=now, unless=lambda found: not _right_tx_code(found, given))
        if grant is None:
            known = self._codes.look(code, now=now)
            if known is not None and known.attempts_left <= 0:
                self._codes.revoke(code)
            raise _refused("invalid_grant", "the tx_code is wrong, or the code was used meanwhile", "§6.3")
        return {
            "access_token": self._tokens.create(grant, now=now),
            "token_type": "Bearer",
            "expires_in": TOKEN_LIFETIME,
        }

    def nonce(self) -> dict[str, str]:
        """A fresh ``c_nonce`` (§7)."""
        return {"c_nonce": self._nonces.create(True, now=self._clock.now())}

    def credential(self, access_token: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a credential request (§8). Raises :class:`~nlwallet.errors.IssuanceRefused`."""
        now = self._clock.now()
        grant = self._tokens.look(access_token, now=now)
        if grant is None:
            raise _refused("invalid_token", "the access token is unknown or expired", "§8.3.1.1")
        configuration = self._requested(request, grant)
        if "credential_response_encryption" in request:
            raise _refused("invalid_encryption_parameters", "encryption is not supported", "§8.3.1.2")
        keys = self._proven_keys(request.get("proofs"), configuration, now)
        # Consumed only when everything is right, so that a wallet may correct itself; of two requests one wins.
        if self._tokens.consume(access_token, now=now) is None:
            raise _refused("invalid_token", "the access token was used meanwhile", "§8.3.1.1")
        return {
            "credentials": [{"credential": self.issue(configuration.id, grant.claims, key)} for key in keys]
        }

    def _requested(self, request: Mapping[str, Any], grant: _Grant) -> CredentialConfiguration:
        if "credential_identifier" in request:
            if "credential_configuration_id" in request:
                raise _refused(
                    "invalid_credential_request",
                    "credential_identifier and credential_configuration_id exclude each other",
                )
            raise _refused("unknown_credential_identifier", "no credential identifiers were handed out")
        if not isinstance(request.get("credential_configuration_id"), str):
            raise _refused(
                "invalid_credential_request",
                "credential_configuration_id is missing",
                hint="'format' and 'vct' were the request of drafts before 1.0"
                if "format" in request
                else "",
            )
        if request["credential_configuration_id"] != grant.configuration.id:
            raise _refused("unknown_credential_configuration", "this credential was not offered")
        return grant.configuration

    def _proven_keys(self, proofs: Any, configuration: CredentialConfiguration, now: int) -> list[PublicKey]:
        if not isinstance(proofs, dict) or set(proofs) != {"jwt"} or not isinstance(proofs["jwt"], list):
            raise _refused("invalid_proof", "proofs has one member, jwt, an array", pointer="/proofs")
        if not 0 < len(proofs["jwt"]) <= configuration.batch_size:
            raise _refused(
                "invalid_proof", f"there are 1 to {configuration.batch_size} proofs", pointer="/proofs/jwt"
            )
        proven = [
            verify_proof(
                proof,
                audience=self.credential_issuer,
                now=now,
                algorithms=frozenset({"ES256"}),
                pointer=f"/proofs/jwt/{n}",
            )
            for n, proof in enumerate(proofs["jwt"])
        ]
        keys = [key for key, _ in proven]
        if len(set(keys)) != len(keys):
            raise _refused("invalid_proof", "one key gets one credential", "§8.3", "/proofs/jwt")
        # One request may use one nonce for all of its proofs; another request may not use it again (§13.8).
        for nonce in {nonce for _, nonce in proven}:
            if self._nonces.consume(nonce, now=now) is None:
                raise _refused(
                    "invalid_nonce",
                    "the nonce is unknown, used or expired",
                    pointer="/proofs",
                    hint="fetch a fresh c_nonce",
                )
        return keys

    def _configuration(self, configuration_id: str) -> CredentialConfiguration:
        try:
            return self._configurations[configuration_id]
        except KeyError:
            raise LocalError(
                f"no credential configuration {configuration_id!r}",
                hint=f"one of {', '.join(self._configurations)}",
            ) from None


def _right_tx_code(grant: _Grant, given: str | None) -> bool:
    if grant.tx_code is None or given is None:
        return grant.tx_code is given
    grant.attempts_left -= 1
    return grant.attempts_left >= 0 and hmac.compare_digest(grant.tx_code.encode(), given.encode())


def _refused(
    code: str, reason: str, section: str = "§8.3.1.2", pointer: str = "", hint: str = ""
) -> IssuanceRefused:
    return IssuanceRefused(reason, code=code, spec=f"OpenID4VCI 1.0 {section}", pointer=pointer, hint=hint)
