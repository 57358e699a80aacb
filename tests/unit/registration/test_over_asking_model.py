"""The over-asking check against a slow model that is obviously right: enumerate claims, and look each one up.

A small universe of documents stands for all: a path *reaches* the concrete places in it that a person would point at.
A request is registered when everything that it reaches in every possible document lies under something registered.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlwallet.dcql import DcqlQuery
from nlwallet.registration import RegisteredCredential, over_asked

NAMES = ("a", "b")
INDEXES = (0, 1, 2)
"""2 stands for every index that nobody names."""
DEPTH = 3
PARENT, CHILD, OTHER = "urn:parent", "urn:child", "urn:other"
LINEAGE = {CHILD: (CHILD, PARENT), PARENT: (PARENT,), OTHER: (OTHER,)}


def concrete(path: tuple[Any, ...]) -> set[tuple[Any, ...]]:
    """The places that ``path`` points at, one for each choice of its wildcards."""
    return set(product(*[INDEXES if step is None else (step,) for step in path]))


def below(place: tuple[Any, ...]) -> set[tuple[Any, ...]]:
    """The place and everything below it, as deep as the universe goes."""
    deeper = {place}
    for length in range(DEPTH - len(place)):
        deeper |= {(*place, *rest) for rest in product((*NAMES, *INDEXES), repeat=length + 1)}
    return deeper


def reached(path: tuple[Any, ...]) -> set[tuple[Any, ...]]:
    return set().union(*(below(place) for place in concrete(path)))


def types_of(credential: dict[str, Any]) -> list[str]:
    meta = credential["meta"]
    return list(meta["vct_values"]) if "vct_values" in meta else [meta["doctype_value"]]


def model(query: dict[str, Any], registered: list[RegisteredCredential]) -> set[tuple[str, tuple[Any, ...]]]:
    """(query id, path) for all that is too much; an empty path is the whole credential."""
    found: set[tuple[str, tuple[Any, ...]]] = set()
    for credential in query["credentials"]:
        for asked_type in types_of(credential):
            named = set(LINEAGE[asked_type]) if credential["format"] == "dc+sd-jwt" else {asked_type}
            entries = [
                entry
                for entry in registered
                if entry.format == credential["format"] and any(one in named for one in entry.types)
            ]
            if not entries:
                found.add((credential["id"], ()))
                continue
            allowed = set().union(*(reached(tuple(path)) for entry in entries for path in entry.claims))
            for claim in credential.get("claims", []):
                if not reached(tuple(claim["path"])) <= allowed:
                    found.add((credential["id"], tuple(claim["path"])))
    return found


first = st.sampled_from(NAMES)
step = st.sampled_from([*NAMES, None, 0, 1])
paths = st.builds(lambda head, tail: [head, *tail], first, st.lists(step, max_size=DEPTH - 1))
mdoc_paths = st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).map(list)
sd_types = st.lists(st.sampled_from([PARENT, CHILD, OTHER]), min_size=1, max_size=2, unique=True)


@st.composite
def registrations(draw: st.DrawFn) -> RegisteredCredential:
    if draw(st.booleans()):
        claims = draw(st.lists(paths, max_size=3))
        return RegisteredCredential.model_validate({"types": draw(sd_types), "claims": claims})
    doctype = draw(st.sampled_from([PARENT, OTHER]))
    claims = draw(st.lists(mdoc_paths, max_size=3))
    return RegisteredCredential.model_validate({"format": "mso_mdoc", "types": [doctype], "claims": claims})


@st.composite
def queries(draw: st.DrawFn) -> dict[str, Any]:
    credentials = []
    for number in range(draw(st.integers(1, 2))):
        mdoc = draw(st.booleans())
        asks = draw(st.lists(mdoc_paths if mdoc else paths, min_size=1, max_size=3, unique_by=repr))
        claims = [{"id": f"c{n}", "path": path} for n, path in enumerate(asks)]
        credential: dict[str, Any] = {
            "id": f"q{number}",
            "format": "mso_mdoc" if mdoc else "dc+sd-jwt",
            "meta": {"doctype_value": draw(st.sampled_from([PARENT, OTHER]))}
            if mdoc
            else {"vct_values": draw(sd_types)},
            "claims": claims,
        }
        if draw(st.booleans()):
            names = [claim["id"] for claim in claims]
            credential["claim_sets"] = [
                names,
                draw(st.lists(st.sampled_from(names), min_size=1, unique=True)),
            ]
        credentials.append(credential)
    query: dict[str, Any] = {"credentials": credentials}
    if draw(st.booleans()):
        sets = [{"options": [[credential["id"]]], "required": False} for credential in credentials]
        query["credential_sets"] = sets
    return query


@pytest.mark.req("RPRC_21")
@settings(deadline=None, max_examples=400)
@given(queries(), st.lists(registrations(), max_size=3))
def test_it_agrees_with_the_model(query: dict[str, Any], registered: list[RegisteredCredential]) -> None:
    found = over_asked(DcqlQuery.parse(query), registered, ancestors=lambda vct: LINEAGE.get(vct, (vct,)))
    assert {(one.query_id, one.path) for one in found} == model(query, registered)
