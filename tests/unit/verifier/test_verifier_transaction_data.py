"""Transaction data, from the request to the authorised result (OpenID4VP 1.0 §5.1, §8.4, §B.3.3)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from nlwallet.encoding import b64url_decode, b64url_encode, parse_json
from nlwallet.errors import InvalidResponse, LocalError
from nlwallet.openid4vp import as_form, build_response
from nlwallet.profiles import OPENID4VP_1_0
from nlwallet.report import Outcome

PID = "urn:eudi:pid:nl:1"
ORIGIN = "https://cafe.example"
HASHES, ALG = "transaction_data_hashes", "transaction_data_hashes_alg"


def payment(*ids: str, amount: float = 12.5, **more: Any) -> dict[str, Any]:
    return {
        "type": "urn:eudi:sca:payment:1",
        "credential_ids": list(ids or ("pid",)),
        "payload": {
            "transaction_id": "8D8AC610",
            "amount": amount,
            "currency": "EUR",
            "payee": {"name": "Café De Vrije Val", "id": "NL00BANK0123456789"},
        },
        **more,
    }


def query(*ids: str, **more: Any) -> dict[str, Any]:
    return {
        "credentials": [
            {
                "id": one,
                "format": "dc+sd-jwt",
                "meta": {"vct_values": [PID]},
                "claims": [{"path": ["age_over_18"]}],
                **more,
            }
            for one in ids or ("pid",)
        ]
    }


def hashed(encoded: str, algorithm: str = "sha256") -> str:
    return b64url_encode(hashlib.new(algorithm, encoded.encode("ascii")).digest())


def ask(world: Any, *transactions: Mapping[str, Any], ids: tuple[str, ...] = ("pid",), **how: Any) -> Any:
    request = world.verifier.request(query(*ids), transaction_data=transactions, **how)
    return request, world.fetch(request)


def answer(world: Any, asked: Any, **claims: Mapping[str, Any]) -> int:
    """Post presentations whose key binding has these claims, by query id; the HTTP status."""
    token = {name: [world.presentation(asked, key_binding_claims=each)] for name, each in claims.items()}
    return int(world.post(asked, as_form(build_response(asked, vp_token=token))).status_code)


def refused(world: Any, request: Any) -> bool:
    """The presentation failed over its transaction data, and not one claim of it is to be had."""
    result = world.verifier.result(request)
    assert (result.status, result.presentations) == ("failed", ())
    with pytest.raises(InvalidResponse):
        result.claims("pid")
    return [check.id for check in result.report if check.outcome is Outcome.FAILED] == ["X-08"]


# Asking ------------------------------------------------------------------------------------------


@pytest.mark.req("X-01", "V-03")
@pytest.mark.parametrize("passing", ["reference", "value", "unsigned"])
def test_the_request_has_each_entry_as_base64url_of_json(
    make_world: Callable[..., Any], passing: str
) -> None:
    world = make_world(profile=OPENID4VP_1_0)
    given = [payment(), payment(amount=1)]
    _, asked = ask(world, *given, passing=passing)
    assert [parse_json(b64url_decode(one)) for one in asked.transaction_data] == given


def test_without_any_there_is_no_member(world: Any) -> None:
    assert "transaction_data" not in ask(world)[1].as_json()


@pytest.mark.req("X-01", "X-05")
@pytest.mark.parametrize(
    "entry",
    [
        {},
        {"type": "x"},
        {"type": "x", "credential_ids": []},
        {"type": "x", "credential_ids": "pid"},
        {"type": "x", "credential_ids": ["other"]},
        {"type": "x", "credential_ids": [1]},
        {"type": "", "credential_ids": ["pid"]},
        {"type": 1, "credential_ids": ["pid"]},
        {"credential_ids": ["pid"]},
        {"type": "x", "credential_ids": ["pid"], ALG: []},
        {"type": "x", "credential_ids": ["pid"], ALG: "sha-256"},
    ],
    ids=range(11),
)
def test_an_entry_that_breaks_the_rules_is_our_mistake(world: Any, entry: dict[str, Any]) -> None:
    with pytest.raises(LocalError):
        ask(world, payment(), entry)
    with pytest.raises(LocalError):
        world.verifier.dc_api_request(query(), origins=[ORIGIN], transaction_data=[entry])
    assert len(world.verifier._store) == 0


@pytest.mark.req("X-05")
def test_nobody_authorises_without_a_proof_of_the_key(world: Any) -> None:
    with pytest.raises(LocalError):
        world.verifier.request(
            query(require_cryptographic_holder_binding=False), transaction_data=[payment()]
        )


# Authorised ----------------------------------------------------------------------------------------


@pytest.mark.req("X-08", "X-06")
@pytest.mark.parametrize("mode", ["direct_post", "direct_post.jwt"])
def test_the_whole_way(make_world: Callable[..., Any], mode: str) -> None:
    world = make_world(profile=OPENID4VP_1_0)
    request, asked = ask(world, payment(), response_mode=mode)
    (encoded,) = asked.transaction_data
    assert answer(world, asked, pid={HASHES: [hashed(encoded)]}) == 200
    result = world.verifier.result(request)
    assert result.claims("pid") == {"age_over_18": True}
    assert [check.outcome for check in result.report if check.id == "X-08"] == [Outcome.PASSED]


@pytest.mark.req("X-07")
@pytest.mark.parametrize(
    ("offered", "used", "function"),
    [
        (None, None, "sha256"),
        (None, "sha-256", "sha256"),
        (["sha-256"], "sha-256", "sha256"),
        (["sha-512", "sha-256"], "sha-512", "sha512"),
        (["sha-384"], "sha-384", "sha384"),
    ],
    ids=["default", "default-named", "sha-256", "sha-512", "sha-384"],
)
def test_a_hash_that_was_offered(world: Any, offered: Any, used: str | None, function: str) -> None:
    request, asked = ask(world, payment(**({ALG: offered} if offered else {})))
    (encoded,) = asked.transaction_data
    claims = {HASHES: [hashed(encoded, function)], **({ALG: used} if used else {})}
    assert answer(world, asked, pid=claims) == 200
    assert world.verifier.result(request).status == "verified"


@pytest.mark.req("X-02", "X-08")
@pytest.mark.parametrize("by", ["pid", "other"])
def test_any_one_of_the_named_credentials_may_authorise(world: Any, by: str) -> None:
    request, asked = ask(world, payment("pid", "other"), ids=("pid", "other"))
    (encoded,) = asked.transaction_data
    claims = {"pid": {}, "other": {}, by: {HASHES: [hashed(encoded)]}}
    assert answer(world, asked, **claims) == 200
    assert world.verifier.result(request).status == "verified"


@pytest.mark.req("X-08")
def test_two_entries_may_be_authorised_by_one_credential_or_by_two(world: Any) -> None:
    first, second = payment("pid", "other"), payment("other", amount=1)
    for split in (False, True):
        request, asked = ask(world, first, second, ids=("pid", "other"))
        one, two = map(hashed, asked.transaction_data)
        claims = (
            {"pid": {HASHES: [one]}, "other": {HASHES: [two]}}
            if split
            else {"pid": {}, "other": {HASHES: [one, two]}}
        )
        assert answer(world, asked, **claims) == 200
        assert world.verifier.result(request).status == "verified"


@pytest.mark.req("X-08", "A-10")
@pytest.mark.parametrize("form", ["signed", "unsigned", "multisigned"])
def test_through_the_browser(world: Any, form: str) -> None:
    for good in (True, False):
        request = world.verifier.dc_api_request(
            query(), origins=[ORIGIN], form=form, transaction_data=[payment()]
        )
        asked = world.from_page(request)
        (encoded,) = asked.transaction_data
        claims = {HASHES: [hashed(encoded)]} if good else {}
        one = world.presentation(asked, audience=f"origin:{ORIGIN}", key_binding_claims=claims)
        data = build_response(asked, vp_token={"pid": [one]})
        result = world.verifier.receive_dc_api(request, data, origin=ORIGIN)
        assert result.status == ("verified" if good else "failed")


@pytest.mark.req("X-08")
def test_the_same_may_be_asked_twice_and_is_then_authorised_twice(world: Any) -> None:
    for times, status in ((2, 200), (1, 400), (3, 400)):
        request, asked = ask(world, payment(), payment())
        same, again = map(hashed, asked.transaction_data)
        assert same == again
        assert answer(world, asked, pid={HASHES: [same] * times}) == status
        assert (world.verifier.result(request).status == "verified") is (status == 200)


# Not authorised --------------------------------------------------------------------------------------


WRONG: dict[str, Callable[[str, str], dict[str, Any]]] = {
    "missing": lambda one, two: {},
    "null": lambda one, two: {HASHES: None},
    "empty": lambda one, two: {HASHES: []},
    "text": lambda one, two: {HASHES: hashed(one)},
    "numbers": lambda one, two: {HASHES: [1, 2]},
    "one of two": lambda one, two: {HASHES: [hashed(one)]},
    "only the other": lambda one, two: {HASHES: [hashed(two)]},
    "one too many": lambda one, two: {HASHES: [hashed(one), hashed(two), hashed("x")]},
    "one twice": lambda one, two: {HASHES: [hashed(one), hashed(one)]},
    "each twice": lambda one, two: {HASHES: [hashed(one), hashed(two)] * 2},
    "order": lambda one, two: {HASHES: [hashed(two), hashed(one)]},
    "wrong": lambda one, two: {HASHES: [hashed(one), hashed(two + "x")]},
    "decoded bytes": lambda one, two: {
        HASHES: [b64url_encode(hashlib.sha256(b64url_decode(each)).digest()) for each in (one, two)]
    },
    "the data itself": lambda one, two: {HASHES: [one, two]},
    "padded": lambda one, two: {HASHES: [hashed(one) + "=", hashed(two) + "="]},
    "hex": lambda one, two: {HASHES: [hashlib.sha256(each.encode()).hexdigest() for each in (one, two)]},
    "nested": lambda one, two: {HASHES: [[hashed(one), hashed(two)]]},
    "another name": lambda one, two: {"transaction_data_hash": [hashed(one), hashed(two)]},
}


@pytest.mark.req("ADV-163", "X-08", "X-06")
@pytest.mark.parametrize("how", WRONG)
def test_hashes_that_are_not_of_this_request(world: Any, how: str) -> None:
    request, asked = ask(world, payment(), payment(amount=1))
    assert answer(world, asked, pid=WRONG[how](*asked.transaction_data)) == 400
    assert refused(world, request)


@pytest.mark.req("ADV-163")
def test_another_transaction_was_authorised(world: Any) -> None:
    """The amount that the holder saw is not the one that was asked."""
    earlier = ask(world, payment(amount=1))[1]
    request, asked = ask(world, payment(amount=1000))
    assert answer(world, asked, pid={HASHES: [hashed(earlier.transaction_data[0])]}) == 400
    assert refused(world, request)


@pytest.mark.req("ADV-164", "X-07")
@pytest.mark.parametrize(
    ("offered", "named", "function"),
    [
        (["sha-256"], None, "sha256"),
        (["sha-256"], "sha-512", "sha512"),
        (["sha-256"], "sha-512", "sha256"),
        (["sha-512"], "sha-256", "sha256"),
        (["sha-512"], "sha-512", "sha256"),
        (["sha-512"], "sha-256", "sha512"),
        (["sha-256"], ["sha-256"], "sha256"),
        (["sha-256"], "SHA-256", "sha256"),
        (["sha-256"], "", "sha256"),
        (["md5"], "md5", "md5"),
        (None, "sha-512", "sha512"),
        (None, "sha-512", "sha256"),
        (None, ["sha-256"], "sha256"),
        (None, {}, "sha256"),
    ],
    ids=range(14),
)
def test_a_hash_algorithm_that_was_not_offered_or_not_named(
    world: Any, offered: Any, named: Any, function: str
) -> None:
    request, asked = ask(world, payment(**({ALG: offered} if offered else {})))
    (encoded,) = asked.transaction_data
    claims = {HASHES: [hashed(encoded, function)], **({} if named is None else {ALG: named})}
    assert answer(world, asked, pid=claims) == 400
    assert refused(world, request)


@pytest.mark.req("ADV-165", "X-08")
@pytest.mark.parametrize("also_by_the_right_one", [False, True])
def test_a_credential_that_was_not_named_cannot_authorise(world: Any, also_by_the_right_one: bool) -> None:
    request, asked = ask(world, payment("pid"), ids=("pid", "other"))
    claims = {HASHES: [hashed(asked.transaction_data[0])]}
    given = {"pid": claims if also_by_the_right_one else {}, "other": claims}
    assert answer(world, asked, **given) == 400
    assert refused(world, request)


@pytest.mark.req("X-02")
def test_two_credentials_do_not_authorise_the_same(world: Any) -> None:
    request, asked = ask(world, payment("pid", "other"), ids=("pid", "other"))
    claims = {HASHES: [hashed(asked.transaction_data[0])]}
    assert answer(world, asked, pid=claims, other=claims) == 400
    assert refused(world, request)


@pytest.mark.req("ADV-163")
def test_who_asked_for_nothing_gets_nothing_authorised(world: Any) -> None:
    foreign = ask(world, payment())[1].transaction_data[0]
    request, asked = ask(world)
    assert answer(world, asked, pid={HASHES: [hashed(foreign)]}) == 400
    assert refused(world, request)
