"""The two envelopes of a registration certificate: signed JWT and signed CWT (ETSI TS 119 475 V1.2.1 §5.2.2, §5.2.3).

The claims of a CWT are named as in a JWT, by text; the numbers that RFC 8392 §4 gives to some are read too. A CWT is
encrypted to nobody and protected by a signature, so of the tags that RFC 8392 knows only 61 and 18 may stand there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cbor2 import CBORTag

from nlwallet.crypto import CertificateChain, PublicKey, parse_jws
from nlwallet.crypto.cbor import parse_cbor
from nlwallet.crypto.cose import COSE_SIGN1_TAG, TYP, parse_cose_sign1
from nlwallet.encoding import b64url_decode
from nlwallet.errors import InvalidRegistration
from nlwallet.registration.registration_certificate_issuance import WRPRC_TYP

WRPRC_CWT_TYP: Final = "rc-wrp+cwt"

_CWT_TAG: Final = 61
_WHAT: Final = "the registration certificate"
_NUMBERED: Final[Mapping[int, str]] = {
    1: "iss",
    2: "sub",
    3: "aud",
    4: "exp",
    5: "nbf",
    6: "iat",
    7: "cti",
    65535: "status",
}
"""Claim keys of RFC 8392 §4, and of the Token Status List."""

_PLAIN = (str, bool, int, float, type(None))


@dataclass(frozen=True, slots=True)
class Envelope:
    """A registration certificate of which only the headers were read. :meth:`open` it with the key of its signer."""

    chain: CertificateChain
    _open: Callable[[PublicKey], dict[str, Any]]

    def open(self) -> dict[str, Any]:
        """The claims, once the signature is that of the first certificate. Raises a RemoteError."""
        return self._open(self.chain.leaf.public_key)


def read_envelope(certificate: str | bytes, *, algorithms: Collection[str]) -> Envelope:
    """The envelope of ``certificate``: a compact JWS; the octets of one, or of a CWT; or those as base64url.

    The first and the last are what ``verifier_info`` carries (ETSI TS 119 472-2 §6.3.2.2), octets are what an mdoc
    request carries (§5.3.2). Raises a :class:`~nlwallet.errors.RemoteError`.
    """
    if isinstance(certificate, str):
        if "." in certificate:
            return _of_jwt(certificate, algorithms)
        certificate = b64url_decode(certificate)
    # Base64url text never begins as an array or tag of CBOR does.
    if certificate[:2] == b"ey":
        return _of_jwt(certificate.decode("latin-1"), algorithms)
    return _of_cwt(certificate, algorithms)


def octets_of(certificate: str) -> bytes:
    """What an mdoc request carries of a certificate that ``verifier_info`` carries as ``certificate``.

    Raises a :class:`~nlwallet.errors.RemoteError` for what is neither a compact JWS nor base64url.
    """
    return certificate.encode("ascii", "replace") if "." in certificate else b64url_decode(certificate)


def _of_jwt(text: str, algorithms: Collection[str]) -> Envelope:
    jws = parse_jws(text, typ={WRPRC_TYP}, algorithms=algorithms, what=_WHAT)
    if "x5c" not in jws.header:
        raise InvalidRegistration("there is no certificate chain", pointer="/header/x5c")

    def claims(key: PublicKey) -> dict[str, Any]:
        jws.verify(key)
        return jws.claims(what=_WHAT)

    return Envelope(CertificateChain.from_x5c(jws.header["x5c"], pointer="/header/x5c"), claims)


def _of_cwt(data: bytes, algorithms: Collection[str]) -> Envelope:
    value = parse_cbor(data, what=_WHAT)
    for tag in (_CWT_TAG, COSE_SIGN1_TAG):
        if isinstance(value, CBORTag) and value.tag == tag:
            value = value.value
    message = parse_cose_sign1(value, algorithms=algorithms, what=_WHAT)
    if message.protected.get(TYP) != WRPRC_CWT_TYP:
        raise InvalidRegistration(
            f"{_WHAT} has another type than {WRPRC_CWT_TYP}",
            spec="ETSI TS 119 475 §5.2.3",
            pointer="/protected/typ",
        )
    chain = message.chain
    if chain is None:
        raise InvalidRegistration("there is no certificate chain", pointer="/x5chain")

    def claims(key: PublicKey) -> dict[str, Any]:
        message.verify(key)
        assert message.payload is not None  # verify() refused a detached one
        return _claims_set(parse_cbor(message.payload, what=_WHAT, pointer="/payload"))

    return Envelope(chain, claims)


def _claims_set(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidRegistration(f"{_WHAT} is not a map of claims", spec="RFC 8392 §7.2", pointer="/payload")
    claims: dict[str, Any] = {}
    for label, item in value.items():
        name = label if isinstance(label, str) else _NUMBERED.get(label) if type(label) is int else None
        if name is None:
            continue
        if name in claims:
            raise InvalidRegistration(
                f"{name} is there by name and by number", spec="RFC 8392 §3.1", pointer=f"/payload/{name}"
            )
        claims[name] = _as_json(item, f"/payload/{name}")
    return claims


def _as_json(value: Any, pointer: str) -> Any:
    """What JSON can say too: the claims are those of the JWT."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, list):
        return [_as_json(item, pointer) for item in value]
    if isinstance(value, dict) and all(isinstance(name, str) for name in value):
        return {name: _as_json(item, pointer) for name, item in value.items()}
    raise InvalidRegistration(
        "a claim holds what JSON has no form for", spec="ETSI TS 119 475 §5.2.4", pointer=pointer
    )
