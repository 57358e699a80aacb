"""Matching a query against a wallet: which credentials, which claims, which sets (OpenID4VP 1.0 §6.4)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlwallet.dcql import CandidateCredential, DcqlMatch, DcqlQuery, match
from nlwallet.encoding import b64url_encode
from nlwallet.errors import LocalError

PID = "urn:eudi:pid:1"
NL_PID = "urn:eudi:pid:nl:1"
CLAIMS: dict[str, Any] = {
    "given_name": "Frouke",
    "age": 42,
    "age_over_18": True,
    "height": 1.0,
    "nationalities": ["NL", "FR"],
    "address": {"locality": "Amsterdam", "country": "NL"},
    "degrees": [{"type": "BSc"}, {"type": "MSc"}],
    "mixed": [{"type": "a"}, "b"],
    "empty": [],
    "nothing": None,
}


def candidate(name: str = "c1", **members: Any) -> CandidateCredential:
    defaults: dict[str, Any] = {"format": "dc+sd-jwt", "types": (PID,), "claims": CLAIMS}
    return CandidateCredential(name, **{**defaults, **members})


def ask(name: str = "pid", **members: Any) -> dict[str, Any]:
    return {"id": name, "format": "dc+sd-jwt", "meta": {"vct_values": [PID]}, **members}


def found(query: dict[str, Any] | list[dict[str, Any]], *candidates: CandidateCredential) -> DcqlMatch:
    credentials = query if isinstance(query, list) else [query]
    return match(DcqlQuery.parse({"credentials": credentials}), candidates or [candidate()])


def paths(*claims: dict[str, Any], **members: Any) -> list[tuple[Any, ...]] | None:
    """What the only candidate would disclose, or None."""
    matches = found(ask(claims=list(claims), **members)).matches["pid"]
    return list(matches[0].paths) if matches else None


@pytest.mark.req("D-08")
def test_without_claims_nothing_is_disclosed() -> None:
    (match_,) = found(ask()).matches["pid"]
    assert match_.paths == ()
    assert candidate().revealed_by(match_.paths) == ()


@pytest.mark.req("D-08")
def test_without_claims_what_is_not_selectively_disclosable_goes_along() -> None:
    fixed = candidate(disclosable=[("given_name",), ("address",), ("nationalities", 0)])
    assert fixed.revealed_by(()) == (
        ("age",),
        ("age_over_18",),
        ("height",),
        ("nationalities", 1),
        ("degrees", 0, "type"),
        ("degrees", 1, "type"),
        ("mixed", 0, "type"),
        ("mixed", 1),
        ("empty",),
        ("nothing",),
    )


@pytest.mark.req("D-11")
def test_only_selected_claims_are_disclosed() -> None:
    selected = paths({"path": ["address", "locality"]}, {"path": ["age_over_18"]})
    assert selected == [("address", "locality"), ("age_over_18",)]
    assert candidate().revealed_by(selected) == (("age_over_18",), ("address", "locality"))


@pytest.mark.req("D-11")
def test_a_sibling_that_cannot_be_withheld_is_told() -> None:
    whole_address = candidate(disclosable=lambda path: len(path) == 1)
    assert whole_address.revealed_by([("address", "locality")]) == (
        ("address", "locality"),
        ("address", "country"),
    )


def test_everything_below_a_selected_claim_is_disclosed() -> None:
    assert candidate().revealed_by([("degrees",)]) == (("degrees", 0, "type"), ("degrees", 1, "type"))


@pytest.mark.req("D-09")
def test_all_listed_claims_or_no_credential() -> None:
    assert paths({"path": ["given_name"]}, {"path": ["age"]}) == [("given_name",), ("age",)]
    assert paths({"path": ["given_name"]}, {"path": ["email"]}) is None


@pytest.mark.req("D-10")
def test_the_first_claim_set_that_can_be_satisfied() -> None:
    claims = [
        {"id": "mail", "path": ["email"]},
        {"id": "name", "path": ["given_name"]},
        {"id": "age", "path": ["age"]},
    ]

    def chosen(*claim_sets: list[str]) -> tuple[int | None, list[Any]] | None:
        matches = found(ask(claims=claims, claim_sets=list(claim_sets))).matches["pid"]
        return (matches[0].claim_set, list(matches[0].paths)) if matches else None

    assert chosen(["mail"], ["age"], ["name"]) == (1, [("age",)])
    assert chosen(["name", "age"], ["age"]) == (0, [("given_name",), ("age",)])
    assert chosen(["mail"], ["mail", "age"]) is None


@pytest.mark.req("D-05")
def test_a_claim_named_twice_counts_once() -> None:
    assert paths({"path": ["age"]}, {"path": ["age"]}) == [("age",)]
    assert paths({"path": ["age"]}, {"path": ["age"], "values": [1]}) == [("age",)]


def test_two_paths_to_one_element_disclose_it_once() -> None:
    selected = paths({"path": ["nationalities", None]}, {"path": ["nationalities", 1]})
    assert selected == [("nationalities", 0), ("nationalities", 1)]


@pytest.mark.req("D-12")
@pytest.mark.parametrize(
    ("path", "values", "fits"),
    [
        (["age"], [42], True),
        (["age"], ["42"], False),
        (["age"], [41, 42], True),
        (["age_over_18"], [True], True),
        (["age_over_18"], [1], False),
        (["age_over_18"], ["true"], False),
        (["height"], [1], False),
        (["given_name"], ["frouke"], False),
        (["given_name"], ["Frouke "], False),
        (["given_name"], ["Frouke"], True),
        (["nothing"], [False, 0, ""], False),
        (["address"], ["Amsterdam"], False),
        (["nationalities"], ["NL"], False),
        (["nationalities", 0], ["NL"], True),
        (["nationalities", 1], ["NL"], False),
        (["degrees", None, "type"], ["MSc"], True),
        (["degrees", None, "type"], ["PhD"], False),
    ],
)
def test_values_compare_type_and_value(path: list[Any], values: list[Any], fits: bool) -> None:
    assert (paths({"path": path, "values": values}) is not None) is fits


@pytest.mark.req("D-11", "D-12")
def test_of_an_array_only_the_elements_that_fit_are_disclosed() -> None:
    assert paths({"path": ["nationalities", None], "values": ["NL", "BE"]}) == [("nationalities", 0)]
    assert paths({"path": ["degrees", None, "type"], "values": ["MSc"]}) == [("degrees", 1, "type")]


@pytest.mark.req("D-12", "D-10")
def test_a_claim_with_another_value_is_as_if_it_were_not_there() -> None:
    claims = [{"id": "a", "path": ["age"], "values": [1]}, {"id": "n", "path": ["given_name"]}]
    (match_,) = found(ask(claims=claims, claim_sets=[["a"], ["n"]])).matches["pid"]
    assert match_.claim_set == 1


@pytest.mark.parametrize(
    ("path", "selected"),
    [
        pytest.param(["nothing"], [("nothing",)], id="a null is a claim"),
        pytest.param(["degrees", None, "type"], [("degrees", 0, "type"), ("degrees", 1, "type")], id="each"),
        pytest.param(["degrees", 1], [("degrees", 1)], id="index"),
        pytest.param(["address"], [("address",)], id="a whole object"),
        pytest.param(
            ["mixed", None, "type"], None, id="one element is no object", marks=pytest.mark.req("D-22")
        ),
        pytest.param(
            ["nationalities", "0"], None, id="an array has no members", marks=pytest.mark.req("D-22")
        ),
        pytest.param(
            ["given_name", None], None, id="a string has no elements", marks=pytest.mark.req("D-23")
        ),
        pytest.param(["empty", None], None, id="an empty array has none", marks=pytest.mark.req("D-25")),
        pytest.param(["address", 0], None, id="an object has no index", marks=pytest.mark.req("D-24")),
        pytest.param(["degrees", 2], None, id="past the end", marks=pytest.mark.req("D-24", "D-25")),
    ],
)
def test_paths(path: list[Any], selected: list[Any] | None) -> None:
    assert paths({"path": path}) == selected


@pytest.mark.req("D-20")
def test_type_is_one_of_the_listed_or_extends_one() -> None:
    wallet = [
        candidate("pid"),
        candidate("nl", types=(NL_PID, PID)),
        candidate("other", types=("urn:example:diploma",)),
    ]
    assert [m.candidate_id for m in found(ask(), *wallet).matches["pid"]] == ["pid", "nl"]
    only_nl = ask(meta={"vct_values": [NL_PID]})
    assert [m.candidate_id for m in found(only_nl, *wallet).matches["pid"]] == ["nl"]
    either = ask(meta={"vct_values": ["urn:example:diploma", PID]})
    assert [m.candidate_id for m in found(either, *wallet).matches["pid"]] == ["pid", "nl", "other"]


def test_types_are_compared_exactly() -> None:
    assert not found(ask(), candidate(types=("urn:eudi:pid:1 ",))).satisfied
    assert not found(ask(), candidate(types=("URN:EUDI:PID:1",))).satisfied
    assert not found(ask(), candidate(types=())).satisfied


MDL_CLAIMS = {
    "org.iso.18013.5.1": {
        "family_name": "Jansen",
        "birth_date": date(1984, 4, 12),
        "issued": datetime(2026, 8, 1, 12, tzinfo=UTC),
        "portrait": b"\xff\xd8",
        "age_over_18": True,
        "nested": {"a": [b"\x01"]},
    }
}


class Tagged:
    """What a CBOR decoder makes of a tag it does not know."""

    tag = 1004
    value = "1984-04-12"


def mdl_query(element: str = "family_name", **members: Any) -> dict[str, Any]:
    return {
        "id": "mdl",
        "format": "mso_mdoc",
        "meta": {"doctype_value": "org.iso.18013.5.1.mDL"},
        "claims": [{"path": ["org.iso.18013.5.1", element], **members}],
    }


def mdl(claims: dict[str, Any] = MDL_CLAIMS) -> CandidateCredential:
    return CandidateCredential("mdl", "mso_mdoc", ("org.iso.18013.5.1.mDL",), claims)


@pytest.mark.req("D-26")
def test_doctype_must_be_equal() -> None:
    assert found(mdl_query(), mdl()).satisfied
    photo_id = CandidateCredential("p", "mso_mdoc", ("org.iso.23220.photoid.1",), MDL_CLAIMS)
    assert not found(mdl_query(), photo_id).satisfied


@pytest.mark.req("D-27")
def test_mdoc_path_is_namespace_and_element() -> None:
    (match_,) = found(mdl_query(), mdl()).matches["mdl"]
    assert match_.paths == (("org.iso.18013.5.1", "family_name"),)
    assert not found(mdl_query("height"), mdl()).satisfied
    assert not found(mdl_query(), mdl({"other.namespace": {"family_name": "Jansen"}})).satisfied


@pytest.mark.req("D-13")
@pytest.mark.parametrize(
    ("element", "values", "fits"),
    [
        ("family_name", ["Jansen"], True),
        ("age_over_18", [True], True),
        ("age_over_18", [1], False),
        ("birth_date", ["1984-04-12"], True),
        ("issued", ["2026-08-01T12:00:00Z"], True),
        ("portrait", [b64url_encode(b"\xff\xd8")], True),
        ("portrait", ["ffd8"], False),
        ("nested", ["a"], False),
    ],
)
def test_mdoc_values_are_compared_as_json(element: str, values: list[Any], fits: bool) -> None:
    assert found(mdl_query(element, values=values), mdl()).satisfied is fits


@pytest.mark.req("D-13")
def test_a_cbor_tag_counts_as_its_content_and_the_unknown_as_nothing() -> None:
    tagged = {"org.iso.18013.5.1": {"birth_date": Tagged(), "odd": object()}}
    assert found(mdl_query("birth_date", values=["1984-04-12"]), mdl(tagged)).satisfied
    assert not found(mdl_query("odd", values=["x"]), mdl(tagged)).satisfied
    assert found(mdl_query("odd"), mdl(tagged)).satisfied


def test_format_must_be_equal() -> None:
    assert not found(ask(), mdl()).satisfied
    legacy = ask() | {"format": "vc+sd-jwt"}
    assert not found(legacy, candidate()).satisfied
    assert not found(legacy, candidate(format="vc+sd-jwt")).satisfied


@pytest.mark.req("D-34")
def test_holder_binding() -> None:
    bound, bare = candidate("bound"), candidate("bare", holder_binding=False)
    assert [m.candidate_id for m in found(ask(), bare, bound).matches["pid"]] == ["bound"]
    relaxed = ask(require_cryptographic_holder_binding=False)
    assert [m.candidate_id for m in found(relaxed, bare, bound).matches["pid"]] == ["bare", "bound"]


AKI = bytes(range(20))


def trusting(*entries: tuple[str, list[str]]) -> dict[str, Any]:
    return ask(trusted_authorities=[{"type": kind, "values": values} for kind, values in entries])


@pytest.mark.req("D-31", "D-30")
def test_aki_equals_one_in_the_chain() -> None:
    issued = candidate("issued", authority_key_ids=frozenset({b"root", AKI}))
    other = candidate("other", authority_key_ids=frozenset({b"root"}))
    bare = candidate("bare")
    query = trusting(("aki", [b64url_encode(AKI)]))
    assert [m.candidate_id for m in found(query, other, bare, issued).matches["pid"]] == ["issued"]


@pytest.mark.req("D-29")
def test_any_value_of_any_entry() -> None:
    issued = candidate(authority_key_ids=frozenset({AKI}))
    ours, other = b64url_encode(AKI), b64url_encode(b"other")
    assert found(trusting(("aki", [other, ours])), issued).satisfied
    assert found(trusting(("etsi_tl", ["https://tl.example"]), ("aki", [ours])), issued).satisfied
    assert not found(trusting(("aki", [other]), ("aki", [other])), issued).satisfied


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("etsi_tl", marks=pytest.mark.req("D-32")),
        pytest.param("openid_federation", marks=pytest.mark.req("D-33")),
        "x-unknown",
    ],
)
def test_an_authority_that_is_not_proven_never_fits(kind: str) -> None:
    issued = candidate(authority_key_ids=frozenset({AKI}))
    result = found(trusting((kind, [b64url_encode(AKI)])), issued)
    assert not result.satisfied
    assert kind in str(result.explain())


@pytest.mark.req("D-14", "D-16")
def test_without_sets_every_query_is_required() -> None:
    both = [ask("a"), ask("b", meta={"vct_values": ["urn:example:diploma"]})]
    diploma = candidate("d", types=("urn:example:diploma",))
    partial, whole = found(both), found(both, candidate(), diploma)
    assert not partial.satisfied
    assert partial.matches["a"]
    assert partial.chosen == {}
    with pytest.raises(LocalError):
        partial.choose()
    assert list(whole.chosen) == ["a", "b"]


@pytest.mark.req("D-18")
def test_one_credential_may_answer_several_queries() -> None:
    result = found([ask("a", claims=[{"path": ["age"]}]), ask("b", claims=[{"path": ["given_name"]}])])
    assert {name: [m.candidate_id for m in ms] for name, ms in result.chosen.items()} == {
        "a": ["c1"],
        "b": ["c1"],
    }
    assert result.chosen["a"][0].paths == (("age",),)


@pytest.mark.req("D-19")
def test_multiple() -> None:
    wallet = [candidate("x"), candidate("y")]
    one, several = found(ask(), *wallet), found(ask(multiple=True), *wallet)
    assert [m.candidate_id for m in one.chosen["pid"]] == ["x"]
    assert [m.candidate_id for m in several.chosen["pid"]] == ["x", "y"]
    assert [m.candidate_id for m in one.choose(candidates={"pid": ["y"]})["pid"]] == ["y"]
    assert [m.candidate_id for m in several.choose(candidates={"pid": ["y"]})["pid"]] == ["y"]
    for wrong in (["x", "y"], [], ["z"]):
        with pytest.raises(LocalError):
            one.choose(candidates={"pid": wrong})


@pytest.mark.req("D-17")
def test_what_does_not_match_is_as_if_not_held() -> None:
    result = found(ask(claims=[{"path": ["email"]}]), candidate("x"), candidate("y"))
    assert result.matches["pid"] == ()
    with pytest.raises(LocalError):
        result.choose(candidates={"pid": ["x"]})


def with_sets(*sets: dict[str, Any], held: str) -> DcqlMatch:
    """Queries a, b, c and d for credential types of the same name; ``held`` are the types in the wallet."""
    query = {
        "credentials": [ask(name, meta={"vct_values": [name]}) for name in "abcd"],
        "credential_sets": list(sets),
    }
    return match(DcqlQuery.parse(query), [candidate(f"card-{name}", types=(name,)) for name in held])


@pytest.mark.req("D-15")
@pytest.mark.parametrize(
    ("held", "chosen"),
    [
        ("abcd", ["a"]),
        ("bcd", ["b", "c"]),
        ("bd", None),
        ("d", None),
        ("", None),
    ],
)
def test_a_required_set_takes_the_first_complete_option(held: str, chosen: list[str] | None) -> None:
    result = with_sets({"options": [["a"], ["b", "c"]]}, held=held)
    assert result.satisfied is (chosen is not None)
    assert list(result.chosen) == (chosen or [])


@pytest.mark.req("D-15")
def test_every_required_set_and_no_optional_one_unless_named() -> None:
    sets = ({"options": [["a"]]}, {"options": [["b"], ["c"]]}, {"options": [["d"]], "required": False})
    result = with_sets(*sets, held="abcd")
    assert list(result.chosen) == ["a", "b"]
    assert list(result.choose(options={2: 0})) == ["a", "b", "d"]
    assert list(result.choose(options={1: 1})) == ["a", "c"]
    assert not with_sets(*sets, held="cd").satisfied
    assert with_sets(*sets, held="ac").satisfied
    for wrong in ({2: 1}, {3: 0}, {-1: 0}):
        with pytest.raises(LocalError):
            result.choose(options=wrong)
    with pytest.raises(LocalError):
        with_sets(*sets, held="ab").choose(options={2: 0})


@pytest.mark.req("D-15")
def test_a_query_that_no_set_names_is_not_requested() -> None:
    result = with_sets({"options": [["a"]]}, held="ab")
    assert result.matches["b"]
    assert list(result.chosen) == ["a"]


def test_where_nothing_is_required_one_optional_set_is_chosen() -> None:
    optional = [{"options": [["a"]], "required": False}, {"options": [["b", "c"]], "required": False}]
    assert list(with_sets(*optional, held="bc").chosen) == ["b", "c"]
    assert list(with_sets(*optional, held="abc").chosen) == ["a"]
    nothing = with_sets(*optional, held="d")
    assert nothing.satisfied
    assert nothing.chosen == {}


def test_claims_stay_out_of_the_repr() -> None:
    result = found(ask(claims=[{"path": ["given_name"], "values": ["Frouke"]}]))
    assert "Frouke" not in repr(result)


LEAVES = st.sampled_from(["NL", "", 0, 1, True, False, None, 1.5])
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
PATHS = st.lists(st.sampled_from(["a", "b", "c", None, 0, 1, 2]), min_size=1, max_size=4)


def value_at(claims: Any, path: tuple[Any, ...]) -> Any:
    for element in path:
        claims = claims[element]
    return claims


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from("abc"), VALUES), st.lists(PATHS, min_size=1, max_size=3))
def test_every_path_to_disclose_exists_and_is_under_one_asked(
    claims: dict[str, Any], asked: list[list[Any]]
) -> None:
    held = candidate(claims=claims)
    for entry in found(ask(claims=[{"path": path} for path in asked]), held).matches["pid"]:
        for concrete in entry.paths:
            value_at(claims, concrete)
            assert any(
                len(concrete) == len(path)
                and all(
                    b is None or (a == b and type(a) is type(b)) for a, b in zip(concrete, path, strict=True)
                )
                for path in asked
            )
        revealed = held.revealed_by(entry.paths)
        assert all(any(leaf[: len(path)] == path for path in entry.paths) for leaf in revealed)
