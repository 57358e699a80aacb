"""SD-JWT VC: type, registered claims, receipt by a wallet, verification by a verifier, batches."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from typing import Any

import pytest
from sdjwt_forge import (
    AUDIENCE,
    CNF,
    HOLDER,
    ISSUER,
    NONCE,
    NOW,
    STRANGER,
    bound,
    disclosure,
    forged,
    hidden,
    signed,
)

from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.errors import (
    InvalidCredential,
    InvalidKeyBinding,
    InvalidSdJwt,
    InvalidSignature,
    LocalError,
    OutsideValidity,
    RemoteError,
)
from nlwallet.profiles import HAIP_1_0, TRANSITIONAL
from nlwallet.sdjwt import (
    Disclosure,
    IssuerKey,
    SdJwtVc,
    SdJwtVcPresentation,
    UnverifiedSdJwt,
    issue_sd_jwt_vc,
    issue_sd_jwt_vc_batch,
    verify_sd_jwt_vc,
    verify_sd_jwt_vc_presentation,
)

VCT = "urn:eudi:pid:nl:1"
CLAIMS = {"given_name": "Frouke", "bsn": "999991772", "address": {"town": "Sneek"}}
DAY = 86_400


def issuer_key(header: Any, payload: Any, *, now: int) -> IssuerKey:
    return IssuerKey(ISSUER.public)


def received(text: str, *, profile: Any = HAIP_1_0, **terms: Any) -> SdJwtVc:
    return verify_sd_jwt_vc(text, **({"issuer_key": issuer_key, "now": NOW, "profile": profile} | terms))


def verified(text: str, **terms: Any) -> SdJwtVcPresentation:
    usual: dict[str, Any] = {"audience": AUDIENCE, "nonce": NONCE, "profile": HAIP_1_0, "now": NOW}
    return verify_sd_jwt_vc_presentation(text, **({"issuer_key": issuer_key} | usual | terms))


def vc(payload: dict[str, Any], *disclosures: str, typ: Any = "dc+sd-jwt") -> str:
    return forged({"vct": VCT, **payload}, *disclosures, typ=typ)


def issue(**more: Any) -> str:
    terms: dict[str, Any] = {
        "vct": VCT,
        "claims": CLAIMS,
        "disclosable": [(name,) for name in CLAIMS],
        "key": ISSUER,
        "issued_at": NOW - DAY,
        "expires_at": NOW + DAY,
        "holder_key": HOLDER.public,
        "issuer": "https://issuer.example",
    }
    return issue_sd_jwt_vc(**(terms | more))


@pytest.mark.req("C-01", "C-08", "C-05")
def test_from_issuer_to_wallet_to_verifier() -> None:
    card = received(issue(status={"status_list": {"idx": 7, "uri": "https://status.example/1"}}))
    assert (card.vct, card.issuer, card.holder_key) == (VCT, "https://issuer.example", HOLDER.public)
    assert (card.issued_at, card.expires_at) == (NOW - DAY, NOW + DAY)
    assert card.disclosable_paths() == {("given_name",), ("bsn",), ("address",)}
    presented = card.present([("bsn",)], holder_key=HOLDER, audience=AUDIENCE, nonce=NONCE, now=NOW)
    presentation = verified(presented)
    assert presentation.claims["bsn"] == "999991772"
    assert "given_name" not in presentation.claims
    assert presentation.disclosed_paths == {("bsn",)}
    assert presentation.key_binding is not None
    assert presentation.key_binding["aud"] == AUDIENCE
    assert presentation.status == {"status_list": {"idx": 7, "uri": "https://status.example/1"}}
    header = json.loads(urlsafe_b64decode(card.text.split(".")[0] + "=="))
    assert header == {"alg": "ES256", "typ": "dc+sd-jwt"}


@pytest.mark.req("C-01", "S-34", "ADV-090")
@pytest.mark.parametrize("typ", [None, "", "JWT", "example+sd-jwt", "DC+SD-JWT", "application/dc+sd-jwt"])
def test_another_typ_is_refused(typ: Any) -> None:
    for profile in (HAIP_1_0, TRANSITIONAL):
        with pytest.raises(InvalidCredential) as caught:
            received(vc({}, typ=typ), profile=profile)
        assert caught.value.pointer == "/header/typ"


@pytest.mark.req("C-02", "ADV-090")
def test_the_old_typ_is_read_only_under_a_profile_that_lists_it() -> None:
    assert received(vc({}, typ="vc+sd-jwt"), profile=TRANSITIONAL).vct == VCT
    with pytest.raises(InvalidCredential) as caught:
        received(vc({}, typ="vc+sd-jwt"))
    assert "transitional" in caught.value.hint


@pytest.mark.req("C-03", "ADV-091")
@pytest.mark.parametrize("vct", [None, "", 5, ["a"], {}, "urn:a\u0000b", "urn:a b", "urn:a\n", "\u200burn:x"])
def test_a_vct_that_is_no_name_is_refused(vct: Any) -> None:
    with pytest.raises(InvalidCredential) as caught:
        received(vc({"vct": vct}))
    assert caught.value.pointer == "/payload/vct"
    with pytest.raises(InvalidCredential):
        received(forged({}, typ="dc+sd-jwt"))


@pytest.mark.req("C-03")
def test_vct_is_compared_case_by_case() -> None:
    assert received(vc({"vct": "URN:EUDI:PID:NL:1"})).vct == "URN:EUDI:PID:NL:1"


@pytest.mark.req("C-04", "ADV-086")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iss", "https://x.example"),
        ("nbf", NOW - 1),
        ("exp", NOW + 1),
        ("cnf", CNF["cnf"]),
        ("vct#integrity", "sha256-x"),
        ("status", {"status_list": {"idx": 0, "uri": "https://x.example"}}),
        ("aka_vcts", ["urn:x"]),
    ],
)
def test_what_must_stand_in_the_clear_is_refused_as_a_disclosure(name: str, value: Any) -> None:
    encoded = disclosure("salt", name, value)
    with pytest.raises((InvalidCredential, InvalidSdJwt)) as caught:
        received(vc(hidden(encoded), encoded))
    assert caught.value.pointer == json_pointer(name)
    with pytest.raises(LocalError):
        issue(disclosable=[(name,)])


@pytest.mark.req("C-04", "ADV-086")
def test_vct_as_a_disclosure_is_refused() -> None:
    encoded = disclosure("salt", "vct", VCT)
    with pytest.raises(InvalidCredential):
        received(forged(hidden(encoded), encoded, typ="dc+sd-jwt"))


@pytest.mark.req("C-04")
def test_a_part_of_what_must_stand_in_the_clear_is_refused_too() -> None:
    uri = disclosure("salt", "uri", "https://x.example")
    with pytest.raises(InvalidCredential) as caught:
        received(vc({"status": {"status_list": {"idx": 0, **hidden(uri)}}}, uri))
    assert caught.value.pointer == "/status/status_list/uri"


def json_pointer(name: str) -> str:
    return "/" + name


def test_sub_and_iat_may_be_disclosed() -> None:
    sent = [disclosure("s1", "sub", "x"), disclosure("s2", "iat", NOW)]
    assert received(vc(hidden(*sent), *sent)).issued_at == NOW


@pytest.mark.parametrize(
    "payload",
    [{"iss": 5}, {"iss": None}, {"vct#integrity": 5}, {"status": "x"}, {"status": None}, {"status": []}],
)
def test_registered_claims_of_another_kind_are_refused(payload: dict[str, Any]) -> None:
    with pytest.raises(InvalidCredential) as caught:
        received(vc(payload))
    assert caught.value.pointer == f"/payload/{next(iter(payload))}"


@pytest.mark.req("C-26")
@pytest.mark.parametrize(
    "others", [[], "urn:x", None, [5], [""], [VCT], ["urn:x", VCT], {"urn:x": 1}, ["urn:\u0000"]]
)
def test_aka_vcts_of_another_shape_are_refused(others: Any) -> None:
    with pytest.raises(InvalidCredential) as caught:
        received(vc({"aka_vcts": others}))
    assert caught.value.pointer == "/payload/aka_vcts"


@pytest.mark.req("C-26")
def test_aka_vcts_are_additional_types() -> None:
    assert received(vc({"aka_vcts": ["urn:eudi:pid:1"]})).types == (VCT, "urn:eudi:pid:1")
    assert received(vc({})).types == (VCT,)
    assert (
        received(issue(claims={"aka_vcts": ["urn:eudi:pid:1"]}, disclosable=[])).types[1] == "urn:eudi:pid:1"
    )
    with pytest.raises(LocalError):
        issue(claims={"aka_vcts": [VCT]}, disclosable=[])


@pytest.mark.req("C-07")
def test_without_disclosable_claims_there_is_no_trace_of_sd() -> None:
    text = issue(disclosable=[])
    payload = json.loads(urlsafe_b64decode(text.split(".")[1] + "=="))
    assert not {"_sd", "_sd_alg"} & payload.keys()
    assert UnverifiedSdJwt.parse(text).disclosures == ()


@pytest.mark.req("S-26")
def test_a_wallet_takes_no_credential_with_key_binding() -> None:
    with pytest.raises(InvalidSdJwt):
        received(bound(vc(CNF)))


@pytest.mark.req("S-26", "C-08")
def test_a_wallet_takes_only_what_verifies() -> None:
    with pytest.raises(InvalidSignature):
        received(forged({"vct": VCT}, typ="dc+sd-jwt", key=STRANGER))
    with pytest.raises(OutsideValidity):
        received(issue(expires_at=NOW))
    with pytest.raises(TypeError):
        SdJwtVc()  # type: ignore[call-arg]


@pytest.mark.req("S-29", "C-08")
def test_a_verifier_gets_nothing_without_key_binding_unless_it_said_so() -> None:
    text = received(issue()).sd_jwt.select([("bsn",)])
    with pytest.raises(InvalidKeyBinding):
        verified(text)
    assert verified(text, key_binding_required=False).key_binding is None
    assert verified(text, key_binding_required=False, audience=None, nonce=None).claims["bsn"]
    with pytest.raises(InvalidSdJwt):
        verified(bound(text), key_binding_required=False, audience=None, nonce=None)
    with pytest.raises(LocalError):
        verified(text, audience=None)
    with pytest.raises(LocalError):
        verified(text, nonce=None)


@pytest.mark.req("S-30")
def test_the_window_of_the_profile_counts() -> None:
    text = received(issue()).sd_jwt.select([])
    for iat, accepted in ((NOW - 900, True), (NOW - 901, False), (NOW + 60, True), (NOW + 61, False)):
        if accepted:
            assert verified(bound(text, {"iat": iat})).vct == VCT
        else:
            with pytest.raises(InvalidKeyBinding):
                verified(bound(text, {"iat": iat}))


@pytest.mark.req("S-24")
def test_required_claims_and_audience_of_the_credential_itself() -> None:
    with pytest.raises(InvalidSdJwt):
        verified(bound(vc(CNF)), required_claims={"exp"})
    with pytest.raises(InvalidSdJwt):
        verified(bound(vc({"aud": "someone else", **CNF})))
    assert verified(bound(vc({"aud": [AUDIENCE], **CNF}))).vct == VCT
    assert received(vc({"aud": "some verifier", **CNF})).vct == VCT


def test_parameters_do_not_stand_among_the_claims() -> None:
    for name in ("vct", "iss", "iat", "exp", "cnf", "vct#integrity", "status"):
        with pytest.raises(LocalError):
            issue(claims={name: 1})
    with pytest.raises(LocalError):
        issue(vct="")


def test_what_is_shown_of_a_credential_is_its_type() -> None:
    assert repr(received(issue())) == f"<SdJwtVc {VCT}>"


@pytest.mark.parametrize("text", ["", "~", "a.b.c~", "a.b.c", "{}", "..~", signed({}), "\u0000~", "~" * 5000])
def test_whatever_comes_ends_in_an_error_of_ours(text: str) -> None:
    with pytest.raises(RemoteError):
        received(text)
    with pytest.raises(RemoteError):
        verified(text)


# Batches ----------------------------------------------------------------------------------------------


def batch(keys: list[Any], **more: Any) -> tuple[str, ...]:
    terms: dict[str, Any] = {
        "vct": VCT,
        "claims": CLAIMS,
        "disclosable": [(name,) for name in CLAIMS],
        "key": ISSUER,
        "issued_at": NOW + 12_345,
        "expires_at": NOW + 30 * DAY + 54_321,
    }
    return issue_sd_jwt_vc_batch(keys, **(terms | more))


@pytest.mark.req("S-35", "S-33")
def test_a_batch_shares_no_key_no_salt_and_no_exact_time() -> None:
    keys = [PrivateKey.generate().public for _ in range(4)]
    texts = batch(keys, claims=CLAIMS | {"nbf": NOW + 4_321})
    cards = [received(text, now=NOW + DAY) for text in texts]
    assert [card.holder_key for card in cards] == keys
    encoded = [each for text in texts for each in UnverifiedSdJwt.parse(text).disclosures]
    assert len({Disclosure.parse(each).salt for each in encoded}) == len(encoded) == 12
    for card in cards:
        assert all(card.claims[name] % DAY == 0 for name in ("iat", "exp", "nbf"))
        assert card.claims["exp"] <= NOW + 30 * DAY + 54_321


def test_no_copy_is_older_than_the_certificate_that_signed_it() -> None:
    """Else who looks whether the certificate was valid then, as Multipaz does, finds that it was not."""
    noon = NOW - NOW % DAY + DAY // 2
    chain = CertificateAuthority.create("Root", now=noon).issue(ISSUER.public, Subject("Issuer"), now=noon)
    since = chain.leaf.not_before
    assert since % DAY
    keys = [PrivateKey.generate().public for _ in range(2)]
    for at, claimed in ((noon + 60, since), (noon + DAY + 60, noon + DAY // 2), (since - 60, since)):
        for text in batch(keys, chain=chain, issued_at=at, claims=CLAIMS | {"nbf": at}):
            payload = json.loads(urlsafe_b64decode(text.split(".")[1] + "=="))
            assert (payload["iat"], payload["nbf"]) == (claimed, claimed)


@pytest.mark.req("S-35", "C-27")
def test_a_batch_with_a_shared_key_or_status_entry_is_our_mistake() -> None:
    keys = [PrivateKey.generate().public for _ in range(2)]
    entries = [{"status_list": {"idx": idx, "uri": "https://status.example/1"}} for idx in (4, 9)]
    assert [received(text).status for text in batch(keys, statuses=entries, issued_at=NOW)] == entries
    for wrong in ({"statuses": entries[:1]}, {"statuses": entries[:1] * 2}, {"status": entries[0]}):
        with pytest.raises(LocalError):
            batch(keys, **wrong)
    with pytest.raises(LocalError):
        batch(keys[:1] * 2)
