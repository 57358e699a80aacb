"""Status list tokens, as JWT and as CWT: §5 and §8.3 of Token Status List."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest
from cbor2 import CBORTag
from status_forge import CHAIN, KEY, NOW, ROOT, SIGNER, URI, cwt, forge, jwt, some_list, verify

from nlwallet.crypto import CertificateAuthority, CertificateChain, PrivateKey, Subject, parse_jws
from nlwallet.crypto.cbor import dump_cbor, parse_cbor
from nlwallet.crypto.cose import parse_cose_sign1, sign_cose_sign1, x5chain
from nlwallet.encoding import b64url_decode, b64url_encode, dump_json, parse_json
from nlwallet.errors import (
    AlgorithmNotAllowed,
    InvalidSignature,
    InvalidStatus,
    MalformedInput,
    OutsideValidity,
    RemoteError,
    UntrustedCertificate,
)
from nlwallet.sdjwt import issue_sd_jwt_vc
from nlwallet.status import (
    CWT_STATUS,
    StatusList,
    StatusReference,
    StatusSigner,
    check_valid_at,
    historical_uri,
    read_aggregation,
    sign_status_list_cwt,
    sign_status_list_token,
    verify_status_list_token,
    write_aggregation,
)

BOTH = pytest.mark.parametrize("form", ["jwt", "cwt"])
AGGREGATION = "https://issuer.example/status-aggregation"


def sign(form: str, statuses: StatusList, **more: Any) -> str | bytes:
    signed = sign_status_list_token if form == "jwt" else sign_status_list_cwt
    return signed(statuses, uri=URI, key=KEY, chain=CHAIN, now=NOW, expires_at=NOW + 60, ttl=30, **more)


@pytest.mark.req("T-04", "T-05")
@BOTH
@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_a_token_there_and_back(form: str, bits: int) -> None:
    statuses = StatusList(64, bits=bits)
    statuses[7], statuses[63] = 1, (1 << bits) - 1
    read = verify(sign(form, statuses, aggregation_uri=AGGREGATION))
    assert [read.statuses[index] for index in (6, 7, 8, 63)] == [0, 1, 0, (1 << bits) - 1]
    assert (read.uri, read.issued_at, read.expires_at, read.ttl) == (URI, NOW, NOW + 60, 30)
    assert read.aggregation_uri == AGGREGATION
    assert verify(sign(form, statuses)).aggregation_uri is None


@pytest.mark.req("T-03", "T-05", "T-27")
def test_what_a_jwt_holds() -> None:
    text = sign("jwt", some_list(), aggregation_uri=AGGREGATION)
    assert isinstance(text, str)
    header, claims = (parse_json(b64url_decode(part)) for part in text.split(".")[:2])
    assert header == {"alg": "ES256", "typ": "statuslist+jwt", "x5c": CHAIN.x5c()}
    assert claims == {
        "sub": URI,
        "iat": NOW,
        "exp": NOW + 60,
        "ttl": 30,
        "status_list": {"bits": 1, "lst": some_list().encode(), "aggregation_uri": AGGREGATION},
    }


@pytest.mark.req("T-04", "T-06")
def test_what_a_cwt_holds() -> None:
    data = sign("cwt", some_list(), aggregation_uri=AGGREGATION)
    assert isinstance(data, bytes)
    assert data[0] == 0xD2  # COSE_Sign1_Tagged, and no tag of a CWT around it
    message = parse_cose_sign1(data, algorithms={"ES256"}, what="it", tagged=True)
    assert message.protected == {1: -7, 16: "application/statuslist+cwt"}
    assert message.chain == CHAIN
    assert message.payload is not None
    assert parse_cbor(message.payload, what="it") == {
        2: URI,
        6: NOW,
        4: NOW + 60,
        65534: 30,
        65533: {"bits": 1, "lst": some_list().compress(), "aggregation_uri": AGGREGATION},
    }


@pytest.mark.req("T-12", "ADV-133")
@BOTH
@pytest.mark.parametrize("sub", [URI + "2", URI.upper(), URI + "?time=1", "", 7])
def test_a_token_for_another_list_is_refused(form: str, sub: Any) -> None:
    with pytest.raises(InvalidStatus, match="another list"):
        verify(forge(form, sub=sub))


@pytest.mark.req("T-13", "ADV-134")
@BOTH
def test_an_expired_token_is_refused(form: str) -> None:
    assert verify(forge(form), now=NOW + 59).statuses[7] == 1
    with pytest.raises(OutsideValidity):
        verify(forge(form), now=NOW + 60)


@BOTH
@pytest.mark.parametrize("changes", [{"iat": NOW + 3600}, {"nbf": NOW + 3600}], ids=["iat", "nbf"])
def test_a_token_of_the_future_is_refused(form: str, changes: dict[str, Any]) -> None:
    with pytest.raises(OutsideValidity):
        verify(forge(form, **{**changes, "exp": NOW + 9999}))
    assert verify(forge(form, iat=NOW + 30)).issued_at == NOW + 30  # a clock that is a little ahead


@pytest.mark.req("T-05", "T-06", "ADV-134")
@BOTH
@pytest.mark.parametrize("missing", ["sub", "iat", "status_list"])
def test_a_token_without_a_required_claim_is_refused(form: str, missing: str) -> None:
    with pytest.raises(InvalidStatus):
        verify(forge(form, **{missing: None}))


@BOTH
def test_exp_and_ttl_may_be_missing(form: str) -> None:
    read = verify(forge(form, exp=None, ttl=None))
    assert (read.expires_at, read.ttl) == (None, None)


@pytest.mark.req("T-05", "T-06", "T-14", "ADV-144")
@BOTH
@pytest.mark.parametrize(
    "value", [0, -1, True, "60", [60]], ids=["zero", "negative", "bool", "text", "array"]
)
@pytest.mark.parametrize("name", ["iat", "exp", "ttl"])
def test_times_are_positive_numbers(form: str, name: str, value: Any) -> None:
    with pytest.raises(InvalidStatus, match=name):
        verify(forge(form, **{name: value}))


@pytest.mark.parametrize("value", [float("inf"), float("nan"), 30.5], ids=["infinite", "none", "fraction"])
def test_ttl_of_a_cwt_is_an_integer(value: float) -> None:
    with pytest.raises(InvalidStatus):
        verify(cwt(ttl=value))


def test_numbers_of_a_jwt_need_not_be_whole() -> None:
    read = verify(jwt(iat=NOW - 0.5, exp=NOW + 60.5, ttl=0.25))
    assert (read.issued_at, read.expires_at, read.ttl) == (NOW - 1, NOW + 60, 1)


@pytest.mark.req("T-03", "T-04", "ADV-137")
@BOTH
@pytest.mark.parametrize(
    "changes",
    [{"bits": 3}, {"bits": 0}, {"bits": 16}, {"bits": "1"}, {"bits": 1.0}, {"bits": None}, {"lst": None}, {"lst": 1},
     {"aggregation_uri": 1}],
    ids=["three", "zero", "sixteen", "text", "float", "no bits", "no lst", "number", "aggregation"],
)  # fmt: skip
def test_a_malformed_list_is_refused(form: str, changes: dict[str, Any]) -> None:
    with pytest.raises(RemoteError):
        verify(forge(form, status_list=changes))


@BOTH
@pytest.mark.parametrize("value", ["text", [], 7])
def test_a_status_list_that_is_no_map_is_refused(form: str, value: Any) -> None:
    with pytest.raises(InvalidStatus):
        verify(forge(form, status_list=value))


def test_each_form_has_its_own_kind_of_lst() -> None:
    with pytest.raises(InvalidStatus):
        verify(cwt(status_list={"lst": some_list().encode()}))


@pytest.mark.req("T-05", "ADV-136")
@pytest.mark.parametrize("typ", ["JWT", "statuslist+cwt", "application/statuslist+jwt", "dc+sd-jwt", ""])
def test_a_jwt_of_another_type_is_refused(typ: str) -> None:
    with pytest.raises(MalformedInput):
        verify(jwt(typ=typ))


@pytest.mark.req("T-05", "ADV-136")
def test_a_credential_is_no_status_list() -> None:
    text = issue_sd_jwt_vc(
        vct="urn:example", claims={"sub": URI, "status_list": {"bits": 1, "lst": some_list().encode()}},
        disclosable=[], key=KEY, chain=CHAIN, holder_key=None, issued_at=NOW, expires_at=NOW + 60,
        issuer="https://issuer.example",
    )  # fmt: skip
    for token in (text, text.rstrip("~")):
        with pytest.raises(MalformedInput):
            verify(token)


@pytest.mark.req("T-06")
@pytest.mark.parametrize(
    "typ", [None, "statuslist+cwt", "application/cwt", "application/statuslist+jwt", 42, b"x"]
)
def test_a_cwt_of_another_type_is_refused(typ: Any) -> None:
    with pytest.raises(MalformedInput):
        verify(cwt(typ=typ))


@pytest.mark.req("T-06")
def test_the_tags_of_a_cwt() -> None:
    with pytest.raises(MalformedInput):
        verify(cwt(tagged=False))
    inner = parse_cbor(cwt(), what="it")
    with pytest.raises(MalformedInput):
        verify(dump_cbor(CBORTag(61, inner)))
    with pytest.raises(MalformedInput):  # a MAC proves nothing to somebody who does not hold its key
        verify(dump_cbor(CBORTag(17, inner.value)))


@pytest.mark.req("T-07", "ADV-135")
@BOTH
def test_a_token_of_somebody_else_is_refused(form: str) -> None:
    stranger, key = CertificateAuthority.create("Status root", now=NOW), PrivateKey.generate()
    with pytest.raises(UntrustedCertificate):
        verify(forge(form, key=key, chain=stranger.issue(key.public, Subject("Status signer"), now=NOW)))
    with pytest.raises(InvalidSignature):
        verify(forge(form, key=key))  # with the chain of another
    with pytest.raises(UntrustedCertificate):
        verify(forge(form), signer=StatusSigner([]))


@pytest.mark.req("T-07", "ADV-135")
def test_a_damaged_signature_is_refused() -> None:
    text = jwt()
    damaged = "A" if text[-10] != "A" else "B"
    with pytest.raises(InvalidSignature):
        verify(text[:-10] + damaged + text[-9:])
    data = bytearray(cwt())
    data[-10] ^= 1
    with pytest.raises(InvalidSignature):
        verify(bytes(data))


@pytest.mark.req("T-07", "ADV-135")
@pytest.mark.parametrize("alg", ["none", "HS256", "RS256", None])
def test_an_algorithm_that_proves_nothing_is_refused(alg: Any) -> None:
    header, payload, _ = jwt().split(".")
    changed = {**parse_json(b64url_decode(header)), "alg": alg}
    for signature in ("", "AAAA"):
        with pytest.raises(AlgorithmNotAllowed):
            verify(f"{b64url_encode(dump_json(changed))}.{payload}.{signature}")


@pytest.mark.req("T-07")
@BOTH
def test_only_the_algorithms_of_the_profile_are_accepted(form: str) -> None:
    key = PrivateKey.generate("P-384")
    token = forge(form, key=key, chain=ROOT.issue(key.public, Subject("Status signer"), now=NOW))
    with pytest.raises(AlgorithmNotAllowed):
        verify(token)
    assert verify(token, signer=StatusSigner([ROOT.certificate], {"ES384"})).statuses[7] == 1


@pytest.mark.req("T-27", "HV-22")
@BOTH
def test_the_chain_has_no_anchor_and_the_signer_is_not_self_signed(form: str) -> None:
    with_anchor = CertificateChain(CHAIN.leaf, (ROOT.certificate,))
    with pytest.raises(UntrustedCertificate, match="its own anchor"):
        verify(forge(form, chain=with_anchor))
    alone = CertificateAuthority.create("Status signer", now=NOW)
    with pytest.raises(UntrustedCertificate):
        verify(
            forge(form, key=alone._key, chain=CertificateChain(alone.certificate)),
            signer=StatusSigner([ROOT.certificate, alone.certificate]),
        )


@pytest.mark.req("T-27", "HV-22")
def test_a_token_without_a_chain_is_refused() -> None:
    header, payload, _ = jwt().split(".")
    bare = {name: value for name, value in parse_json(b64url_decode(header)).items() if name != "x5c"}
    signing_input = f"{b64url_encode(dump_json(bare))}.{payload}"
    token = f"{signing_input}.{b64url_encode(KEY.sign(signing_input.encode()))}"
    with pytest.raises(InvalidStatus, match="no certificate"):
        verify(token)
    assert verify(token, signer=StatusSigner(key=KEY.public)).statuses[7] == 1


@pytest.mark.req("T-23")
@BOTH
def test_the_extended_key_usage_where_a_profile_has_one(form: str) -> None:
    usage = "1.3.6.1.5.5.7.3.127"
    signer = StatusSigner([ROOT.certificate], extended_key_usage=usage)
    with pytest.raises(UntrustedCertificate, match="usage"):
        verify(forge(form), signer=signer)
    chain = ROOT.issue(KEY.public, Subject("Status signer"), now=NOW, extended_key_usages=[usage])
    assert verify(forge(form, chain=chain), signer=signer).statuses[7] == 1


@BOTH
def test_the_signer_is_the_issuer_where_a_profile_wants_it(form: str) -> None:
    issuer = ROOT.issue(PrivateKey.generate().public, Subject("Issuer", country="NL"), now=NOW).leaf
    signer = StatusSigner([ROOT.certificate], of_issuer=issuer)
    with pytest.raises(UntrustedCertificate, match="not the issuer"):
        verify(forge(form), signer=signer)
    chain = ROOT.issue(KEY.public, Subject("Issuer", country="NL"), now=NOW)
    assert verify(forge(form, chain=chain), signer=signer).statuses[7] == 1


@pytest.mark.parametrize("token", ["", ".", "..", "a.b.c", "e30.e30.", "é.e.e"])
def test_text_that_is_no_token(token: str) -> None:
    with pytest.raises(RemoteError):
        verify(token)


@pytest.mark.parametrize("token", [b"", b"\xd2", b"\xd2\x84", b"not CBOR at all", dump_cbor(CBORTag(18, 7))])
def test_bytes_that_are_no_token(token: bytes) -> None:
    with pytest.raises(RemoteError):
        verify(token)


def test_a_payload_that_is_no_map_of_claims() -> None:
    for payload in (b"[]", b"7", b"nothing"):
        header, _, _ = jwt().split(".")
        signing_input = f"{header}.{b64url_encode(payload)}"
        with pytest.raises(MalformedInput):
            verify(f"{signing_input}.{b64url_encode(KEY.sign(signing_input.encode()))}")


def test_the_short_way_for_a_jwt() -> None:
    read = verify_status_list_token(
        jwt(), uri=URI, anchors=(ROOT.certificate,), now=NOW, algorithms=frozenset({"ES256"})
    )
    assert read.statuses[7] == 1
    assert parse_jws(jwt(), typ={"statuslist+jwt"}, algorithms={"ES256"}, what="it")


# The reference ------------------------------------------------------------------------------------


@pytest.mark.req("T-08", "ADV-132")
@pytest.mark.parametrize("idx", [-1, 1.0, 1.5, "1", True, None, [1]])
def test_idx_is_a_number_from_zero(idx: Any) -> None:
    with pytest.raises(InvalidStatus):
        StatusReference.parse({"status_list": {"idx": idx, "uri": URI}})


@pytest.mark.req("T-08", "ADV-143")
@pytest.mark.parametrize(
    "uri",
    [
        "http://issuer.example/1", "http://169.254.169.254/", "file:///etc/passwd", "ftp://issuer.example/1",
        "https://", "https:///1", "https://user@issuer.example/1", "https://user:word@issuer.example/1",
        "https://issuer.example:99999/1", "https://issuer.example:x/1", "https://[::1/1",
        "https://issuer.example/a b", "https://issuer.example/\n", "https://issuer.example/é",
        "https://issuer.example/%zz", "http://localhost.example/1", "http://10.0.0.1/1", "https://issuer.example/1#a", "https://issuer.example\\@other.example/",
        "issuer.example/1", "", None, 7,
    ],
)  # fmt: skip
def test_uri_is_an_https_address(uri: Any) -> None:
    with pytest.raises(InvalidStatus):
        StatusReference.parse({"status_list": {"idx": 1, "uri": uri}})


@pytest.mark.req("T-08", "HV-22")
@pytest.mark.parametrize(
    "status", [None, {}, [], "valid", {"identifier_list": {"id": "1"}}, {"status_list": []}]
)
def test_a_status_that_is_no_status_list(status: Any) -> None:
    with pytest.raises(InvalidStatus):
        StatusReference.parse(status)


@pytest.mark.req("T-08")
@pytest.mark.parametrize(
    "uri",
    [
        URI, "https://[2001:db8::1]:8443/a?b=c%20d", "https://issuer.example",
        "http://localhost:3000/1", "http://[::1]:3000/1",
    ],
)  # fmt: skip
def test_a_reference_there_and_back(uri: str) -> None:
    reference = StatusReference(4711, uri)
    assert StatusReference.parse(reference.as_json()) == reference
    assert reference.as_json() == {"status_list": {"idx": 4711, "uri": uri}}


@pytest.mark.req("T-09")
def test_a_reference_in_cbor() -> None:
    reference = StatusReference(4711, URI)
    claims = parse_cbor(dump_cbor({CWT_STATUS: reference.as_json()}), what="it")
    assert list(claims) == [65535]
    assert StatusReference.parse(claims[CWT_STATUS]) == reference
    for hexadecimal in ("20", "f93c00", "6131", "f5", "c24101"):  # -1, 1.0, "1", true, a big number
        status = {"status_list": {"idx": parse_cbor(bytes.fromhex(hexadecimal), what="it"), "uri": URI}}
        with pytest.raises(InvalidStatus):
            StatusReference.parse(status)


# History and aggregation --------------------------------------------------------------------------


@pytest.mark.req("T-20")
@pytest.mark.parametrize("uri", ["https://issuer.example/1", "https://issuer.example/1?a=b"])
def test_the_address_of_an_earlier_list(uri: str) -> None:
    assert re.fullmatch(
        r"https://issuer\.example/1(\?|\?a=b&)time=1686925000", historical_uri(uri, 1686925000)
    )


@pytest.mark.req("T-20", "ADV-148")
@BOTH
def test_a_token_of_another_time_says_nothing(form: str) -> None:
    token = verify(forge(form))
    for time in (NOW, NOW + 30, NOW + 59):
        check_valid_at(token, time)
    for time in (NOW - 1, NOW + 60):
        with pytest.raises(OutsideValidity):
            check_valid_at(token, time)
    with pytest.raises(OutsideValidity):  # nothing tells how long it was so
        check_valid_at(verify(forge(form, exp=None)), NOW)


@pytest.mark.req("T-21")
def test_an_aggregation_there_and_back() -> None:
    assert parse_json(write_aggregation([URI])) == {"status_lists": [URI]}
    assert read_aggregation(write_aggregation([URI, URI + "2", URI])) == (URI, URI + "2")
    assert read_aggregation(b'{"status_lists": [], "more": 1}') == ()


@pytest.mark.req("T-21")
@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"status_lists": "a"}', b'{"status_lists": [1]}', b"\xff"]
)
def test_what_is_no_aggregation(data: bytes) -> None:
    with pytest.raises(RemoteError):
        read_aggregation(data)


def test_an_aggregation_is_bounded() -> None:
    with pytest.raises(RemoteError, match="more than"):
        read_aggregation(write_aggregation([f"{URI}{n}" for n in range(10_001)]))


def test_a_signer_is_the_same_whatever_collections_it_was_made_of() -> None:
    assert StatusSigner((ROOT.certificate,), {"ES256"}) == SIGNER
    assert hash(SIGNER) == hash(StatusSigner((ROOT.certificate,), ["ES256"]))


# Anything at all ----------------------------------------------------------------------------------


@pytest.mark.req("T-07")
@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_a_damaged_cwt_is_refused_and_nothing_breaks() -> None:
    generator, good = random.Random(1), cwt()
    for _ in range(1500):
        with pytest.raises(RemoteError):
            verify(mutated(good, generator))


def test_claims_that_were_signed_in_any_state_break_nothing() -> None:
    generator, accepted = random.Random(2), 0
    message = parse_cose_sign1(cwt(), algorithms={"ES256"}, what="it", tagged=True)
    assert message.payload is not None
    for _ in range(1500):
        token = sign_cose_sign1(
            mutated(message.payload, generator),
            KEY,
            protected={16: "application/statuslist+cwt"},
            unprotected={33: x5chain(CHAIN)},
            tagged=True,
        )
        try:
            assert verify(token).uri == URI
            accepted += 1
        except RemoteError:
            pass
    assert accepted < 750


def mutated(data: bytes, generator: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(generator.randrange(1, 4)):
        at = generator.randrange(len(changed))
        changed[at] ^= 1 << generator.randrange(8)
        if generator.random() < 0.2:
            del changed[at:]
            break
    return bytes(changed)
