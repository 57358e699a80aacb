"""SD-JWT VC: an SD-JWT that is a credential of a type (``dc+sd-jwt``)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nlwallet.claim_path import ClaimPath
from nlwallet.crypto import CertificateChain, PublicKey, SigningKey
from nlwallet.errors import InvalidCredential, LocalError, MalformedInput
from nlwallet.profiles import Profile
from nlwallet.sdjwt.issuer_key import IssuerKeyResolver
from nlwallet.sdjwt.key_binding import ExpectedKeyBinding
from nlwallet.sdjwt.registered_claims import check_in_the_clear, check_registered_claims
from nlwallet.sdjwt.sd_jwt import SdJwt
from nlwallet.sdjwt.token import UnverifiedSdJwt
from nlwallet.sdjwt.type_metadata import TypeMetadata
from nlwallet.sdjwt.type_metadata_check import check_against_type_metadata
from nlwallet.sdjwt.validity import check_audience
from nlwallet.sdjwt.verification import parse_issuer_jwt, process


@dataclass(frozen=True, slots=True, repr=False)
class _Verified:
    """What a credential and a presentation of it have in common."""

    sd_jwt: SdJwt
    vct: str
    chain: CertificateChain | None

    @property
    def claims(self) -> dict[str, Any]:
        """The processed claims, registered ones included: what was disclosed or stood in the clear."""
        return self.sd_jwt.claims

    @property
    def types(self) -> tuple[str, ...]:
        """``vct``, and the additional types in ``aka_vcts`` as the issuer asserts them (§2.2.2.2).

        They say what the credential may be used as, never who may issue it (§7.7).
        """
        return (self.vct, *self.claims.get("aka_vcts", ()))

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
        return _seconds(self.claims.get("iat"))

    @property
    def valid_from(self) -> int | None:
        """``nbf``, seconds since the epoch."""
        return _seconds(self.claims.get("nbf"))

    @property
    def expires_at(self) -> int | None:
        """``exp``, seconds since the epoch."""
        return _seconds(self.claims.get("exp"))

    @property
    def status(self) -> Mapping[str, Any] | None:
        """``status``: how to learn whether it was revoked. Nothing here has looked."""
        return self.claims.get("status")

    def _check_type(self, metadata: TypeMetadata, *, complete: bool) -> None:
        if metadata.vct != self.vct:
            raise InvalidCredential(
                "the metadata is of another type", spec="SD-JWT VC §5.3", pointer="/payload/vct"
            )
        check_against_type_metadata(
            self.claims, self.sd_jwt.disclosures, metadata, complete=complete, arrays=self.sd_jwt.arrays
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.vct}>"


@dataclass(frozen=True, slots=True, repr=False)
class SdJwtVc(_Verified):
    """A verified credential, kept parsed; made by :func:`verify_sd_jwt_vc`, by nothing else."""

    @property
    def text(self) -> str:
        """The credential as issued."""
        return self.sd_jwt.token.compact()

    def disclosable_paths(self) -> frozenset[ClaimPath]:
        """Where selectively disclosable claims are; concrete paths without ``None``."""
        return frozenset(self.sd_jwt.disclosures)

    def check_type(self, metadata: TypeMetadata) -> None:
        """Hold the whole card against its type: also mandatory claims must be there (§5.6, §5.7).

        Raises :class:`~nlwallet.errors.InvalidTypeMetadata` or :class:`~nlwallet.errors.InvalidCredential`.
        """
        self._check_type(metadata, complete=True)

    def present(
        self,
        paths: Iterable[ClaimPath],
        *,
        holder_key: SigningKey,
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


@dataclass(frozen=True, slots=True, repr=False)
class SdJwtVcPresentation(_Verified):
    """A verified presentation: the claims that were shown, by whom issued, bound to which key."""

    @property
    def key_binding(self) -> dict[str, Any] | None:
        """The claims of the key binding JWT; ``None`` when none was required and none came."""
        return self.sd_jwt.key_binding

    @property
    def disclosed_paths(self) -> frozenset[ClaimPath]:
        """The claims that came as Disclosures."""
        return frozenset(self.sd_jwt.disclosures)

    def check_type(self, metadata: TypeMetadata) -> None:
        """Hold what was shown against its type; a withheld claim is never taken for a missing one (§5.6).

        Raises :class:`~nlwallet.errors.InvalidTypeMetadata` or :class:`~nlwallet.errors.InvalidCredential`.
        """
        self._check_type(metadata, complete=False)


def verify_sd_jwt_vc(
    text: str | UnverifiedSdJwt,
    *,
    issuer_key: IssuerKeyResolver,
    now: int,
    profile: Profile,
    required_claims: Collection[str] = (),
) -> SdJwtVc:
    """Verify a credential as a wallet does on receipt: no key binding JWT may be there (RFC 9901 §7.2).

    Raises a :class:`~nlwallet.errors.RemoteError` whose class says what is wrong.
    """
    return SdJwtVc(*_verify(text, issuer_key, now, profile, None, required_claims))


def verify_sd_jwt_vc_presentation(
    text: str | UnverifiedSdJwt,
    *,
    issuer_key: IssuerKeyResolver,
    now: int,
    profile: Profile,
    audience: str | None,
    nonce: str | None,
    key_binding_required: bool = True,
    required_claims: Collection[str] = (),
) -> SdJwtVcPresentation:
    """Verify a presentation as a verifier does.

    ``audience``              the verifier's full client identifier, ``nonce`` that of its request.
    ``key_binding_required``  decided before anything is received. If ``False``, a presentation without key
                              binding is accepted, and one that has it must still be right; without ``audience``
                              and ``nonce`` it cannot be judged and must not be there.
    ``required_claims``       claims without which validity cannot be judged, such as ``exp`` (RFC 9901 §9.7).

    Status is not looked at: see ``status`` of the result. Raises a :class:`~nlwallet.errors.RemoteError` whose
    class says what is wrong, and :class:`~nlwallet.errors.LocalError` when key binding is required of no
    audience and nonce.
    """
    expected: ExpectedKeyBinding | None = None
    if audience is not None and nonce is not None:
        expected = ExpectedKeyBinding(
            audience=audience,
            nonce=nonce,
            max_age=profile.key_binding_max_age,
            max_ahead=profile.key_binding_max_ahead,
            required=key_binding_required,
        )
    elif key_binding_required:
        raise LocalError("key binding is to an audience and a nonce: give both", spec="RFC 9901 §7.3(5.6)")
    verified = _verify(text, issuer_key, now, profile, expected, required_claims)
    check_audience(verified[0].claims, audience)
    return SdJwtVcPresentation(*verified)


def _verify(
    text: str | UnverifiedSdJwt,
    issuer_key: IssuerKeyResolver,
    now: int,
    profile: Profile,
    key_binding: ExpectedKeyBinding | None,
    required_claims: Collection[str],
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
    check_registered_claims(payload)
    issuer = issuer_key(jws.header, payload, now=now)
    jws.verify(issuer.key)
    sd_jwt = process(
        token,
        jws,
        payload,
        now=now,
        algorithms=profile.signing_algorithms,
        key_binding=key_binding,
        required_claims=required_claims,
        leeway=profile.clock_leeway,
    )
    check_in_the_clear(sd_jwt.disclosures)
    return sd_jwt, payload["vct"], issuer.chain


def _seconds(value: Any) -> int | None:
    return None if value is None else int(value)
