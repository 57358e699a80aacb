"""JSON Web Signature, compact (RFC 7515), under an allow-list of algorithms (RFC 8725).

Reading has two steps on purpose: :func:`parse_jws` looks at the header and refuses what may never be, before
anybody looks for a key; :meth:`Jws.verify` then checks the signature with the key that was found.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from nlwallet.crypto.keys import PublicKey
from nlwallet.crypto.signing_key import SigningKey
from nlwallet.encoding import MAX_MESSAGE_BYTES, b64url_decode, b64url_encode, dump_json, parse_signed_json
from nlwallet.errors import AlgorithmNotAllowed, LimitExceeded, MalformedInput

ASYMMETRIC_ALGORITHMS = frozenset({"ES256", "ES384", "ES512", "EdDSA", "Ed25519"})
"""Every algorithm that this room can verify; a use allows fewer. ``Ed25519`` is the name of RFC 9864."""

MAX_HEADER_BYTES = 131_072
_ALIASES = {"Ed25519": "EdDSA"}


@dataclass(frozen=True, slots=True)
class Jws:
    """A JWS whose header was accepted and whose signature was **not** checked yet.

    ``header`` may be shared between equal tokens: read it, never change it.
    """

    header: Mapping[str, Any]
    payload: bytes
    signature: bytes
    signing_input: bytes

    def verify(self, key: PublicKey) -> None:
        """Check the signature with ``key``.

        Raises :class:`~nlwallet.errors.AlgorithmNotAllowed` when the header's ``alg`` is not that of the key
        (RFC 8725 §3.1), and :class:`~nlwallet.errors.InvalidSignature`.
        """
        alg = self.header["alg"]
        if _ALIASES.get(alg, alg) != key.alg:
            raise AlgorithmNotAllowed(
                f"alg {alg} does not go with a {key.curve} key",
                pointer="/header/alg",
                hint=f"sign with {key.alg}",
            )
        key.verify(self.signature, self.signing_input)

    def claims(self, *, what: str = "payload") -> dict[str, Any]:
        """The payload as a JSON object. Raises :class:`~nlwallet.errors.MalformedInput`."""
        value = parse_signed_json(self.payload, what=what, pointer="/payload")
        if not isinstance(value, dict):
            raise MalformedInput(f"{what} is not a JSON object", spec="RFC 7519 §7.2", pointer="/payload")
        return value


def parse_jws(
    token: str,
    *,
    typ: Collection[str] | None,
    algorithms: Collection[str],
    what: str,
    max_bytes: int = MAX_MESSAGE_BYTES,
) -> Jws:
    """Read a compact JWS; everything about its header is decided here, before any key.

    ``typ`` lists the accepted types (``None``: not looked at), ``algorithms`` the accepted algorithms, ``what``
    names the token in errors. Raises :class:`~nlwallet.errors.MalformedInput`,
    :class:`~nlwallet.errors.AlgorithmNotAllowed` or :class:`~nlwallet.errors.LimitExceeded`.
    """
    if len(token) > max_bytes:
        raise LimitExceeded(f"{what} has {len(token)} characters, the limit is {max_bytes}")
    parts = token.split(".")
    if len(parts) != 3:
        raise MalformedInput(
            f"{what} has {len(parts)} parts, a compact JWS has 3",
            spec="RFC 7515 §7.1",
            hint="was it cut off?",
        )
    return jws_from_parts(parts[0], parts[1], parts[2], typ=typ, algorithms=algorithms, what=what)


def jws_from_parts(
    protected: str,
    payload: str,
    signature: str,
    *,
    typ: Collection[str] | None,
    algorithms: Collection[str],
    what: str,
) -> Jws:
    """:func:`parse_jws` for the base64url parts of a JSON serialization (RFC 7515 §7.2)."""
    header = parse_jose_header(protected, what)
    _check_header(header, typ, algorithms, what)
    try:
        signing_input = f"{protected}.{payload}".encode("ascii")
    except UnicodeEncodeError:
        raise MalformedInput(f"{what} is not ASCII", spec="RFC 7515 §7.1") from None
    return Jws(
        header=header,
        payload=b64url_decode(payload, pointer="/payload"),
        signature=b64url_decode(signature, pointer="/signature"),
        signing_input=signing_input,
    )


def sign_jws(
    payload: bytes | Mapping[str, Any], key: SigningKey, *, typ: str, header: Mapping[str, Any] | None = None
) -> str:
    """Sign ``payload`` (bytes, or a claims set) as a compact JWS with ``alg`` of the key and ``typ``."""
    data = payload if isinstance(payload, bytes) else dump_json(payload)
    protected = b64url_encode(dump_json({"alg": key.alg, "typ": typ, **(header or {})}))
    signing_input = f"{protected}.{b64url_encode(data)}"
    return f"{signing_input}.{b64url_encode(key.sign(signing_input.encode('ascii')))}"


@lru_cache(maxsize=256)
def _cached_header(protected: str) -> Any:
    return parse_signed_json(b64url_decode(protected, pointer="/header"), what="header", pointer="/header")


def parse_jose_header(protected: str, what: str) -> Mapping[str, Any]:
    """The JOSE header behind base64url; of equal ones the same object comes back."""
    if len(protected) > MAX_HEADER_BYTES:
        raise LimitExceeded(
            f"the header of {what} has more than {MAX_HEADER_BYTES} characters", pointer="/header"
        )
    header = _cached_header(protected)
    if not isinstance(header, dict):
        raise MalformedInput(
            f"the header of {what} is not a JSON object", spec="RFC 7515 §4", pointer="/header"
        )
    return header


def _check_header(
    header: Mapping[str, Any], typ: Collection[str] | None, algorithms: Collection[str], what: str
) -> None:
    alg = header.get("alg")
    if not isinstance(alg, str) or alg not in ASYMMETRIC_ALGORITHMS or alg not in algorithms:
        raise AlgorithmNotAllowed(
            f"{what} is signed with {_shown(alg)}",
            pointer="/header/alg",
            hint=f"accepted here: {', '.join(sorted(algorithms & ASYMMETRIC_ALGORITHMS))}"
            if isinstance(algorithms, frozenset | set)
            else f"accepted here: {', '.join(algorithms)}",
        )
    if "crit" in header:
        raise MalformedInput(
            f"{what} has a critical header that is not understood",
            spec="RFC 7515 §4.1.11",
            pointer="/header/crit",
        )
    if "b64" in header:
        raise MalformedInput(f"{what} has an unencoded payload", spec="RFC 7797 §6", pointer="/header/b64")
    if typ is not None and not (isinstance(header.get("typ"), str) and header["typ"] in typ):
        raise MalformedInput(
            f"{what} has typ {_shown(header.get('typ'))}, expected {' or '.join(sorted(typ))}",
            spec="RFC 8725 §3.11",
            pointer="/header/typ",
        )


def _shown(value: Any) -> str:
    return repr(value[:40]) if isinstance(value, str) else "no such string"
