"""The issuer: offers a credential, and hands it to the wallet that proves a key (OpenID4VCI 1.0).

The grant is the pre-authorized code: whoever calls :meth:`Issuer.offer` has made sure for whom the offer is.

Not here yet, and none of it is advertised: the authorization code grant, credential identifiers, key attestations
and encryption, which are refused with the code of their own; deferred issuance and notifications, which have no
endpoint; DPoP and wallet attestation, whose headers are passed over, so that a wallet gets a bearer token
(RFC 9449 §5) and is taken at its word for its ``client_id``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.applications import Starlette

from nlwallet.claim_path import expand
from nlwallet.clock import Clock
from nlwallet.crypto import CertificateChain, PrivateKey, PublicKey
from nlwallet.encoding import b64url_encode
from nlwallet.errors import InvalidTypeMetadata, LocalError
from nlwallet.issuer.authorization import TX_CODE_LENGTH, Authorization, Authorizations
from nlwallet.issuer.configuration import PROOF_ALGORITHMS, CredentialConfiguration
from nlwallet.issuer.face import face
from nlwallet.issuer.nonces import Nonces
from nlwallet.openid4vci import (
    AuthorizationServerMetadata,
    CredentialOffer,
    CredentialRequest,
    CredentialResponse,
    ErrorCode,
    TokenRequest,
    TxCode,
    is_issuer_identifier,
    refusal,
    verify_proof,
)
from nlwallet.sdjwt import TypeMetadataRegistry, check_against_type_metadata, issue_sd_jwt_vc

NONCE_LIFETIME = 300
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


class Issuer:
    """One credential issuer with its own authorization server. Safe to use from several threads.

    ``credential_issuer`` is its identifier, an https URL that the certificate of ``chain`` names in its
    subjectAltName; ``chain`` has no anchor in it (HAIP 1.0 §6.1.1). Everything it knows is in memory: one process.
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
        if not is_issuer_identifier(credential_issuer):
            raise LocalError(
                "credential_issuer is no https URL without query and fragment", spec="OpenID4VCI 1.0 §12.2.1"
            )
        if credential_issuer not in chain.leaf.san_uris:
            raise LocalError(
                "the certificate does not name the issuer",
                hint="put credential_issuer as URI into its subjectAltName",
            )
        self.credential_issuer = credential_issuer
        self._base = credential_issuer.removesuffix("/")
        self._key = key
        self._chain = chain
        self._clock = clock
        self._types = types
        self._configurations = _by_id(configurations, types)
        self._authorizations = Authorizations()
        self._nonces = Nonces(lifetime=NONCE_LIFETIME)
        self.app: Starlette = face(self, path=urlsplit(self._base).path)
        """The HTTP face; mount it at the origin of ``credential_issuer``."""

    def offer(
        self, configuration_id: str, claims: Mapping[str, Any], *, tx_code: bool = False
    ) -> IssuedOffer:
        """Offer a credential with these claims to whoever gets the link, once, for ten minutes.

        With ``tx_code`` the wallet also needs six digits, which the caller brings to the holder another way.
        Raises :class:`~nlwallet.errors.LocalError` when there is no such configuration, or no credential can be
        made of the claims: better here than before the wallet.
        """
        configuration = self._configuration(configuration_id)
        kept = deepcopy(dict(claims))
        self._issue(configuration, kept, self._key.public)
        code, digits = self._authorizations.offer(configuration, kept, tx_code=tx_code, now=self._clock.now())
        expected = TxCode(length=TX_CODE_LENGTH) if tx_code else None
        return IssuedOffer(
            CredentialOffer(self.credential_issuer, (configuration_id,), code, expected), digits
        )

    def issue(self, configuration_id: str, claims: Mapping[str, Any], holder_key: PublicKey) -> str:
        """A credential bound to ``holder_key``, as a compact SD-JWT VC.

        Its times are rounded down to the hour, so that they do not tell credentials of a batch apart (RFC 9901
        §10.1). Raises :class:`~nlwallet.errors.LocalError` as :meth:`offer` does, and when the claims are not
        those of its type (SD-JWT VC §5.6).
        """
        configuration = self._configuration(configuration_id)
        self._check(configuration, claims)
        return self._issue(configuration, claims, holder_key)

    def _issue(
        self, configuration: CredentialConfiguration, claims: Mapping[str, Any], holder_key: PublicKey
    ) -> str:
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

    def _check(self, configuration: CredentialConfiguration, claims: Mapping[str, Any]) -> None:
        disclosed = [at for path in configuration.disclosable for at in expand(claims, path)]
        try:
            check_against_type_metadata(
                claims, disclosed, self._types.effective(configuration.vct), complete=True
            )
        except InvalidTypeMetadata as error:
            raise LocalError(
                error.message, code="invalid_claims", spec=error.spec, pointer=error.pointer
            ) from None

    # What the HTTP face asks -----------------------------------------------------------------

    def issuer_metadata(self) -> dict[str, Any]:
        """The credential issuer metadata (§12.2.4)."""
        base = self._base
        # One number for all configurations, so it is the smallest; "2 or greater", else it is left out.
        batch = min(configuration.batch_size for configuration in self._configurations.values())
        subject = self._chain.leaf.subject
        return {
            "credential_issuer": self.credential_issuer,
            "credential_endpoint": f"{base}/credential",
            "nonce_endpoint": f"{base}/nonce",
            **({"batch_credential_issuance": {"batch_size": batch}} if batch > 1 else {}),
            "display": [{"name": subject.organization or subject.common_name}],
            "credential_configurations_supported": {
                id_: configuration.metadata(
                    self._types, type_metadata_uri=f"{base}/type-metadata/{quote(id_, safe='')}"
                )
                for id_, configuration in self._configurations.items()
            },
        }

    def authorization_server_metadata(self) -> dict[str, Any]:
        """The authorization server metadata (RFC 8414, §12.3)."""
        return AuthorizationServerMetadata(
            self.credential_issuer, f"{self._base}/token", anonymous_access=True
        ).as_json()

    def type_metadata(self, configuration_id: str) -> list[str] | None:
        """The type metadata documents of a configuration, base64url each, the type itself first."""
        configuration = self._configurations.get(configuration_id)
        if configuration is None:
            return None
        return [b64url_encode(document) for document in self._types.documents(configuration.vct)]

    def token(self, fields: Mapping[str, str]) -> dict[str, Any]:
        """Answer a token request (§6). Raises :class:`~nlwallet.errors.IssuanceRefused`."""
        request = TokenRequest.parse(fields)
        return self._authorizations.token(request, now=self._clock.now()).as_json()

    def nonce(self) -> dict[str, str]:
        """A fresh ``c_nonce`` (§7)."""
        return {"c_nonce": self._nonces.create(now=self._clock.now())}

    def authorize(self, access_token: str) -> Authorization:
        """What an access token is good for. Raises :class:`~nlwallet.errors.IssuanceRefused`."""
        return self._authorizations.of(access_token, now=self._clock.now())

    def credential(self, access_token: str, value: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a credential request (§8). Raises :class:`~nlwallet.errors.IssuanceRefused`."""
        authorization = self.authorize(access_token)
        request = CredentialRequest.parse(value)
        if request.configuration_id not in self._configurations:
            raise refusal(
                ErrorCode.UNKNOWN_CREDENTIAL_CONFIGURATION,
                "there is no such credential configuration",
                pointer="/credential_configuration_id",
            )
        if request.configuration_id != authorization.configuration.id:
            raise refusal(
                ErrorCode.INSUFFICIENT_SCOPE,
                "the access token is for another credential",
                section="§8.3.1.1",
                pointer="/credential_configuration_id",
            )
        keys = self._proven_keys(request.proofs, authorization)
        # Used up only when everything is right, so that a wallet may correct itself; of two requests one wins.
        self._authorizations.use_up(access_token, now=self._clock.now())
        return CredentialResponse(
            tuple(self._issue(authorization.configuration, authorization.claims, key) for key in keys)
        ).as_json()

    def _proven_keys(self, proofs: Sequence[str], authorization: Authorization) -> list[PublicKey]:
        now, at_most = self._clock.now(), authorization.configuration.batch_size
        if len(proofs) > at_most:
            raise refusal(
                ErrorCode.INVALID_PROOF, f"there are at most {at_most} proofs", pointer="/proofs/jwt"
            )
        proven = [
            verify_proof(
                proof,
                audience=self.credential_issuer,
                now=now,
                algorithms=PROOF_ALGORITHMS,
                client_id=authorization.client_id,
                pointer=f"/proofs/jwt/{n}",
            )
            for n, proof in enumerate(proofs)
        ]
        keys = [key for key, _ in proven]
        if len(set(keys)) != len(keys):
            raise refusal(
                ErrorCode.INVALID_PROOF,
                "one key gets one credential",
                section="§8.3",
                pointer="/proofs/jwt",
            )
        # One request may use one nonce for all of its proofs; another request may not use it again (§13.8).
        if not self._nonces.consume({nonce for _, nonce in proven}, now=now):
            raise refusal(
                ErrorCode.INVALID_NONCE,
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


def _by_id(
    configurations: Sequence[CredentialConfiguration], types: TypeMetadataRegistry
) -> dict[str, CredentialConfiguration]:
    by_id = {configuration.id: configuration for configuration in configurations}
    if not by_id or len(by_id) != len(configurations):
        raise LocalError("an issuer has credential configurations, each with an id of its own")
    for configuration in configurations:
        if configuration.vct not in types:
            raise LocalError(
                f"there is no type metadata of {configuration.vct!r}",
                hint="add its document to the TypeMetadataRegistry",
            )
    return by_id
