"""Hostile messages around a valid one: signed by the right key, encrypted to the right key, and wrong inside."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fuzz_bytes import Der, mutated_bytes, mutated_der, mutated_text
from fuzz_json import STRINGS, mutated, written
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from nlwallet.crypto import CertificateChain, PrivateKey, PublicKey, encrypt_jwe, encrypt_with_password
from nlwallet.encoding import b64url_decode, b64url_encode, parse_json


class Hostile(NamedTuple):
    """A valid message, which must be taken, and mutations of it, which must be survived."""

    valid: Any
    mutations: SearchStrategy[Any]

    def made(self, into: Callable[[Any], Any]) -> Hostile:
        """The same with ``into`` applied to each message."""
        return Hostile(into(self.valid), self.mutations.map(into))

    def or_(self, other: Hostile | SearchStrategy[Any]) -> Hostile:
        """These mutations and those of ``other``; the valid message stays this one."""
        return Hostile(
            self.valid, self.mutations | (other.mutations if isinstance(other, Hostile) else other)
        )


def text(valid: str) -> Hostile:
    """Text, mutated as such."""
    return Hostile(valid, mutated_text(valid))


def octets(valid: str) -> Hostile:
    """Text in octets, mutated as such."""
    return Hostile(valid.encode(), mutated_bytes(valid.encode()))


# JSON ----------------------------------------------------------------------------------------


def json_text(valid: Any) -> Hostile:
    """JSON text; most of it is JSON after its mutations too."""
    text = written(valid)
    tame, wild = mutated(valid).map(written), mutated(valid, wild=True).map(written)
    return Hostile(text, st.one_of(tame, tame, tame, tame, wild, mutated_text(text)))


def json_bytes(valid: Any) -> Hostile:
    """JSON in UTF-8, now and then in another encoding or none."""
    octets = json_text(valid).made(lambda text: text.encode("utf-8", "surrogatepass"))
    encodings = st.sampled_from(("utf-16", "utf-8-sig")).map(octets.valid.decode().encode)
    return Hostile(octets.valid, st.one_of(*[octets.mutations] * 9, encodings))


# Forms and links -----------------------------------------------------------------------------


@st.composite
def _mutated_fields(draw: DrawFn, fields: Mapping[str, str]) -> list[tuple[str, str]]:
    names = list(fields)
    changed = draw(st.sampled_from(names))
    value: Any = draw(st.sampled_from(STRINGS) | st.text(max_size=20) | mutated_text(fields[changed]))
    if fields[changed][:1] in ("{", "["):
        value = draw(json_text(parse_json(fields[changed])).mutations)
    pairs = [(name, value if name == changed else fields[name]) for name in names]
    extra = draw(st.sampled_from(("keep", "keep", "keep", "drop", "again", "many")))
    if extra == "drop":
        pairs.remove((changed, value))
    elif extra == "again":
        pairs.append((draw(st.sampled_from(names)), value))
    elif extra == "many":
        pairs += [(f"m{n}", "") for n in range(40)]
    return pairs


def query_string(fields: Mapping[str, str]) -> Hostile:
    """Form-encoded text with these fields, mutated by field or as text."""
    text = urlencode(fields, errors="surrogatepass")
    by_field = _mutated_fields(fields).map(lambda pairs: urlencode(pairs, errors="surrogatepass"))
    return Hostile(text, st.one_of(by_field, by_field, by_field, mutated_text(text)))


def form(fields: Mapping[str, str]) -> Hostile:
    """A form as it is posted, in octets."""
    return query_string(fields).made(lambda text: text.encode("utf-8", "surrogatepass"))


# JOSE ----------------------------------------------------------------------------------------


def parts_of(jws: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and payload of a compact JWS, unverified."""
    header, payload, _ = jws.split(".")
    return parse_json(b64url_decode(header)), parse_json(b64url_decode(payload))


def signed(valid: str, key: PrivateKey) -> Hostile:
    """A compact JWS: with a mutated payload or header signed anew by ``key``, or mutated as text."""
    return Hostile(valid, _mutated_jws(valid, key))


