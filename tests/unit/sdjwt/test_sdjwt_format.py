"""The serializations: order, separators, bounds, compact and JSON (RFC 9901 §4, §8)."""

from __future__ import annotations

from typing import Any

import pytest
from sdjwt_forge import (
    AUDIENCE,
    BOUND,
    CNF,
    ES256,
    HOLDER,
    NONCE,
    NOW,
    STRANGER,
    TYP,
    bound,
    disclosure,
    forged,
    hidden,
    refused,
    signed,
    verify,
)

from nlwallet.crypto import parse_jws
from nlwallet.errors import InvalidKeyBinding, InvalidSdJwt, LimitExceeded, LocalError, MalformedInput
from nlwallet.sdjwt import UnverifiedSdJwt, add_signature

NAME = disclosure("salt", "name", "Frouke")
TOWN = disclosure("salt2", "town", "Sneek")
WHOLE = forged({**hidden(NAME, TOWN), **CNF}, NAME, TOWN)


@pytest.mark.req("S-01")
def test_the_parts_stand_in_the_order_of_the_specification() -> None:
    token = UnverifiedSdJwt.parse(bound(WHOLE))
    assert token.disclosures == (NAME, TOWN)
    assert token.issuer_jwt + "~" + NAME + "~" + TOWN + "~" == token.presentation
    assert token.key_binding_jwt is not None
    assert token.compact() == bound(WHOLE)[: len(token.presentation)] + token.key_binding_jwt


@pytest.mark.req("S-01", "ADV-092")
@pytest.mark.parametrize(
    "text",
    [
        WHOLE.partition("~")[0],
        "",
        WHOLE.replace("~", "~~", 1),
        WHOLE + "~",
        "~" + WHOLE,
        WHOLE[:-1],
        WHOLE + " ",
        WHOLE + "\n",
        WHOLE.replace("~", "~ ", 1),
        WHOLE.replace("~", "\n~", 1),
        WHOLE.replace(".", "..", 1),
        "a.b." + WHOLE,
        WHOLE.replace("~", "~\u00e9", 1),
        WHOLE.replace("~", "~\ud800", 1),
    ],
    ids=[f"damage-{number}" for number in range(14)],  # the texts differ in each process
)
def test_a_text_that_is_not_exactly_an_sd_jwt_is_refused(text: str) -> None:
    with pytest.raises((InvalidSdJwt, MalformedInput)):
        verify(text)


def test_a_text_cut_off_anywhere_is_refused() -> None:
    for length in range(0, len(WHOLE), 7):
        with pytest.raises((InvalidSdJwt, MalformedInput, InvalidKeyBinding)):
            verify(WHOLE[:length])


@pytest.mark.req("S-02", "S-26")
def test_who_expects_an_sd_jwt_refuses_one_with_key_binding() -> None:
    refused(bound(WHOLE), InvalidSdJwt, saying="key binding JWT", spec="RFC 9901 §7.2")


@pytest.mark.req("S-02")
def test_who_expects_key_binding_wants_a_kb_jwt_as_the_last_part() -> None:
    refused(WHOLE + "x.y.z", InvalidKeyBinding, key_binding=BOUND)
    assert verify(bound(WHOLE), key_binding=BOUND).claims["name"] == "Frouke"


@pytest.mark.req("ADV-095")
@pytest.mark.parametrize(
    "text",
    [
        forged({}, *["WyJhIl0"] * 10_000),
        forged({}, *["WyJhIl0"] * 100_000),
        forged(hidden(big := disclosure("s", "photo", "x" * 1_000_000)), big),
        forged(hidden(large := disclosure("s", "photo", "x" * 400_000)), large),
        forged({"x": "y" * 2_000_000}),
    ],
    ids=[
        "10 000 Disclosures",
        "100 000 Disclosures",
        "a Disclosure of 1 MB",
        "one over half a MiB",
        "2 MB payload",
    ],
)
def test_more_than_the_documented_limits_is_refused(text: str) -> None:
    refused(text, LimitExceeded)


@pytest.mark.req("ADV-095")
def test_as_many_digests_as_fit_into_a_message_are_read() -> None:
    digests = [disclosure("salt", number)[:43].ljust(43, "A") for number in range(15_000)]
    unique = [f"{number:0>5}{digest[5:]}" for number, digest in enumerate(digests)]
    assert verify(forged({"_sd": unique, "a": 1})).claims == {"a": 1}


# JSON -------------------------------------------------------------------------------------------------


@pytest.mark.req("S-36")
@pytest.mark.parametrize("form", ["flattened", "general"])
def test_json_and_compact_are_one_sd_jwt(form: str) -> None:
    token = UnverifiedSdJwt.parse(bound(WHOLE))
    written = token.json_flattened() if form == "flattened" else token.json_general()
    read = UnverifiedSdJwt.from_json(written)
    assert read.compact() == token.compact()
    header = written["header"] if form == "flattened" else written["signatures"][0]["header"]
    assert header == {"disclosures": [NAME, TOWN], "kb_jwt": token.key_binding_jwt}
    assert verify(read.compact(), key_binding=BOUND).claims["town"] == "Sneek"


