"""One record, two certificates, and the check of a request against them."""

from __future__ import annotations

from typing import Any

import pytest

from nlwallet.crypto import (
    CertificateAuthority,
    CertificateChain,
    PrivateKey,
    Subject,
    parse_jws,
    sign_jws,
    verify_chain,
)
from nlwallet.dcql import DcqlQuery
from nlwallet.errors import InvalidRegistration, LocalError, OutsideValidity, RemoteError
from nlwallet.profiles import HAIP_1_0
from nlwallet.registration import (
    SERVICE_PROVIDER,
    RelyingPartyRecord,
    check_registration,
    check_revocation,
    issue_wrpac,
    issue_wrprc,
    verify_wrprc,
)
from nlwallet.status import StatusList, StatusListToken, StatusReference
from nlwallet.trust import Category

NOW = 1_790_000_000
ALGORITHMS = frozenset({"ES256"})


def claims_of(text: str) -> dict[str, Any]:
    return parse_jws(text, typ=None, algorithms=ALGORITHMS, what="it").claims()


def resign(office, text: str, **changes: Any) -> str:
    claims = {name: value for name, value in {**claims_of(text), **changes}.items() if value is not ...}
    return sign_jws(claims, office.key, typ="rc-wrp+jwt", header={"x5c": office.chain.x5c(), "iat": NOW})


def verify(office, text: str, *, now: int = NOW):
    return verify_wrprc(
        text,
        anchors=office.anchors.of(Category.REGISTRATION_CERTIFICATE_PROVIDER),
        now=now,
        algorithms=ALGORITHMS,
    )


@pytest.mark.req("RPA_02", "RPRC_07")
def test_the_access_certificate_says_what_the_record_says(office, record) -> None:
    chain = office.wrpac(record)
    leaf = chain.leaf
    assert leaf.subject == Subject(
        common_name="Voorbeeld Boekhandel",
        country="NL",
        organization="Voorbeeld Boekhandel B.V.",
        organization_identifier="NTRNL-12345678",
    )
    assert leaf.policies == ("0.4.0.194118.1.2",)
    assert leaf.san_dns == ("boekhandel.example",)
    assert leaf.san_uris == (
        "https://boekhandel.example/verwijderen",
        "https://registrar.example/wrp/NTRNL-12345678/services/main",
    )
    assert leaf.authority_key_id is not None
    assert not leaf.is_ca
    assert not leaf.is_self_signed
    verify_chain(chain, office.anchors.of(Category.ACCESS_CA), now=NOW, what="it")


@pytest.mark.req("RPRC_01", "RPRC_03", "RPRC_06")
def test_the_registration_certificate_says_what_the_record_says(office, record) -> None:
    text = office.wrprc(record)
    header = parse_jws(text, typ={"rc-wrp+jwt"}, algorithms=ALGORITHMS, what="it").header
    assert set(header) == {"alg", "typ", "x5c", "iat"}
    wire = claims_of(text)
    assert wire["sub"] == "NTRNL-12345678"
    assert wire["sub_ln"] == "Voorbeeld Boekhandel B.V."
    assert wire["entitlements"] == [SERVICE_PROVIDER]
    assert wire["policy_id"] == ["0.4.0.19475.3.1"]
    assert wire["credentials"][0]["claim"] == [{"path": ["age_over_18"]}, {"path": ["nationalities", None]}]
    read = verify(office, text)
    assert read.identifier == record.identifier
    assert read.purpose == {"nl": "Controleren of u 18 bent", "en": "Check that you are 18"}
    assert read.credentials == record.intended_uses[0].credentials
    assert read.retention == record.intended_uses[0].retention
    assert read.expires_at == NOW + 30 * 86_400


@pytest.mark.req("RPRC_02")
def test_the_chain_of_who_signed_comes_along_up_to_the_anchor(office, record) -> None:
    between = office.registration.subordinate("Registration intermediate", now=NOW)
    key = PrivateKey.generate()
    chain = between.issue(key.public, Subject("Registrar"), now=NOW)
    text = issue_wrprc(
        record, "leeftijd", key=key, chain=chain, now=NOW, days=30,
        status=StatusReference(7, "https://registrar.example/status-lists/1"), registry_uri="https://registrar.example",
    )  # fmt: skip
    x5c = parse_jws(text, typ=None, algorithms=ALGORITHMS, what="it").header["x5c"]
    sent = CertificateChain.from_x5c(x5c, pointer="")
    assert (sent.leaf, sent.intermediates) == (chain.leaf, (between.certificate,))
    assert office.registration.certificate not in sent.intermediates
    assert verify(office, text).signed_under == (between.certificate, office.registration.certificate)


