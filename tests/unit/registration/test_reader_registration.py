"""The NL Wallet 0.5: the registration stands in the certificate, and each path is listed exactly."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cryptography import x509

from nlwallet.crypto import CertificateChain, PrivateKey, Subject
from nlwallet.crypto.authority import _builder, _key_usage, _sign
from nlwallet.dcql import DcqlQuery
from nlwallet.errors import InvalidRegistration, RemoteError
from nlwallet.profiles import NL_WALLET_0_5, NL_WALLET_0_6, Profile
from nlwallet.registration import ReaderRegistration, RequestCheck, check_request, reason_code

NOW = 1_790_000_000
NL_PID = "urn:eudi:pid:nl:1"


def members(**changed: Any) -> dict[str, Any]:
    return {
        "purposeStatement": {"nl": "Inloggen", "en": "Log in"},
        "retentionPolicy": {"intentToRetain": True, "maxDurationInMinutes": 1441},
        "sharingPolicy": {"intentToShare": False},
        "deletionPolicy": {"deleteable": True},
        "organization": {
            "displayName": {"nl": "Winkel", "en": "Shop"},
            "legalName": "Winkel B.V.",
            "webUrl": "https://winkel.example",
            "privacyPolicyUrl": "https://winkel.example/privacy",
        },
        "requestOriginBaseUrl": "https://winkel.example/",
        "authorizedAttributes": {NL_PID: [[NL_PID, "bsn"], ["bsn"], ["address", "locality"]]},
        **changed,
    }


def der(text: str) -> bytes:
    data = text.encode()
    return b"\x0c\x82" + len(data).to_bytes(2) + data


def chain_with(office: Any, value: bytes | None) -> CertificateChain:
    ca = office.access
    subject = Subject(
        "Winkel", country="NL", organization="Winkel B.V.", organization_identifier="NTRNL-12345678"
    )
    builder = _builder(subject, ca.certificate.subject, PrivateKey.generate().public, NOW - 300, NOW + 86_400)
    builder = builder.add_extension(_key_usage(digital_signature=True), critical=True)
    if value is not None:
        extension = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.1.123.1"), value)
        builder = builder.add_extension(extension, critical=False)
    return CertificateChain(_sign(builder, ca._key, ca.certificate.public_key))


def asked(*paths: list[Any], format_: str = "dc+sd-jwt") -> DcqlQuery:
    meta = {"vct_values": [NL_PID]} if format_ == "dc+sd-jwt" else {"doctype_value": NL_PID}
    claims = [{"path": path} for path in paths]
    return DcqlQuery.parse({"credentials": [{"id": "q", "format": format_, "meta": meta, "claims": claims}]})


def check(
    office: Any, value: bytes | None, query: DcqlQuery, profile: Profile = NL_WALLET_0_5
) -> RequestCheck:
    return check_request(
        (), chain=chain_with(office, value), query=query, anchors=office.anchors, status_lists=lambda _: None,
        now=NOW, profile=profile, ancestors=lambda vct: (vct,),
    )  # fmt: skip


def codes(checked: RequestCheck) -> set[str]:
    return {code for one in checked.report if (code := reason_code(one))}


@pytest.mark.parametrize(
    ("query", "over"),
    [
        (asked(["bsn"]), False),
        (asked([NL_PID, "bsn"], format_="mso_mdoc"), False),
        (asked(["address", "locality"]), False),
        (asked(["address"]), True),
        (asked(["address", "locality", "x"]), True),  # listed is what counts, not what lies below it
        (asked(["bsn"], ["birthdate"]), True),
    ],
)
def test_each_path_is_listed_exactly(office: Any, query: DcqlQuery, over: bool) -> None:
    checked = check(office, der(json.dumps(members())), query)
    assert codes(checked) == ({"OVERASKING_DETECTED"} if over else set())
    assert checked.verdict == ("refuse" if over else "accept")
    assert (checked.refusal is not None) is over


def test_what_the_citizen_reads_comes_from_the_certificate(office: Any) -> None:
    checked = check(office, der(json.dumps(members())), asked(["bsn"]))
    found = checked.registration.certificate
    assert found is not None
    assert (found.trade_name, found.legal_name, found.identifier) == (
        "Winkel",
        "Winkel B.V.",
        "NTRNL-12345678",
    )
    assert found.purpose == {"nl": "Inloggen", "en": "Log in"}
    assert found.retention is not None
    assert found.retention.days == 2
    assert found.privacy_policy == "https://winkel.example/privacy"


def test_version_0_6_does_not_look_inside(office: Any) -> None:
    checked = check(office, der(json.dumps(members())), asked(["bsn"]), NL_WALLET_0_6)
    assert codes(checked) == {"NOT_REGISTERED"}


def test_without_the_extension_a_registration_certificate_counts(office: Any) -> None:
    assert codes(check(office, None, asked(["bsn"]))) == {"NOT_REGISTERED"}


@pytest.mark.parametrize(
    "value",
    [b"", b"\x0c", b"\x0c\x05abc", b"\x0c\x80", b"\x16\x02{}", b"\x0c\x02\xff\xff", der("[]"), der("{}")],
)
def test_an_extension_that_cannot_be_read_fails_and_does_not_register(office: Any, value: bytes) -> None:
    checked = check(office, value, asked(["bsn"]))
    assert {one.id for one in checked.report if one.outcome == "failed"} == {"NL-20"}
    assert checked.registration.certificate is None
    assert checked.verdict == "refuse"


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"purposeStatement": {}}, "/purposeStatement"),
        ({"purposeStatement": {"nl": 1}}, "/purposeStatement"),
        ({"retentionPolicy": {"intentToRetain": "yes"}}, "/retentionPolicy/intentToRetain"),
        (
            {"retentionPolicy": {"intentToRetain": True, "maxDurationInMinutes": -1}},
            "/retentionPolicy/maxDurationInMinutes",
        ),
        ({"organization": None}, "/organization"),
        ({"authorizedAttributes": []}, "/authorizedAttributes"),
        ({"authorizedAttributes": {NL_PID: [[]]}}, f"/authorizedAttributes/{NL_PID}"),
        ({"authorizedAttributes": {str(n): [] for n in range(65)}}, "/authorizedAttributes"),
        ({"authorizedAttributes": {NL_PID: [["a"]] * 513}}, f"/authorizedAttributes/{NL_PID}"),
    ],
)
def test_what_is_wrong_is_named(changed: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidRegistration) as refused:
        ReaderRegistration.parse(json.dumps(members(**changed)))
    assert isinstance(refused.value, RemoteError)
    assert refused.value.pointer == pointer