@pytest.mark.req("S-36")
def test_several_issuers_sign_one_payload() -> None:
    token = add_signature(
        UnverifiedSdJwt.parse(WHOLE), STRANGER, typ=TYP, header={"x": 1}, unprotected={"kid": "2"}
    )
    written = token.json_general()
    first, second = written["signatures"]
    assert set(first["header"]) == {"disclosures"}
    assert second["header"] == {"kid": "2"}
    read = UnverifiedSdJwt.from_json(written)
    (jwt,) = read.further_issuer_jwts()
    jws = parse_jws(jwt, typ={TYP}, algorithms=ES256, what="second")
    jws.verify(STRANGER.public)
    assert jws.payload == token.payload_octets()
    assert read.json_general() == written
    with pytest.raises(LocalError):
        add_signature(token, STRANGER, typ=TYP, unprotected={"disclosures": []})


@pytest.mark.req("S-36")
def test_sd_hash_is_computed_over_the_compact_form() -> None:
    flattened = UnverifiedSdJwt.parse(bound(WHOLE)).json_flattened()
    flattened["header"]["disclosures"].pop()
    token = UnverifiedSdJwt.from_json(flattened)
    error = refused(token.compact(), InvalidKeyBinding, key_binding=BOUND)
    assert error.pointer == "/key_binding/payload/sd_hash"


FLAT = UnverifiedSdJwt.parse(WHOLE).json_flattened()
GENERAL = UnverifiedSdJwt.parse(WHOLE).json_general()
ENTRY = GENERAL["signatures"][0]


@pytest.mark.req("S-36", "ADV-098")
@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        (None, ""),
        ([], ""),
        ("text", ""),
        (7, ""),
        ({}, "/payload"),
        ({**FLAT, "payload": 1}, "/payload"),
        ({**FLAT, "protected": None}, ""),
        ({**FLAT, "header": "x"}, "/header"),
        ({**FLAT, "header": {"disclosures": "x"}}, "/header/disclosures"),
        ({**FLAT, "header": {"disclosures": [1]}}, "/header/disclosures"),
        ({**FLAT, "header": {"disclosures": [""]}}, "/header/disclosures"),
        ({**FLAT, "header": {"kb_jwt": 1}}, "/header/kb_jwt"),
        ({**FLAT, "header": {"disclosures": [NAME + "~" + TOWN]}}, ""),
        ({**FLAT, "signatures": [ENTRY]}, "/signatures"),
        ({**GENERAL, "signatures": []}, "/signatures"),
        ({**GENERAL, "signatures": {}}, "/signatures"),
        ({**GENERAL, "signatures": [1]}, "/signatures/0"),
        ({**GENERAL, "signatures": [ENTRY, ENTRY]}, "/signatures/1/header"),
        ({**GENERAL, "signatures": [ENTRY, {**ENTRY, "header": {"kb_jwt": "x"}}]}, "/signatures/1/header"),
    ],
)
def test_json_of_another_shape_is_refused(value: Any, pointer: str) -> None:
    with pytest.raises(InvalidSdJwt) as caught:
        UnverifiedSdJwt.from_json(value)
    assert caught.value.pointer == pointer
    assert caught.value.spec == "RFC 9901 §8"


def test_more_signatures_than_the_limit_are_refused() -> None:
    with pytest.raises(LimitExceeded):
        UnverifiedSdJwt.from_json({**GENERAL, "signatures": [ENTRY, *[{**ENTRY, "header": {}}] * 8]})


def test_nothing_of_a_token_shows_in_its_repr() -> None:
    verified = verify(WHOLE)
    shown = f"{UnverifiedSdJwt.parse(WHOLE)!r} {verified!r} {list(verified.disclosures.values())!r}"
    assert "Frouke" not in shown
    assert "salt" not in shown
    assert NAME not in shown


def test_a_presentation_can_be_made_of_a_verified_one_only() -> None:
    assert not hasattr(UnverifiedSdJwt.parse(WHOLE), "present")
    presented = verify(WHOLE).present([("name",)], holder_key=HOLDER, audience=AUDIENCE, nonce=NONCE, now=NOW)
    assert verify(presented, key_binding=BOUND).claims == {"name": "Frouke", **CNF}
    with pytest.raises(LocalError):
        verify(WHOLE).present([("name",)], holder_key=STRANGER, audience=AUDIENCE, nonce=NONCE, now=NOW)


def test_an_issuer_jwt_of_two_parts_has_no_json_form() -> None:
    with pytest.raises(InvalidSdJwt):
        UnverifiedSdJwt(signed({}).rpartition(".")[0]).json_flattened()