@pytest.mark.req("RPRC_11", "RPRC_12")
def test_a_registration_says_where_data_are_deleted_and_who_supervises(office, record, members) -> None:
    wire = claims_of(office.wrprc(record))
    assert wire["support_uri"] == "https://boekhandel.example/verwijderen"
    assert wire["supervisory_authority"] == {
        "name": "Toezicht",
        "country": "NL",
        "email": "meld@toezicht.example",
    }
    for member in ("support_uri", "supervisory_authority"):
        with pytest.raises(LocalError):
            RelyingPartyRecord.of(**{name: value for name, value in members.items() if name != member})
    for missing in ("name", "country", "email"):
        told = {name: value for name, value in members["supervisory_authority"].items() if name != missing}
        with pytest.raises(LocalError):
            RelyingPartyRecord.of(**{**members, "supervisory_authority": told})


@pytest.mark.req("RPRC_02a")
def test_only_the_anchors_of_the_category_count(office, record) -> None:
    text = office.wrprc(record)
    with pytest.raises(RemoteError):
        verify_wrprc(text, anchors=office.anchors.of(Category.ACCESS_CA), now=NOW, algorithms=ALGORITHMS)


def test_both_generations_of_names_are_read(office, record) -> None:
    text = office.wrprc(record)
    old = resign(
        office, text, sub={"id": "NTRNL-12345678", "legal_name": "Voorbeeld Boekhandel B.V."}, sub_ln=...,
        srv_description=..., service=[{"lang": "nl", "value": "Boeken kopen"}], privacy_policy=["https://b.example/p"],
        supervisory_authority=..., dpa={"email": "meld@toezicht.example"}, nl_agreement=...,
        purpose=[{"lang": "nl-NL", "content": "Controleren"}],
        credentials=[{"format": "dc+sd-jwt", "meta": {"vct_values": ["x"]}, "claims": [{"path": ["a"]}]}],
    )  # fmt: skip
    read = verify(office, old)
    assert (read.identifier, read.legal_name) == ("NTRNL-12345678", "Voorbeeld Boekhandel B.V.")
    assert read.services == {"nl": "Boeken kopen"}
    assert read.purpose == {"nl": "Controleren"}
    assert read.privacy_policy == "https://b.example/p"
    assert read.supervisory_authority == {"email": "meld@toezicht.example"}
    assert read.credentials[0].claims == (("a",),)
    assert read.retention is None


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ...},
        {"sub": 7},
        {"iat": "yesterday"},
        {"exp": True},
        {"entitlements": []},
        {"entitlements": ["https://uri.etsi.org/19475/Entitlement/PID_Provider"]},
        {"credentials": []},
        {"credentials": [{"format": "jwt_vc_json", "meta": {}}]},
        {"credentials": [{"format": "dc+sd-jwt", "meta": {"vct_values": []}}]},
        {"credentials": [{"format": "dc+sd-jwt", "meta": {"vct_values": ["x"]}, "claim": [{"path": [-1]}]}]},
        {"purpose": [{"lang": "nl"}]},
        {"status": {"status_list": {"idx": -1, "uri": "https://a.example"}}},
        {"nl_agreement": {"retention_days": "for ever"}},
    ],
)
def test_a_malformed_certificate_is_refused(office, record, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidRegistration) as refused:
        verify(office, resign(office, office.wrprc(record), **changes))
    assert refused.value.pointer.startswith("/payload/")


def test_times(office, record) -> None:
    text = office.wrprc(record, days=1)
    with pytest.raises(OutsideValidity) as expired:
        verify(office, text, now=NOW + 86_400)
    assert expired.value.code == "registration_expired"
    with pytest.raises(OutsideValidity):
        verify(office, office.wrprc(record, now=NOW + 600))
    with pytest.raises(LocalError, match="365"):
        office.wrprc(record, days=366)


# The check ---------------------------------------------------------------------------------------


def query(*names: str) -> DcqlQuery:
    return DcqlQuery.parse(
        {
            "credentials": [
                {
                    "id": "pid",
                    "format": "dc+sd-jwt",
                    "meta": {"vct_values": ["urn:eudi:pid:nl:1"]},
                    "claims": [{"path": [name]} for name in names],
                }
            ]
        }
    )


def check(
    office, record, certificates, ancestors, asked: DcqlQuery | None = None, *, now: int = NOW, access=None
):
    return check_registration(
        certificates,
        access_certificate=access or office.wrpac(record).leaf,
        query=asked or query("age_over_18"),
        anchors=office.anchors,
        now=now,
        profile=HAIP_1_0,
        ancestors=ancestors,
    )


@pytest.mark.req("RPRC_17", "RPRC_21")
def test_a_right_request_has_no_warning(office, record, ancestors) -> None:
    result = check(office, record, [office.wrprc(record)], ancestors)
    assert result.warnings == []
    assert result.certificate is not None
    assert {entry.id for entry in result.report} == {"RPRC_19", "RPRC_17", "RPRC_17a", "RPRC_21"}


