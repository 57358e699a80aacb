"""Who issues, holds and verifies mdocs in the tests with peers, and the session that they are shown in."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.crypto.cbor import dump_cbor, parse_cbor
from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.mdoc import (
    DOCUMENT_SIGNER,
    READER_AUTHENTICATION,
    DeviceMac,
    DocumentSigners,
    Mdoc,
    MdocPresentation,
    SessionFacts,
    encode_device_response,
    issue_mdoc,
    verify_mdoc,
    verify_mdoc_presentation,
)

DOCTYPE = "org.example.card.1"
OTHER = "org.example.card.1.extra"
CLAIMS: dict[str, dict[str, Any]] = {
    DOCTYPE: {
        "family_name": "De Vries",
        "age_over_18": True,
        "number": 7,
        "places": ["Ljouwert", "Nijmegen"],
    },
    OTHER: {"note": "é"},
}
SHOW = {DOCTYPE: ["age_over_18", "number"], OTHER: ["note"]}
SHOWN = {DOCTYPE: {"age_over_18": True, "number": 7}, OTHER: {"note": "é"}}
ES256 = frozenset({"ES256"})
ROOMS = {"@owf/mdoc": "mdocOwf", "@animo-id/mdoc": "mdocAnimo", "@auth0/mdl": "mdoc"}
READ_ALONE = ("@owf/mdoc", "@animo-id/mdoc")
"""Those that read a document outside a response."""
MAKES_MACS = ("@animo-id/mdoc", "@auth0/mdl")


def now() -> int:
    return int(time.time())


AUTHORITY = CertificateAuthority.create("Test IACA", organization="Test", country="NL", now=now())
STRANGER = CertificateAuthority.create("Stranger", organization="Test", country="NL", now=now())
KEY, HOLDER, READER, ENCRYPTION = (PrivateKey.generate() for _ in range(4))
CHAIN = AUTHORITY.issue(
    KEY.public,
    Subject("Document signer", country="NL", organization="Test"),
    now=now(),
    extended_key_usages=(DOCUMENT_SIGNER,),
)
READER_KEY = PrivateKey.generate()
READER_CHAIN = AUTHORITY.issue(
    READER_KEY.public,
    Subject("Reader", country="NL", organization="Test"),
    now=now(),
    extended_key_usages=(READER_AUTHENTICATION,),
)
ROOTS = [AUTHORITY.certificate.pem()]

REDIRECT = SessionFacts(
    nonce="exc7gBkxjx1rdc9udRrveKvSsJIq80avlXeLHhGwqtA",
    client_id="x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk",
    response_uri="https://cafe.example/response/1?a=b",
    encryption_key=ENCRYPTION.public,
    mdoc_generated_nonce=b"SMjyt8vBQTuGLIBJDXvAhA",
)
BROWSER = SessionFacts(
    nonce=REDIRECT.nonce,
    client_id=REDIRECT.client_id,
    origin="https://cafe.example",
    encryption_key=ENCRYPTION.public,
)
SESSIONS = {"redirect": REDIRECT, "browser": BROWSER}


@dataclass(frozen=True)
class Peer:
    """One library in the Node process."""

    name: str
    call: Any

    def __getattr__(self, name: str) -> Any:
        return lambda **given: self.call(f"{ROOMS[self.name]}.{name}", **given)

    def issues(self, *, digest: str = "SHA-256", certificate: str = "") -> str:
        """An IssuerSigned, base64url."""
        made = self.issue(
            docType=DOCTYPE,
            namespaces=CLAIMS,
            issuer=KEY.private_jwk(),
            certificate=certificate or CHAIN.leaf.pem(),
            device=HOLDER.private_jwk(),
            hours=1,
            digest=digest,
        )
        if self.name in READ_ALONE:
            return str(made)
        return b64url_encode(dump_cbor(_decoded(made)["documents"][0]["issuerSigned"]))

    def shows(self, document: str, session: dict[str, Any], *, mac: bool = False, **more: Any) -> str:
        """A DeviceResponse, base64url."""
        given = {"document": document, "docType": DOCTYPE, "show": SHOW, "device": HOLDER.private_jwk()}
        reader = {"reader": READER.public.jwk()} if mac else {}
        return str(self.present(**given, session=session, **reader, **more))

    def reads(self, response: str, session: dict[str, Any], *, mac: bool = False, **more: Any) -> Any:
        """The only document in it."""
        reader = {"reader": READER.private_jwk()} if mac else {}
        [document] = self.verify(
            **{"response": response, "session": session, "roots": ROOTS, **reader, **more}
        )
        assert document["docType"] == DOCTYPE
        return document["claims"]


def given(facts: SessionFacts) -> dict[str, Any]:
    """A session whose transcript we made."""
    return {"transcript": b64url_encode(facts.transcript())}


def issued(**changed: Any) -> str:
    """A document of our issuer, base64url."""
    members: dict[str, Any] = {
        "doctype": DOCTYPE,
        "namespaces": CLAIMS,
        "key": KEY,
        "chain": CHAIN,
        "holder_key": HOLDER.public,
        "signed_at": now(),
        "valid_until": now() + 3600,
    }
    return b64url_encode(issue_mdoc(**{**members, **changed}))


def received(document: str) -> Mdoc:
    return verify_mdoc(document, issuer=DocumentSigners([AUTHORITY.certificate]), now=now(), algorithms=ES256)


def shown(facts: SessionFacts, *, mac: bool = False, document: str = "") -> str:
    """A presentation of our wallet, base64url."""
    held = received(document or issued())
    paths = [(namespace, name) for namespace, names in SHOW.items() for name in names]
    if not mac:
        return held.present(paths, holder_key=HOLDER, session_transcript=facts.transcript())
    proof = DeviceMac(HOLDER, READER.public)
    made = held.document(paths, session_transcript=facts.transcript(), device_auth=proof)
    return b64url_encode(encode_device_response([made]))


def read(presentation: str, facts: SessionFacts, *, mac: bool = False, **changed: Any) -> MdocPresentation:
    """What our verifier finds."""
    members: dict[str, Any] = {
        "issuer": DocumentSigners([AUTHORITY.certificate]),
        "session_transcript": facts.transcript(),
        "now": now(),
        "algorithms": ES256,
        "reader_key": READER if mac else None,
    }
    return verify_mdoc_presentation(presentation, **{**members, **changed})


def _decoded(text: str) -> Any:
    return parse_cbor(b64url_decode(text), what="it")
