"""The check as one pure function: who asks, what they may ask, and what the citizen reads about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cryptography import x509

from nlwallet.crypto import CertificateAuthority, CertificateChain, PrivateKey, Subject
from nlwallet.crypto.authority import _builder, _key_usage, _sign
from nlwallet.dcql import DcqlQuery
from nlwallet.profiles import HAIP_1_0, NL_WALLET_0_6, STRICT, TRANSITIONAL, Profile
from nlwallet.registration import RelyingPartyRecord, RequestCheck, check_request, reason_code, told
from nlwallet.report import Check, Outcome
from nlwallet.status import (
    Status,
    StatusList,
    StatusListToken,
    StatusReference,
    sign_status_list_token,
    verify_status_list_token,
)
from nlwallet.trust import Category, TrustAnchors

NOW = 1_790_000_000
NL_PID = "urn:eudi:pid:nl:1"
LIST = "https://registrar.example/status-lists/1"
Ask = Callable[..., RequestCheck]


def query(*names: str) -> DcqlQuery:
    claims = [{"path": [name]} for name in names]
    return DcqlQuery.parse(
        {
            "credentials": [
                {"id": "q", "format": "dc+sd-jwt", "meta": {"vct_values": [NL_PID]}, "claims": claims}
            ]
        }
    )


@pytest.fixture
def lists(office: Any) -> Callable[[Status], Callable[[StatusReference], StatusListToken | None]]:
    def of(status: Status) -> Callable[[StatusReference], StatusListToken | None]:
        statuses = StatusList(8, bits=1)
        statuses[7] = status
        text = sign_status_list_token(
            statuses, uri=LIST, key=office.key, chain=office.chain, now=NOW, expires_at=NOW + 99, ttl=60
        )
        token = verify_status_list_token(
            text, uri=LIST, anchors=(office.registration.certificate,), now=NOW, algorithms={"ES256"}
        )
        return lambda reference: token if reference.uri == LIST else None

    return of


@pytest.fixture
def ask(office: Any, record: RelyingPartyRecord, ancestors: Any, lists: Any) -> Ask:
    def call(*names: str, profile: Profile = HAIP_1_0, **other: Any) -> RequestCheck:
        given: dict[str, Any] = {
            "registration_certificates": (office.wrprc(record),),
            "chain": office.wrpac(record),
            "query": query(*(names or ("age_over_18",))),
            "anchors": office.anchors,
            "status_lists": lists(Status.VALID),
            "now": NOW,
            "ancestors": ancestors,
            **other,
        }
        certificates = given.pop("registration_certificates")
        return check_request(certificates, profile=profile, **given)

    return call


def trouble(checked: RequestCheck) -> set[tuple[str, str]]:
    return {(check.id, code) for check in checked.report if (code := reason_code(check))}


@pytest.mark.parametrize("profile", [HAIP_1_0, STRICT, TRANSITIONAL, NL_WALLET_0_6], ids=lambda p: p.name)
def test_a_registered_party_that_asks_what_it_may_is_accepted_under_every_profile(
    ask: Ask, profile: Profile
) -> None:
    checked = ask(profile=profile)
    assert checked.verdict == "accept"
    assert trouble(checked) == set()
    assert {"RPA_04", "RPRC_17", "RPRC_17a", "RPRC_19", "RPRC_21", "RPRC_01a"} <= {
        check.id for check in checked.report if check.outcome is Outcome.PASSED
    }


@pytest.mark.req("RPRC_21")
def test_more_than_was_registered_is_a_warning_with_its_reason_code(ask: Ask) -> None:
    checked = ask("age_over_18", "bsn")
    assert trouble(checked) == {("RPRC_21", "OVERASKING_DETECTED")}
    assert checked.verdict == "warn"


@pytest.mark.req("RPRC_17")
@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"registration_certificates": ()}, "NOT_REGISTERED"),
        ({"registration_certificates": ("a.b.c",)}, "MALFORMED"),
    ],
)
def test_strict_refuses_what_the_transition_only_warns_of(ask: Ask, wrong: dict[str, Any], code: str) -> None:
    warned, refused = ask(profile=TRANSITIONAL, **wrong), ask(profile=STRICT, **wrong)
    assert {code for _, code in trouble(warned)} == {code}
    assert (warned.verdict, refused.verdict) == ("warn", "refuse")


@pytest.mark.req("RPRC_17")
def test_a_registration_that_ended_is_told_apart(ask: Ask, office: Any, record: RelyingPartyRecord) -> None:
    old = office.wrprc(record, now=NOW - 86_400, days=1)
    assert trouble(ask(registration_certificates=(old,))) == {("RPRC_17", "EXPIRED")}


@pytest.mark.req("RPRC_02a")
def test_a_registration_from_an_access_ca_is_of_no_trusted_provider(ask: Ask, office: Any) -> None:
    anchors = TrustAnchors(
        {
            Category.ACCESS_CA: (office.access.certificate, office.registration.certificate),
            Category.REGISTRATION_CERTIFICATE_PROVIDER: (office.access.certificate,),
        }
    )
    assert trouble(ask(anchors=anchors)) == {("RPRC_17", "UNTRUSTED_PROVIDER")}


@pytest.mark.req("RPRC_17a")
def test_the_registration_of_another_is_not_bound_to_the_requester(
    ask: Ask, office: Any, members: dict[str, Any]
) -> None:
    other = RelyingPartyRecord.of(**{**members, "identifier": "NTRNL-87654321"})
    checked = ask(chain=office.wrpac(other))
    assert trouble(checked) == {("RPRC_17a", "NOT_BOUND_TO_REQUESTER")}
    assert checked.registration.certificate is None


@pytest.mark.req("RPRC_01a")
def test_a_withdrawn_registration_is_revoked_and_an_unknown_one_unknown(ask: Ask, lists: Any) -> None:
    revoked, unknown = ask(status_lists=lists(Status.INVALID)), ask(status_lists=lambda _: None)
    assert trouble(revoked) == {("RPRC_01a", "REVOKED")}
    assert revoked.registration.certificate is None
    assert trouble(unknown) == {("RPRC_01a", "REVOCATION_STATUS_UNKNOWN")}


@pytest.mark.req("RPA_04")
@pytest.mark.parametrize("category", [c for c in Category if c is not Category.ACCESS_CA])
def test_an_anchor_of_any_other_category_says_nothing_about_who_asks(
    ask: Ask, office: Any, category: Category
) -> None:
    anchors = TrustAnchors({category: (office.access.certificate,)})
    checked = ask(anchors=anchors)
    assert ("RPA_04", "REQUESTER_NOT_VERIFIED") in trouble(checked)
    assert checked.verdict == "refuse"
    assert checked.refusal is not None


def test_it_is_a_function_of_what_it_is_given(ask: Ask, office: Any, record: RelyingPartyRecord) -> None:
    same = {"chain": office.wrpac(record), "registration_certificates": (office.wrprc(record),)}
    assert ask("bsn", **same).as_dict() == ask("bsn", **same).as_dict()


def test_every_trouble_is_told_in_both_languages(ask: Ask) -> None:
    checked = ask("bsn", registration_certificates=())
    for check in checked.report:
        texts = {told(check, "nl"), told(check, "en")}
        assert (texts == {""}) is (check.outcome is Outcome.PASSED)
        assert len(texts) == (1 if check.outcome is Outcome.PASSED else 2)


# The profile of access certificates --------------------------------------------------------------------------------

GOOD = Subject("Winkel", country="NL", organization="Winkel B.V.", organization_identifier="NTRNL-12345678")
EVERYTHING: dict[str, Any] = {
    "san_uris": ("https://winkel.example/contact",),
    "policies": ("0.4.0.194118.1.2",),
    "ca_issuers_url": "https://ca.example/ca.cer",
    "crl_url": "https://ca.example/ca.crl",
}


def issued(office: Any, subject: Subject = GOOD, **changed: Any) -> CertificateChain:
    key = PrivateKey.generate().public
    chain = office.access.issue(key, subject, now=NOW, **{**EVERYTHING, **changed})
    assert isinstance(chain, CertificateChain)
    return chain


def of_profile(checked: RequestCheck, outcome: Outcome) -> list[Check]:
    return [check for check in checked.report if check.id == "RPA_02" and check.outcome is outcome]


@pytest.mark.req("RPA_02")
@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"policies": ()}, "POLICY"),
        ({"policies": ("0.4.0.19475.3.1",)}, "POLICY"),
        ({"ca_issuers_url": ""}, "AUTHORITY_INFO_ACCESS"),
        ({"crl_url": ""}, "REVOCATION"),
        ({"crl_url": "", "days": 7}, "REVOCATION"),  # short, and does not say that it cannot be revoked
        ({"san_uris": (), "san_dns": ("winkel.example",)}, "CONTACT"),
        ({"subject": replace(GOOD, organization_identifier="")}, "SUBJECT"),
        ({"subject": replace(GOOD, country="")}, "SUBJECT"),
    ],
)
def test_each_rule_of_the_profile_fails_alone(
    ask: Ask, office: Any, changed: dict[str, Any], code: str
) -> None:
    chain = issued(office, **changed)
    warned, refused = ask(chain=chain), ask(chain=chain, profile=STRICT)
    assert [check.code for check in of_profile(warned, Outcome.WARNED)] == [code]
    assert warned.refusal is None
    assert [check.code for check in of_profile(refused, Outcome.FAILED)] == [code]
    assert refused.refusal is not None
    assert refused.refusal.code == code
    assert refused.verdict == "refuse"


READER = x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.0.18013.5.1.6")])
NO_AUTHORITY = x509.BasicConstraints(ca=False, path_length=None)
SHORT = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.56"), b"\x05\x00")


def built(
    office: Any, *, usage_critical: bool = True, digital_signature: bool = True, more: x509.ExtensionType | None = None,
    more_critical: bool = False, days: int = 365, crl: bool = True,
) -> CertificateChain:  # fmt: skip
    """A certificate such as our own authority never makes."""
    ca: CertificateAuthority = office.access
    key = PrivateKey.generate().public
    builder = _builder(GOOD, ca.certificate.subject, key, NOW - 300, NOW - 300 + days * 86_400)
    usage = _key_usage(digital_signature=digital_signature, commitment=True)
    builder = builder.add_extension(usage, critical=usage_critical)
    names = x509.SubjectAlternativeName([x509.RFC822Name("hulp@winkel.example")])
    builder = builder.add_extension(names, critical=False)
    policy = x509.PolicyInformation(x509.ObjectIdentifier("0.4.0.194118.1.2"), None)
    builder = builder.add_extension(x509.CertificatePolicies([policy]), critical=False)
    uri = x509.UniformResourceIdentifier("https://ca.example/ca")
    access = x509.AccessDescription(x509.oid.AuthorityInformationAccessOID.CA_ISSUERS, uri)
    builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    if crl:
        points = x509.CRLDistributionPoints([x509.DistributionPoint([uri], None, None, None)])
        builder = builder.add_extension(points, critical=False)
    if more is not None:
        builder = builder.add_extension(more, critical=more_critical)
    return CertificateChain(_sign(builder, ca._key, ca.certificate.public_key))


@pytest.mark.req("RPA_02")
@pytest.mark.parametrize(
    ("how", "codes"),
    [
        ({}, []),
        ({"usage_critical": False}, ["KEY_USAGE"]),
        ({"digital_signature": False}, ["KEY_USAGE"]),
        ({"more": READER}, []),
        ({"more": READER, "more_critical": True}, ["CRITICALITY"]),
        ({"more": NO_AUTHORITY}, ["CRITICALITY"]),
        ({"more": NO_AUTHORITY, "more_critical": True}, []),
        ({"crl": False, "days": 1, "more": SHORT}, []),
        ({"crl": False, "days": 2, "more": SHORT}, ["REVOCATION"]),
    ],
)  # fmt: skip
def test_key_usage_criticality_and_short_life(
    ask: Ask, office: Any, how: dict[str, Any], codes: list[str]
) -> None:
    checked = ask(chain=built(office, **how), profile=STRICT)
    assert [check.code for check in of_profile(checked, Outcome.FAILED)] == codes


@pytest.mark.req("RPA_02", "Reg_11")
@pytest.mark.parametrize(("days", "codes"), [(7, []), (8, ["REVOCATION"])])
def test_what_lives_a_week_need_not_be_revoked_unless_the_profile_says_a_day(
    ask: Ask, office: Any, days: int, codes: list[str]
) -> None:
    checked = ask(chain=built(office, crl=False, days=days, more=SHORT))
    assert [check.code for check in of_profile(checked, Outcome.WARNED)] == codes


def test_the_nl_wallet_asks_only_that_the_subject_says_who_it_is(ask: Ask, office: Any) -> None:
    without = issued(office, policies=(), crl_url="", ca_issuers_url="")
    nameless = issued(office, subject=replace(GOOD, organization_identifier=""))
    assert ("NL-18", "REQUEST_INVALID") not in trouble(ask(chain=without, profile=NL_WALLET_0_6))
    assert ("NL-18", "REQUEST_INVALID") in trouble(ask(chain=nameless, profile=NL_WALLET_0_6))


def test_an_expired_access_certificate_is_refused_under_every_profile(ask: Ask, office: Any) -> None:
    chain = issued(office, not_after=NOW - 1)
    checked = ask(chain=chain)
    assert ("RPA_04", "REQUESTER_NOT_VERIFIED") in trouble(checked)
    assert checked.verdict == "refuse"