@pytest.mark.req("RPRC_19")
def test_exactly_one_certificate(office, record, ancestors) -> None:
    assert check(office, record, [], ancestors).warnings == ["not_registered"]
    twice = [office.wrprc(record), office.wrprc(record)]
    assert check(office, record, twice, ancestors).warnings == ["registration_invalid"]


@pytest.mark.req("RPRC_17")
def test_an_invalid_or_expired_certificate_is_no_registration(office, record, ancestors) -> None:
    text = office.wrprc(record, days=1)
    expired = check(office, record, [text], ancestors, now=NOW + 90_000)
    assert expired.warnings == ["registration_expired"]
    assert expired.certificate is None
    forged = sign_jws(
        claims_of(text), PrivateKey.generate(), typ="rc-wrp+jwt", header={"x5c": office.chain.x5c()}
    )
    for bad in (forged, text[:-10], "rubbish", resign(office, text, name=...)):
        result = check(office, record, [bad], ancestors)
        assert result.warnings == ["registration_invalid"]
        assert result.certificate is None


@pytest.mark.req("RPRC_17a")
def test_the_certificate_of_another_party_is_no_registration(office, record, ancestors, members) -> None:
    other = RelyingPartyRecord.of(**{**members, "identifier": "NTRNL-87654321"})
    assert check(office, other, [office.wrprc(record)], ancestors).warnings == ["registration_mismatch"]
    renamed = RelyingPartyRecord.of(**{**members, "trade_name": "Rijksoverheid"})
    result = check(office, renamed, [office.wrprc(record)], ancestors)
    assert result.warnings == ["registration_mismatch"]
    assert result.certificate is None


@pytest.mark.req("RPRC_21")
def test_over_asking_keeps_the_registration_and_names_the_claim(office, record, ancestors) -> None:
    result = check(office, record, [office.wrprc(record)], ancestors, query("age_over_18", "bsn"))
    assert result.warnings == ["over_asking"]
    assert result.certificate is not None
    assert [one.path for one in result.over_asked] == [("bsn",)]


def status_list(
    status: int, *, uri: str = "https://registrar.example/status-lists/1", size: int = 64
) -> StatusListToken:
    statuses = StatusList(size)
    if size > 7:
        statuses[7] = status
    return StatusListToken(uri, NOW, statuses)


@pytest.mark.req("RPRC_01a")
@pytest.mark.parametrize(
    ("token", "warnings"),
    [
        (status_list(0), []),
        (status_list(1), ["registration_revoked"]),
        (None, ["registration_status_unknown"]),
        (status_list(0, uri="https://elsewhere.example"), ["registration_status_unknown"]),
    ],
)
def test_revocation(office, record, ancestors, token: StatusListToken | None, warnings: list[str]) -> None:
    result = check(office, record, [office.wrprc(record)], ancestors)
    check_revocation(result, token)
    assert result.warnings == warnings
    assert (result.certificate is None) == ("registration_revoked" in warnings)


# The record --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"identifier": "12345678"}, "/identifier"),
        ({"identifier": "NTRNL-1234"}, "/identifier"),
        ({"website": "http://boekhandel.example"}, "/website"),
        ({"services": ()}, "/services"),
        ({"supervisory_authority": {"name": "T", "country": "NL"}}, "/supervisory_authority"),
        ({"trade_name": ""}, "/trade_name"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_a_record_that_cannot_be_accepted(members, change: dict[str, Any], pointer: str) -> None:
    with pytest.raises(LocalError) as refused:
        RelyingPartyRecord.of(**{**members, **change})
    assert refused.value.pointer.startswith(pointer)


def test_a_purpose_needs_both_languages(members) -> None:
    use = {**members["intended_uses"][0], "purpose": {"nl": "Alleen Nederlands"}}
    with pytest.raises(LocalError) as refused:
        RelyingPartyRecord.of(**{**members, "intended_uses": (use,)})
    assert refused.value.pointer == "/intended_uses/0/purpose/en"


def test_the_record_gives_the_query_that_may_be_asked(record, ancestors, office) -> None:
    asked = DcqlQuery.parse(record.dcql_for("leeftijd"))
    assert [entry.id for entry in asked.credentials] == ["pid"]
    assert check(office, record, [office.wrprc(record)], ancestors, asked).warnings == []
    with pytest.raises(LocalError, match="leeftijd"):
        record.dcql_for("iets")


def test_an_access_certificate_from_another_authority(office, record) -> None:
    other = CertificateAuthority.create("Access root", now=NOW)
    chain = issue_wrpac(
        record, office.party_key.public, authority=other, now=NOW, dns_names=("boekhandel.example",),
        registrar_url="https://registrar.example",
    )  # fmt: skip
    with pytest.raises(RemoteError):
        verify_chain(chain, office.anchors.of(Category.ACCESS_CA), now=NOW, what="it")
