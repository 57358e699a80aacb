"""Tampered and misdirected presentations: we refuse every one of a peer's, the peers refuse ours as far as they look.

Where a peer accepts, it leaves that check to its caller; the case then only proves that *we* refuse.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from interop_sd_jwt_parties import AUDIENCE, NONCE, NOW, TYP, Npm, Ours, Party, PyPi, Terms

from nlwallet.crypto import PrivateKey, sign_jws
from nlwallet.encoding import b64url_decode, b64url_encode, dump_json
from nlwallet.errors import (
    AlgorithmNotAllowed,
    InvalidKeyBinding,
    InvalidSdJwt,
    InvalidSignature,
    MalformedInput,
    OutsideValidity,
    RemoteError,
)
from nlwallet.sdjwt import UnverifiedSdJwt
from nlwallet.sdjwt.key_binding import sign_key_binding

CLAIMS = {"given_name": "Frouke", "age": 42, "nationalities": ["NL", "FR"]}
DISCLOSABLE: list[Any] = [("given_name",), ("age",), ("nationalities", None)]
SHOWN: list[Any] = [("given_name",), ("nationalities", 0)]


@dataclass
class Scene:
    """A presentation and everything that an attacker with a wallet of their own could know."""

    presented: str
    issued: str
    issuer: PrivateKey
    """The issuer's key: only to make what a careless issuer would sign."""
    holder: PrivateKey
    other: PrivateKey = field(default_factory=PrivateKey.generate)

    @property
    def token(self) -> UnverifiedSdJwt:
        return UnverifiedSdJwt.parse(self.presented)

    def bound(self, issuer_jwt: str, disclosures: tuple[str, ...], **changes: Any) -> str:
        """Presented anew, with a key binding that fits the bytes."""
        bare = UnverifiedSdJwt(issuer_jwt, disclosures)
        expected = {"holder_key": self.holder, "audience": AUDIENCE, "nonce": NONCE, "now": NOW}
        return bare.presentation + sign_key_binding(
            bare.presentation, hash_algorithm="sha-256", **{**expected, **changes}
        )

    def payload(self) -> dict[str, Any]:
        payload: dict[str, Any] = json.loads(b64url_decode(self.token.issuer_jwt.split(".")[1]))
        return payload

    def signed(self, payload: dict[str, Any], **header: Any) -> str:
        return sign_jws(payload, self.issuer, typ=header.pop("typ", TYP), header=header)


