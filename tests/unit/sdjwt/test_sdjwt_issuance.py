"""Issuance: what becomes a Disclosure, what stays in the clear, what is never written (RFC 9901 §4, §9)."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sdjwt_forge import HOLDER, ISSUER, NOW, TYP, digest_of, verify

from nlwallet.claim_path import ClaimPath, expand
from nlwallet.errors import LocalError
from nlwallet.sdjwt import Disclosure, UnverifiedSdJwt, issue_sd_jwt

CLAIMS: dict[str, Any] = {
    "iss": "https://issuer.example",
    "given_name": "Frouke",
    "address": {"street": "Grote Markt", "town": {"name": "Sneek", "code": "8601"}},
    "nationalities": ["NL", "DE", "FR"],
    "degrees": [{"type": "BSc", "year": 2019}, {"type": "MSc", "year": 2021}],
}


def issue(claims: dict[str, Any], disclosable: list[ClaimPath], **more: Any) -> str:
    return issue_sd_jwt(claims, disclosable=disclosable, key=ISSUER, typ=TYP, **more)


def payload_of(text: str) -> dict[str, Any]:
    return dict(json.loads(urlsafe_b64decode(text.split(".")[1] + "==")))


def disclosures_of(text: str) -> list[Disclosure]:
    return [Disclosure.parse(each) for each in UnverifiedSdJwt.parse(text).disclosures]


def digests_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value.get("_sd", [])
        if "..." in value:
            yield value["..."]
        for member in value.values():
            yield from digests_in(member)
    elif isinstance(value, list):
        for element in value:
            yield from digests_in(element)


@pytest.mark.req("S-08", "S-11")
def test_a_claim_of_an_object_becomes_a_digest_in_its_object() -> None:
    text = issue(CLAIMS, [("given_name",), ("address", "town", "code")])
    payload = payload_of(text)
    by_name = {each.name: each for each in disclosures_of(text)}
    assert payload["_sd"] == [digest_of(by_name["given_name"].encoded)]
    assert payload["address"]["town"] == {"name": "Sneek", "_sd": [digest_of(by_name["code"].encoded)]}
    assert "given_name" not in payload
    assert payload["_sd_alg"] == "sha-256"


@pytest.mark.req("S-09", "S-12")
def test_an_array_element_becomes_a_digest_in_its_place() -> None:
    text = issue(CLAIMS, [("nationalities", 1)])
    (disclosure,) = disclosures_of(text)
    assert (disclosure.name, disclosure.value) == (None, "DE")
    assert payload_of(text)["nationalities"] == ["NL", {"...": digest_of(disclosure.encoded)}, "FR"]


@pytest.mark.req("S-14")
def test_a_parent_and_its_child_make_a_recursive_disclosure() -> None:
    text = issue(CLAIMS, [("nationalities",), ("nationalities", None)])
    *elements, parent = disclosures_of(text)
    assert [each.value for each in elements] == ["NL", "DE", "FR"]
    assert parent.value == [{"...": digest_of(each.encoded)} for each in elements]
    assert payload_of(text)["_sd"] == [digest_of(parent.encoded)]
    assert verify(text).claims == CLAIMS


@pytest.mark.req("S-11")
def test_the_order_of_digests_says_nothing_about_the_order_of_claims() -> None:
    claims = {f"claim{number}": number for number in range(12)}
    text = issue(claims, [(name,) for name in claims])
    digests = payload_of(text)["_sd"]
    assert digests == sorted(digests)
    assert digests != [digest_of(each.encoded) for each in disclosures_of(text)]


@pytest.mark.req("S-33", "S-08")
def test_every_claim_has_a_salt_of_its_own() -> None:
    claims = {"a": {"name": "x"}, "b": {"name": "x"}, "c": ["x"] * 100}
    paths: list[ClaimPath] = [("a", "name"), ("b", "name"), ("c", None)]
    salts = [each.salt for _ in range(3) for each in disclosures_of(issue(claims, paths))]
    assert len(set(salts)) == len(salts) == 306
    assert all(len(urlsafe_b64decode(salt + "==")) >= 16 for salt in salts)


@pytest.mark.req("S-13")
@pytest.mark.parametrize("hash_algorithm", ["sha-256", "sha-384", "sha-512"])
def test_decoys_look_like_digests_and_are_no_disclosures(hash_algorithm: str) -> None:
    decoys: dict[ClaimPath, int] = {(): 2, ("address", "town"): 3, ("nationalities",): 4, ("nowhere",): 5}
    text = issue(
        CLAIMS,
        [("given_name",), ("nationalities", None), ("address", "street")],
        decoys=decoys,
        hash_algorithm=hash_algorithm,
    )
    payload = payload_of(text)
    assert len(payload["_sd"]) == 1 + 2
    assert len(payload["address"]["town"]["_sd"]) == 3
    assert len(payload["address"]["_sd"]) == 1
    assert len(payload["nationalities"]) == 3 + 4
    digests = list(digests_in(payload))
    assert len({len(digest) for digest in digests}) == 1
    assert len(disclosures_of(text)) == 5
    read = verify(text)
    assert read.claims == CLAIMS
    assert read.hash_algorithm == hash_algorithm


@pytest.mark.req("S-13")
def test_decoys_alone_are_possible() -> None:
    text = issue({"a": 1}, [], decoys=3)
    assert len(payload_of(text)["_sd"]) == 3
    assert verify(text).claims == {"a": 1}


@pytest.mark.req("S-25", "C-07")
def test_without_disclosable_claims_nothing_of_sd_jwt_stands_in_the_payload() -> None:
    text = issue(CLAIMS, [("not_there",)])
    assert payload_of(text) == CLAIMS
    assert text.endswith("~")
    assert text.count("~") == 1


@pytest.mark.req("S-25")
def test_objects_and_arrays_from_which_all_is_withheld_stay_as_empty_ones() -> None:
    text = issue(CLAIMS, [("address", "street"), ("address", "town"), ("nationalities", None)])
    nothing = verify(text.partition("~")[0] + "~").claims
    assert nothing["address"] == {}
    assert nothing["nationalities"] == []
    assert "_sd_alg" not in nothing


@pytest.mark.req("S-25")
def test_a_withheld_element_leaves_no_gap_and_its_place_is_known() -> None:
    text = issue(CLAIMS, [("nationalities", 0), ("degrees", 0), ("degrees", 1, "year")])
    issuer_jwt, *_ = text.split("~")
    read = verify(f"{issuer_jwt}~")
    assert read.claims["nationalities"] == ["DE", "FR"]
    assert read.claims["degrees"] == [{"type": "MSc"}]
    assert read.arrays == {("nationalities",): (None, 0, 1), ("degrees",): (None, 0)}


@pytest.mark.req("S-31")
@pytest.mark.parametrize(
    "path", [("iss",), ("aud",), ("exp",), ("nbf",), ("cnf",), ("cnf", "jwk"), ("iss", "x")]
)
def test_validity_claims_are_never_made_disclosable(path: ClaimPath) -> None:
    with pytest.raises(LocalError) as caught:
        issue({"iss": "x", "aud": "y", "exp": NOW, "nbf": NOW}, [path])
    assert caught.value.spec == "RFC 9901 §9.7"


def test_single_entries_of_aud_may_be_withheld() -> None:
    text = issue({"aud": ["https://a.example", "https://b.example"]}, [("aud", 0)])
    assert verify(text, audience="https://b.example").claims["aud"] == [
        "https://a.example",
        "https://b.example",
    ]
    assert verify(text.partition("~")[0] + "~", audience="https://b.example").claims["aud"] == [
        "https://b.example"
    ]


@pytest.mark.req("S-05")
@pytest.mark.parametrize(
    "claims",
    [
        {"_sd": []},
        {"...": "x"},
        {"a": {"_sd": []}},
        {"a": [{"...": "x"}]},
        {"a": [[{"b": {"_sd": 1}}]]},
        {"_sd_alg": "sha-256"},
        {"a": {"_sd_alg": "x"}},
    ],
)
def test_reserved_names_are_never_written(claims: dict[str, Any]) -> None:
    for disclosable in ([], [("a",)]):
        with pytest.raises(LocalError):
            issue(claims, disclosable)


@pytest.mark.parametrize("path", [(), ("_sd",), ("a", "..."), ("a", "_sd")])
def test_paths_that_cannot_be_are_refused(path: ClaimPath) -> None:
    with pytest.raises(LocalError):
        issue({"a": 1}, [path])


def test_what_no_verifier_would_read_is_not_issued() -> None:
    many = {str(number): number for number in range(1025)}
    with pytest.raises(LocalError, match="1024"):
        issue(many, [(name,) for name in many])
    with pytest.raises(LocalError, match="characters"):
        issue({"photo": "x" * 1_100_000}, [])
    deep: Any = 1
    for _ in range(500):
        deep = {"a": deep}
    arrays: Any = 1
    for _ in range(500):
        arrays = [arrays]
    for value in (deep, arrays):
        with pytest.raises(LocalError, match="deeper"):
            issue({"a": value}, [])
    for unknown in (object(), {1, 2}, b"octets"):
        for disclosable in ([], [("a",)]):
            with pytest.raises(LocalError, match="JSON"):
                issue({"a": unknown}, disclosable)


def test_an_unknown_hash_and_a_second_cnf_are_our_mistakes() -> None:
    with pytest.raises(LocalError):
        issue({}, [], hash_algorithm="md5")
    with pytest.raises(LocalError):
        issue({"cnf": {}}, [], holder_key=HOLDER.public)


@pytest.mark.req("S-15", "C-05")
def test_the_holders_key_stands_in_cnf() -> None:
    text = issue({"a": 1}, [], holder_key=HOLDER.public)
    assert payload_of(text)["cnf"] == {"jwk": HOLDER.public.jwk()}
    assert verify(text).holder_key == HOLDER.public


SPOKEN_FOR = {"_sd", "...", "_sd_alg", "iss", "aud", "exp", "nbf", "cnf", "iat"}
NAMES = st.text(max_size=6).filter(lambda name: name not in SPOKEN_FOR)
SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


def every_path(value: Any, at: ClaimPath = ()) -> Iterator[ClaimPath]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in items:
        yield (*at, step)
        yield from every_path(item, (*at, step))


@settings(max_examples=150, deadline=None)
@given(claims=st.dictionaries(NAMES, VALUES, max_size=5), data=st.data())
@pytest.mark.req("S-25", "S-27")
def test_whatever_is_issued_reads_back_and_any_choice_of_it_too(claims: dict[str, Any], data: Any) -> None:
    paths = sorted(every_path(claims), key=repr)
    disclosable = data.draw(st.lists(st.sampled_from(paths), unique=True)) if paths else []
    text = issue(claims, disclosable, decoys=data.draw(st.integers(0, 2)))
    whole = verify(text)
    assert whole.claims == claims
    assert set(whole.disclosures) == set(disclosable)

    chosen = data.draw(st.lists(st.sampled_from(paths), unique=True)) if paths else []
    shown = verify(whole.select(chosen))
    around = {path[:length] for path in chosen for length in range(1, len(path) + 1)}
    inside = {path for path in disclosable if any(path[: len(each)] == each for each in chosen)}
    expected = {whole.disclosures[path].encoded for path in disclosable if path in around or path in inside}
    assert {each.encoded for each in shown.disclosures.values()} == expected


def test_a_wildcard_makes_each_element_disclosable() -> None:
    text = issue(CLAIMS, [("degrees", None, "year")])
    whole = verify(text)
    assert set(whole.disclosures) == set(expand(CLAIMS, ("degrees", None, "year")))
