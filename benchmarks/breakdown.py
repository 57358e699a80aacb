"""``python -m benchmarks.breakdown``: where the time of issue and of verify goes, step by step.

Each step is timed where it happens, one after the other, so it also pays for the caches that the step before it
took: the same step alone in a loop is up to twice as fast.
"""

from __future__ import annotations

import hashlib
import statistics
import time
from collections.abc import Callable, Iterator

from benchmarks.nlwallet_sd_jwt import NOW, PATHS, Parties, shown
from benchmarks.pid import AUDIENCE, CLAIMS, ISSUER, NONCE, VCT
from nlwallet.crypto import PrivateKey, PublicKey, parse_jws, sign_jws
from nlwallet.profiles import HAIP_1_0
from nlwallet.sdjwt import ExpectedKeyBinding, UnverifiedSdJwt, digest
from nlwallet.sdjwt.reading import DisclosureReader
from nlwallet.sdjwt.registered_claims import check_in_the_clear, check_registered_claims
from nlwallet.sdjwt.signed_json import parse_unambiguous_object
from nlwallet.sdjwt.validity import check_validity
from nlwallet.sdjwt.verification import parse_issuer_jwt
from nlwallet.sdjwt.writing import DisclosureWriter, Frame

ROUNDS = 3000
ALGORITHMS = HAIP_1_0.signing_algorithms


def main() -> None:
    """Measure and print."""
    parties, holder = Parties.made(), PrivateKey.generate()
    text = shown(parties.card(holder), holder)
    _print("verify (issuer and key binding)", lambda: _verify(parties, text))
    frame = Frame()
    for path in PATHS:
        frame.below(path).disclosable = True
    _print("issue", lambda: _issue(parties, holder.public, frame))


def _verify(parties: Parties, text: str) -> Iterator[str]:
    token = UnverifiedSdJwt.parse(text)
    yield "take the text apart"
    jws, payload = parse_issuer_jwt(token, algorithms=ALGORITHMS, typ=HAIP_1_0.sd_jwt_vc_types)
    yield "header and payload of the issuer's JWT"
    check_registered_claims(payload)
    issuer = parties.resolver(jws.header, payload, now=NOW)
    yield "registered claims; certificate chain (remembered)"
    jws.verify(issuer.key)
    yield "SIGNATURE of the issuer"
    reader = DisclosureReader(hashlib.sha256, token.disclosures)
    yield "digests of 4 Disclosures"
    claims = reader.read(payload)
    yield "decode 4 Disclosures, put them in their places"
    check_validity(claims, now=NOW)
    check_in_the_clear(reader.found)
    yield "times, claims in the clear"
    key = PublicKey.from_jwk(claims["cnf"]["jwk"])
    yield "load the holder's key"
    binding = parse_jws(token.key_binding_jwt or "", typ={"kb+jwt"}, algorithms=ALGORITHMS, what="KB-JWT")
    bound = parse_unambiguous_object(binding.payload, what="KB-JWT")
    yield "header and payload of the key binding JWT"
    binding.verify(key)
    yield "SIGNATURE of the holder"
    expected = ExpectedKeyBinding(AUDIENCE, NONCE)
    check_validity(bound, now=NOW)
    assert (bound["aud"], bound["nonce"]) == (expected.audience, expected.nonce)
    assert bound["sd_hash"] == digest(token.presentation)
    yield "audience, nonce, time, sd_hash"


def _issue(parties: Parties, holder: PublicKey, frame: Frame) -> Iterator[str]:
    claims = {"vct": VCT, "iss": ISSUER, "iat": NOW, "exp": NOW + 86_400, **CLAIMS}
    check_registered_claims(claims)
    yield "registered claims"
    writer = DisclosureWriter(hashlib.sha256)
    payload = writer.conceal_object(claims, frame)
    yield "28 salts, Disclosures and digests"
    payload |= {"_sd_alg": "sha-256", "cnf": {"jwk": holder.jwk()}}
    jwt = sign_jws(payload, parties.key, typ="dc+sd-jwt", header={"x5c": parties.chain.x5c()})
    yield "header, payload and SIGNATURE"
    "~".join((jwt, *writer.disclosures, ""))
    yield "put together"


def _print(title: str, steps: Callable[[], Iterator[str]]) -> None:
    taken: dict[str, list[int]] = {}
    for _ in range(ROUNDS):
        start = time.perf_counter_ns()
        for name in steps():
            end = time.perf_counter_ns()
            taken.setdefault(name, []).append(end - start)
            start = time.perf_counter_ns()
    medians = {name: statistics.median(times) / 1000 for name, times in taken.items()}
    print(f"\n{title}")
    for name, microseconds in medians.items():
        print(f"  {name:50} {microseconds:7.1f} µs")
    print(f"  {'together':50} {sum(medians.values()):7.1f} µs")


if __name__ == "__main__":
    main()
