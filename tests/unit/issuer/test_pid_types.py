"""The type metadata of the PID as it is shipped: its octets, its inheritance, its labels."""

from __future__ import annotations

import base64
import hashlib
import json
from importlib.resources import files
from typing import Any

import pytest

from nlwallet.issuer import persona, pid_claims, pid_configuration
from nlwallet.sdjwt import known_types

TYPES = files("nlwallet.sdjwt").joinpath("types")
NOW = 1_790_000_000


def octets(name: str) -> bytes:
    return TYPES.joinpath(name).read_bytes()


def document(name: str) -> dict[str, Any]:
    return dict(json.loads(octets(name)))


PID, NL_PID = "urn-eudi-pid-1.json", "urn-eudi-pid-nl-1.json"


def paths(name: str, **members: Any) -> set[tuple[str, ...]]:
    claims = document(name)["claims"]
    return {tuple(claim["path"]) for claim in claims if members.items() <= claim.items()}


@pytest.mark.req("C-18")
def test_the_integrity_of_the_parent_is_that_of_the_shipped_file() -> None:
    digest = base64.b64encode(hashlib.sha256(octets(PID)).digest()).decode()
    assert document(NL_PID)["extends"] == document(PID)["vct"]
    assert document(NL_PID)["extends#integrity"] == f"sha256-{digest}"


def test_what_is_mandatory() -> None:
    """The table of NL Wallet attestation types: of the Dutch PID all but two claims."""
    assert paths(PID, mandatory=True) == {("family_name",), ("given_name",), ("birthdate",)}
    assert paths(NL_PID) - paths(NL_PID, mandatory=True) == {("age_over_18",), ("nationalities",)}


def test_the_dutch_pid_describes_everything_that_it_inherits() -> None:
    """The NL Wallet's profile of SD-JWT VC: an extending type is a superset."""
    assert paths(PID) < paths(NL_PID)


@pytest.mark.parametrize("name", [PID, NL_PID])
def test_every_claim_is_disclosable_and_has_a_label_in_both_languages(name: str) -> None:
    assert paths(name) == paths(name, sd="always")
    for place in (document(name), *document(name)["claims"]):
        locales = [entry["locale"] for entry in place["display"]]
        assert sorted(locale[:2] for locale in locales) == ["en", "nl"]


def test_the_card_has_colours_and_a_summary_whose_placeholder_is_a_claim() -> None:
    ids = {claim["svg_id"] for claim in document(NL_PID)["claims"] if "svg_id" in claim}
    for display in document(NL_PID)["display"]:
        assert set(display["rendering"]["simple"]) == {"background_color", "text_color"}
        assert display["summary"].strip("{}") in ids


def test_what_the_issuer_makes_disclosable_is_what_the_type_describes() -> None:
    assert set(pid_configuration().disclosable) == paths(NL_PID)
    described = known_types().effective("urn:eudi:pid:nl:1")
    for name in pid_claims(persona("frouke"), now=NOW):
        assert described.claim((name,)) is not None
