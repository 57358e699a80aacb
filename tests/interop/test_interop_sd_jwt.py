"""npm @sd-jwt and PyPI sd-jwt with our SD-JWT: one issues, another presents, a third verifies."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from interop_sd_jwt_parties import (
    AUDIENCE,
    NONCE,
    NOW,
    REGISTERED,
    Npm,
    Ours,
    Party,
    PyPi,
    Terms,
    concrete,
    reached,
    time_of_day,
    visible,
)

from nlwallet.claim_path import ClaimPath
from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.profiles import HAIP_1_0
from nlwallet.sdjwt import (
    UnverifiedSdJwt,
    X5cIssuer,
    issue_sd_jwt_vc,
    verify_sd_jwt_vc,
    verify_sd_jwt_vc_presentation,
)

# What is issued and what is shown of it ----------------------------------------------------------------


class Scenario(NamedTuple):
    claims: dict[str, Any]
    disclosable: list[ClaimPath]
    shown: list[ClaimPath]
    decoys: int = 0


ADDRESS = {"locality": "Ljouwert", "country": "NL", "geo": {"lat": 53.2, "floors": [1, 2]}}
SCENARIOS = {
    "flat": Scenario({"given_name": "Frouke", "age": 42, "adult": True}, [("given_name",), ("age",)], [("age",)]),
    "nothing-disclosable": Scenario({"given_name": "Frouke"}, [], [("given_name",)]),
    "nothing-shown": Scenario({"given_name": "Frouke"}, [("given_name",)], []),
    "structured": Scenario(
        {"address": ADDRESS}, [("address", "locality"), ("address", "country")], [("address", "country")]
    ),
    "nested-deep": Scenario(
        {"address": ADDRESS}, [("address", "geo", "lat"), ("address", "geo", "floors")], [("address", "geo", "floors")]
    ),
    "recursive": Scenario(
        {"address": ADDRESS},
        [("address",), ("address", "locality"), ("address", "geo"), ("address", "geo", "lat")],
        [("address", "geo", "lat")],
    ),
    "recursive-whole": Scenario(
        {"address": ADDRESS}, [("address",), ("address", "locality"), ("address", "geo")], [("address",)]
    ),
    "recursive-parent-hidden": Scenario(
        {"address": ADDRESS, "age": 42}, [("address",), ("address", "locality"), ("age",)], [("age",)]
    ),
    "array": Scenario({"nationalities": ["NL", "FR", "BE"]}, [("nationalities", None)], [("nationalities", 1)]),
    "array-recursive": Scenario(
        {"degrees": [{"type": "BSc", "year": 1999}, {"type": "MSc", "year": 2003}]},
        [("degrees",), ("degrees", None), ("degrees", None, "year")],
        [("degrees", None, "type"), ("degrees", 1, "year")],
    ),
    "array-in-array": Scenario(
        {"table": [["a", "b"], ["c", "d"]]}, [("table", None), ("table", None, None)], [("table", 1, 0)]
    ),
    "decoys": Scenario({"given_name": "Frouke", "age": 42}, [("given_name",), ("age",)], [("age",)], decoys=4),
    "unicode-and-null": Scenario(
        {"naïve ~ \\ \u2028": "Fryslân 😀 \"x\"", "none": None, "empty": {}, "list": [], "zero": 0, "no": False},
        [("naïve ~ \\ \u2028",), ("none",), ("empty",), ("list",), ("zero",), ("no",)],
        [("naïve ~ \\ \u2028",), ("none",), ("empty",), ("list",), ("zero",), ("no",)],
    ),
}  # fmt: skip


# Who does what -----------------------------------------------------------------------------------------

NPM = ("npm-core", "npm-vc")
PAIRINGS = [
    # issuer, holder, verifier: at least one of the three is ours, and at least one is not
    ("ours", "ours", "peer"),
    ("ours", "peer", "ours"),
    ("ours", "peer", "peer"),
    ("peer", "ours", "ours"),
    ("peer", "ours", "peer"),
    ("peer", "peer", "ours"),
]


def party(name: str, request: pytest.FixtureRequest) -> Party:
    if name == "ours":
        return Ours()
    if name == "pypi":
        return PyPi()
    return Npm(request.getfixturevalue("peers"), name.removeprefix("npm-"))


def pairing(peer: str, who: tuple[str, str, str]) -> Any:
    names = tuple(peer if name == "peer" else name for name in who)
    return pytest.param(names, marks=[pytest.mark.node] if peer in NPM else [], id=">".join(names))


ALL = [pairing(peer, who) for peer in (*NPM, "pypi") for who in PAIRINGS]


def walk(
    names: tuple[str, str, str],
    scenario: Scenario,
    terms: Terms,
    holder: PrivateKey,
    request: pytest.FixtureRequest,
) -> None:
    issuer, presenter, verifier = (party(name, request) for name in names)
    claims, disclosable, shown, _ = scenario
    issued = issuer.issue(claims, disclosable, terms)
    presented = presenter.present(issued, claims, shown, terms, holder)
    seen = verifier.verify(presented, terms)
    expected = visible(claims, (), concrete(claims, disclosable), reached(claims, shown))
    confirmation = seen.pop("cnf")["jwk"]
    assert {name: confirmation[name] for name in terms.holder.jwk()} == terms.holder.jwk()
    assert seen == REGISTERED | expected


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("names", ALL)
def test_scenario(names: tuple[str, str, str], scenario: str, request: pytest.FixtureRequest) -> None:
    holder = PrivateKey.generate()
    what = SCENARIOS[scenario]
    terms = Terms(PrivateKey.generate(), holder.public, decoys=what.decoys)
    walk(names, what, terms, holder, request)


@pytest.mark.parametrize("hash_algorithm", ["sha-384", "sha-512"])
@pytest.mark.parametrize("names", ALL)
def test_hash_algorithms(
    names: tuple[str, str, str], hash_algorithm: str, request: pytest.FixtureRequest
) -> None:
    holder = PrivateKey.generate()
    terms = Terms(PrivateKey.generate(), holder.public, hash_algorithm, decoys=2)
    walk(names, SCENARIOS["recursive"], terms, holder, request)


@pytest.mark.parametrize("curve", ["P-384", "P-521"])
@pytest.mark.parametrize("names", ALL)
def test_larger_issuer_keys(names: tuple[str, str, str], curve: str, request: pytest.FixtureRequest) -> None:
    holder = PrivateKey.generate()
    walk(names, SCENARIOS["structured"], Terms(PrivateKey.generate(curve), holder.public), holder, request)


# JSON serialization (RFC 9901 §8), which PyPI sd-jwt still has in the shape of older drafts -------------------


@pytest.mark.node
@pytest.mark.req("S-36")
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_flattened_json(scenario: str, peers: Any) -> None:
    holder = PrivateKey.generate()
    what = SCENARIOS[scenario]
    terms = Terms(PrivateKey.generate(), holder.public)
    ours = Ours()
    presented = ours.present(
        ours.issue(what.claims, what.disclosable, terms), what.claims, what.shown, terms, holder
    )
    theirs = peers("sdjwt.flatten", text=presented)
    assert theirs == UnverifiedSdJwt.parse(presented).json_flattened()
    assert UnverifiedSdJwt.from_json(theirs).compact() == presented
    assert peers("sdjwt.unflatten", json=UnverifiedSdJwt.parse(presented).json_flattened()) == presented


# SD-JWT VC with a certificate chain ------------------------------------------------------------------------


@pytest.mark.node
@pytest.mark.req("C-01", "C-10")
def test_a_credential_under_haip(peers: Any) -> None:
    """We issue with x5c, npm sd-jwt-vc presents, we verify by the chain; and npm verifies our presentation."""
    authority = CertificateAuthority.create("Test PID root", now=NOW, organization="Test")
    key, holder = PrivateKey.generate(), PrivateKey.generate()
    chain = authority.issue(
        key.public, Subject("Test PID issuer", country="NL"), now=NOW, san_dns=("issuer.example",)
    )
    resolver = X5cIssuer([authority.certificate])
    claims = SCENARIOS["array-recursive"].claims
    text = issue_sd_jwt_vc(
        vct="urn:example:pid",
        claims=claims,
        disclosable=SCENARIOS["array-recursive"].disclosable,
        key=key,
        chain=chain,
        holder_key=holder.public,
        issued_at=NOW - 60,
        expires_at=NOW + 3600,
        issuer="https://issuer.example",
    )
    npm, terms, shown = Npm(peers, "vc"), Terms(key, holder.public), [("degrees", 1, "year")]
    presented = verify_sd_jwt_vc_presentation(
        npm.present(text, claims, shown, terms, holder),
        issuer_key=resolver,
        now=time_of_day(),
        profile=HAIP_1_0,
        audience=AUDIENCE,
        nonce=NONCE,
    )
    assert presented.claims["degrees"] == [{"type": "MSc", "year": 2003}]
    assert presented.chain is not None
    held = verify_sd_jwt_vc(text, issuer_key=resolver, now=time_of_day(), profile=HAIP_1_0)
    ours = held.present(shown, holder_key=holder, audience=AUDIENCE, nonce=NONCE, now=time_of_day())
    assert npm.verify(ours, terms)["degrees"] == [{"type": "MSc", "year": 2003}]
