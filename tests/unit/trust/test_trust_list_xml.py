"""Trusted lists in XML: signed as a whole by a pinned signer, in time, and only what is granted (ETSI TS 119 612)."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import SignatureMethod, XMLSigner
from signxml.xades import XAdESSigner
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateAuthority
from nlwallet.errors import InvalidSignature, InvalidTrustedList, MalformedInput, RemoteError
from nlwallet.http import HttpClient, ListLocation, PublishedAnchors, XmlListLocation
from nlwallet.registrar import ListPublisher
from nlwallet.trust import PID_PROVIDERS, PUB_EAA_PROVIDERS, Category, TrustedListXml, verify_trusted_list_xml

NOW = 1_790_000_000
DAY = 86_400
QEAA = "http://uri.etsi.org/TrstSvc/Svctype/EAA/Q"
OTHER_TYPE = "http://uri.etsi.org/TrstSvc/Svctype/CA/QC"
GRANTED = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted"
WITHDRAWN = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/withdrawn"
ANCHOR = CertificateAuthority.create("QEAA CA", now=NOW, days=900).certificate
THIRD = CertificateAuthority.create("PID CA", now=NOW, days=900).certificate
SECOND = CertificateAuthority.create("Second CA", now=NOW, days=900).certificate


def _self_signed(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Scheme operator")])
    start = dt.datetime.fromtimestamp(NOW - DAY, dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=900))
        .sign(key, hashes.SHA256())
    )


KEY = ec.generate_private_key(ec.SECP256R1())
SIGNER = _self_signed(KEY)
RSA_KEY = rsa.generate_private_key(65537, 2048)
RSA_SIGNER = _self_signed(RSA_KEY)


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def service(service_type: str = QEAA, status: str = GRANTED, certificate: bytes = ANCHOR.der) -> str:
    return f"""<TSPService><ServiceInformation><ServiceTypeIdentifier>{service_type}</ServiceTypeIdentifier>
    <ServiceName><Name xml:lang="en">A service</Name></ServiceName>
    <ServiceDigitalIdentity><DigitalId><X509Certificate>{base64.encodebytes(certificate).decode()}</X509Certificate>
    </DigitalId></ServiceDigitalIdentity><ServiceStatus>{status}</ServiceStatus></ServiceInformation></TSPService>"""


def document(
    *services: str, number: int = 7, territory: str = "NL", days: int = 30, version: str = "6"
) -> str:
    def date(seconds: int) -> str:
        return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    return f"""<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#" Id="list"><SchemeInformation>
    <TSLVersionIdentifier>{version}</TSLVersionIdentifier><TSLSequenceNumber>{number}</TSLSequenceNumber>
    <SchemeTerritory>{territory}</SchemeTerritory><ListIssueDateTime>{date(NOW - DAY)}</ListIssueDateTime>
    <NextUpdate><dateTime>{date(NOW + days * DAY)}</dateTime></NextUpdate></SchemeInformation>
    <TrustServiceProviderList><TrustServiceProvider><TSPInformation><TSPName>
    <Name xml:lang="en">Trust provider</Name></TSPName></TSPInformation>
    <TSPServices>{"".join(services or (service(),))}</TSPServices></TrustServiceProvider></TrustServiceProviderList>
    </TrustServiceStatusList>"""


def signed(text: str, *, rsa_key: bool = False, xades: bool = True) -> bytes:
    kind = XAdESSigner if xades else XMLSigner
    method = SignatureMethod.RSA_SHA256 if rsa_key else SignatureMethod.ECDSA_SHA256
    signer = kind(signature_algorithm=method)
    key, certificate = (RSA_KEY, RSA_SIGNER) if rsa_key else (KEY, SIGNER)
    return bytes(etree.tostring(signer.sign(etree.fromstring(text), key=key, cert=[certificate])))


def read(data: bytes, *, now: int = NOW, territory: str = "NL", **given: object) -> TrustedListXml:
    signers = given.pop("signers", (der(SIGNER),))
    return verify_trusted_list_xml(data, signers=signers, territory=territory, now=now, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("xades", [True, False], ids=["XAdES", "XML signature"])
@pytest.mark.parametrize("rsa_key", [True, False], ids=["RSA", "P-256"])
def test_a_list_signed_by_a_pinned_signer_is_read(*, rsa_key: bool, xades: bool) -> None:
    data = signed(document(service(), service(certificate=SECOND.der)), rsa_key=rsa_key, xades=xades)
    found = read(data, signers=(der(SIGNER), der(RSA_SIGNER)))
    assert found.anchors(Category.QEAA_PROVIDER, now=NOW) == (ANCHOR, SECOND)
    assert found.anchors(Category.PID_PROVIDER, now=NOW) == ()
    assert found.services[0].provider == "Trust provider"
    assert found.anchors(Category.QEAA_PROVIDER, now=NOW + 901 * DAY) == ()


def test_only_granted_services_of_the_types_that_are_asked_for_count() -> None:
    found = read(
        signed(
            document(
                service(status=WITHDRAWN),
                service(OTHER_TYPE),
                service(certificate=SECOND.der),
                service(certificate=der(RSA_SIGNER)),
            )
        )
    )
    assert found.anchors(Category.QEAA_PROVIDER, now=NOW) == (SECOND,)
    assert found.unreadable == 1
    other = read(signed(document(service(OTHER_TYPE))), service_types={OTHER_TYPE: Category.PUB_EAA_PROVIDER})
    assert other.anchors(Category.PUB_EAA_PROVIDER, now=NOW) == (ANCHOR,)


def test_another_signer_or_none_is_refused() -> None:
    data = signed(document())
    for signers in ((), (der(RSA_SIGNER),), (ANCHOR.der,)):
        with pytest.raises(InvalidSignature):
            read(data, signers=signers)
    with pytest.raises(InvalidSignature):
        read(data, now=NOW + 901 * DAY)
    with pytest.raises(MalformedInput, match="0 signatures"):
        read(document().encode())


def tampered(change: Callable[[str], str]) -> bytes:
    return change(signed(document()).decode()).encode()


def wrapped(text: str) -> str:
    """The signed list moved aside, and another one in its place, under the same signature."""
    inner = text[text.index("<TrustServiceStatusList") :]
    signature = inner[inner.index("<ds:Signature") : inner.index("</ds:Signature>") + len("</ds:Signature>")]
    outer = document(service(certificate=SECOND.der)).replace('Id="list"', "")
    moved = inner.replace(signature, "")
    return outer.replace(
        "</TrustServiceStatusList>", f"<Extra>{moved}</Extra>{signature}</TrustServiceStatusList>"
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t.replace("Trust provider", "Someone else"),
        lambda t: t.replace(">7<", ">8<", 1),
        lambda t: t.replace("</TSPServices>", service(certificate=SECOND.der) + "</TSPServices>"),
        wrapped,
    ],
    ids=["name", "number", "service", "signature wrapping"],
)
def test_a_list_that_was_changed_is_refused(change: Callable[[str], str]) -> None:
    with pytest.raises(RemoteError) as refused:
        read(tampered(change))
    assert refused.value.code in {"invalid_signature", "malformed"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (document(version="4"), "version"),
        (document(territory="BE"), "territory"),
        (document(days=0), "out of date"),
        (document().replace("<SchemeTerritory>NL</SchemeTerritory>", ""), "SchemeTerritory"),
        (document().replace(">7<", ">seven<"), "no number"),
        (document().replace("TrustServiceStatusList", "Other"), "no TrustServiceStatusList"),
    ],
)
def test_what_a_list_must_have(text: str, reason: str) -> None:
    with pytest.raises(InvalidTrustedList, match=reason):
        read(signed(text))


def test_no_older_list_and_no_other_one_under_the_same_number() -> None:
    known = read(signed(document()))
    for other in (document(number=6), document(days=31)):
        with pytest.raises(InvalidTrustedList) as refused:
            read(signed(other), previous=known)
        assert refused.value.code == "list_rolled_back"
    assert read(signed(document(number=8)), previous=known).sequence_number == 8


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<a",
        b"\xff\xfe",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b'<!DOCTYPE a [<!ENTITY x "aaaaaaaaaa"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;&x;">]><a>&y;</a>',
        b'<!DOCTYPE a SYSTEM "https://evil.example/x.dtd"><a/>',
        b"<a>" * 5000,
    ],
)
def test_what_is_no_such_xml_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedInput):
        read(data)


@pytest.mark.req("OIA_15a", "OIA_13")
def test_both_kinds_of_lists_are_read_and_a_removal_takes_effect() -> None:
    """The JSON half is in ``test_trust_published_anchors``; here it is XML, by the same reader."""
    served = {"list": signed(document())}
    app = Starlette(
        routes=[Route("/tl.xml", lambda _: Response(served["list"], media_type="application/xml"))]
    )
    http, clock = HttpClient(), TravellingClock(NOW)
    http.mount("https://tl.example", app)
    anchors = PublishedAnchors(
        [XmlListLocation("https://tl.example/tl.xml", "NL", (der(SIGNER),))], http=http, clock=clock
    )
    assert anchors.of(Category.QEAA_PROVIDER) == (ANCHOR,)
    served["list"] = signed(document(service(status=WITHDRAWN), number=8))
    clock.travel(3600)
    assert anchors.of(Category.QEAA_PROVIDER) == ()
    assert anchors.problems == {}


@pytest.mark.req("OIA_13", "OIA_14", "OIA_15b")
def test_lists_of_both_kinds_give_anchors_side_by_side_each_for_its_own_category() -> None:
    clock, http = TravellingClock(NOW), HttpClient()
    publisher = ListPublisher(clock=clock)
    publisher.notify(PUB_EAA_PROVIDERS, "A town", issuance=(SECOND,))
    publisher.notify(PID_PROVIDERS, "A state", issuance=(THIRD,))
    lists = {
        "/tl.xml": (signed(document()), "application/xml"),
        "/pub.jwt": (publisher.token(PUB_EAA_PROVIDERS), "application/jwt"),
        "/pid.jwt": (publisher.token(PID_PROVIDERS), "application/jwt"),
    }

    def serve(request: Request) -> Response:
        content, kind = lists[request.url.path]
        return Response(content, media_type=kind)

    http.mount("https://tl.example", Starlette(routes=[Route(path, serve) for path in lists]))
    locations = [
        XmlListLocation("https://tl.example/tl.xml", "NL", (der(SIGNER),)),
        ListLocation("https://tl.example/pub.jwt", PUB_EAA_PROVIDERS, (publisher.signer,)),
        ListLocation("https://tl.example/pid.jwt", PID_PROVIDERS, (publisher.signer,)),
    ]
    anchors = PublishedAnchors(locations, http=http, clock=clock)
    assert anchors.of(Category.QEAA_PROVIDER) == (ANCHOR,)
    assert anchors.of(Category.PUB_EAA_PROVIDER) == (SECOND,)
    assert anchors.of(Category.PID_PROVIDER) == (THIRD,)
    assert anchors.of(Category.EAA_PROVIDER) == ()
    assert anchors.problems == {}
