"""What a verifier says about itself in a request: keys, content encryption, formats (OpenID4VP 1.0 §5.1)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, field_validator

from nlwallet.crypto import PublicKey
from nlwallet.errors import InvalidRequest, RemoteError
from nlwallet.mdoc import lists_device_mac, lists_signature, signature_numbers
from nlwallet.openid4vp.reading import WireModel

KEY_AGREEMENT = "ECDH-ES"
KEY_AGREEMENT_CURVE = "P-256"
DEFAULT_ENC = "A128GCM"
SD_JWT_VC = "dc+sd-jwt"
MSO_MDOC = "mso_mdoc"
MAX_KEYS = 16

_ALGORITHM_LISTS: tuple[tuple[str, type, tuple[str, str]], ...] = (
    (SD_JWT_VC, str, ("sd-jwt_alg_values", "kb-jwt_alg_values")),
    (MSO_MDOC, int, ("issuerauth_alg_values", "deviceauth_alg_values")),
)


@dataclass(frozen=True, slots=True)
class EncryptionTarget:
    """The key, its ``kid`` and the ``enc`` that a message is encrypted with; a wallet's key may have no ``kid``."""

    key: PublicKey
    kid: str | None
    enc: str


class JsonWebKeySet(WireModel):
    """The public keys of either side as they came; only the one that is used is read as a key."""

    keys: Annotated[tuple[dict[str, Any], ...], Field(max_length=MAX_KEYS)] = ()


class ClientMetadata(WireModel):
    """The three members that OpenID4VP 1.0 §5.1 defines; all others are ignored."""

    jwks: JsonWebKeySet = JsonWebKeySet()
    encrypted_response_enc_values_supported: Annotated[
        tuple[str, ...], Field(min_length=1, max_length=MAX_KEYS)
    ] = (DEFAULT_ENC,)
    vp_formats_supported: Annotated[dict[str, dict[str, Any]], Field(min_length=1)] | None = None

    @field_validator("jwks")
    @classmethod
    def _each_key_has_its_own_kid(cls, jwks: JsonWebKeySet) -> JsonWebKeySet:
        kids = [key.get("kid") for key in jwks.keys]
        if not all(isinstance(kid, str) and kid for kid in kids):
            raise ValueError("each key needs a kid")
        if len(set(kids)) != len(kids):
            raise ValueError("two keys have the same kid")
        return jwks

    @field_validator("vp_formats_supported")
    @classmethod
    def _algorithm_lists_are_not_empty(
        cls, formats: dict[str, dict[str, Any]] | None
    ) -> dict[str, dict[str, Any]] | None:
        for format_, kind, names in _ALGORITHM_LISTS:
            members = (formats or {}).get(format_, {})
            for name in names:
                values = members.get(name)
                if name in members and not (
                    isinstance(values, list) and values and all(type(value) is kind for value in values)
                ):
                    what = "strings" if kind is str else "integers"
                    raise ValueError(f"{name} is not a non-empty array of {what}")
        return formats

    @classmethod
    def for_request(
        cls,
        key: PublicKey | None,
        kid: str,
        *,
        encs: Sequence[str],
        algorithms: Collection[str],
        formats: Collection[str] = (SD_JWT_VC,),
    ) -> ClientMetadata:
        """The metadata of a verifier with one encryption key, for these credential ``formats`` (HAIP 1.0 §5).

        Without ``key`` the answer is not encrypted, and nothing is said about encryption (§5.1).
        """
        accepted = format_metadata(algorithms, formats)
        if key is None:
            return cls(vp_formats_supported=accepted)
        jwk = {**key.jwk(), "kid": kid, "alg": KEY_AGREEMENT, "use": "enc"}
        return cls(
            jwks=JsonWebKeySet(keys=(jwk,)),
            encrypted_response_enc_values_supported=tuple(encs),
            vp_formats_supported=accepted,
        )

    def encryption_target(self, *, encs: Sequence[str]) -> EncryptionTarget:
        """The key and content encryption that a wallet answers with (§8.3, HAIP 1.0 §5).

        Raises :class:`~nlwallet.errors.InvalidRequest`.
        """
        return encryption_target(
            self.jwks, self.encrypted_response_enc_values_supported, encs=encs, pointer="/client_metadata"
        )

    def accepts_format(
        self, name: str, *, algorithms: Collection[str], device_mac_curves: Collection[str] = ()
    ) -> bool:
        """Whether the verifier says that it reads format ``name`` signed with one of ``algorithms`` (JOSE names).

        ``device_mac_curves`` are the curves of device keys whose mdocs are authenticated by a MAC instead of a
        signature; this wallet has none (§B.2.2).
        """
        formats = self.vp_formats_supported or {}
        if name not in formats:
            return False
        if name == SD_JWT_VC:
            lists = (formats[name].get("sd-jwt_alg_values"), formats[name].get("kb-jwt_alg_values"))
            return all(values is None or set(algorithms) & set(values) for values in lists)
        if name == MSO_MDOC:
            issuer = formats[name].get("issuerauth_alg_values")
            device = formats[name].get("deviceauth_alg_values")
            return (issuer is None or lists_signature(issuer, algorithms)) and (
                device is None
                or lists_signature(device, algorithms)
                or lists_device_mac(device, device_mac_curves)
            )
        return True

    def as_json(self) -> Mapping[str, Any]:
        """The metadata as it stands in a request object; nothing about encryption where there is no key."""
        without_key = {"jwks", "encrypted_response_enc_values_supported"} if not self.jwks.keys else None
        return self.model_dump(mode="json", exclude_none=True, exclude=without_key)


