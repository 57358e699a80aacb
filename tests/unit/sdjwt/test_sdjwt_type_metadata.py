"""Type metadata documents: form, integrity, inheritance, labels (SD-JWT VC §5, §6)."""

from __future__ import annotations

import base64
import hashlib
import json
from contextlib import suppress
from typing import Any

import pytest

from nlwallet.errors import InvalidTypeMetadata, LimitExceeded, RemoteError
from nlwallet.sdjwt import TypeMetadataRegistry, check_integrity, integrity_of, known_types

BASE = "https://example.com/base-type-metadata"
CHILD = "https://example.com/custom-type-metadata"


def document(vct: str = BASE, **members: Any) -> bytes:
    return json.dumps({"vct": vct, **members}).encode()


def claim(*path: Any, **members: Any) -> dict[str, Any]:
    return {"path": list(path), **members}


def effective(*documents: bytes, vct: str = CHILD) -> Any:
    return TypeMetadataRegistry(documents).effective(vct)


def refused(*documents: bytes, vct: str = CHILD) -> InvalidTypeMetadata:
    with pytest.raises(InvalidTypeMetadata) as caught:
        effective(*documents, vct=vct)
    assert caught.value.spec.startswith("SD-JWT VC §")
    return caught.value


# Form -------------------------------------------------------------------------------------------------


@pytest.mark.req("C-16")
def test_unknown_members_are_passed_over() -> None:
    metadata = effective(document(CHILD, name="x", future={"a": [1]}, claims=[claim("a", future=1)]))
    assert metadata.name == "x"
    assert metadata.claims[0].path == ("a",)


@pytest.mark.req("C-16")
@pytest.mark.parametrize(
    "raw", [b"", b"[]", b'"x"', b"{}", b'{"vct":""}', b'{"vct":5}', b'{"vct":"a","vct":"b"}', b"\xff"]
)
def test_a_document_is_an_object_with_a_vct(raw: bytes) -> None:
    with pytest.raises(InvalidTypeMetadata):
        TypeMetadataRegistry([raw])


@pytest.mark.req("C-21")
@pytest.mark.parametrize(
    "members",
    [
        {"name": 5},
        {"extends": ["x"]},
        {"extends#integrity": 5},
        {"display": {}},
        {"display": ["x"]},
        {"display": [{"locale": "nl"}]},
        {"display": [{"name": "x"}]},
        {"display": [{"locale": 5, "name": "x"}]},
        {"claims": {}},
        {"claims": ["x"]},
        {"claims": [{}]},
        {"claims": [claim()]},
        {"claims": [{"path": "a"}]},
        {"claims": [claim("a", -1)]},
        {"claims": [claim("a", True)]},
        {"claims": [claim("a", 1.5)]},
        {"claims": [claim("a", {})]},
        {"claims": [claim("a"), claim("a")]},
        {"claims": [claim("a", sd="sometimes")]},
        {"claims": [claim("a", sd=True)]},
        {"claims": [claim("a", sd=["always"])]},
        {"claims": [claim("a", mandatory="yes")]},
        {"claims": [claim("a", mandatory=None)]},
        {"claims": [claim("a", display="x")]},
        {"claims": [claim("a", display=[{"locale": "nl"}])]},
        {"claims": [claim("a", display=[{"locale": "nl", "label": 5}])]},
        {"claims": [claim("a", svg_id="1a")]},
        {"claims": [claim("a", svg_id="a-b")]},
        {"claims": [claim("a", svg_id=5)]},
        {"claims": [claim("a", svg_id="x"), claim("b", svg_id="x")]},
    ],
    ids=str,
)
def test_malformed_metadata_is_refused(members: dict[str, Any]) -> None:
    refused(document(CHILD, **members))


def test_bounds() -> None:
    with pytest.raises(LimitExceeded):
        TypeMetadataRegistry([document(claims=[claim(str(number)) for number in range(513)])])
    with pytest.raises(LimitExceeded):
        TypeMetadataRegistry([b'{"vct":"a","x":' + b"[" * 1000 + b"]" * 1000 + b"}"])
    with pytest.raises(LimitExceeded):
        TypeMetadataRegistry([document(name="x" * 1_100_000)])


