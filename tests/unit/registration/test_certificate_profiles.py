"""Certificate profiles: what we issue passes, and each rule objects to what breaks it, and to that alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from hypothesis import given
from hypothesis import strategies as st

from nlwallet.crypto import Certificate, CertificateAuthority, PrivateKey, Subject
from nlwallet.crypto.authority import _name
from nlwallet.crypto.qc_statements import qc_types_extension, read_qc_types
from nlwallet.profiles import HAIP_1_0, NL_WALLET_0_6, OPENID4VP_1_0, STRICT, Profile
from nlwallet.registrar import new_access_authority, new_registration_authority
from nlwallet.registration import CERTIFICATE_PROFILES, meant_for
from nlwallet.report import Outcome
from nlwallet.sandbox import Hierarchy
from nlwallet.trust import create_authority, issue_signer

NOW = 1_790_000_000
DAY = 86_400
URL = "https://pki.example/ca"
ORGANISATION = {"organization": "Testdienst", "organization_identifier": "NTRNL-90000001"}
CA = create_authority("Test CA", url=URL, now=NOW, **ORGANISATION)
SUBJECT = Subject("Test", country="NL", **ORGANISATION)
KINDS: Any = ("pid", "eaa", "document-signer", "reader", "status", "wallet", "registration", "list")


def objections(
    kind: str,
    one: Certificate,
    issuer: Certificate | None = CA.certificate,
    *,
    now: int = NOW,
    rules: Profile = HAIP_1_0,
) -> set[str]:
    results = CERTIFICATE_PROFILES[kind].check(one, issuer=issuer, now=now, rules=rules)
    return {result.rule.id for result in results if result.outcome is Outcome.FAILED}


def advice(kind: str, one: Certificate, *, now: int = NOW) -> set[str]:
    results = CERTIFICATE_PROFILES[kind].check(one, issuer=CA.certificate, now=now)
    return {result.rule.id for result in results if result.outcome is Outcome.WARNED}


def issued(kind: Any, subject: Subject = SUBJECT, **changed: Any) -> Certificate:
    key = PrivateKey.generate(changed.pop("curve", "P-256")).public
    options: dict[str, Any] = {
        "authority": CA, "url": URL, "now": NOW, "addresses": ("https://issuer.example",), **changed
    }  # fmt: skip
    return issue_signer(kind, key, subject, **options).leaf


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("short_lived", [False, True])
def test_what_is_issued_for_a_profile_keeps_to_it(kind: Any, short_lived: bool) -> None:
    one = issued(kind, short_lived=short_lived, days=1 if short_lived else 365)
    for rules in (HAIP_1_0, STRICT, NL_WALLET_0_6):
        assert objections(kind, one, rules=rules) == set()
    assert advice(kind, one) <= {"ISO-CRL"} if short_lived else advice(kind, one) == set()


def test_a_root_keeps_to_both_profiles_of_authorities() -> None:
    assert objections("iaca", CA.certificate, None) == objections("authority", CA.certificate, None) == set()


OTHER = CertificateAuthority.create("Other", now=NOW, **ORGANISATION)
LONG = create_authority("Test CA", url=URL, now=NOW, days=9000, **ORGANISATION)
BARE = CertificateAuthority.create("Test CA", now=NOW)


@pytest.mark.parametrize(
    ("kind", "one", "expected"),
    [
        ("pid", issued("pid", replace(SUBJECT, organization_identifier="")), {"PID-SUBJECT"}),
        ("pid", issued("eaa"), {"PID-TYPE"}),
        ("wallet", issued("pid"), {"WAL-TYPE"}),
        ("pid", issued("pid", addresses=()), {"PID-SAN"}),
        ("pid", issued("pid", authority=BARE), {"PID-ISSUER", "X509-AKI-MATCH"}),
        ("pid", issued("document-signer"), {"PID-TYPE", "CRITICALITY"}),
        ("eaa", issued("eaa", replace(SUBJECT, country="")), {"SUBJECT"}),
        ("eaa", issued("eaa", curve="P-384"), {"KEY-ALG"}),
        ("eaa", CA.certificate, {"X509-END-ENTITY", "X509-KEY-USAGE", "X5C-ISSUED", "EAA-SAN"}),
        ("eaa", issued("eaa", authority=LONG, days=8000), {"X509-NESTED", "X509-AKI-MATCH"}),
        ("eaa", issued("eaa", short_lived=True, days=8), {"REVOCATION", "NO-REVOCATION"}),
        ("document-signer", issued("document-signer", days=457), {"ISO-LIFETIME"}),  # begins five minutes earlier
        ("document-signer", issued("reader"), {"ISO-EKU"}),
        ("reader", issued("document-signer"), {"ISO-EKU"}),
        ("reader", issued("reader", days=1187), {"ISO-LIFETIME"}),
        ("document-signer", issued("registration"), {"ISO-EKU", "ISO-KEY-USAGE"}),
        ("document-signer", issued("document-signer", replace(SUBJECT, country="BE")), {"ISO-SAME-COUNTRY"}),
        ("document-signer", issued("document-signer", replace(SUBJECT, country="nl")),
         {"ISO-SAME-COUNTRY", "ISO-COUNTRY"}),
        ("document-signer", issued("document-signer", authority=BARE),
         {"ISO-CONTACT", "ISO-SAME-CONTACT", "X509-AKI-MATCH"}),
        ("list", issued("list", replace(SUBJECT, organization="")), {"LIST-SUBJECT"}),
        ("iaca", LONG.certificate, {"ISO-CA-LIFETIME"}),
        ("iaca", BARE.certificate, {"ISO-CA", "ISO-CONTACT"}),
        ("iaca", issued("eaa"), {"ISO-ROOT", "ISO-CA", "ISO-CA-KEY-USAGE"}),
        ("authority", issued("eaa"), {"CA-BASIC", "CA-KEY-USAGE"}),
    ],
)  # fmt: skip
def test_each_rule_objects_to_what_breaks_it(kind: str, one: Certificate, expected: set[str]) -> None:
    assert objections(kind, one) == expected


@pytest.mark.parametrize(
    ("now", "expected"), [(NOW - 301, {"X509-VALID"}), (NOW + 365 * DAY + 1, {"X509-VALID"})]
)
def test_time(now: int, expected: set[str]) -> None:
    assert objections("eaa", issued("eaa"), now=now) == expected
    assert "X509-SOON" in advice("eaa", issued("eaa"), now=NOW + 340 * DAY)


def test_the_rules_of_the_wallet_decide_on_algorithm_usage_and_short_life() -> None:
    assert objections("eaa", issued("eaa", curve="P-384"), rules=OPENID4VP_1_0) == set()
    assert objections("status", issued("eaa"), rules=HAIP_1_0) == set()
    assert objections("status", issued("eaa"), rules=NL_WALLET_0_6) == {"STATUS-EKU"}
    assert objections("eaa", issued("status"), rules=NL_WALLET_0_6) == {"EAA-EKU"}
    assert objections("eaa", issued("status")) == set()
    assert objections("wallet", built_by_hand(("0.4.0.194126.1.2",)), rules=NL_WALLET_0_6) >= {"WAL-EKU"}
    week = issued("eaa", short_lived=True, days=7)
    assert objections("eaa", week) == set()
    assert objections("eaa", week, rules=STRICT) == {"REVOCATION", "NO-REVOCATION"}


def built_by_hand(
    qc_types: Any = (), *, more: Any = (), usage: bool = True, ski: bool = True, serial: int = 7
) -> Certificate:
    """A certificate as a careless authority makes it: hardly any extension."""
    key = PrivateKey.generate()
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(SUBJECT))
        .issuer_name(CA.certificate.pyca.subject)
        .public_key(key.public.pyca)
        .serial_number(serial)
        .not_valid_before(datetime.fromtimestamp(NOW, UTC))
        .not_valid_after(datetime.fromtimestamp(NOW + 90 * DAY, UTC))
    )
    if usage:
        usages = dict.fromkeys(
            ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign",
             "crl_sign", "encipher_only", "decipher_only"), False)  # fmt: skip
        builder = builder.add_extension(x509.KeyUsage(digital_signature=True, **usages), critical=True)
    if ski:
        builder = builder.add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public.pyca), critical=False
        )
    for extension, critical in more:
        builder = builder.add_extension(extension, critical=critical)
    if qc_types:
        oid = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3")
        builder = builder.add_extension(
            x509.UnrecognizedExtension(oid, qc_types_extension(qc_types)), critical=False
        )
    return Certificate(builder.sign(CA._key.pyca, hashes.SHA256()))


def test_what_a_careless_authority_leaves_out() -> None:
    assert objections("eaa", built_by_hand()) == {"X509-AKI", "REVOCATION", "EAA-SAN"}
    assert objections("eaa", built_by_hand(usage=False)) >= {"X509-KEY-USAGE"}
    assert objections("eaa", built_by_hand(ski=False)) >= {"X509-SKI"}
    assert objections("pid", built_by_hand()) >= {"PID-POLICY", "PID-AIA", "PID-TYPE"}
    name = x509.NameConstraints(permitted_subtrees=[x509.DNSName("x.example")], excluded_subtrees=None)
    assert objections("reader", built_by_hand(more=[(name, False)])) >= {"ISO-FORBIDDEN"}
    not_revoked = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.56"), b"\x05\x00")
    assert "VALIDITY-ASSURED" in advice("eaa", built_by_hand(more=[(not_revoked, False)]))


@pytest.mark.parametrize("kind", ["document-signer", "reader"])
def test_a_strict_reader_of_mdocs_knows_no_critical_basic_constraints(kind: str) -> None:
    no_authority = x509.BasicConstraints(ca=False, path_length=None)
    for critical in (True, False):
        told = advice(kind, built_by_hand(more=[(no_authority, critical)]))
        assert ("ISO-CRITICALITY" in told) is critical


@pytest.mark.parametrize("kind", ["pid", "wallet"])
def test_a_european_wallet_refuses_basic_constraints_that_are_not_critical(kind: str) -> None:
    no_authority = x509.BasicConstraints(ca=False, path_length=None)
    for critical in (True, False):
        told = objections(kind, built_by_hand(more=[(no_authority, critical)]))
        assert ("CRITICALITY" in told) is not critical


def test_so_our_own_signers_have_none() -> None:
    for one in (issued(kind) for kind in KINDS):
        assert "2.5.29.19" not in {extension.oid.dotted_string for extension in one.pyca.extensions}
        assert not one.is_ca


def test_the_authorities_of_the_register_name_a_policy() -> None:
    """The European reference library asks it of who issues for parties that are registered (EN 319 412-2 §4.3.3)."""
    for make in (new_access_authority, new_registration_authority):
        assert make("https://register.example", now=NOW).certificate.policies == ("2.5.29.32.0",)
    made = Hierarchy.create(now=NOW)
    named = {name for name, one in made.authorities.items() if one.certificate.policies}
    assert named == {"access_ca", "registration_certificate_provider"}


def test_without_the_issuer_what_needs_it_is_skipped() -> None:
    results = CERTIFICATE_PROFILES["document-signer"].check(issued("document-signer"), issuer=None, now=NOW)
    skipped = {result.rule.id for result in results if result.outcome is Outcome.SKIPPED}
    assert skipped == {"X509-AKI-MATCH", "X509-NESTED", "ISO-SAME-COUNTRY", "ISO-SAME-CONTACT"}


def test_every_rule_says_what_to_do() -> None:
    for profile in CERTIFICATE_PROFILES.values():
        ids = [rule.id for rule in profile.rules]
        assert len(ids) == len(set(ids)), profile.name
        for rule in profile.rules:
            assert all((rule.spec, rule.what, rule.objection, rule.remedy))
    failed = CERTIFICATE_PROFILES["pid"].check(issued("eaa"), issuer=None, now=NOW)
    told = [one.as_check().reason for one in failed if one.outcome is Outcome.FAILED]
    assert told == [
        "a wallet after TS 119 412-6 does not take it for this kind of signer; "
        "add qcStatements with QcType 0.4.0.194126.1.1"
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_of_a_reader_the_nl_wallet_finds_the_identifier_where_it_looks(kind: Any) -> None:
    """At 1.3.6.1.1.15 (6299ff7, 0.6); everybody else looks at 2.5.4.97."""
    subject = issued(kind).pyca.subject
    values = [
        [str(one.value) for one in subject.get_attributes_for_oid(x509.ObjectIdentifier(oid))]
        for oid in ("2.5.4.97", "1.3.6.1.1.15")
    ]
    assert values == [["NTRNL-90000001"], ["NTRNL-90000001"] if kind == "reader" else []]


def test_a_certificate_says_what_it_is_meant_for() -> None:
    named = {kind: meant_for(issued(kind)) for kind in KINDS}
    assert {kind: one.name for kind, one in named.items() if one is not None} == {
        "pid": "pid", "eaa": "eaa", "document-signer": "document-signer", "reader": "reader", "status": "status",
        "wallet": "wallet", "list": "list",
    }  # fmt: skip
    assert meant_for(CA.certificate) is CERTIFICATE_PROFILES["authority"]


OIDS = st.tuples(st.integers(0, 2), st.integers(0, 39), st.lists(st.integers(0, 2**40), max_size=5)).map(
    lambda parts: ".".join(map(str, (parts[0], parts[1], *parts[2])))
)


@given(st.sets(OIDS, min_size=1, max_size=3))
def test_qc_types_come_back_as_they_were_written(types: set[str]) -> None:
    assert read_qc_types(qc_types_extension(sorted(types))) == types


@given(st.binary(max_size=80))
def test_what_is_no_der_names_no_type(der: bytes) -> None:
    assert isinstance(read_qc_types(der), frozenset)
    assert read_qc_types(qc_types_extension(["0.4.0.194126.1.1"])[:-1] + der[:0]) == frozenset()


def test_a_hierarchy_is_good_since_the_day_began() -> None:
    """What an issuer of the NL Wallet (6299ff7) signs today says that it was signed at midnight."""
    midnight = NOW - NOW % 86_400
    made = Hierarchy.create(now=midnight + 40_000, days=10, authority_days=10)
    signers = {name: one.chain.leaf for name, one in made.signers.items() if name != "access"}
    assert {one.not_before for one in signers.values()} == {midnight}
    assert {one.not_after for one in signers.values()} == {midnight + 40_000 + 10 * 86_400}
    for authority in made.authorities.values():
        assert authority.certificate.not_before == midnight
        assert authority.certificate.not_after > midnight + 40_000 + 10 * 86_400
    short = Hierarchy.create(now=midnight + 40_000, days=1, short_lived=True)
    assert {one.chain.leaf.not_before for one in short.signers.values()} == {midnight + 39_700}


def test_just_after_midnight_it_is_good_since_just_before_that() -> None:
    midnight = NOW - NOW % 86_400
    made = Hierarchy.create(now=midnight + 10)
    assert {one.chain.leaf.not_before for one in made.signers.values()} == {midnight - 290}