def format_metadata(algorithms: Collection[str], formats: Collection[str]) -> dict[str, dict[str, Any]]:
    """``vp_formats_supported`` for signatures by ``algorithms``, JOSE names (§B.2.2, §B.3.4)."""
    names, numbers = sorted(algorithms), signature_numbers(algorithms)
    known: dict[str, dict[str, Any]] = {
        SD_JWT_VC: {"sd-jwt_alg_values": names, "kb-jwt_alg_values": names},
        MSO_MDOC: {"issuerauth_alg_values": numbers, "deviceauth_alg_values": numbers},
    }
    return {name: known[name] for name in known if name in formats}


def encryption_target(
    jwks: JsonWebKeySet,
    offered: Sequence[str],
    *,
    encs: Sequence[str],
    pointer: str,
    curves: Collection[str] = (KEY_AGREEMENT_CURVE,),
    unnamed: str | None = None,
) -> EncryptionTarget:
    """What to encrypt with to the owner of ``jwks``, who offers the content encryptions ``offered``.

    The first key on one of ``curves`` for ``ECDH-ES`` whose ``use`` is ``enc`` or absent; a key without ``alg`` is for
    ``unnamed``. Of ``encs``, our own list, A256GCM is taken if both sides have it. ``pointer`` is where the metadata
    stands. Raises :class:`~nlwallet.errors.InvalidRequest`.
    """
    shared = [enc for enc in encs if enc in offered]
    if not shared:
        raise InvalidRequest(
            "no content encryption is supported by both sides",
            spec="OpenID4VP 1.0 §8.3",
            pointer=f"{pointer}/encrypted_response_enc_values_supported",
            hint=f"list {' and '.join(encs)}",
        )
    enc = "A256GCM" if "A256GCM" in shared else shared[0]
    for position, jwk in enumerate(jwks.keys):
        if jwk.get("alg", unnamed) != KEY_AGREEMENT or jwk.get("use", "enc") != "enc":
            continue
        if jwk.get("crv") not in curves:
            continue
        at = f"{pointer}/jwks/keys/{position}"
        try:
            kid = jwk.get("kid")
            return EncryptionTarget(
                PublicKey.from_jwk(jwk, pointer=at), kid if isinstance(kid, str) else None, enc
            )
        except RemoteError as error:
            raise InvalidRequest(
                f"the encryption key is not usable: {error.message}", spec="OpenID4VP 1.0 §8.3", pointer=at
            ) from None
    raise InvalidRequest(
        f"{pointer.removeprefix('/')} has no key to encrypt to",
        spec="HAIP 1.0 §5",
        pointer=f"{pointer}/jwks",
        hint="a P-256 key with kid, alg ECDH-ES and use enc",
    )
