"""The registration certificate as a CWT, and either form in an mdoc request (ETSI TS 119 475, TS 119 472-2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cbor2
import pytest

from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject, parse_jws
from nlwallet.crypto.cbor import dump_cbor
from nlwallet.crypto.cose import TYP, X5CHAIN, sign_cose_sign1, x5chain
from nlwallet.dcql import DcqlQuery
from nlwallet.encoding import b64url_encode
from nlwallet.errors import InvalidRegistration, MalformedInput, OutsideValidity, RemoteError
from nlwallet.mdoc import (
    DeviceRequest,
    ItemsRequest,
    encode_device_request,
    redirect_session_transcript,
)
from nlwallet.profiles import HAIP_1_0, STRICT
from nlwallet.proximity import REGISTRATION_CERTIFICATE, query_of, registrations_of
from nlwallet.registration import (
    RelyingPartyRecord,
    check_registration,
    check_request,
    verify_wrprc,
)
from nlwallet.status import StatusList, StatusListToken
from nlwallet.trust import Category

NOW = 1_790_000_000
ALGORITHMS = frozenset({"ES256"})
MDOC_PID = "eu.europa.ec.eudi.pid.1"
MDL = "org.iso.18013.5.1.mDL"
TRANSCRIPT = redirect_session_transcript(
    client_id="x509_hash:a", nonce="n", response_uri="https://rp.example/r", encryption_key=None
)


def claims_of(text: str) -> dict[str, Any]:
    return parse_jws(text, typ=None, algorithms=ALGORITHMS, what="it").claims()


def cwt(
    office: Any, text: str, *, key: Any = None, headers: Any = None, open_headers: Any = None, **changes: Any
) -> bytes:
    """What the JWT says, as a CWT."""
    claims = {name: value for name, value in {**claims_of(text), **changes}.items() if value is not ...}
    protected = {TYP: "rc-wrp+cwt", X5CHAIN: x5chain(office.chain)} if headers is None else headers
    return sign_cose_sign1(
        dump_cbor(claims), key or office.key, protected=protected, unprotected=open_headers or {}
    )


def verify(office: Any, certificate: str | bytes, *, now: int = NOW) -> Any:
    return verify_wrprc(
        certificate,
        anchors=office.anchors.of(Category.REGISTRATION_CERTIFICATE_PROVIDER),
        now=now,
        algorithms=ALGORITHMS,
    )


@pytest.fixture
def text(office: Any, record: RelyingPartyRecord) -> str:
    return office.wrprc(record)


# The envelope -------------------------------------------------------------------------------------


@pytest.mark.req("RPRC_17")
def test_a_cwt_says_what_the_jwt_says(office: Any, text: str) -> None:
    assert verify(office, cwt(office, text)) == verify(office, text)


@pytest.mark.parametrize(
    "form", ["octets of a JWT", "octets in base64url", "JWT in base64url", "tag 18", "tag 61"]
)
def test_it_is_read_in_every_form_in_which_it_travels(office: Any, text: str, form: str) -> None:
    data = cwt(office, text)
    tagged = cbor2.CBORTag(18, cbor2.loads(data))
    given: str | bytes = {
        "octets of a JWT": text.encode(),
        "octets in base64url": b64url_encode(data),
        "JWT in base64url": b64url_encode(text.encode()),
        "tag 18": cbor2.dumps(tagged),
        "tag 61": cbor2.dumps(cbor2.CBORTag(61, tagged)),
    }[form]
    assert verify(office, given) == verify(office, text)


def test_claims_by_number_are_read_and_never_twice(office: Any, text: str) -> None:
    claims = claims_of(text)
    numbers = {
        2: claims["sub"],
        4: claims["exp"],
        6: claims["iat"],
        65535: claims["status"],
        -70_000: b"ours",
    }
    named = dict.fromkeys(("sub", "exp", "iat", "status"), ...)
    both = cwt(office, text, **named)
    payload = {**cbor2.loads(cbor2.loads(both)[2]), **numbers}
    headers = {TYP: "rc-wrp+cwt", X5CHAIN: x5chain(office.chain)}
    assert verify(office, sign_cose_sign1(dump_cbor(payload), office.key, protected=headers)) == verify(
        office, text
    )
    twice = dump_cbor({**payload, "sub": "NTRNL-87654321"})
    with pytest.raises(InvalidRegistration, match="by name and by number"):
        verify(office, sign_cose_sign1(twice, office.key, protected=headers))


def test_the_chain_may_stand_in_the_open_header(office: Any, text: str) -> None:
    data = cwt(office, text, headers={TYP: "rc-wrp+cwt"}, open_headers={X5CHAIN: x5chain(office.chain)})
    assert verify(office, data) == verify(office, text)


@pytest.mark.req("RPRC_17")
@pytest.mark.parametrize(
    ("how", "refusal"),
    [
        ({"headers": "no type"}, InvalidRegistration),
        ({"headers": "open type"}, InvalidRegistration),
        ({"headers": "another type"}, InvalidRegistration),
        ({"headers": "no chain"}, InvalidRegistration),
        ({"headers": "another authority"}, RemoteError),
        ({"key": "another"}, RemoteError),
        ({"name": ...}, InvalidRegistration),
        ({"name": b"Boekhandel"}, InvalidRegistration),
        ({"credentials": [{1: 2}]}, InvalidRegistration),
        ({"purpose": cbor2.CBORTag(0, "2026-01-01T00:00:00Z")}, InvalidRegistration),
        ({"exp": 1.5}, InvalidRegistration),
        ({"exp": NOW}, OutsideValidity),
        ({"iat": NOW + 600}, OutsideValidity),
        ({"entitlements": ["https://uri.etsi.org/19475/Entitlement/PID_Provider"]}, InvalidRegistration),
    ],
    ids=str,
)
def test_a_cwt_is_held_to_the_rules_of_the_jwt(office: Any, text: str, how: Any, refusal: Any) -> None:
    stranger = CertificateAuthority.create("Registration root", now=NOW)
    chain = x5chain(office.chain)
    headers = {
        "no type": {X5CHAIN: chain},
        "open type": {X5CHAIN: chain},
        "another type": {TYP: "application/statuslist+cwt", X5CHAIN: chain},
        "no chain": {TYP: "rc-wrp+cwt"},
        "another authority": {
            TYP: "rc-wrp+cwt",
            X5CHAIN: x5chain(stranger.issue(office.key.public, Subject("Registrar"), now=NOW)),
        },
    }
    changes = dict(how)
    if "headers" in changes:
        changes["open_headers"] = {TYP: "rc-wrp+cwt"} if changes["headers"] == "open type" else {}
        changes["headers"] = headers[changes["headers"]]
    if "key" in changes:
        changes["key"] = PrivateKey.generate()
    with pytest.raises(refusal):
        verify(office, cwt(office, text, **changes))


@pytest.mark.parametrize(
    "rubbish", [b"", b"\x84", b"\xd2\x80", b"\xa0", b"ey", b"ey.\xff.", "", "A", "ey", "=.="]
)
def test_rubbish_is_refused_as_what_it_is(office: Any, rubbish: str | bytes) -> None:
    with pytest.raises(MalformedInput):
        verify(office, rubbish)


def test_a_payload_that_is_no_map_is_refused(office: Any) -> None:
    headers = {TYP: "rc-wrp+cwt", X5CHAIN: x5chain(office.chain)}
    with pytest.raises(InvalidRegistration, match="not a map"):
        verify(office, sign_cose_sign1(dump_cbor(["x"]), office.key, protected=headers))
    with pytest.raises(MalformedInput):
        verify(office, sign_cose_sign1(dump_cbor({}), office.key, protected=headers, detached=True))


@pytest.mark.req("RPRC_17", "RPRC_17a", "RPRC_21")
def test_the_check_of_a_request_takes_a_cwt(office: Any, record: Any, ancestors: Any, text: str) -> None:
    def check(certificate: bytes, *asked: str) -> list[str]:
        query = {
            "credentials": [
                {
                    "id": "pid", "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:eudi:pid:nl:1"]},
                    "claims": [{"path": [one]} for one in asked],
                }
            ]
        }  # fmt: skip
        return list(
            check_registration(
                [b64url_encode(certificate)],
                access_certificate=office.wrpac(record).leaf,
                query=DcqlQuery.parse(query),
                anchors=office.anchors,
                now=NOW,
                profile=HAIP_1_0,
                ancestors=ancestors,
            ).warnings
        )

    assert check(cwt(office, text), "age_over_18") == []
    assert check(cwt(office, text), "bsn") == ["over_asking"]
    assert check(cwt(office, text, sub="NTRNL-87654321"), "age_over_18") == ["registration_mismatch"]
    assert check(cwt(office, text)[:-1], "age_over_18") == ["registration_invalid"]


# In an mdoc request -------------------------------------------------------------------------------


@pytest.fixture
def mdoc_record(members: dict[str, Any]) -> RelyingPartyRecord:
    use = {
        **members["intended_uses"][0],
        "credentials": tuple(
            {"format": "mso_mdoc", "types": [one], "claims": [[one, "age_over_18"]]}
            for one in (MDOC_PID, MDL)
        ),
    }
    return RelyingPartyRecord.of(**{**members, "intended_uses": (use,)})


def asked(certificate: str | bytes | None, *elements: str, doctype: str = MDOC_PID) -> ItemsRequest:
    items = ItemsRequest(doctype, {doctype: dict.fromkeys(elements or ("age_over_18",), False)})
    if certificate is None:
        return items
    octets = certificate.encode() if isinstance(certificate, str) else certificate
    return replace(items, info={REGISTRATION_CERTIFICATE: octets})


def read(office: Any, chain: Any, *items: ItemsRequest) -> tuple[DeviceRequest, Any]:
    """A signed request, as the wallet reads it, and who signed every part of it."""
    sent = encode_device_request(items, session_transcript=TRANSCRIPT, key=office.party_key, chain=chain)
    request = DeviceRequest.parse(sent)
    chains = {
        *request.verify_readers(
            office.anchors.of(Category.ACCESS_CA),
            session_transcript=TRANSCRIPT,
            now=NOW,
            algorithms=ALGORITHMS,
            extended_key_usage=None,
        )
    }
    assert len(chains) == 1
    return request, chains.pop()


def good_list(reference: Any) -> StatusListToken:
    return StatusListToken(reference.uri, NOW, StatusList(64))


def judged(office: Any, request: DeviceRequest, chain: Any, profile: Any = HAIP_1_0) -> Any:
    return check_request(
        registrations_of(request), chain=chain, query=query_of(request), anchors=office.anchors,
        status_lists=good_list, now=NOW, profile=profile, ancestors=lambda _: (),
    )  # fmt: skip


@pytest.mark.req("RPRC_19", "RPRC_20")
@pytest.mark.parametrize("form", ["jwt", "cwt"])
def test_a_registration_travels_in_an_mdoc_request(office: Any, mdoc_record: Any, form: str) -> None:
    text = office.wrprc(mdoc_record)
    certificate = text if form == "jwt" else cwt(office, text)
    request, chain = read(
        office, office.wrpac(mdoc_record), asked(certificate), asked(certificate, doctype=MDL)
    )
    [found] = registrations_of(request)
    assert found == (certificate.encode() if isinstance(certificate, str) else certificate)
    check = judged(office, request, chain)
    assert check.verdict == "accept"
    assert check.registration.certificate == verify(office, text)
    assert judged(office, request, chain, STRICT).verdict == "accept"


@pytest.mark.req("RPRC_20", "RPRC_21")
def test_what_an_mdoc_request_asks_is_held_against_it(office: Any, mdoc_record: Any) -> None:
    certificate = cwt(office, office.wrprc(mdoc_record))
    chain = office.wrpac(mdoc_record)
    request, chain = read(office, chain, asked(certificate, "age_over_18", "birth_date"))
    check = judged(office, request, chain)
    assert check.registration.warnings == ["over_asking"]
    assert [one.path for one in check.registration.over_asked] == [(MDOC_PID, "birth_date")]
    request, chain = read(office, chain, asked(certificate), asked(certificate, doctype="org.example.other"))
    assert [one.kind for one in judged(office, request, chain).registration.over_asked] == ["type"]


@pytest.mark.req("RPRC_17", "RPRC_19")
def test_none_two_or_a_strange_one_are_told_apart(office: Any, mdoc_record: Any) -> None:
    chain = office.wrpac(mdoc_record)
    text = office.wrprc(mdoc_record)
    for items, warning in (
        ((asked(None),), "not_registered"),
        ((asked(text), asked(office.wrprc(mdoc_record, days=20), doctype=MDL)), "registration_invalid"),
        ((asked(b"\x84nonsense"),), "registration_invalid"),
    ):
        request, who = read(office, chain, *items)
        check = judged(office, request, who)
        assert check.registration.warnings == [warning]
        assert check.registration.certificate is None
        assert judged(office, request, who, STRICT).verdict == "refuse"


@pytest.mark.req("RPRC_17a")
def test_a_reader_with_the_registration_of_another_has_none(
    office: Any, mdoc_record: Any, members: Any
) -> None:
    other = RelyingPartyRecord.of(
        **{**mdoc_record.model_dump(exclude_none=True), "identifier": "NTRNL-87654321", "trade_name": "Ander"}
    )
    request, chain = read(office, office.wrpac(other), asked(office.wrprc(mdoc_record)))
    assert judged(office, request, chain).registration.warnings == ["registration_mismatch"]
    # A reader that does not say who it is has no registration either.
    assert judged(office, request, None).registration.warnings == ["registration_mismatch"]
