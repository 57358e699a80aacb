"""What we issue: the bytes of ISO/IEC 18013-5, deterministic, telling nothing that they should not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from cbor2 import CBORTag, loads
from hypothesis import given, settings
from hypothesis import strategies as st
from mdoc_forge import (
    CHAIN,
    DOCTYPE,
    DS,
    ELEMENTS,
    HOLDER,
    NOW,
    OTHER_NAMESPACE,
    YEAR,
    certified,
    issued,
    received,
)

from nlwallet.crypto import PrivateKey
from nlwallet.crypto.cbor import dump_cbor, parse_cbor
from nlwallet.encoding import dump_json, parse_json
from nlwallet.errors import LocalError
from nlwallet.mdoc import KeyAuthorizations, issue_mdoc_batch
from nlwallet.status import StatusReference


def parts(document: bytes) -> tuple[dict[str, list[dict[str, Any]]], dict[str, Any]]:
    """The decoded items of each namespace, and the decoded MSO."""
    decoded = parse_cbor(document, what="the document")
    items = {
        namespace: [parse_cbor(each.value, what="an item") for each in listed]
        for namespace, listed in decoded["nameSpaces"].items()
    }
    payload = parse_cbor(decoded["issuerAuth"][2], what="the payload")
    assert payload.tag == 24
    return items, parse_cbor(payload.value, what="the MSO")


@pytest.mark.req("M-07")
def test_each_kind_of_value_comes_back_as_json() -> None:
    values = {
        "text": "Zoë" * 40,
        "yes": True,
        "no": False,
        "nothing": None,
        "number": 42,
        "negative": -7,
        "large": 2**40,
        "largest": 2**64 - 1,
        "least": -(2**63),
        "lower": -(2**63) - 1,
        "lowest": -(2**64),
        "fraction": 1.5,
        "portrait": b"\xff\xd8\xff",
        "birth_date": date(1985, 3, 30),
        "expiry": datetime(2030, 1, 1, 13, 0, 0, tzinfo=timezone(timedelta(hours=1))),
        "nationality": ["NL", "BE"],
        "place_of_birth": {"country": "NL", "since": date(2000, 1, 1)},
        "own": CBORTag(1004, "1999-12-31"),
    }
    mdoc = received(issued(namespaces={DOCTYPE: values, OTHER_NAMESPACE: {"bsn": "999991772"}}))
    assert mdoc.claims == {
        DOCTYPE: {
            **values,
            "lower": "~gAAAAAAAAAA",  # as the bignum, which nobody needs for it (RFC 8949 §6.1)
            "lowest": "~__________8",
            "portrait": "_9j_",
            "birth_date": "1985-03-30",
            "expiry": "2030-01-01T12:00:00Z",
            "place_of_birth": {"country": "NL", "since": "2000-01-01"},
            "own": "1999-12-31",
        },
        OTHER_NAMESPACE: {"bsn": "999991772"},
    }
    assert parse_json(dump_json(mdoc.claims)) == mdoc.claims
    assert (OTHER_NAMESPACE, "bsn") in mdoc.disclosable_paths()
    items, _ = parts(mdoc.data)
    dates = {each["elementIdentifier"]: each["elementValue"] for each in items[DOCTYPE]}
    assert (dates["birth_date"].tag, dates["expiry"].tag) == (1004, 0)


def test_what_is_written_is_deterministic() -> None:
    status = StatusReference(7, "https://status.example/1").as_json()
    authorized = KeyAuthorizations(frozenset({"org.example.tx"}), {DOCTYPE: ["payment"]})
    document = issued(
        status=status, key_authorizations=authorized, further={"issuerUri": "https://i.example"}
    )
    decoded = loads(document)
    assert dump_cbor(decoded) == document
    payload = decoded["issuerAuth"][2]
    assert dump_cbor(loads(payload)) == payload
    assert dump_cbor(loads(loads(payload).value)) == loads(payload).value
    mdoc = received(document)
    assert mdoc.mso.further == {"issuerUri": "https://i.example"}
    assert mdoc.mso.key_authorizations == KeyAuthorizations(
        frozenset({"org.example.tx"}), {DOCTYPE: frozenset({"payment"})}
    )


def test_the_members_of_an_item_stand_in_the_order_of_the_standard() -> None:
    """The NL Wallet (6299ff7) takes the digest over an item as it writes it, in this order, and refuses others."""
    names = {f"element_{n:03}": {"longer": n, "b": [n]} for n in range(300)}
    for each in loads(issued(namespaces={DOCTYPE: names}))["nameSpaces"][DOCTYPE]:
        item = loads(each.value)
        assert list(item) == ["digestID", "random", "elementIdentifier", "elementValue"]
        written = b"".join(dump_cbor(part) for member in item.items() for part in member)
        assert each.value == b"\xa4" + written


def test_the_order_of_digests_does_not_tell_the_order_of_elements() -> None:
    names = {f"element_{n:02}": n for n in range(40)}
    orders = set()
    for _ in range(8):
        items, mso = parts(issued(namespaces={DOCTYPE: names}))
        numbers = [each["digestID"] for each in items[DOCTYPE]]
        assert sorted(numbers) == sorted(mso["valueDigests"][DOCTYPE]) == list(range(40))
        assert numbers != sorted(numbers)
        orders.add(tuple(numbers))
    assert len(orders) == 8


def test_each_element_has_a_salt_of_its_own() -> None:
    salts = set()
    for _ in range(3):
        items, _ = parts(issued(namespaces={DOCTYPE: ELEMENTS, OTHER_NAMESPACE: ELEMENTS}))
        salts |= {each["random"] for listed in items.values() for each in listed}
    assert len(salts) == 3 * 2 * len(ELEMENTS)
    assert {len(salt) for salt in salts} == {32}  # 16 would do, but not for the NL Wallet


@pytest.mark.req("HV-20")
@pytest.mark.parametrize(("name", "size"), [("SHA-256", 32), ("SHA-384", 48), ("SHA-512", 64)])
def test_each_digest_algorithm(name: str, size: int) -> None:
    document = issued(digest_algorithm=name)
    _, mso = parts(document)
    assert mso["digestAlgorithm"] == name
    assert {len(each) for each in mso["valueDigests"][DOCTYPE].values()} == {size}
    assert received(document).claims == {DOCTYPE: ELEMENTS}


@pytest.mark.parametrize(("curve", "alg"), [("P-384", "ES384"), ("P-521", "ES512"), ("Ed25519", "EdDSA")])
def test_each_signature_algorithm(curve: str, alg: str) -> None:
    key, holder = PrivateKey.generate(curve), PrivateKey.generate(curve)
    document = issued(key=key, chain=certified(key.public), holder_key=holder.public)
    assert received(document, algorithms={alg}).holder_key == holder.public


def test_the_mso_has_its_members_and_whole_seconds() -> None:
    document = issued(valid_from=NOW + 60, expected_update=NOW + 120)
    _, mso = parts(document)
    assert mso["version"] == "1.0"
    assert mso["docType"] == DOCTYPE
    assert mso["validityInfo"] == {
        "signed": CBORTag(0, "2027-01-15T08:00:00Z"),
        "validFrom": CBORTag(0, "2027-01-15T08:01:00Z"),
        "validUntil": CBORTag(0, "2027-07-16T20:00:00Z"),
        "expectedUpdate": CBORTag(0, "2027-01-15T08:02:00Z"),
    }
    assert set(mso) == {
        "version",
        "digestAlgorithm",
        "valueDigests",
        "deviceKeyInfo",
        "docType",
        "validityInfo",
    }
    read = received(document, now=NOW + 60).mso
    assert (read.signed, read.valid_from, read.valid_until) == (NOW, NOW + 60, NOW + YEAR // 2)
    assert read.expected_update == NOW + 120


def test_the_issuers_headers_are_where_they_have_to_be() -> None:
    protected, unprotected, _, _ = parse_cbor(issued(), what="the document")["issuerAuth"]
    assert parse_cbor(protected, what="the header") == {1: -7}
    assert unprotected == {33: CHAIN.leaf.der}


@pytest.mark.req("M-11")
def test_status_is_one_of_the_mechanisms_of_iso() -> None:
    reference = StatusReference(412, "https://status.example/1")
    mdoc = received(issued(status=reference.as_json()))
    assert mdoc.status is not None
    assert StatusReference.parse(mdoc.status) == reference
    assert received(issued(status={"identifier_list": {"id": b"1", "uri": "https://s.example"}})).status
    assert received(issued()).status is None
    with pytest.raises(LocalError, match="status_list"):
        issued(status={"crl": "https://status.example/crl"})


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"namespaces": {}}, "elements in each"),
        ({"namespaces": {DOCTYPE: {}}}, "elements in each"),
        ({"namespaces": {DOCTYPE: {"x": object()}}}, "cannot be a object"),
        ({"namespaces": {DOCTYPE: {"x": datetime(2030, 1, 1)}}}, "time zone"),
        ({"digest_algorithm": "MD5"}, "no digest algorithm"),
        ({"key": HOLDER}, "not that of the signing key"),
        ({"signed_at": NOW - YEAR}, "outside the validity"),
        ({"valid_from": NOW - 1}, "signed, then becomes valid"),
        ({"valid_until": NOW}, "signed, then becomes valid"),
        ({"further": {"docType": "x"}}, "parameter of its own"),
        (
            {"key_authorizations": KeyAuthorizations(frozenset({"a"}), {"a": ["b"]})},
            "as a whole and by element",
        ),
    ],
)
def test_our_own_mistakes_are_local(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(LocalError, match=says):
        issued(**changed)


def batch(count: int, **changed: Any) -> tuple[bytes, ...]:
    given: dict[str, Any] = {
        "doctype": DOCTYPE,
        "namespaces": {DOCTYPE: ELEMENTS},
        "key": DS,
        "chain": certified(not_before=NOW - YEAR // 2),
        "signed_at": NOW,
        "valid_until": NOW + 1000,
        "rounded_to": 900,
    }
    return issue_mdoc_batch([PrivateKey.generate().public for _ in range(count)], **{**given, **changed})


def test_a_batch_shares_nothing_that_links_it() -> None:
    statuses = [StatusReference(n, "https://status.example/1").as_json() for n in (9, 4, 1)]
    made = [received(document) for document in batch(3, statuses=statuses)]
    assert len({mdoc.holder_key for mdoc in made}) == 3
    assert [mdoc.status for mdoc in made] == statuses
    assert len({each for mdoc in made for each in mdoc.mso.value_digests[DOCTYPE].values()}) == 9
    assert {(mdoc.issued_at % 900, mdoc.expires_at % 900) for mdoc in made} == {(0, 0)}


def test_a_batch_is_not_signed_before_its_signer_exists() -> None:
    young = certified(not_before=NOW - 10)
    assert received(batch(1, chain=young)[0]).issued_at == NOW - NOW % 900 == NOW
    late = batch(1, chain=certified(not_before=NOW + 10), signed_at=NOW + 20)
    assert received(late[0], now=NOW + 20).issued_at == NOW + 10


def test_a_batch_refuses_what_would_link_it() -> None:
    status = StatusReference(9, "https://status.example/1").as_json()
    with pytest.raises(LocalError, match="share a status"):
        batch(2, statuses=[status, status])
    with pytest.raises(LocalError, match="own status entry"):
        batch(2, statuses=[status])
    with pytest.raises(LocalError, match="own status entry"):
        batch(2, status=status)
    with pytest.raises(LocalError, match="its own key"):
        issue_mdoc_batch([HOLDER.public] * 2, chain=CHAIN, signed_at=NOW, valid_until=NOW + 1)


names = st.text(min_size=1, max_size=30)
plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text(max_size=80)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(
    namespaces=st.dictionaries(
        names, st.dictionaries(names, plain, min_size=1, max_size=4), min_size=1, max_size=3
    )
)
def test_any_json_comes_back_as_it_was(namespaces: dict[str, dict[str, Any]]) -> None:
    assert received(issued(namespaces=namespaces)).claims == namespaces


def test_times_in_the_tests_are_what_they_seem() -> None:
    assert datetime.fromtimestamp(NOW, UTC) == datetime(2027, 1, 15, 8, tzinfo=UTC)
