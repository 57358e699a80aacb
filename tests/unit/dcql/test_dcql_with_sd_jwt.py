"""The query meets real credentials: what the match says is revealed is what leaves, and the verifier accepts it."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlwallet.claim_path import ClaimPath, value_at
from nlwallet.crypto import PrivateKey
from nlwallet.dcql import CandidateCredential, DcqlQuery, PresentedCredential, check_answer, match
from nlwallet.errors import InvalidResponse
from nlwallet.sdjwt import ExpectedKeyBinding, SdJwt, issue_sd_jwt, verify_sd_jwt

ISSUER, HOLDER = PrivateKey.generate(), PrivateKey.generate()
NOW = 1_700_000_000
BINDING = ExpectedKeyBinding("x509_hash:abc", "nonce")
PID = "urn:eudi:pid:1"


def held(claims: dict[str, Any], disclosable: list[ClaimPath]) -> SdJwt:
    text = issue_sd_jwt(
        claims, disclosable=disclosable, key=ISSUER, typ="dc+sd-jwt", holder_key=HOLDER.public
    )
    return verify_sd_jwt(text, issuer_key=ISSUER.public, now=NOW, algorithms={"ES256"})


def candidate(credential: SdJwt) -> CandidateCredential:
    claims = {name: value for name, value in credential.claims.items() if name != "cnf"}
    return CandidateCredential("c", "dc+sd-jwt", (PID,), claims, disclosable=credential.disclosures.keys())


def shown(credential: SdJwt, paths: tuple[ClaimPath, ...]) -> dict[str, Any]:
    text = credential.present(
        paths, holder_key=HOLDER, audience=BINDING.audience, nonce=BINDING.nonce, now=NOW
    )
    claims = verify_sd_jwt(
        text, issuer_key=ISSUER.public, now=NOW, algorithms={"ES256"}, key_binding=BINDING
    ).claims
    return {name: value for name, value in claims.items() if name != "cnf"}


def query(**members: Any) -> DcqlQuery:
    return DcqlQuery.parse(
        {"credentials": [{"id": "pid", "format": "dc+sd-jwt", "meta": {"vct_values": [PID]}, **members}]}
    )


def presented(claims: dict[str, Any]) -> PresentedCredential:
    return PresentedCredential("dc+sd-jwt", (PID,), claims)


CLAIMS: dict[str, Any] = {
    "family_name": "Jansen",
    "age_over_18": True,
    "nationalities": ["NL", "FR", "BE"],
    "address": {"locality": "Utrecht", "country": "NL"},
    "issuing_country": "NL",
}
DISCLOSABLE: list[ClaimPath] = [
    ("family_name",),
    ("age_over_18",),
    ("nationalities", None),
    ("address",),
    ("address", "locality"),
]


@pytest.mark.req("D-08")
def test_without_claims_no_disclosure_leaves() -> None:
    credential = held(CLAIMS, DISCLOSABLE)
    (found,) = match(query(), [candidate(credential)]).chosen["pid"]
    claims = shown(credential, found.paths)
    assert claims == {"issuing_country": "NL", "nationalities": []}
    check_answer(query(), {"pid": [presented(claims)]})


@pytest.mark.req("D-11")
def test_only_the_claim_that_was_asked_leaves() -> None:
    asked = query(claims=[{"path": ["age_over_18"], "values": [True]}])
    credential = held(CLAIMS, DISCLOSABLE)
    (found,) = match(asked, [candidate(credential)]).chosen["pid"]
    claims = shown(credential, found.paths)
    assert claims == {"age_over_18": True, "issuing_country": "NL", "nationalities": []}
    check_answer(asked, {"pid": [presented(claims)]})


def test_an_element_asked_by_its_index_moves_and_is_accepted() -> None:
    asked = query(claims=[{"path": ["nationalities", 2], "values": ["BE"]}])
    credential = held(CLAIMS, DISCLOSABLE)
    (found,) = match(asked, [candidate(credential)]).chosen["pid"]
    claims = shown(credential, found.paths)
    assert claims["nationalities"] == ["BE"]
    check_answer(asked, {"pid": [presented(claims)]})
    with pytest.raises(InvalidResponse):
        check_answer(asked, {"pid": [presented(shown(credential, (("nationalities", 0),)))]})


def leaves(value: Any) -> list[Any]:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return [value] if items is None else [leaf for item in items for leaf in leaves(item)]


SHAPES = st.recursive(
    st.just("leaf"),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(st.sampled_from("abc"), inner, min_size=1, max_size=3)
    ),
    max_leaves=8,
)


def numbered(shape: Any, numbers: Any) -> Any:
    """The shape with a different number in each leaf."""
    if isinstance(shape, dict):
        return {name: numbered(item, numbers) for name, item in shape.items()}
    return [numbered(item, numbers) for item in shape] if isinstance(shape, list) else next(numbers)


def nodes(value: Any, at: ClaimPath = ()) -> list[ClaimPath]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, item in items for found in ((*at, key), *nodes(item, (*at, key)))]


@pytest.mark.req("D-11")
@settings(deadline=None)
@given(st.dictionaries(st.sampled_from("abc"), SHAPES, min_size=1), st.data())
def test_what_is_said_to_be_revealed_is_what_leaves(shape: dict[str, Any], data: st.DataObject) -> None:
    claims = numbered(shape, count(1))
    every = nodes(claims)
    disclosable = data.draw(st.lists(st.sampled_from(every), unique=True))
    credential = held(claims, disclosable)
    asked = query(
        claims=[{"path": list(path)} for path in data.draw(st.lists(st.sampled_from(every), min_size=1))]
    )
    (found,) = match(asked, [candidate(credential)]).chosen["pid"]
    revealed = candidate(credential).revealed_by(found.paths)
    sent = shown(credential, found.paths)
    assert sorted(
        value_at(claims, path) for path in revealed if isinstance(value_at(claims, path), int)
    ) == sorted(leaf for leaf in leaves(sent))
    check_answer(asked, {"pid": [presented(sent)]})
