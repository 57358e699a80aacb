"""What a wallet tells about itself when it fetches a request with POST (OpenID4VP 1.0 §5.10, §10)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from nlwallet.crypto import PublicKey
from nlwallet.encoding import dump_json, parse_json_object
from nlwallet.errors import InvalidRequest
from nlwallet.openid4vp.client_id import PRE_REGISTERED, UNSIGNED_ONLY
from nlwallet.openid4vp.metadata import (
    KEY_AGREEMENT,
    MSO_MDOC,
    SD_JWT_VC,
    EncryptionTarget,
    JsonWebKeySet,
    encryption_target,
    format_metadata,
)
from nlwallet.openid4vp.reading import WireModel, read_model
from nlwallet.profiles import Profile

WALLET_CURVES = ("P-256", "P-384", "P-521")
"""Of a wallet's key, which HAIP leaves to the wallet."""
MAX_WALLET_METADATA_BYTES = 32_768
MAX_NAMES = 64

Names = Annotated[tuple[str, ...], Field(max_length=MAX_NAMES)]


class WalletMetadata(WireModel):
    """The members that this library reads; a verifier ignores all others (§10.1).

    ``jwks`` are keys to encrypt the request object to. Nothing else changes what our verifier sends: a
    request that differed by wallet would be a fingerprint of its holder (§15.6).
    """

    vp_formats_supported: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Always there in ours (§10.1); of another wallet nothing is done with it, so its absence is no error."""
    client_id_prefixes_supported: Annotated[tuple[str, ...], Field(min_length=1, max_length=MAX_NAMES)] = (
        PRE_REGISTERED,
    )
    response_types_supported: Names | None = None
    response_modes_supported: Names | None = None
    request_object_signing_alg_values_supported: Names | None = None
    request_object_encryption_alg_values_supported: Names | None = None
    request_object_encryption_enc_values_supported: Names | None = None
    jwks: JsonWebKeySet | None = None

    @classmethod
    def of_wallet(
        cls, profile: Profile, *, prefix: str, key: PublicKey | None = None, kid: str = ""
    ) -> WalletMetadata:
        """The metadata for a request of a client with ``prefix``.

        With ``key`` (P-256, used once) the request object must be encrypted to it. Signature algorithms are
        left out where the prefix precludes a signature (§5.10).
        """
        algorithms = sorted(profile.signing_algorithms)
        encs = profile.encryption_encs if key else None
        jwk = {**key.jwk(), "kid": kid, "alg": KEY_AGREEMENT, "use": "enc"} if key else None
        return cls(
            vp_formats_supported={
                **format_metadata(profile.signing_algorithms, (SD_JWT_VC, MSO_MDOC)),
                SD_JWT_VC: {"sd-jwt_alg_values": algorithms, "kb-jwt_alg_values": ["ES256"]},
            },
            client_id_prefixes_supported=tuple(sorted(profile.client_id_prefixes)),
            response_types_supported=("vp_token",),
            response_modes_supported=tuple(sorted(profile.response_modes)),
            request_object_signing_alg_values_supported=None
            if prefix in UNSIGNED_ONLY
            else tuple(algorithms),
            request_object_encryption_alg_values_supported=(KEY_AGREEMENT,) if key else None,
            request_object_encryption_enc_values_supported=encs,
            jwks=JsonWebKeySet(keys=(jwk,)) if jwk else None,
        )

    @classmethod
    def parse(cls, text: str) -> WalletMetadata:
        """Read the form parameter ``wallet_metadata``. Raises a :class:`~nlwallet.errors.RemoteError`."""
        if len(text) > MAX_WALLET_METADATA_BYTES:
            raise InvalidRequest(
                f"wallet_metadata has more than {MAX_WALLET_METADATA_BYTES} characters",
                spec="OpenID4VP 1.0 §5.10",
                pointer="/wallet_metadata",
            )
        value = parse_json_object(text, what="wallet_metadata", pointer="/wallet_metadata")
        return read_model(cls, value, what="wallet_metadata", pointer="/wallet_metadata")

    def encryption_target(self, *, encs: Sequence[str]) -> EncryptionTarget | None:
        """What the request object is encrypted with; ``None`` if the wallet sent no key.

        Of a key in ``wallet_metadata`` neither ``kid`` nor ``alg`` is asked (§5.10, RFC 7517 §4.4, §4.5): the
        algorithms may stand in ``request_object_encryption_alg_values_supported``. Raises
        :class:`~nlwallet.errors.InvalidRequest` if none of its keys can be used.
        """
        if self.jwks is None or not self.jwks.keys:
            return None
        listed = self.request_object_encryption_alg_values_supported
        if listed is not None and KEY_AGREEMENT not in listed:
            raise InvalidRequest(
                "no key agreement is supported by both sides",
                spec="OpenID4VP 1.0 §5.10",
                pointer="/wallet_metadata/request_object_encryption_alg_values_supported",
                hint=f"list {KEY_AGREEMENT}",
            )
        return encryption_target(
            self.jwks,
            self.request_object_encryption_enc_values_supported or encs[:1],
            encs=encs,
            pointer="/wallet_metadata",
            curves=WALLET_CURVES,
            unnamed=KEY_AGREEMENT,
        )

    def as_form_value(self) -> str:
        """The JSON text that goes into the form."""
        return dump_json(self.model_dump(mode="json", exclude_none=True)).decode("utf-8")