@pytest.mark.req("C-17")
def test_a_document_is_of_the_type_that_was_asked_for() -> None:
    registry = TypeMetadataRegistry().receiving(BASE, document())
    assert BASE in registry
    for wrong in (document(BASE + "/"), document(BASE.upper()), document(CHILD)):
        with pytest.raises(InvalidTypeMetadata) as caught:
            registry.receiving(BASE, wrong)
        assert caught.value.spec == "SD-JWT VC §5.3"


def test_two_different_documents_of_one_type_contradict() -> None:
    assert TypeMetadataRegistry([document(), document()]).raw(BASE) == document()
    with pytest.raises(InvalidTypeMetadata):
        TypeMetadataRegistry([document()]).adding([document(name="other")])


@pytest.mark.req("C-23")
def test_a_type_without_metadata_cannot_be_processed() -> None:
    refused(document(BASE))
    refused(document(CHILD, extends=BASE))
    assert TypeMetadataRegistry().ancestors("urn:unknown") == ("urn:unknown",)
    with pytest.raises(InvalidTypeMetadata):
        TypeMetadataRegistry().documents("urn:unknown")


# Integrity --------------------------------------------------------------------------------------------


def sri(name: str, octets: bytes) -> str:
    return f"{name}-{base64.b64encode(hashlib.new(name, octets).digest()).decode()}"


@pytest.mark.req("C-18")
@pytest.mark.parametrize("name", ["sha256", "sha384", "sha512"])
def test_the_octets_as_received_are_hashed(name: str) -> None:
    octets = b'{"vct": "https://example.com/base-type-metadata"}\n'
    registry = TypeMetadataRegistry([octets])
    assert registry.effective(BASE, integrity=sri(name, octets)).vct == BASE
    with pytest.raises(InvalidTypeMetadata):
        registry.effective(BASE, integrity=sri(name, octets.strip()))
    with pytest.raises(InvalidTypeMetadata):
        TypeMetadataRegistry().receiving(BASE, octets, integrity=sri(name, octets.strip()))
    assert registry.integrity(BASE) == integrity_of(octets) == sri("sha256", octets)


@pytest.mark.req("C-18")
def test_the_strongest_hash_counts_and_one_of_its_values_must_fit() -> None:
    right, wrong = sri("sha512", b"x"), sri("sha512", b"y")
    check_integrity(b"x", f"{sri('sha256', b'y')} {right}")
    check_integrity(b"x", f"{wrong}\t{right}?option")
    for bad in (f"{sri('sha256', b'x')} {wrong}", wrong, f"sha512-AAAA {sri('sha384', b'x')}"):
        with pytest.raises(InvalidTypeMetadata):
            check_integrity(b"x", bad)


@pytest.mark.req("C-18")
@pytest.mark.parametrize(
    "integrity",
    ["", "md5-AAAA", "sha1-AAAA", "x", "SHA256-" + sri("sha256", b"x")[7:], "sha256", "sha256-@@@"],
)
def test_no_hash_that_is_known_is_a_refusal(integrity: str) -> None:
    with pytest.raises(InvalidTypeMetadata):
        check_integrity(b"x", integrity)


@pytest.mark.req("C-18")
def test_base64url_and_hexadecimal_do_not_fit() -> None:
    octets = next(str(n).encode() for n in range(500) if set("+/") & set(sri("sha256", str(n).encode())[7:]))
    check_integrity(octets, sri("sha256", octets))
    for other in (
        sri("sha256", octets).replace("+", "-").replace("/", "_"),
        sri("sha256", octets).rstrip("="),
    ):
        with pytest.raises(InvalidTypeMetadata):
            check_integrity(octets, "sha256-" + other[7:])


