"""SD-JWT VC: an SD-JWT that is a credential of a type (``dc+sd-jwt``)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nlwallet.claim_path import ClaimPath
from nlwallet.crypto import CertificateChain, PrivateKey, PublicKey
from nlwallet.encoding import json_pointer
from nlwallet.errors import InvalidCredential, LocalError, MalformedInput
from nlwallet.profiles import Profile
from nlwallet.sdjwt.issuance import issue_sd_jwt
from nlwallet.sdjwt.issuer_key import IssuerKeyResolver
from nlwallet.sdjwt.key_binding import ExpectedKeyBinding
from nlwallet.sdjwt.token import UnverifiedSdJwt
from nlwallet.sdjwt.verification import SdJwt, parse_issuer_jwt, process

SD_JWT_VC_TYP = "dc+sd-jwt"

ALWAYS_IN_THE_CLEAR = frozenset({"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status", "aka_vcts"})
"""Claims that may not come as Disclosures (SD-JWT VC §2.2.2.3)."""


def issue_sd_jwt_vc(
    *,
    vct: str,
    claims: Mapping[str, Any],
    disclosable: Collection[ClaimPath],
    key: PrivateKey,
    issued_at: int,
    chain: CertificateChain | None = None,
    kid: str | None = None,
    holder_key: PublicKey | None = None,
    expires_at: int | None = None,
    issuer: str | None = None,
    vct_integrity: str | None = None,
    status: Mapping[str, Any] | None = None,
    hash_algorithm: str = "sha-256",
    decoys: int = 0,
) -> str:
    """Issue a credential of type ``vct``; times are seconds since the epoch.

    ``chain`` goes into ``x5c`` (HAIP 1.0 §6.1.1: without its anchor) and its leaf must hold the public key of
    ``key``; ``kid`` names the key for issuer metadata instead. Raises :class:`~nlwallet.errors.LocalError`.
    """
    reserved = {"vct", "iss", "iat", "exp", "cnf", "vct#integrity", "status"} & claims.keys()
    if reserved:
        raise LocalError(
            f"{', '.join(sorted(reserved))} cannot stand among the claims", hint="use the parameters"
        )
    for path in disclosable:
        if path and path[0] in ALWAYS_IN_THE_CLEAR:
            raise LocalError(f"{path[0]} is never disclosable", spec="SD-JWT VC §2.2.2.3")
    if chain is not None and chain.leaf.public_key != key.public:
        raise LocalError("the certificate is not that of the signing key", spec="HAIP 1.0 §6.1.1")
    registered = {
        "vct": vct,
        "vct#integrity": vct_integrity,
        "iss": issuer,
        "iat": issued_at,
        "exp": expires_at,
        "status": status,
    }
    header = {"x5c": chain.x5c() if chain else None, "kid": kid}
    return issue_sd_jwt(
        {name: value for name, value in registered.items() if value is not None} | dict(claims),
        disclosable=disclosable,
        key=key,
        typ=SD_JWT_VC_TYP,
        header={name: value for name, value in header.items() if value is not None},
        holder_key=holder_key,
        hash_algorithm=hash_algorithm,
        decoys=decoys,
    )


@dataclass(frozen=True, slots=True, repr=False)
class SdJwtVc:
    """A verified credential, kept parsed; made by :func:`verify_sd_jwt_vc`, by nothing else."""

    sd_jwt: SdJwt
    vct: str
    chain: CertificateChain | None

    @property
    def claims(self) -> dict[str, Any]:
        """The processed claims, registered ones included."""
        return self.sd_jwt.claims

    @property
    def issuer(self) -> str | None:
        """``iss``."""
        return self.claims.get("iss")

    @property
    def holder_key(self) -> PublicKey | None:
        """The key in ``cnf.jwk``."""
        return self.sd_jwt.holder_key

    @property
    def issued_at(self) -> int | None:
        """``iat``, seconds since the epoch."""
        return self.claims.get("iat")

    @property
    def expires_at(self) -> int | None:
        """``exp``, seconds since the epoch."""
        return self.claims.get("exp")

    @property
    def text(self) -> str:
        """The credential as issued."""
        return self.sd_jwt.token.compact()

    def disclosable_paths(self) -> frozenset[ClaimPath]:
        """Where selectively disclosable claims are; concrete paths without ``None``."""
        return frozenset(self.sd_jwt.disclosures)

    def present(
        self,
        paths: Iterable[ClaimPath],
        *,
        holder_key: PrivateKey,
        audience: str,
        nonce: str,
        now: int,
        key_binding_claims: Mapping[str, Any] | None = None,
    ) -> str:
        """A presentation of the claims at ``paths`` and nothing else that can be withheld.

        See :meth:`nlwallet.sdjwt.SdJwt.present`. Paths to claims in the clear are allowed and change nothing.
        """
        return self.sd_jwt.present(
            paths,
            holder_key=holder_key,
            audience=audience,
            nonce=nonce,
            now=now,
            key_binding_claims=key_binding_claims,
        )

    def __repr__(self) -> str:
        return f"<SdJwtVc {self.vct}>"


@dataclass(frozen=True, slots=True, repr=False)
class SdJwtVcPresentation:
    """A verified presentation: the claims that were shown, by whom issued, bound to which key."""

    sd_jwt: SdJwt
    vct: str
    chain: CertificateChain | None

    @property
    def claims(self) -> dict[str, Any]:
        """The claims that were disclosed or stood in the clear, processed."""
        return self.sd_jwt.claims

    @property
    def issuer(self) -> str | None:
        """``iss``."""
        return self.claims.get("iss")

    @property
    def holder_key(self) -> PublicKey | None:
        """The key in ``cnf.jwk``."""
        return self.sd_jwt.holder_key

    @property
    def key_binding(self) -> dict[str, Any] | None:
        """The claims of the key binding JWT; ``None`` when none was required and none came."""
        return self.sd_jwt.key_binding

    @property
    def disclosed_paths(self) -> frozenset[ClaimPath]:
        """The claims that came as Disclosures."""
        return frozenset(self.sd_jwt.disclosures)

    def __repr__(self) -> str:
        return f"<SdJwtVcPresentation {self.vct}>"


def verify_sd_jwt_vc(
    text: str | UnverifiedSdJwt, *, issuer_key: IssuerKeyResolver, now: int, profile: Profile
) -> SdJwtVc:
    """Verify a credential as a wallet does on receipt: no key binding JWT may be there (RFC 9901 §7.2).

    Raises a :class:`~nlwallet.errors.RemoteError` whose class says what is wrong.
    """
    return SdJwtVc(*_verify(text, issuer_key=issuer_key, now=now, profile=profile, key_binding=None))


def verify_sd_jwt_vc_presentation(
    text: str | UnverifiedSdJwt,
    *,
    issuer_key: IssuerKeyResolver,
    now: int,
    profile: Profile,
    audience: str,
    nonce: str,
    key_binding_required: bool = True,
) -> SdJwtVcPresentation:
    """Verify a presentation as a verifier does. ``audience`` is its full client identifier.

    Raises a :class:`~nlwallet.errors.RemoteError` whose class says what is wrong.
    """
    expected = ExpectedKeyBinding(
        audience=audience,
        nonce=nonce,
        max_age=profile.key_binding_max_age,
        max_ahead=profile.key_binding_max_ahead,
        required=key_binding_required,
    )
    return SdJwtVcPresentation(
        *_verify(text, issuer_key=issuer_key, now=now, profile=profile, key_binding=expected)
    )


def _verify(
    text: str | UnverifiedSdJwt,
    *,
    issuer_key: IssuerKeyResolver,
    now: int,
    profile: Profile,
    key_binding: ExpectedKeyBinding | None,
) -> tuple[SdJwt, str, CertificateChain | None]:
    token = UnverifiedSdJwt.parse(text) if isinstance(text, str) else text
    try:
        jws, payload = parse_issuer_jwt(
            token, algorithms=profile.signing_algorithms, typ=profile.sd_jwt_vc_types
        )
    except MalformedInput as error:
        if error.pointer != "/header/typ":
            raise
        raise InvalidCredential(
            error.message,
            spec="SD-JWT VC §2.2.1",
            pointer=error.pointer,
            hint="vc+sd-jwt is the name of older drafts; the profile 'transitional' reads it",
        ) from None
    vct = payload.get("vct")
    if not isinstance(vct, str) or not vct:
        raise InvalidCredential(
            "vct is missing or no string", spec="SD-JWT VC §2.2.2.1", pointer="/payload/vct"
        )
    issuer = issuer_key(jws.header, payload, now=now)
    jws.verify(issuer.key)
    sd_jwt = process(
        token,
        jws,
        payload,
        now=now,
        algorithms=profile.signing_algorithms,
        key_binding=key_binding,
        leeway=profile.clock_leeway,
    )
    for path in sd_jwt.disclosures:
        if path[0] in ALWAYS_IN_THE_CLEAR:
            raise InvalidCredential(
                f"{path[0]} came as a Disclosure", spec="SD-JWT VC §2.2.2.3", pointer=json_pointer(path)
            )
    return sd_jwt, vct, issuer.chain
