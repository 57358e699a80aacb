"""A credential configuration from a type metadata document (SD-JWT VC §5, OpenID4VCI 1.0 §12.2.4)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from nlwallet.crypto import PrivateKey
from nlwallet.errors import InvalidTypeMetadata, LimitExceeded, LocalError, NlWalletError
from nlwallet.issuer import CredentialConfiguration, pid_configuration
from nlwallet.openid4vci import KeyAttestationsRequired
from nlwallet.profiles import HAIP_1_0
from nlwallet.sdjwt import TypeMetadataRegistry, X5cIssuer, integrity_of, known_types, verify_sd_jwt_vc

NL_PID = "urn:eudi:pid:nl:1"
PASS: dict[str, Any] = {
    "vct": "urn:example:pass:1",
    "display": [
        {"locale": "nl-NL", "name": "Stadspas", "rendering": {"simple": {"background_color": "#102030"}}},
        {"locale": "en-GB", "name": "City pass"},
    ],
    "claims": [
        {
            "path": ["number"],
            "sd": "always",
            "mandatory": True,
            "display": [{"locale": "nl-NL", "label": "Nummer"}, {"locale": "en-GB", "label": "Number"}],
        },
        {"path": ["town"], "sd": "never", "mandatory": True},
        {"path": ["sports"]},
        {"path": ["sports", None], "sd": "allowed"},
    ],
}
CLAIMS = {"number": "42", "town": "Leiden", "sports": ["swimming", "judo"]}

from_type_metadata = CredentialConfiguration.from_type_metadata


def changed(**members: Any) -> dict[str, Any]:
    return {**json.loads(json.dumps(PASS)), **members}


def octets(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document).encode()


# What a document says -----------------------------------------------------------------------------


def test_what_a_document_says_becomes_the_configuration() -> None:
    made = from_type_metadata(PASS)
    assert (made.id, made.vct, made.scope) == ("urn:example:pass:1",) * 3
    assert made.disclosable == (("number",), ("sports",), ("sports", None))
    assert (made.lifetime_days, made.batch_size, made.revocable, made.deferred) == (365, 1, True, False)


@pytest.mark.req("HI-02")
def test_the_metadata_of_the_issuer_says_it_too(open_desk: Callable[..., Any]) -> None:
    issuer = open_desk().another(
        configurations=[from_type_metadata(PASS, configuration_id="pass")], types=None
    )
    entry = issuer.issuer_metadata()["credential_configurations_supported"]["pass"]
    assert (entry["vct"], entry["scope"], entry["format"]) == (PASS["vct"], "pass", "dc+sd-jwt")
    display, claims = (entry["credential_metadata"][name] for name in ("display", "claims"))
    assert display[0] == {"name": "Stadspas", "locale": "nl-NL", "background_color": "#102030"}
    assert display[1] == {"name": "City pass", "locale": "en-GB"}
    assert claims[0] == {
        "path": ["number"],
        "mandatory": True,
        "display": [{"name": "Nummer", "locale": "nl-NL"}, {"name": "Number", "locale": "en-GB"}],
    }
    assert [(claim["path"], claim["mandatory"]) for claim in claims[1:]] == [
        (["town"], True),
        (["sports"], False),
        (["sports", None], False),
    ]


def test_options_are_for_the_issuer_to_say() -> None:
    terms = KeyAttestationsRequired(key_storage=("iso_18045_high",))
    made = from_type_metadata(
        PASS,
        configuration_id="city-pass",
        scope="pass",
        in_the_clear=[("sports",)],
        lifetime_days=30,
        batch_size=5,
        attestation_qualification="EAA",
        reuse_methods=("once_only",),
        key_attestations_required=terms,
        revocable=False,
        deferred=True,
    )
    assert (made.id, made.scope) == ("city-pass", "pass")
    assert made.disclosable == (("number",), ("sports", None))
    assert (made.lifetime_days, made.batch_size, made.attestation_qualification) == (30, 5, "EAA")
    assert (made.reuse_methods, made.key_attestations_required) == (("once_only",), terms)
    assert (made.revocable, made.deferred) == (False, True)
    assert from_type_metadata(PASS, configuration_id="city-pass").scope == "city-pass"


def test_a_document_comes_in_any_form(tmp_path: Path) -> None:
    raw = octets(PASS)
    file = tmp_path / "pass.json"
    file.write_bytes(raw)
    assert from_type_metadata(raw).type_documents == (raw,)
    assert from_type_metadata(file) == from_type_metadata(raw)
    named = from_type_metadata(PASS["vct"], types=known_types().adding([raw]))
    assert named == from_type_metadata(raw)
    (written,) = from_type_metadata(PASS).type_documents
    assert json.loads(written) == PASS


def test_the_nl_pid_is_what_its_document_says() -> None:
    made = from_type_metadata(
        NL_PID, configuration_id="nl-pid", batch_size=10, attestation_qualification="PuB-EAA"
    )
    assert set(made.disclosable) == set(pid_configuration().disclosable)


# Issued by it -------------------------------------------------------------------------------------


def test_what_is_issued_is_disclosable_as_the_document_says(open_desk: Callable[..., Any]) -> None:
    desk = open_desk()
    issuer = desk.another(configurations=[from_type_metadata(PASS)], types=None)
    issued = verify_sd_jwt_vc(
        issuer.issue(PASS["vct"], CLAIMS, PrivateKey.generate().public),
        issuer_key=X5cIssuer((desk.root.certificate,)),
        now=desk.clock.now(),
        profile=HAIP_1_0,
    )
    assert issued.disclosable_paths() == {("number",), ("sports",), ("sports", 0), ("sports", 1)}
    assert issued.claims["town"] == "Leiden"
    assert issued.claims["vct#integrity"] == integrity_of(from_type_metadata(PASS).type_documents[0])


@pytest.mark.req("C-21")
@pytest.mark.parametrize("missing", ["number", "town"])
def test_a_mandatory_claim_is_needed(missing: str, open_desk: Callable[..., Any]) -> None:
    issuer = open_desk().another(configurations=[from_type_metadata(PASS)], types=None)
    claims = {name: value for name, value in CLAIMS.items() if name != missing}
    with pytest.raises(LocalError, match="mandatory") as caught:
        issuer.offer(PASS["vct"], claims)
    assert (caught.value.code, caught.value.pointer) == ("invalid_claims", f"/{missing}")


def test_claims_that_the_issuer_adds_itself_may_be_described(open_desk: Callable[..., Any]) -> None:
    added = ("vct", "iss", "iat", "exp", "cnf", "status")
    more = [{"path": [name], "mandatory": True, "sd": "never"} for name in added]
    issuer = open_desk().another(
        configurations=[from_type_metadata(changed(claims=PASS["claims"] + more))], types=None
    )
    assert issuer.offer(PASS["vct"], CLAIMS)


# Extending ----------------------------------------------------------------------------------------


def extending(parent: bytes, **members: Any) -> dict[str, Any]:
    return {"vct": "urn:example:pass:leiden:1", "extends": PASS["vct"], **members} | (
        {"extends#integrity": integrity_of(parent)} if parent else {}
    )


@pytest.mark.req("C-19", "C-20")
def test_what_a_type_extends_is_in_the_configuration(open_desk: Callable[..., Any]) -> None:
    parent = octets(PASS)
    child = extending(
        parent, claims=[{"path": ["discount"], "sd": "never"}, {"path": ["sports"], "sd": "never"}]
    )
    made = from_type_metadata(child, types=known_types().adding([parent]))
    assert made.disclosable == (("number",), ("sports", None))
    assert [json.loads(each)["vct"] for each in made.type_documents] == [child["vct"], PASS["vct"]]
    issuer = open_desk().another(configurations=[made], types=None)
    assert len(issuer.type_metadata(made.id) or ()) == 2
    with pytest.raises(LocalError, match="mandatory"):
        issuer.offer(made.id, {"discount": 5})


@pytest.mark.req("C-19")
def test_what_is_extended_must_be_known() -> None:
    with pytest.raises(InvalidTypeMetadata) as caught:
        from_type_metadata(extending(b""))
    assert caught.value.pointer == "/extends"


@pytest.mark.req("C-18")
def test_what_is_extended_must_have_the_hash_that_is_said() -> None:
    with pytest.raises(InvalidTypeMetadata) as caught:
        from_type_metadata(extending(b"another"), types=known_types().adding([octets(PASS)]))
    assert caught.value.pointer == "/extends#integrity"


@pytest.mark.req("C-20")
def test_what_is_extended_cannot_be_taken_back() -> None:
    parent = octets(PASS)
    for claim in ({"path": ["number"], "sd": "never"}, {"path": ["town"], "mandatory": False}):
        with pytest.raises(InvalidTypeMetadata) as caught:
            from_type_metadata(extending(parent, claims=[claim]), types=known_types().adding([parent]))
        assert caught.value.pointer == "/claims"


# Wrong documents and wrong calls ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({}, "/vct"),
        ({"vct": 5}, "/vct"),
        ({"vct": "two words"}, "/vct"),
        (changed(display=[{"name": "x"}]), "/display/0"),
        (changed(claims=[{"path": ["a"]}, {"path": []}]), "/claims/1/path"),
        (changed(claims=[{"path": ["a"], "sd": "sometimes"}]), "/claims/0/sd"),
        (changed(claims=[{"path": ["a"], "mandatory": "yes"}]), "/claims/0/mandatory"),
        (changed(claims=[{"path": ["vct"], "sd": "always"}]), "/claims/0"),
        (changed(extends=PASS["vct"]), "/extends"),
        ({**PASS, "vct": NL_PID}, "/vct"),
        (b"{", ""),
        (b'{"vct":"a","vct":"b"}', ""),
    ],
)
def test_a_wrong_document_is_refused_with_the_place(document: Any, pointer: str) -> None:
    with pytest.raises(InvalidTypeMetadata) as caught:
        from_type_metadata(document)
    assert caught.value.pointer == pointer
    assert caught.value.spec


def test_a_document_has_bounds() -> None:
    claims = [{"path": [f"claim{number}"]} for number in range(513)]
    with pytest.raises(LimitExceeded):
        from_type_metadata(changed(claims=claims))


def test_wrong_calls(tmp_path: Path) -> None:
    for call, text in (
        (lambda: from_type_metadata("urn:example:unknown"), "no metadata"),
        (lambda: from_type_metadata(tmp_path / "missing.json"), "cannot be read"),
        (lambda: from_type_metadata(changed(name={1, 2})), "no JSON"),
        (lambda: from_type_metadata(changed(size=float("nan"))), "no JSON"),
        (lambda: from_type_metadata(changed(name="\ud800")), "no JSON"),
        (lambda: from_type_metadata(PASS, in_the_clear=[("number",)]), "in the clear"),
        (lambda: from_type_metadata(PASS, scope="two words"), "no scope"),
        (lambda: from_type_metadata(PASS, configuration_id=""), "has an id"),
        (lambda: from_type_metadata(PASS, batch_size=0), "has at least one"),
    ):
        with pytest.raises(LocalError, match=text):
            call()


@pytest.mark.parametrize("scope", ["", "a b", 'a"b', "a\\b", "é", "a\n"])
def test_a_scope_is_one_word_of_ascii(scope: str) -> None:
    with pytest.raises(LocalError, match="no scope") as caught:
        CredentialConfiguration("pass", "urn:example:pass", scope, ())
    assert caught.value.spec == "RFC 6749 §3.3"


def test_two_documents_of_one_type_do_not_go_together(open_desk: Callable[..., Any]) -> None:
    other = from_type_metadata(changed(name="another"), configuration_id="other")
    with pytest.raises(NlWalletError, match="two documents describe one type"):
        open_desk().another(configurations=[from_type_metadata(PASS), other], types=None)


def test_a_registry_tells_its_types() -> None:
    assert TypeMetadataRegistry([octets(PASS)]).types == (PASS["vct"],)


# The function that knows people -------------------------------------------------------------------


def knows(person: str) -> dict[str, Any] | None:
    return {"frouke": CLAIMS, "yusuf": {**CLAIMS, "number": None}, "jip": None}.get(person)


class Knows:
    def __call__(self, person: str, verbose: bool = False) -> Mapping[str, Any] | None:
        assert verbose is False
        return knows(person)


@pytest.mark.parametrize(
    "attributes",
    [knows, Knows(), lambda person, id_: knows(person) if id_ == PASS["vct"] else None, lambda *a: knows(*a)],
)
def test_attributes_are_a_function_of_a_person_and_perhaps_of_the_configuration(
    attributes: Any, open_desk: Callable[..., Any]
) -> None:
    desk = open_desk()
    issuer = desk.another(configurations=[from_type_metadata(PASS)], types=None, attributes=attributes)
    offered = issuer.offer_to("frouke", tx_code=True)
    assert offered.offer.credential_configuration_ids == (PASS["vct"],)
    assert offered.tx_code
    with pytest.raises(LocalError) as caught:
        issuer.offer_to("jip")
    assert caught.value.code == "no_such_card"


def test_an_offer_to_a_person_names_what_there_is(open_desk: Callable[..., Any]) -> None:
    desk = open_desk()
    second = changed(vct="urn:example:pass:2")
    issuer = desk.another(
        configurations=[from_type_metadata(PASS), from_type_metadata(second)], types=None, attributes=knows
    )
    with pytest.raises(LocalError, match="say what to offer"):
        issuer.offer_to("frouke")
    with pytest.raises(LocalError, match="no credential configuration"):
        issuer.offer_to("frouke", "urn:example:pass:3")
    both = issuer.offer_to("frouke", PASS["vct"], second["vct"])
    assert both.offer.credential_configuration_ids == (PASS["vct"], second["vct"])
    with pytest.raises(LocalError, match="no authorization code grant"):
        issuer.invite(PASS["vct"])


def test_wrong_functions(open_desk: Callable[..., Any]) -> None:
    def another(**parts: Any) -> Any:
        return open_desk().another(configurations=[from_type_metadata(PASS)], types=None, **parts)

    with pytest.raises(LocalError, match="knows no people"):
        another().offer_to("frouke")
    for function in (lambda: CLAIMS, lambda a, b, c: CLAIMS, "frouke"):
        with pytest.raises(LocalError, match="no function of a person"):
            another(attributes=function)
    with pytest.raises(LocalError, match="as a dictionary"):
        another(attributes=lambda person: "number 42").offer_to("frouke")
    with pytest.raises(LocalError, match="mandatory"):
        another(attributes=lambda person: {"number": "42"}).offer_to("frouke")
    with pytest.raises(LocalError, match="login needs attributes"):
        another(login={"frouke": "Frouke"})
