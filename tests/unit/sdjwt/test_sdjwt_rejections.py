"""Every "MUST be rejected" of RFC 9901 §7.1, and the hostile inputs against it."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from sdjwt_forge import (
    CNF,
    HOLDER,
    ISSUER,
    NOW,
    STRANGER,
    TYP,
    b64url,
    digest_of,
    disclosure,
    forged,
    hidden,
    refused,
    signed,
    verify,
)

from nlwallet.crypto import PrivateKey
from nlwallet.errors import (
    AlgorithmNotAllowed,
    InvalidSdJwt,
    InvalidSignature,
    LimitExceeded,
    MalformedInput,
    OutsideValidity,
)

NAME = disclosure("salt", "given_name", "Frouke")
ELEMENT = disclosure("salt", "NL")


# The issuer's signature -------------------------------------------------------------------------------


@pytest.mark.req("S-04", "S-17", "ADV-064")
@pytest.mark.parametrize("alg", ["none", "None", "nOnE", None, 5, ["ES256"]])
def test_an_unsigned_one_is_refused(alg: Any) -> None:
    header = b64url(json.dumps({"alg": alg, "typ": TYP}).encode())
    refused(f"{header}.{b64url(b'{}')}.~", AlgorithmNotAllowed, pointer="/header/alg")


@pytest.mark.req("S-17", "ADV-065")
def test_hmac_with_the_public_key_is_refused() -> None:
    signing_input = f"{b64url(json.dumps({'alg': 'HS256', 'typ': TYP}).encode())}.{b64url(b'{}')}"
    for secret in (ISSUER.public.pem(), json.dumps(ISSUER.public.jwk()).encode()):
        mac = hmac.new(secret, signing_input.encode(), hashlib.sha256).digest()
        refused(f"{signing_input}.{b64url(mac)}~", AlgorithmNotAllowed)
        refused(
            f"{signing_input}.{b64url(mac)}~", AlgorithmNotAllowed, algorithms=frozenset({"HS256", "ES256"})
        )


@pytest.mark.req("S-17", "ADV-069")
def test_a_signature_of_another_key_is_refused() -> None:
    refused(forged({"a": 1}, key=STRANGER), InvalidSignature)


@pytest.mark.req("S-17")
def test_an_algorithm_that_is_not_on_the_list_is_refused() -> None:
    other = PrivateKey.generate("P-384")
    refused(forged({}, key=other), AlgorithmNotAllowed, issuer_key=other.public)
    assert verify(forged({"a": 1}, key=other), issuer_key=other.public, algorithms={"ES384"}).claims == {
        "a": 1
    }


@pytest.mark.req("ADV-066")
@pytest.mark.parametrize("kind", ["zeros", "der", "short", "long", "empty"])
def test_a_signature_of_another_form_is_refused(kind: str) -> None:
    signing_input = signed({"a": 1}).rpartition(".")[0]
    raw = ISSUER.sign(signing_input.encode())
    made = {
        "zeros": bytes(64),
        "der": encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:])),
        "short": raw[:63],
        "long": raw + b"\0",
        "empty": b"",
    }[kind]
    refused(f"{signing_input}.{b64url(made)}~", InvalidSignature)


@pytest.mark.req("S-32")
def test_the_signature_is_checked_whatever_is_disclosed() -> None:
    header, _, signature = signed({**hidden(NAME)}).split(".")
    changed = b64url(json.dumps({**hidden(NAME), "admin": True}).encode())
    refused(f"{header}.{changed}.{signature}~{NAME}~", InvalidSignature)
    refused(f"{header}.{changed}.{signature}~", InvalidSignature)


@pytest.mark.req("S-34")
def test_the_explicit_type_is_checked() -> None:
    error = refused(forged({}, typ="JWT"), MalformedInput, typ={TYP})
    assert error.pointer == "/header/typ"
    assert verify(forged({}), typ={TYP}).claims == {}


@pytest.mark.req("ADV-099")
@pytest.mark.parametrize("member", [{"crit": ["b64"], "b64": False}, {"b64": False}, {"crit": []}])
def test_critical_and_unencoded_headers_are_refused(member: dict[str, Any]) -> None:
    refused(forged({}, **member), MalformedInput)


# Disclosures against digests --------------------------------------------------------------------------


@pytest.mark.req("S-18", "ADV-080")
@pytest.mark.parametrize("content", [("salt", "NL"), ("salt",), ("salt", "name", "value", "more"), ()])
def test_a_disclosure_for_an_object_has_three_elements(content: tuple[Any, ...]) -> None:
    wrong = disclosure(*content)
    refused(forged(hidden(wrong), wrong), InvalidSdJwt, pointer="/disclosures/0")


@pytest.mark.req("S-21", "ADV-080")
@pytest.mark.parametrize("content", [("salt", "name", "value"), ("salt",), ("salt", "a", "b", "c")])
def test_a_disclosure_for_an_array_has_two_elements(content: tuple[Any, ...]) -> None:
    wrong = disclosure(*content)
    refused(forged({"a": [{"...": digest_of(wrong)}]}, wrong), InvalidSdJwt, pointer="/disclosures/0")


@pytest.mark.req("S-19", "ADV-078")
@pytest.mark.parametrize("name", ["_sd", "..."])
def test_a_disclosure_with_a_reserved_name_is_refused(name: str) -> None:
    wrong = disclosure("salt", name, ["x"])
    refused(forged(hidden(wrong), wrong), InvalidSdJwt, spec="RFC 9901 §7.1(3.3.2.2)")
    nested = disclosure("salt2", "address", hidden(wrong))
    refused(forged(hidden(nested), nested, wrong), InvalidSdJwt, spec="RFC 9901 §7.1(3.3.2.2)")


@pytest.mark.req("S-20", "ADV-079")
@pytest.mark.parametrize("name", ["iss", "vct", "cnf", "given_name"])
def test_a_disclosure_does_not_replace_a_claim(name: str) -> None:
    wrong = disclosure("salt", name, "other")
    refused(
        forged({name: "mine", **hidden(wrong)}, wrong),
        InvalidSdJwt,
        spec="RFC 9901 §7.1(3.3.2.3)",
        pointer=f"/{name}",
    )


@pytest.mark.req("S-20")
def test_two_disclosures_do_not_take_one_name() -> None:
    again = disclosure("salt2", "given_name", "Douwe")
    refused(forged(hidden(NAME, again), NAME, again), InvalidSdJwt, spec="RFC 9901 §7.1(3.3.2.3)")


@pytest.mark.req("S-06", "S-22", "ADV-077")
@pytest.mark.parametrize(
    "payload",
    [
        {"_sd": [digest_of(NAME)] * 2},
        {**hidden(NAME), "address": hidden(NAME)},
        {"a": hidden(NAME), "b": hidden(NAME)},
        {"a": [{"...": digest_of(ELEMENT)}, {"...": digest_of(ELEMENT)}]},
        {**hidden(ELEMENT), "a": [{"...": digest_of(ELEMENT)}]},
        {"_sd": ["decoy", "decoy"]},
    ],
)
@pytest.mark.parametrize("sent", [(), (NAME,), (ELEMENT,)])
def test_a_digest_that_is_there_twice_is_refused(payload: dict[str, Any], sent: tuple[str, ...]) -> None:
    refused(forged(payload, *sent), InvalidSdJwt, spec="" if sent else "RFC 9901 §7.1(4)")


@pytest.mark.req("S-22", "ADV-077")
def test_a_digest_in_the_payload_and_in_a_disclosure_is_refused() -> None:
    address = disclosure("salt2", "address", hidden(NAME))
    refused(forged(hidden(NAME, address), address), InvalidSdJwt, spec="RFC 9901 §7.1(4)")
    one, two = disclosure("s1", "one", hidden(NAME)), disclosure("s2", "two", hidden(NAME))
    refused(forged(hidden(one, two), one, two), InvalidSdJwt, spec="RFC 9901 §7.1(4)")
    # While the second stays withheld nobody can see that its digest is there twice.
    assert verify(forged(hidden(one, two), one)).claims == {"one": {}}


@pytest.mark.req("S-23", "ADV-075")
def test_a_disclosure_without_a_digest_is_refused() -> None:
    error = refused(forged({**hidden(NAME)}, NAME, ELEMENT), InvalidSdJwt, spec="RFC 9901 §7.1(5)")
    assert error.pointer == "/disclosures/1"
    refused(forged({"a": 1}, NAME), InvalidSdJwt)


@pytest.mark.req("S-23", "ADV-074")
def test_a_changed_disclosure_is_refused() -> None:
    changed = disclosure("salt", "given_name", "Mallory")
    refused(forged(hidden(NAME), changed), InvalidSdJwt, saying="belongs to no digest")


@pytest.mark.req("S-03", "ADV-076")
def test_the_same_disclosure_twice_is_refused() -> None:
    error = refused(forged(hidden(NAME), NAME, NAME), InvalidSdJwt, saying="twice")
    assert error.pointer == "/disclosures/0"


@pytest.mark.req("S-14", "ADV-093")
def test_a_nested_disclosure_needs_its_parent() -> None:
    street = disclosure("s", "street", "Grote Markt")
    address = disclosure("s2", "address", hidden(street))
    text = signed(hidden(address))
    error = refused(f"{text}~{street}~", InvalidSdJwt, spec="RFC 9901 §7.1(5)")
    assert "parent" in error.hint
    assert verify(f"{text}~{street}~{address}~").claims == {"address": {"street": "Grote Markt"}}


@pytest.mark.req("S-10", "ADV-085")
@pytest.mark.parametrize("wrong", ["decoded bytes", "hexadecimal", "standard base64", "padded"])
def test_a_digest_made_in_another_way_matches_nothing(wrong: str) -> None:
    right = hashlib.sha256(NAME.encode()).digest()
    made = {
        "decoded bytes": b64url(
            hashlib.sha256(json.dumps(["salt", "given_name", "Frouke"]).encode()).digest()
        ),
        "hexadecimal": right.hex(),
        "standard base64": b64url(right).replace("-", "+").replace("_", "/") + "=",
        "padded": b64url(right) + "=",
    }[wrong]
    refused(forged({"_sd": [made]}, NAME), InvalidSdJwt, saying="belongs to no digest")


@pytest.mark.req("S-08", "ADV-081")
@pytest.mark.parametrize(
    "encoded",
    [
        b64url(b"not json"),
        b64url(b'{"a": 1}'),
        b64url(b'"text"'),
        b64url(b'["salt", "name", "\xff"]'),
        b64url(b'["salt", "name", "\\ud800"]'),
        b64url(b'\xef\xbb\xbf["salt", "name", "value"]'),
        b64url(b'[1, "name", "value"]'),
        b64url(b'[null, "name", "value"]'),
        b64url(b'["salt", 5, "value"]'),
        b64url(b'["salt", "name", NaN]'),
        b64url(b'["salt", "name", 1e999]'),
        b64url(b'["salt", "name", {"a": 1, "a": 2}]'),
        b64url(b'["salt", "name", {"a" : 1, "b":2, "a" : 2}]'),
        disclosure("salt", "x", "?>?") + "=",
        "WyJzYWx0IiwgIm4iLCAiPz4/Il0",
        "W",
        "é",
    ],
)
def test_a_disclosure_that_cannot_be_read_is_refused(encoded: str) -> None:
    digest = b64url(hashlib.sha256(encoded.encode()).digest())
    refused(forged({"_sd": [digest]}, encoded), InvalidSdJwt)


@pytest.mark.req("S-05", "S-12", "ADV-082")
@pytest.mark.parametrize(
    "payload",
    [
        {"_sd": "text"},
        {"_sd": {"a": 1}},
        {"_sd": None},
        {"_sd": ["x", 7]},
        {"_sd": [["x"]]},
        {"_sd": [None]},
        {"a": [{"...": "digest", "x": 1}]},
        {"a": [{"...": 5}]},
        {"a": [{"...": ["x"]}]},
        {"a": [{"...": None}]},
        {"...": "digest"},
        {"a": {"...": "digest"}},
        {"a": [[{"_sd": "text"}]]},
        {"a": {"_sd_alg": "sha-256"}},
    ],
)
def test_digests_in_another_shape_are_refused(payload: dict[str, Any]) -> None:
    refused(forged(payload), InvalidSdJwt)
    outer = disclosure("salt", "outer", payload)
    refused(forged(hidden(outer), outer), InvalidSdJwt)


@pytest.mark.req("S-07", "S-17", "S-37", "ADV-083")
@pytest.mark.parametrize(
    "name",
    ["sha-256-32", "sha-256-128", "md5", "sha-1", "SHA-256", "sha256", "Sha-512", "", None, 256, ["sha-256"]],
)
def test_an_unknown_or_weak_hash_is_refused(name: Any) -> None:
    error = refused(forged({"_sd_alg": name, "a": 1}), InvalidSdJwt, pointer="/payload/_sd_alg")
    assert "sha-256" in error.hint


@pytest.mark.req("S-07", "ADV-083")
def test_sd_alg_counts_at_the_top_level_only() -> None:
    refused(forged({"a": {"_sd_alg": "sha-512"}}), InvalidSdJwt)
    outside = disclosure("salt", "_sd_alg", "sha-512")
    refused(forged(hidden(outside), outside), InvalidSdJwt)


@pytest.mark.req("S-07", "ADV-084")
@pytest.mark.parametrize("name", [None, "sha-256", "sha-384", "sha-512"])
def test_the_strong_hashes_are_read_and_sha_256_is_the_default(name: str | None) -> None:
    member = {} if name is None else {"_sd_alg": name}
    digest = digest_of(NAME, (name or "sha-256").replace("-", ""))
    sd_jwt = verify(forged({"_sd": [digest], **member}, NAME))
    assert sd_jwt.claims == {"given_name": "Frouke"}
    assert sd_jwt.hash_algorithm == (name or "sha-256")


# Validity ---------------------------------------------------------------------------------------------


@pytest.mark.req("S-24", "ADV-088")
@pytest.mark.parametrize(
    ("claims", "leeway", "error"),
    [
        ({"exp": NOW + 1}, 0, None),
        ({"exp": NOW}, 0, OutsideValidity),
        ({"exp": NOW - 9}, 10, None),
        ({"exp": NOW - 10}, 10, OutsideValidity),
        ({"nbf": NOW}, 0, None),
        ({"nbf": NOW + 1}, 0, OutsideValidity),
        ({"nbf": NOW + 10}, 10, None),
        ({"nbf": NOW + 11}, 10, OutsideValidity),
        ({"exp": NOW + 0.5}, 0, None),
        ({"iat": NOW + 1000}, 0, None),
    ],
)
def test_the_boundaries_of_validity(claims: dict[str, Any], leeway: int, error: Any) -> None:
    if error is None:
        assert verify(forged(claims), leeway=leeway).claims == claims
    else:
        refused(forged(claims), error, leeway=leeway)


@pytest.mark.req("S-24", "ADV-089")
@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
@pytest.mark.parametrize(
    "value", ['"1900000000"', "-1", "null", "true", "9223372036854775808", "18446744073709551616", "[]", "{}"]
)
def test_a_time_that_is_no_date_is_refused(name: str, value: str) -> None:
    refused(forged(f'{{"{name}":{value}}}'.encode()), InvalidSdJwt, pointer=f"/payload/{name}")


@pytest.mark.req("ADV-089")
@pytest.mark.parametrize("value", ["1e400", "NaN", "Infinity", "-Infinity"])
def test_a_number_that_json_does_not_have_is_refused(value: str) -> None:
    refused(forged(f'{{"exp":{value}}}'.encode()), MalformedInput)


@pytest.mark.req("S-24")
@pytest.mark.parametrize("aud", ["https://other.example", ["https://other.example"], [], None, 5, {}])
def test_an_sd_jwt_for_another_audience_is_refused(aud: Any) -> None:
    refused(forged({"aud": aud}), InvalidSdJwt, audience="https://me.example", pointer="/payload/aud")


@pytest.mark.req("S-24")
def test_an_sd_jwt_with_an_audience_needs_to_know_who_verifies() -> None:
    for aud in ("https://me.example", ["https://other.example", "https://me.example"]):
        assert verify(forged({"aud": aud}), audience="https://me.example").claims == {"aud": aud}
        refused(forged({"aud": aud}), InvalidSdJwt)


@pytest.mark.req("S-24", "ADV-087")
def test_a_required_validity_claim_that_is_withheld_is_missed() -> None:
    wrapped = disclosure("salt", "exp", NOW + 9)
    refused(forged(hidden(wrapped)), InvalidSdJwt, required_claims={"exp"}, pointer="/payload/exp")
    refused(forged({"iss": "x"}), InvalidSdJwt, required_claims={"exp", "iss"}, pointer="/payload/exp")
    assert verify(forged({"exp": NOW + 9}), required_claims={"exp"}).claims == {"exp": NOW + 9}


@pytest.mark.req("S-31", "ADV-086")
@pytest.mark.parametrize("name", ["iss", "aud", "exp", "nbf", "cnf"])
def test_a_validity_claim_as_disclosure_is_refused(name: str) -> None:
    value = {"iss": "x", "aud": "x", "exp": NOW + 9, "nbf": NOW - 9, "cnf": CNF["cnf"]}[name]
    wrong = disclosure("salt", name, value)
    refused(forged(hidden(wrong), wrong), InvalidSdJwt, spec="RFC 9901 §9.7")
    part = disclosure("salt", "jwk", HOLDER.public.jwk())
    refused(forged({"cnf": hidden(part)}, part), InvalidSdJwt, spec="RFC 9901 §9.7")


@pytest.mark.parametrize("cnf", ["text", [], 7, {"jwk": "x"}, {"jwk": {"kty": "EC"}}, {"jwk": []}])
def test_a_cnf_that_holds_no_key_is_refused(cnf: Any) -> None:
    with pytest.raises((InvalidSdJwt, MalformedInput, AlgorithmNotAllowed)):
        verify(forged({"cnf": cnf}))


# Robustness -------------------------------------------------------------------------------------------


def nested(levels: int, *, arrays: bool) -> str:
    """Recursive Disclosures, one in the other."""
    value: Any = 1
    sent = []
    for number in range(levels):
        each = disclosure(str(number), value) if arrays else disclosure(str(number), "n", value)
        sent.append(each)
        value = [{"...": digest_of(each)}] if arrays else hidden(each)
    return forged({"top": value}, *sent)


@pytest.mark.req("ADV-094")
@pytest.mark.parametrize("arrays", [True, False])
@pytest.mark.parametrize("levels", [33, 1_000, 10_000])
def test_recursive_disclosures_end_at_the_depth_limit(levels: int, arrays: bool) -> None:
    refused(nested(levels, arrays=arrays), LimitExceeded)
    assert len(verify(nested(30, arrays=arrays)).disclosures) == 30


@pytest.mark.req("ADV-094")
@pytest.mark.parametrize("levels", [40, 300, 1_000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_json_that_nests_deeper_than_the_limit_is_refused(levels: int, opening: str, closing: str) -> None:
    deep = opening * levels + "1" + closing * levels
    refused(forged(f'{{"a":{deep}}}'.encode()), LimitExceeded)
    inside = b64url(f'["salt","a",{deep}]'.encode())
    refused(forged(hidden(inside), inside), LimitExceeded)


@pytest.mark.req("ADV-096")
@pytest.mark.parametrize(
    "payload",
    [
        b'{"vct":"a","vct":"b"}',
        b'{"vct": "a", "vct": "b"}',
        b'{"vct":"a","vct" :"b"}',
        b'{"vct":"a", "b":{"x":1,"x":2}}',
        b'{"vct":"a","v\\u0063t":"b"}',
        b'{"x":":\\":","vct":"a","vct":"b"}',
        b'{"a":[{"x":1,\n"x"\t:2}]}',
    ],
)
def test_a_member_that_is_named_twice_is_refused(payload: bytes) -> None:
    refused(forged(payload), MalformedInput, saying="twice")


@pytest.mark.parametrize(
    "payload",
    [
        b'{"x":"\\":\\" : ","y" : {"x":1}}',
        b'{ "a" : 1 , "b" : [ { "a" : 1 } ] }',
        b'{"caf\\u00e9":"\\u00e9"}',
        b"{}",
    ],
)
def test_unusual_white_space_and_escapes_are_read(payload: bytes) -> None:
    assert verify(forged(payload)).claims == json.loads(payload)


@pytest.mark.req("ADV-097")
def test_strange_names_and_values_stay_what_they_are() -> None:
    strange = {
        "__proto__": {"admin": True},
        "constructor": 1,
        "\u0000": "\u0000\u001b[31m",
        "é": "composed",
        "e\u0301": "decomposed",
        "": "empty",
        "a/b~c": "<script>",
        "\u202e": "\u202e",
    }
    sent = [disclosure(str(number), *item) for number, item in enumerate(strange.items())]
    assert verify(forged(hidden(*sent), *sent)).claims == strange


@pytest.mark.req("ADV-097")
@pytest.mark.parametrize(
    "payload", [b'{"a":"\\ud800"}', b'\xef\xbb\xbf{"a":1}', b'{"a":"\xff"}', b"[1]", b"1", b""]
)
def test_a_payload_that_is_no_json_object_in_utf_8_is_refused(payload: bytes) -> None:
    refused(forged(payload), MalformedInput)