@st.composite
def _mutated_jws(draw: DrawFn, valid: str, key: PrivateKey) -> str:
    header, payload = parts_of(valid)
    what = draw(
        st.sampled_from(("payload", "payload", "payload", "payload", "header", "header", "octets", "text"))
    )
    if what == "text":
        return draw(mutated_text(valid))
    octets = written(payload).encode()
    if what == "payload":
        octets = draw(json_bytes(payload).mutations)
    elif what == "octets":
        octets = draw(mutated_bytes(octets))
    return sign(draw(json_text(header).mutations) if what == "header" else written(header), octets, key)


def sign(header: str, payload: bytes, key: PrivateKey) -> str:
    """A compact JWS with any header and payload."""
    signing_input = f"{b64url_encode(header.encode('utf-8', 'surrogatepass'))}.{b64url_encode(payload)}"
    return f"{signing_input}.{b64url_encode(key.sign(signing_input.encode()))}"


def multisigned(header: Any, payload: Any, key: PrivateKey) -> Hostile:
    """A JWS in the JSON serialization: with one good signature over mutated parts, or mutated as JSON."""

    def made(parts: tuple[str, bytes]) -> dict[str, Any]:
        protected, body, signature = sign(*parts, key).split(".")
        return {"payload": body, "signatures": [{"protected": protected, "signature": signature}]}

    whole = (written(header), written(payload).encode())
    headers = st.tuples(json_text(header).mutations, st.just(whole[1]))
    payloads = st.tuples(st.just(whole[0]), json_bytes(payload).mutations)
    return json_text(made(whole)).or_(st.one_of(headers, payloads, payloads).map(made).map(written))


def encrypted(payload: Hostile, key: PublicKey, kid: str) -> Hostile:
    """A JWE to ``key`` around the mutations of octets; now and then broken itself."""
    return Hostile(
        encrypt_jwe(payload.valid, key, enc="A256GCM", kid=kid), _mutated_jwe(payload.mutations, key, kid)
    )


@st.composite
def _mutated_jwe(draw: DrawFn, payloads: SearchStrategy[bytes], key: PublicKey, kid: str) -> str:
    octets = draw(st.one_of(payloads, payloads, payloads, st.binary(max_size=64)))
    jwe = encrypt_jwe(octets, key, enc=draw(st.sampled_from(("A128GCM", "A256GCM"))), kid=kid)
    how = draw(st.sampled_from(("whole", "whole", "whole", "whole", "header", "text")))
    if how == "text":
        return draw(mutated_text(jwe))
    if how == "header":
        header, *rest = jwe.split(".")
        changed = draw(json_bytes(parse_json(b64url_decode(header))).mutations)
        return ".".join((b64url_encode(changed), *rest))
    return jwe


def under_password(payload: Hostile, password: str) -> Hostile:
    """A JWE under a password around the mutations of octets; now and then broken itself."""
    valid = encrypt_with_password(payload.valid, password, iterations=1000)
    return Hostile(valid, _mutated_under_password(payload.mutations, password))


@st.composite
def _mutated_under_password(draw: DrawFn, payloads: SearchStrategy[bytes], password: str) -> str:
    jwe = encrypt_with_password(draw(payloads), password, iterations=1000)
    how = draw(st.sampled_from(("whole", "whole", "whole", "header", "text")))
    if how == "text":
        return draw(mutated_text(jwe))
    if how == "header":
        header, *rest = jwe.split(".")
        changed = draw(json_bytes(parse_json(b64url_decode(header))).mutations)
        return ".".join((b64url_encode(changed), *rest))
    return jwe


# SD-JWT --------------------------------------------------------------------------------------


def sd_jwt(valid: str, *, issuer: PrivateKey, holder: PrivateKey) -> Hostile:
    """An SD-JWT, mutated in one of its layers and right in those around it.

    The payload is signed anew, a changed Disclosure has its digest in the payload, and a key binding JWT
    (where ``valid`` has one) covers what is presented.
    """
    return Hostile(valid, _mutated_sd_jwt(valid, issuer, holder))