@pytest.mark.req("C-18", "C-19")
def test_the_integrity_of_what_is_extended_is_checked() -> None:
    base = document()
    good = document(CHILD, extends=BASE, **{"extends#integrity": sri("sha256", base)})
    assert effective(base, good).extends == BASE
    bad = document(CHILD, extends=BASE, **{"extends#integrity": sri("sha256", base + b" ")})
    assert refused(base, bad).pointer == "/extends#integrity"


# Inheritance ------------------------------------------------------------------------------------------


@pytest.mark.req("C-19", "C-20")
def test_the_example_of_the_specification() -> None:
    """SD-JWT VC §5.6.5.2: name is inherited, address.city overridden, nationalities added."""
    base = document(
        claims=[
            claim("name", display=[{"label": "Full Name", "locale": "en"}]),
            claim("address", "city", display=[{"label": "City", "locale": "en"}]),
        ]
    )
    child = document(
        CHILD,
        extends=BASE,
        claims=[
            claim("address", "city", display=[{"label": "Town", "locale": "en"}]),
            claim("nationalities", display=[{"label": "Nationalities", "locale": "en"}]),
        ],
    )
    metadata = effective(base, child)
    assert [(each.path, each.label("en")) for each in metadata.claims] == [
        (("name",), "Full Name"),
        (("address", "city"), "Town"),
        (("nationalities",), "Nationalities"),
    ]
    assert TypeMetadataRegistry([base, child]).ancestors(CHILD) == (CHILD, BASE)
    assert TypeMetadataRegistry([base, child]).documents(CHILD) == (child, base)


@pytest.mark.req("C-20")
def test_what_a_child_leaves_out_of_a_claim_it_inherits() -> None:
    label = [{"label": "Name", "locale": "en"}]
    base = document(claims=[claim("name", sd="always", mandatory=True, display=label)])
    plain = effective(base, document(CHILD, extends=BASE, claims=[claim("name")])).claims[0]
    assert (plain.sd, plain.mandatory, plain.label("en")) == ("always", True, "Name")
    named = [{"label": "Naam", "locale": "nl"}]
    own = effective(base, document(CHILD, extends=BASE, claims=[claim("name", display=named)])).claims[0]
    assert (own.sd, own.mandatory, [each.name for each in own.display]) == ("always", True, ["Naam"])


@pytest.mark.req("C-20")
@pytest.mark.parametrize(
    ("before", "after", "possible"),
    [
        ({"sd": "always"}, {"sd": "never"}, False),
        ({"sd": "always"}, {"sd": "allowed"}, False),
        ({"sd": "never"}, {"sd": "always"}, False),
        ({"sd": "never"}, {"sd": "allowed"}, False),
        ({"sd": "always"}, {"sd": "always"}, True),
        ({"sd": "allowed"}, {"sd": "never"}, True),
        ({}, {"sd": "always"}, True),
        ({"mandatory": True}, {"mandatory": False}, False),
        ({"mandatory": True}, {"mandatory": True}, True),
        ({"mandatory": False}, {"mandatory": True}, True),
        ({}, {"mandatory": True}, True),
    ],
)
def test_what_a_parent_promised_a_child_keeps(before: Any, after: Any, possible: bool) -> None:
    documents = (
        document(claims=[claim("a", **before)]),
        document(CHILD, extends=BASE, claims=[claim("a", **after)]),
    )
    if possible:
        (merged,) = effective(*documents).claims
        assert {name: getattr(merged, name) for name in after} == after
    else:
        assert refused(*documents).spec == "SD-JWT VC §5.6.5"


@pytest.mark.req("C-20")
def test_a_promise_holds_over_generations() -> None:
    grandparent = document("urn:g", claims=[claim("a", sd="always")])
    parent = document(BASE, extends="urn:g", claims=[claim("a", display=[])])
    refused(grandparent, parent, document(CHILD, extends=BASE, claims=[claim("a", sd="never")]))


