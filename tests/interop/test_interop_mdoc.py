"""Mdocs and outside judges: npm @auth0/mdl in both directions, and PyPI pymdoccbor, which is of another descent."""

from __future__ import annotations

import time
from typing import Any

import pytest
from cryptography import x509
from pymdoccbor.mdoc.verifier import MdocCbor

from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.errors import InvalidDeviceAuth, RemoteError
from nlwallet.mdoc import (
    DOCUMENT_SIGNER,
    DocumentSigners,
    issue_mdoc,
    redirect_session_transcript,
    verify_mdoc,
    verify_mdoc_presentation,
)

DOCTYPE = "org.example.card.1"
CLAIMS = {"family_name": "De Vries", "age_over_18": True, "number": 7}
AUTHORITY = CertificateAuthority.create("Test IACA", organization="Test", country="NL", now=int(time.time()))
KEY, HOLDER = PrivateKey.generate(), PrivateKey.generate()
CHAIN = AUTHORITY.issue(
    KEY.public,
    Subject("Document signer", country="NL", organization="Test"),
    now=int(time.time()),
    extended_key_usages=(DOCUMENT_SIGNER,),
)
READER = PrivateKey.generate()


def transcript(nonce: str = "exc7gBkxjx1rdc9udRrveKvSsJIq80avlXeLHhGwqtA") -> bytes:
    return redirect_session_transcript(
        client_id="x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk",
        nonce=nonce,
        response_uri="https://cafe.example/response/1",
        encryption_key=READER.public,
    )


def ours(*shown: str) -> str:
    """A presentation that our wallet makes of a document that our issuer made."""
    now = int(time.time())
    document = issue_mdoc(
        doctype=DOCTYPE, namespaces={DOCTYPE: CLAIMS}, key=KEY, chain=CHAIN, holder_key=HOLDER.public,
        signed_at=now, valid_until=now + 3600,
    )  # fmt: skip
    held = verify_mdoc(
        document, issuer=DocumentSigners([AUTHORITY.certificate]), now=int(time.time()), algorithms={"ES256"}
    )
    return held.present(
        [(DOCTYPE, name) for name in shown], holder_key=HOLDER, session_transcript=transcript()
    )


def read(presentation: str, *, session: bytes) -> Any:
    return verify_mdoc_presentation(
        presentation,
        issuer=DocumentSigners([AUTHORITY.certificate]),
        session_transcript=session,
        now=int(time.time()),
        algorithms={"ES256"},
    )


@pytest.mark.node
@pytest.mark.req("M-01", "M-08")
def test_auth0_mdl_reads_what_our_wallet_shows(peers: Any) -> None:
    (document,) = peers(
        "mdoc.verify",
        response=ours("family_name", "age_over_18"),
        transcript=b64url_encode(transcript()),
        roots=[AUTHORITY.certificate.pem()],
    )
    assert document == {
        "docType": DOCTYPE,
        "claims": {DOCTYPE: {"family_name": "De Vries", "age_over_18": True}},
    }


@pytest.mark.node
def test_auth0_mdl_can_say_no(peers: Any) -> None:
    stranger = CertificateAuthority.create("Stranger", country="NL", now=int(time.time()))
    for changed in (
        {"transcript": b64url_encode(transcript("another"))},
        {"roots": [stranger.certificate.pem()]},
    ):
        given = {
            "response": ours("age_over_18"),
            "transcript": b64url_encode(transcript()),
            "roots": [AUTHORITY.certificate.pem()],
        }
        with pytest.raises(Exception, match=r"(?i)signature|certificate|verif|trust"):
            peers("mdoc.verify", **(given | changed))


@pytest.mark.node
@pytest.mark.req("M-07", "M-08")
def test_we_read_what_auth0_mdl_issues_and_shows(peers: Any) -> None:
    presentation = peers(
        "mdoc.present",
        docType=DOCTYPE,
        namespace=DOCTYPE,
        claims=CLAIMS,
        show=["age_over_18", "number"],
        issuer=KEY.private_jwk(),
        certificate=CHAIN.leaf.pem(),
        device=HOLDER.private_jwk(),
        transcript=b64url_encode(transcript()),
        hours=1,
    )
    shown = read(presentation, session=transcript())
    assert shown.claims == {DOCTYPE: {"age_over_18": True, "number": 7}}
    assert shown.holder_key == HOLDER.public
    with pytest.raises(InvalidDeviceAuth):
        read(presentation, session=transcript("another"))
    with pytest.raises(RemoteError):
        verify_mdoc_presentation(
            presentation, issuer=DocumentSigners([]), session_transcript=transcript(), now=int(time.time()),
            algorithms={"ES256"},
        )  # fmt: skip


@pytest.mark.req("M-07")
@pytest.mark.filterwarnings("ignore")
def test_pymdoccbor_verifies_what_our_issuer_signed() -> None:
    """It looks at the issuer's half: signature, certificate, digests."""
    root = x509.load_pem_x509_certificate(AUTHORITY.certificate.pem().encode())
    read_by_peer = MdocCbor()
    read_by_peer.loads(b64url_decode(ours("family_name")).hex())
    assert read_by_peer.verify(trusted_root_certs=[root])
    spoilt = b64url_decode(ours("family_name")).replace(b"De Vries", b"De Boers")
    other = MdocCbor()
    other.loads(spoilt.hex())
    assert not other.verify(trusted_root_certs=[root])
