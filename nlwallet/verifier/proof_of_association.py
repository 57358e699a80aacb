"""The NL Wallet's proof that the keys of several cards are in one wallet (PoA), verified as its servers do.

It is a JWS in a JSON serialization (RFC 7515 §7.2) beside the VP Token, in the member ``poa``: one statement about two
keys or more, signed by each of them, in their order.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from nlwallet.crypto import PublicKey, jws_from_parts
from nlwallet.encoding import b64url_decode, json_pointer, parse_signed_json
from nlwallet.errors import InvalidResponse, LimitExceeded, MalformedInput, RemoteError
from nlwallet.openid4vp import check
from nlwallet.report import Report

POA_TYPE: Final = "poa+jwt"
MAX_SIGNATURES: Final = 64
"""As many presentations as there may be in an answer."""
MAX_PAYLOAD: Final = 32_768
MAX_PART: Final = 1024
"""Characters of one header, and of one signature."""
EXPIRY_LEEWAY: Final = 60

_SPEC: Final = "NL Wallet, proof of association"
_AT: Final = "/poa"
_WHAT: Final = "the proof of association"


@dataclass(frozen=True, slots=True)
class ProofOfAssociation:
    """One that can be read; nothing in it is verified before :meth:`verify`."""

    payload: str = field(repr=False)
    signatures: tuple[tuple[str, str], ...] = field(repr=False)
    """Protected header and signature of each, in base64url."""

    @classmethod
    def parse(cls, value: Any) -> ProofOfAssociation:
        """Read the member ``poa``, in the general or the flattened serialization.

        Raises :class:`~nlwallet.errors.MalformedInput` or :class:`~nlwallet.errors.LimitExceeded`.
        """
        if not isinstance(value, Mapping):
            raise _malformed("it is no object")
        signatures = value.get("signatures", [value])
        if not isinstance(signatures, list) or not signatures:
            raise _malformed("signatures is no array with something in it", "signatures")
        if len(signatures) > MAX_SIGNATURES:
            raise LimitExceeded(
                f"{_WHAT} has {len(signatures)} signatures, the limit is {MAX_SIGNATURES}",
                pointer=f"{_AT}/signatures",
            )
        return cls(
            _text(value, "payload", MAX_PAYLOAD),
            tuple(
                (
                    _text(one, "protected", MAX_PART, "signatures", place),
                    _text(one, "signature", MAX_PART, "signatures", place),
                )
                for place, one in enumerate(signatures)
            ),
        )

    def verify(
        self,
        keys: Collection[PublicKey],
        *,
        audience: str,
        nonce: str,
        issuers: Collection[str],
        algorithms: Collection[str],
        now: int,
    ) -> None:
        """Check that it is by all ``keys`` and no other, for this verifier and this request.

        ``issuers`` are the client ids of the wallets that may have made it. There are as many signatures to check as
        there are ``keys``, never more. Raises a :class:`~nlwallet.errors.RemoteError`.
        """
        expected = {key.thumbprint() for key in keys}
        if len(self.signatures) != len(expected):
            raise _invalid(
                f"{len(self.signatures)} signatures, and the presentations are by {len(expected)} keys",
                "signatures",
            )
        claims = self._claims()
        signers = _keys(claims, len(expected))
        if {key.thumbprint() for key in signers} != expected:
            raise _invalid("it is by another key than the presentations", "payload", "jwks")
        _check_claims(claims, audience=audience, nonce=nonce, issuers=issuers, now=now)
        for (protected, signature), key in zip(self.signatures, signers, strict=True):
            jws = jws_from_parts(
                protected, self.payload, signature, typ={POA_TYPE}, algorithms=algorithms, what=_WHAT
            )
            jws.verify(key)

    def _claims(self) -> dict[str, Any]:
        pointer = _pointer("payload")
        value = parse_signed_json(b64url_decode(self.payload, pointer=pointer), what=_WHAT, pointer=pointer)
        if not isinstance(value, dict):
            raise _malformed("its payload is not an object", "payload")
        return value


@dataclass(frozen=True, slots=True)
class Association:
    """``poa``: what came with an answer to prove that its keys belong together; ``issuers``: whose word counts.

    ``poa`` is the member of the response as it came, ``None`` where there is none.
    """

    poa: Any = field(repr=False)
    issuers: Collection[str]

    def check(
        self,
        keys: Collection[PublicKey],
        *,
        audience: str,
        nonce: str,
        algorithms: Collection[str],
        now: int,
        report: Report,
    ) -> None:
        """Hold it against the keys of the presentations. Of one key there is nothing to prove; what comes all the same
        must only be readable.

        Raises :class:`~nlwallet.errors.InvalidResponse`.
        """
        what = "the presentations are by one key, or by keys that are proven to be in one wallet"
        with check(report, "NL-POA", _SPEC, what):
            distinct = {key.thumbprint() for key in keys}
            try:
                proof = None if self.poa is None else ProofOfAssociation.parse(self.poa)
                if len(distinct) < 2:
                    return
                if proof is not None:
                    proof.verify(
                        keys,
                        audience=audience,
                        nonce=nonce,
                        issuers=self.issuers,
                        algorithms=algorithms,
                        now=now,
                    )
                    return
            except RemoteError as error:
                raise InvalidResponse(
                    f"error verifying PoA: {error.message}",
                    code="invalid_proof_of_association",
                    spec=_SPEC,
                    pointer=error.pointer if error.pointer.startswith(_AT) else f"{_AT}{error.pointer}",
                    hint=error.hint,
                ) from error
            raise InvalidResponse(
                f"missing PoA: the presentations are by {len(distinct)} keys",
                code="missing_proof_of_association",
                spec=_SPEC,
                pointer=_AT,
                hint="a wallet of the profile nl-wallet-0.6 or nl-wallet-0.5 sends one",
            )


def _keys(claims: Mapping[str, Any], count: int) -> list[PublicKey]:
    jwks = claims.get("jwks")
    if not isinstance(jwks, list) or len(jwks) != count:
        raise _invalid(f"its jwks are not the keys of its {count} signatures", "payload", "jwks")
    return [
        PublicKey.from_jwk(one, pointer=_pointer("payload", "jwks", place)) for place, one in enumerate(jwks)
    ]


def _check_claims(
    claims: Mapping[str, Any], *, audience: str, nonce: str, issuers: Collection[str], now: int
) -> None:
    issuer = claims.get("iss")
    if not isinstance(issuer, str) or issuer not in issuers:
        raise _invalid(
            "iss is no wallet that is known here", "payload", "iss", hint="the setting wallet_client_ids"
        )
    if claims.get("aud") != audience:
        raise _invalid("aud is not the client_id of the request", "payload", "aud")
    given = claims.get("nonce")
    if not isinstance(given, str) or not hmac.compare_digest(_octets(given), _octets(nonce)):
        raise _invalid("nonce is not that of the request", "payload", "nonce")
    if not _is_seconds(claims.get("iat")):
        raise _invalid("iat is no time in seconds", "payload", "iat")
    expires = claims.get("exp")
    if expires is not None and (not _is_seconds(expires) or expires < now - EXPIRY_LEEWAY):
        raise _invalid("it has expired", "payload", "exp")


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _is_seconds(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _text(value: Any, name: str, limit: int, *at: str | int) -> str:
    text = value.get(name) if isinstance(value, Mapping) else None
    if not isinstance(text, str):
        raise _malformed(f"{name} is no string", *at, name)
    if len(text) > limit:
        raise LimitExceeded(
            f"{name} of {_WHAT} has more than {limit} characters", pointer=_pointer(*at, name)
        )
    return text


def _pointer(*tokens: str | int) -> str:
    return json_pointer(("poa", *tokens))


def _malformed(reason: str, *at: str | int) -> MalformedInput:
    return MalformedInput(f"{_WHAT} cannot be read: {reason}", spec="RFC 7515 §7.2", pointer=_pointer(*at))


def _invalid(reason: str, *at: str | int, hint: str = "") -> InvalidResponse:
    return InvalidResponse(reason, spec=_SPEC, pointer=_pointer(*at), hint=hint)
