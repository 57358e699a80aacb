"""Anchors from a VICAL at its address: for the document types that it names, refreshed, and never older."""

from __future__ import annotations

from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.errors import InvalidTrustedList, UntrustedCertificate
from nlwallet.http import HttpClient, PublishedAnchors, VicalLocation
from nlwallet.mdoc import DOCUMENT_SIGNER, issue_mdoc, verify_mdoc
from nlwallet.profiles import HAIP_1_0
from nlwallet.sdjwt import TypeMetadataRegistry
from nlwallet.trust import Category, IssuingAuthority, TrustAnchors, Vical, sign_vical
from nlwallet.verifier.trust_policy import IssuerByType, TrustPolicy

NOW = 1_790_000_000
MDL, PHOTO_ID = "org.iso.18013.5.1.mDL", "org.iso.23220.photoid.1"
NL, BE = (CertificateAuthority.create(f"{name} IACA", country=name, now=NOW) for name in ("NL", "BE"))
KEY, DS = PrivateKey.generate(), PrivateKey.generate()
SIGNER = CertificateAuthority.create("VICAL root", now=NOW).issue(KEY.public, Subject("VICAL"), now=NOW)
LIST = Vical(
    provider="Test",
    issued_at=NOW,
    next_update=NOW + 86_400,
    issue_id=1,
    authorities=(IssuingAuthority(NL.certificate, (MDL,)), IssuingAuthority(BE.certificate, (PHOTO_ID,))),
)
URL = "https://vical.example/list"
CATEGORIES = {MDL: Category.PUB_EAA_PROVIDER, PHOTO_ID: Category.PUB_EAA_PROVIDER}


class Host:
    def __init__(self) -> None:
        self.vical = LIST
        self.app = Starlette(routes=[Route("/list", self.serve)])

    def serve(self, _: Request) -> Response:
        return Response(sign_vical(self.vical, key=KEY, chain=SIGNER), media_type="application/cose")


@pytest.fixture
def clock() -> TravellingClock:
    return TravellingClock(NOW)


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def anchors(host: Host, clock: TravellingClock) -> PublishedAnchors:
    http = HttpClient()
    http.mount("https://vical.example", host.app)
    location = VicalLocation(URL, CATEGORIES, (SIGNER.leaf,))
    return PublishedAnchors([location], http=http, clock=clock, own=TrustAnchors())


def document(authority: CertificateAuthority, doctype: str) -> bytes:
    chain = authority.issue(DS.public, Subject("DS", "NL"), now=NOW, extended_key_usages=[DOCUMENT_SIGNER])
    return issue_mdoc(
        doctype=doctype, namespaces={doctype: {"x": 1}}, key=DS, chain=chain, holder_key=DS.public,
        signed_at=NOW, valid_until=NOW + 86_400,
    )  # fmt: skip


def test_an_authority_counts_for_its_document_types(anchors: PublishedAnchors) -> None:
    issuer = IssuerByType(anchors, policy=TrustPolicy(), types=TypeMetadataRegistry(), profile=HAIP_1_0)
    for authority, doctype, trusted in (
        (NL, MDL, True),
        (BE, PHOTO_ID, True),
        (BE, MDL, False),
        (NL, PHOTO_ID, False),
        (NL, "org.example.other", False),
    ):
        data = document(authority, doctype)
        how = {"issuer": issuer.document_signer, "now": NOW, "algorithms": {"ES256"}}
        if trusted:
            assert verify_mdoc(data, **how).doctype == doctype
        else:
            with pytest.raises(UntrustedCertificate):
                verify_mdoc(data, **how)


def test_a_removed_authority_is_none_after_the_next_reading(
    anchors: PublishedAnchors, host: Host, clock: TravellingClock
) -> None:
    category = Category.PUB_EAA_PROVIDER
    assert anchors.of(category) == (NL.certificate, BE.certificate)
    assert anchors.of_type(category, MDL) == (NL.certificate,)
    host.vical = replace(LIST, issue_id=2, authorities=LIST.authorities[1:])
    clock.travel(3600)
    assert anchors.of_type(category, MDL) == ()
    host.vical = LIST
    clock.travel(3600)
    assert anchors.of_type(category, MDL) == ()
    problem = anchors.problems[URL]
    assert isinstance(problem, InvalidTrustedList)
    assert problem.code == "list_rolled_back"


def test_nobody_vouches_after_the_next_update_was_due(
    anchors: PublishedAnchors, host: Host, clock: TravellingClock
) -> None:
    assert anchors.of(Category.PUB_EAA_PROVIDER)
    clock.travel(86_400)
    assert anchors.of(Category.PUB_EAA_PROVIDER) == ()
    assert anchors.problems[URL].code == "list_out_of_date"
