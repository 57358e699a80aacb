"""COSE_Sign1 (RFC 9052 §4.2), under an allow-list of algorithms.

Reading has two steps, as with JWS: :func:`parse_cose_sign1` looks at the headers and refuses what may never be;
:meth:`CoseSign1.verify` then checks the signature with the key that was found. Algorithms are named as JOSE
names them, so that one allow-list serves both.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cbor2 import CBORTag

from nlwallet.crypto.cbor import dump_cbor, parse_cbor
from nlwallet.crypto.encoded_cbor import EMPTY_MAP, NULL, array, byte_string, text
from nlwallet.crypto.keys import PublicKey
from nlwallet.crypto.signing_key import SigningKey
from nlwallet.crypto.x509 import CertificateChain
from nlwallet.encoding import MAX_MESSAGE_BYTES
from nlwallet.errors import AlgorithmNotAllowed, MalformedInput

COSE_SIGN1_TAG = 18
ALG, CRIT, CONTENT_TYPE, KID, TYP, X5CHAIN = 1, 2, 3, 4, 16, 33
"""Labels of header parameters (RFC 9052 §3.1, RFC 9596, RFC 9360)."""

# A number of RFC 9053 leaves the curve open, the fully specified one of RFC 9864 names it.
COSE_ALGORITHMS: Mapping[int, str] = {
    -7: "ES256",
    -9: "ES256",
    -35: "ES384",
    -51: "ES384",
    -36: "ES512",
    -52: "ES512",
    -8: "EdDSA",
    -19: "EdDSA",
}
_NUMBERS = {"ES256": -7, "ES384": -35, "ES512": -36, "EdDSA": -8}
_ALIASES = {"EdDSA": "Ed25519"}
_LABELS = frozenset({int, str})

_CONTEXT = b"\x84" + text("Signature1")
"""How the array that is signed begins (RFC 9052 §4.4): four items, the first says what for."""
_TAGGED = bytes((0xC0 | COSE_SIGN1_TAG,))
_PROTECTED = {name: byte_string(dump_cbor({ALG: number})) for name, number in _NUMBERS.items()}
_KNOWN_PROTECTED = {dump_cbor({ALG: number}): number for number in COSE_ALGORITHMS}
"""Protected headers with an algorithm and nothing else, as nearly all are."""


@dataclass(frozen=True, slots=True)
class CoseSign1:
    """A COSE_Sign1 whose headers were accepted and whose signature was **not** checked yet."""

    alg: str
    """The JOSE name of the algorithm."""
    protected: Mapping[Any, Any]
    unprotected: Mapping[Any, Any]
    payload: bytes | None
    """``None`` when it is detached."""
    signature: bytes
    protected_bytes: bytes

    def verify(self, key: PublicKey, *, payload: bytes | None = None, external_aad: bytes = b"") -> None:
        """Check the signature with ``key``; ``payload`` is the detached one.

        Raises :class:`~nlwallet.errors.AlgorithmNotAllowed` when ``alg`` is not that of the key,
        :class:`~nlwallet.errors.InvalidSignature`, and :class:`~nlwallet.errors.MalformedInput` when a payload
        is there twice or not at all.
        """
        if self.alg != key.alg:
            raise AlgorithmNotAllowed(
                f"alg {self.alg} does not go with a {key.curve} key",
                pointer="/protected/alg",
                hint=f"sign with {key.alg}",
            )
        if (self.payload is None) == (payload is None):
            raise MalformedInput("the payload is in the message or detached", spec="RFC 9052 §4.2")
        content = payload if self.payload is None else self.payload
        assert content is not None
        signed = _to_be_signed(byte_string(self.protected_bytes), byte_string(content), external_aad)
        key.verify(self.signature, signed)

    @property
    def chain(self) -> CertificateChain | None:
        """The chain in ``x5chain`` (RFC 9360 §2), if there is one. Raises a RemoteError if it is no chain."""
        value = self.header(X5CHAIN)
        if value is None:
            return None
        several = isinstance(value, list) and len(value) > 1
        certificates = value if several else [value]
        if not all(isinstance(one, bytes) for one in certificates):
            raise MalformedInput(
                "x5chain is one certificate, or an array of more", spec="RFC 9360 §2", pointer="/x5chain"
            )
        return CertificateChain.from_x5c(
            [base64.b64encode(one).decode("ascii") for one in certificates], pointer="/x5chain"
        )

    def header(self, label: int | str) -> Any:
        """A header parameter, protected or not; no label is in both (RFC 9052 §3)."""
        return self.protected.get(label, self.unprotected.get(label))


def parse_cose_sign1(
    data: bytes | list[Any],
    *,
    algorithms: Collection[str],
    what: str,
    tagged: bool = False,
    max_bytes: int = MAX_MESSAGE_BYTES,
) -> CoseSign1:
    """Read a COSE_Sign1; everything about its headers is decided here, before any key.

    ``data`` is encoded CBOR, or the array where it stands inside something that was decoded already (an mdoc).
    ``tagged`` says that tag 18 must be there; without it, it must not. ``algorithms`` are JOSE names.
    Raises :class:`~nlwallet.errors.MalformedInput`, :class:`~nlwallet.errors.AlgorithmNotAllowed` or
    :class:`~nlwallet.errors.LimitExceeded`.
    """
    value = parse_cbor(data, what=what, max_bytes=max_bytes) if isinstance(data, bytes) else data
    if tagged:
        if not isinstance(value, CBORTag) or value.tag != COSE_SIGN1_TAG:
            raise MalformedInput(f"{what} is not a COSE_Sign1 with tag 18", spec="RFC 9052 §2")
        value = value.value
    encoded, protected, unprotected, payload, signature = read_cose_message(
        value, what=what, kind="COSE_Sign1", spec="RFC 9052 §4.2"
    )
    return CoseSign1(
        _algorithm(protected, algorithms, what), protected, unprotected, payload, signature, encoded
    )


def read_cose_message(
    value: Any, *, what: str, kind: str, spec: str
) -> tuple[bytes, dict[Any, Any], dict[Any, Any], bytes | None, bytes]:
    """The parts of a COSE_Sign1 or COSE_Mac0, which have the same form: the protected header encoded and decoded,
    the unprotected one, the payload, and the signature or tag.

    Raises :class:`~nlwallet.errors.MalformedInput` or :class:`~nlwallet.errors.LimitExceeded`.
    """
    if not isinstance(value, list) or len(value) != 4:
        raise MalformedInput(f"{what} is not a {kind}: an array of four", spec=spec)
    encoded, unprotected, payload, signature = value
    if (
        type(encoded) is not bytes
        or type(unprotected) is not dict
        or (payload is not None and type(payload) is not bytes)
        or type(signature) is not bytes
    ):
        raise MalformedInput(f"{what} is not a {kind}: its parts have other types", spec=spec)
    protected = (
        {ALG: _KNOWN_PROTECTED[encoded]}
        if encoded in _KNOWN_PROTECTED
        else parse_cbor(encoded, what=f"the protected header of {what}")
        if encoded
        else {}
    )
    if not isinstance(protected, dict):
        raise MalformedInput(f"the protected header of {what} is no map", spec="RFC 9052 §3")
    _check_labels(protected, unprotected, what)
    return encoded, protected, unprotected, payload, signature


def sign_cose_sign1(
    payload: bytes,
    key: SigningKey,
    *,
    protected: Mapping[int | str, Any] | None = None,
    unprotected: Mapping[int | str, Any] | None = None,
    chain: CertificateChain | None = None,
    tagged: bool = False,
    detached: bool = False,
    external_aad: bytes = b"",
) -> bytes:
    """The encoded COSE_Sign1 over ``payload``, with the algorithm of the key in its protected header.

    ``chain`` goes into ``x5chain`` of the unprotected header as it is, without its anchor.
    """
    alg = key.alg
    header = byte_string(dump_cbor({ALG: _NUMBERS[alg], **protected})) if protected else _PROTECTED[alg]
    content = byte_string(payload)
    signature = byte_string(key.sign(_to_be_signed(header, content, external_aad)))
    outside = _unprotected(unprotected, chain)
    message = array((header, outside, NULL if detached else content, signature))
    return _TAGGED + message if tagged else message


def x5chain(chain: CertificateChain) -> bytes | list[bytes]:
    """The value of ``x5chain``: one certificate alone, or an array that starts with the leaf (RFC 9360 §2)."""
    ders = [certificate.der for certificate in chain]
    return ders[0] if len(ders) == 1 else ders


def _to_be_signed(protected: bytes, payload: bytes, external_aad: bytes) -> bytes:
    """The encoded ``Sig_structure`` (RFC 9052 §4.4); the first two are encoded byte strings."""
    return _CONTEXT + protected + byte_string(external_aad) + payload


def _unprotected(headers: Mapping[int | str, Any] | None, chain: CertificateChain | None) -> bytes:
    if headers:
        return dump_cbor(dict(headers) if chain is None else {**headers, X5CHAIN: x5chain(chain)})
    return EMPTY_MAP if chain is None else _chain_alone(chain)


@lru_cache(maxsize=64)
def _chain_alone(chain: CertificateChain) -> bytes:
    """The unprotected header of all that one signer signs."""
    return dump_cbor({X5CHAIN: x5chain(chain)})


def _check_labels(protected: dict[Any, Any], unprotected: dict[Any, Any], what: str) -> None:
    labels = [*protected, *unprotected]
    if not _LABELS.issuperset(map(type, labels)) or len(set(labels)) != len(labels):
        raise MalformedInput(
            f"the header labels of {what} are numbers or texts, each there once", spec="RFC 9052 §3"
        )
    if CRIT in labels:
        raise MalformedInput(
            f"{what} has a critical header that is not understood", spec="RFC 9052 §3.1", pointer="/crit"
        )


def _algorithm(protected: dict[Any, Any], algorithms: Collection[str], what: str) -> str:
    number = protected.get(ALG)
    name = COSE_ALGORITHMS.get(number) if type(number) is int else None
    if name is None or (name not in algorithms and _ALIASES.get(name) not in algorithms):
        raise AlgorithmNotAllowed(
            f"{what} is signed with {number if type(number) is int else 'no such algorithm'}",
            spec="RFC 9053 §2",
            pointer="/protected/alg",
            hint=f"accepted here: {', '.join(sorted(algorithms))}",
        )
    return name