@pytest.mark.req("C-20")
def test_display_of_the_type_is_replaced_as_a_whole() -> None:
    both = [{"locale": "nl", "name": "Basis"}, {"locale": "en", "name": "Base"}]
    base = document(display=both)
    assert effective(base, document(CHILD, extends=BASE)).label("nl") == "Basis"
    own = effective(base, document(CHILD, extends=BASE, display=[{"locale": "en", "name": "Child"}]))
    assert [each.name for each in own.display] == ["Child"]
    assert own.label("nl") == "Child"
    assert effective(base, document(CHILD, extends=BASE, display=[])).display == ()


@pytest.mark.req("C-19")
@pytest.mark.parametrize("length", [1, 2, 3, 7])
def test_types_that_extend_one_another_in_a_circle_are_refused(length: int) -> None:
    circle = [document(f"urn:{n}", extends=f"urn:{(n + 1) % length}") for n in range(length)]
    registry = TypeMetadataRegistry(circle)
    for operation in (registry.effective, registry.ancestors, registry.documents):
        with pytest.raises(InvalidTypeMetadata) as caught:
            operation("urn:0")
        assert caught.value.spec == "SD-JWT VC §7.4"
    refused(*circle, document(CHILD, extends="urn:0"))


def test_a_chain_of_more_types_than_the_limit_is_refused() -> None:
    chain = [document(f"urn:{n}", extends=f"urn:{n + 1}") for n in range(1000)]
    with pytest.raises(LimitExceeded):
        TypeMetadataRegistry([*chain, document("urn:1000")]).effective("urn:0")
    short = [document(f"urn:{n}", extends=f"urn:{n + 1}") for n in range(7)]
    assert len(TypeMetadataRegistry([*short, document("urn:7")]).ancestors("urn:0")) == 8


# Labels -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("member", ["locale", "lang"])
def test_a_label_is_found_by_language_with_the_old_member_name_too(member: str) -> None:
    display = [
        {member: "en-GB", "label": "Colour"},
        {member: "en-US", "label": "Color"},
        {member: "nl-NL", "label": "Kleur"},
    ]
    (colour,) = effective(document(CHILD, claims=[claim("a", display=display)])).claims
    assert [colour.label(each) for each in ("nl", "nl-BE", "en", "en-us", "de")] == [
        "Kleur",
        "Kleur",
        "Colour",
        "Color",
        "Colour",
    ]


def test_without_display_a_type_is_called_by_its_name_or_vct() -> None:
    assert effective(document(CHILD, name="Plain")).label("nl") == "Plain"
    assert effective(document(CHILD)).label("nl") == CHILD
    (unnamed,) = effective(document(CHILD, claims=[claim("a")])).claims
    assert unnamed.label("nl") is None


def test_a_claim_is_found_by_its_path_and_an_index_finds_every_element() -> None:
    metadata = effective(document(CHILD, claims=[claim("a"), claim("b", None, "c")]))
    assert metadata.claim(("b", 3, "c")).path == ("b", None, "c")
    assert metadata.claim(("b", None, "c")) is not None
    assert metadata.claim(("b", "x", "c")) is None
    assert metadata.claim(("b",)) is None


# What is shipped --------------------------------------------------------------------------------------


def test_every_type_that_is_shipped_is_whole_and_speaks_dutch_and_english() -> None:
    registry = known_types()
    for vct in ("urn:eudi:pid:1", "urn:eudi:pid:nl:1"):
        metadata = registry.effective(vct)
        assert {display.locale[:2] for display in metadata.display} >= {"nl", "en"}
        assert metadata.claims
        for each in metadata.claims:
            assert {display.locale[:2] for display in each.display} >= {"nl", "en"}
    assert registry.ancestors("urn:eudi:pid:nl:1") == ("urn:eudi:pid:nl:1", "urn:eudi:pid:1")


@pytest.mark.parametrize(
    "octets", [b"{", b"null", b'{"vct":"a","claims":[{"path":[null]}]}', b"\x00", b"[" * 99999]
)
def test_whatever_comes_ends_in_an_error_of_ours_or_is_metadata(octets: bytes) -> None:
    with suppress(RemoteError):
        assert "a" in TypeMetadataRegistry([octets])