def flip(text: str, part: int) -> str:
    parts = text.split(".")
    octets = bytearray(b64url_decode(parts[part]))
    octets[len(octets) // 2] ^= 1
    parts[part] = b64url_encode(bytes(octets))
    return ".".join(parts)


def issuer_signature(s: Scene) -> str:
    return s.bound(flip(s.token.issuer_jwt, 2), s.token.disclosures)


def issuer_payload(s: Scene) -> str:
    header, _, signature = s.token.issuer_jwt.split(".")
    forged = b64url_encode(dump_json(s.payload() | {"admin": True}))
    return s.bound(f"{header}.{forged}.{signature}", s.token.disclosures)


def algorithm_none(s: Scene) -> str:
    header = b64url_encode(dump_json({"alg": "none", "typ": TYP}))
    return s.bound(f"{header}.{s.token.issuer_jwt.split('.')[1]}.", s.token.disclosures)


def another_issuer(s: Scene) -> str:
    return s.bound(sign_jws(s.payload(), s.other, typ=TYP), s.token.disclosures)


def disclosure_changed_after_binding(s: Scene) -> str:
    first, *_ = s.token.disclosures
    changed = b64url_encode(dump_json([*json.loads(b64url_decode(first))[:-1], "Tineke"]))
    return s.presented.replace(first, changed)


def disclosure_dropped_after_binding(s: Scene) -> str:
    return s.presented.replace(f"~{s.token.disclosures[0]}", "")


def disclosure_added_after_binding(s: Scene) -> str:
    hidden = next(d for d in UnverifiedSdJwt.parse(s.issued).disclosures if d not in s.token.disclosures)
    return s.presented.replace(s.token.issuer_jwt, f"{s.token.issuer_jwt}~{hidden}")


def foreign_disclosure(s: Scene) -> str:
    forged = b64url_encode(dump_json(["c2FsdHNhbHRzYWx0c2FsdA", "age_over_18", True]))
    return s.bound(s.token.issuer_jwt, (*s.token.disclosures, forged))


def disclosure_twice(s: Scene) -> str:
    return s.bound(s.token.issuer_jwt, (*s.token.disclosures, s.token.disclosures[0]))


def digest_twice(s: Scene) -> str:
    payload = s.payload()
    payload["_sd"] = [*payload["_sd"], payload["_sd"][0]]
    return s.bound(s.signed(payload), s.token.disclosures)


def claim_already_there(s: Scene) -> str:
    return s.bound(s.signed(s.payload() | {"given_name": "Tineke"}), s.token.disclosures)


def unknown_hash_algorithm(s: Scene) -> str:
    return s.bound(s.signed(s.payload() | {"_sd_alg": "md5"}), s.token.disclosures)


def expired(s: Scene) -> str:
    return s.bound(s.signed(s.payload() | {"exp": NOW - 3600}), s.token.disclosures)


def another_type(s: Scene) -> str:
    return s.bound(s.signed(s.payload(), typ="JWT"), s.token.disclosures)


def binding_stripped(s: Scene) -> str:
    return s.token.presentation


def binding_signature(s: Scene) -> str:
    return s.token.presentation + flip(s.token.key_binding_jwt or "", 2)


def binding_of_another_holder(s: Scene) -> str:
    return s.bound(s.token.issuer_jwt, s.token.disclosures, holder_key=s.other)


def binding_to_another_nonce(s: Scene) -> str:
    return s.bound(s.token.issuer_jwt, s.token.disclosures, nonce="another")


def binding_to_another_audience(s: Scene) -> str:
    return s.bound(s.token.issuer_jwt, s.token.disclosures, audience="x509_hash:another")


def binding_of_yesterday(s: Scene) -> str:
    return s.bound(s.token.issuer_jwt, s.token.disclosures, now=NOW - 86_400)


def binding_of_another_typ(s: Scene) -> str:
    payload = json.loads(b64url_decode((s.token.key_binding_jwt or "").split(".")[1]))
    return s.token.presentation + sign_jws(payload, s.holder, typ="JWT")


def cut_off(s: Scene) -> str:
    return s.presented[: len(s.presented) // 2]


Tamper = Callable[[Scene], str]
REFUSED: dict[Tamper, type[RemoteError]] = {
    issuer_signature: InvalidSignature,
    issuer_payload: InvalidSignature,
    algorithm_none: AlgorithmNotAllowed,
    another_issuer: InvalidSignature,
    disclosure_changed_after_binding: InvalidSdJwt,
    disclosure_dropped_after_binding: InvalidKeyBinding,
    disclosure_added_after_binding: InvalidKeyBinding,
    foreign_disclosure: InvalidSdJwt,
    disclosure_twice: InvalidSdJwt,
    digest_twice: InvalidSdJwt,
    claim_already_there: InvalidSdJwt,
    unknown_hash_algorithm: InvalidSdJwt,
    expired: OutsideValidity,
    another_type: MalformedInput,
    binding_stripped: InvalidKeyBinding,
    binding_signature: InvalidKeyBinding,
    binding_of_another_holder: InvalidKeyBinding,
    binding_to_another_nonce: InvalidKeyBinding,
    binding_to_another_audience: InvalidKeyBinding,
    binding_of_yesterday: InvalidKeyBinding,
    binding_of_another_typ: InvalidKeyBinding,
    cut_off: RemoteError,
}
"""Each way to tamper, and what we say to it."""

NPM_ACCEPTS: dict[Tamper, str] = {
    foreign_disclosure: "RFC 9901 §7.1(5): a Disclosure that no digest refers to is refused; it is passed over",
    disclosure_twice: "RFC 9901 §7.1(5): the second one refers to no digest that is left; it is passed over",
    digest_twice: "RFC 9901 §7.1(4): a digest that occurs twice is refused; it is not looked at",
    claim_already_there: "RFC 9901 §7.1(3): a name that is there already is refused; one of the two values wins",
    another_type: "SD-JWT VC §2.2.1: typ is left to the caller",
    binding_to_another_audience: "RFC 9901 §7.3(5): aud is left to the caller",
    binding_of_yesterday: "RFC 9901 §7.3(5): iat is left to the caller",
}
PYPI_ACCEPTS: dict[Tamper, str] = {
    foreign_disclosure: "RFC 9901 §7.1(5): a Disclosure that no digest refers to is refused; it is passed over",
    expired: "RFC 9901 §7.1(6): exp is left to the caller",
    another_type: "SD-JWT VC §2.2.1: typ is left to the caller",
    binding_of_yesterday: "RFC 9901 §7.3(5): iat is left to the caller",
}
"""What a peer lets pass, and which rule we keep there."""


def scene(issuer: Party, holder: Party) -> tuple[Scene, Terms]:
    issuer_key, holder_key = PrivateKey.generate(), PrivateKey.generate()
    terms = Terms(issuer_key, holder_key.public)
    issued = issuer.issue(CLAIMS, DISCLOSABLE, terms)
    presented = holder.present(issued, CLAIMS, SHOWN, terms, holder_key)
    return Scene(presented, issued, issuer_key, holder_key), terms


def peer(name: str, request: pytest.FixtureRequest) -> Party:
    return PyPi() if name == "pypi" else Npm(request.getfixturevalue("peers"), name)


PEERS = [pytest.param("core", marks=pytest.mark.node), pytest.param("vc", marks=pytest.mark.node), "pypi"]


@pytest.mark.parametrize("name", PEERS)
@pytest.mark.parametrize("tamper", REFUSED, ids=lambda tamper: tamper.__name__)
def test_we_refuse_a_peers(tamper: Tamper, name: str, request: pytest.FixtureRequest) -> None:
    theirs, terms = scene(peer(name, request), peer(name, request))
    assert Ours().verify(theirs.presented, terms)["given_name"] == "Frouke"
    with pytest.raises(REFUSED[tamper]):
        Ours().verify(tamper(theirs), terms)


@pytest.mark.parametrize("name", PEERS)
@pytest.mark.parametrize("tamper", REFUSED, ids=lambda tamper: tamper.__name__)
def test_a_peer_refuses_ours(tamper: Tamper, name: str, request: pytest.FixtureRequest) -> None:
    judge = peer(name, request)
    ours, terms = scene(Ours(), Ours())
    assert judge.verify(ours.presented, terms)["given_name"] == "Frouke"
    because = (PYPI_ACCEPTS if name == "pypi" else NPM_ACCEPTS).get(tamper)
    if because:
        assert judge.verify(tamper(ours), terms), because
        return
    with pytest.raises(Exception) as refused:
        judge.verify(tamper(ours), terms)
    assert not isinstance(refused.value, RemoteError)