@st.composite
def _mutated_sd_jwt(draw: DrawFn, valid: str, issuer: PrivateKey, holder: PrivateKey) -> str:
    issuer_jwt, *disclosures, key_binding = valid.split("~")
    header, payload = parts_of(issuer_jwt)
    layers = ("payload", "payload", "disclosures", "disclosures", "issuer_jwt", "parts", "binding", "text")
    layer = draw(st.sampled_from(layers))
    if layer == "text":
        return draw(mutated_text(valid))
    if layer == "issuer_jwt":
        issuer_jwt = draw(signed(issuer_jwt, issuer).mutations)
    elif layer == "payload":
        issuer_jwt = sign(written(header), draw(json_bytes(payload).mutations), issuer)
    elif layer == "parts":
        others = st.sampled_from((*disclosures, "", issuer_jwt, "W10", "WyJhIiwxXQ"))
        disclosures = draw(st.lists(others, max_size=40))
    elif layer == "disclosures" and disclosures:
        issuer_jwt, disclosures = _redisclosed(draw, header, payload, disclosures, issuer)
    presented = "~".join((issuer_jwt, *disclosures, ""))
    if not key_binding:
        return presented
    if layer == "binding":
        return presented + draw(signed(key_binding, holder).mutations)
    bound, claims = parts_of(key_binding)
    claims["sd_hash"] = b64url_encode(hashlib.sha256(presented.encode("utf-8", "surrogatepass")).digest())
    return presented + sign(written(bound), written(claims).encode(), holder)


def _redisclosed(
    draw: DrawFn, header: Any, payload: Any, disclosures: Sequence[str], issuer: PrivateKey
) -> tuple[str, list[str]]:
    text, result = written(payload), list(disclosures)
    for index in draw(st.lists(st.integers(0, len(result) - 1), min_size=1, max_size=3, unique=True)):
        result[index] = b64url_encode(
            draw(json_bytes(parse_json(b64url_decode(disclosures[index]))).mutations)
        )
        text = text.replace(_digest(disclosures[index]), _digest(result[index]))
    return sign(written(header), text.encode(), issuer), result


def _digest(disclosure: str) -> str:
    return b64url_encode(hashlib.sha256(disclosure.encode()).digest())


# X.509 ---------------------------------------------------------------------------------------


def certificate(valid: bytes, issuer: PrivateKey) -> Hostile:
    """A certificate: with other contents, signed by ``issuer`` as they are then; or broken DER."""
    signed_again = mutated_tbs(valid, issuer)
    return Hostile(valid, st.one_of(signed_again, signed_again, mutated_der(valid), mutated_bytes(valid)))


@st.composite
def mutated_tbs(draw: DrawFn, valid: bytes, issuer: PrivateKey) -> bytes:
    """A certificate with other contents that ``issuer``, a P-256 key, has signed."""
    (root,) = Der.read(valid)
    assert root.parts is not None
    tbs, algorithm, _ = root.parts
    new = draw(mutated_der(tbs.write()))
    assert isinstance(issuer.pyca, ec.EllipticCurvePrivateKey)
    signature = Der(0x03, b"\0" + issuer.pyca.sign(new, ec.ECDSA(hashes.SHA256())), None)
    return Der(0x30, new + algorithm.write() + signature.write(), None).write()


def x5c(chain: CertificateChain, issuer: PrivateKey) -> Hostile:
    """The ``x5c`` of a chain as JSON text: mutated as JSON, or with a mutated leaf."""
    leaf, *above = chain.x5c()
    others = certificate(base64.b64decode(leaf), issuer).mutations
    chains = others.map(lambda der: written([base64.b64encode(der).decode(), *above]))
    return json_text([leaf, *above]).or_(chains)


# Status list ---------------------------------------------------------------------------------


def status_list(valid: str) -> Hostile:
    """``lst`` of a status list: other octets inflated, other octets to inflate, and bombs."""
    octets = zlib.decompress(b64url_decode(valid))
    inside = mutated_bytes(octets).map(zlib.compress)
    others = [zlib.compress(bytes(mib << 20), 9) for mib in (16, 17, 64)]
    others += [zlib.compress(octets, 9, wbits=wbits) for wbits in (31, -15)]
    mutations = st.one_of(inside, mutated_bytes(zlib.compress(octets)), st.sampled_from(others))
    return Hostile(valid, mutations.map(b64url_encode))
