"""Older wallets (ISO/IEC TS 18013-7 Annex B): two peers read our presentation definition and answer it."""

from __future__ import annotations

import json
from typing import Any

import anyio
import httpx
import pytest
from interop_openid4vp_world import record

from nlwallet import Sandbox
from nlwallet.crypto import PrivateKey
from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.issuer import persona, pid_claims
from nlwallet.mdoc import iso_18013_7_session_transcript
from nlwallet.openid4vp import AuthorizationRequestLink
from nlwallet.profiles import ISO_18013_7
from nlwallet.verifier import Status, Verifier

pytestmark = pytest.mark.node

PID = "urn:eudi:pid:nl:1"
ORIGIN = "https://rp.example"
GENERATED = "SMjyt8vBQTuGLIBJDXvAhA"
QUERY = {
    "credentials": [
        {
            "id": "pid",
            "format": "mso_mdoc",
            "meta": {"doctype_value": PID},
            "claims": [{"path": [PID, "age_over_18"]}, {"path": [f"{PID}.address", "locality"]}],
        }
    ]
}


@pytest.mark.parametrize("room", ["mdocAnimo", "mdoc"])
def test_a_peer_answers_a_presentation_definition(room: str, peers: Any) -> None:
    with Sandbox() as edi:
        claims = pid_claims(persona("frouke"), now=edi.clock.now())
        key = PrivateKey.generate()
        document = edi.pid_issuer.issue("nl-pid-mdoc", claims, key.public)
        own = PrivateKey.generate()
        verifier = Verifier(
            certificates=edi.registrar.register(record(), own.public, dns_names=("rp.example",)),
            key=own,
            anchors=edi.anchors,
            base_url=ORIGIN,
            clock=edi.clock,
            types=edi.types,
            profile=ISO_18013_7,
        )
        request = verifier.request(query=QUERY)
        request_uri = AuthorizationRequestLink.parse(request.uri).request_uri
        asked = json.loads(b64url_decode(call(verifier, "GET", request_uri).text.split(".")[1]))
        presentation = peers(
            f"{room}.present",
            document=document,
            docType=PID,
            device=key.private_jwk(),
            definition=asked["presentation_definition"],
            session=session_for(room, asked),
        )
        [jwk] = asked["client_metadata"]["jwks"]["keys"]
        submission = {
            "definition_id": "pid",
            "descriptor_map": [{"id": PID, "format": "mso_mdoc", "path": "$"}],
        }
        members = {"vp_token": presentation, "state": asked["state"], "presentation_submission": submission}
        jwe = peers(
            "jose.encrypt",
            plaintext=b64url_encode(json.dumps(members).encode()),
            jwk=jwk,
            enc=asked["client_metadata"]["authorization_encrypted_response_enc"],
            kid=jwk["kid"],
            apu=b64url_encode(GENERATED.encode()),
            apv=b64url_encode(asked["nonce"].encode()),
        )
        reply = call(verifier, "POST", asked["response_uri"], data={"response": jwe})
        assert reply.status_code == 200, reply.text
        result = verifier.result(request)
        assert result.status is Status.VERIFIED
        assert result.claims("pid") == {
            PID: {"age_over_18": True},
            f"{PID}.address": {"locality": "Amsterdam"},
        }


def session_for(room: str, asked: dict[str, Any]) -> dict[str, Any]:
    """The older of the two peers knows the transcript of a draft only; its caller makes it."""
    given = {name: asked[name] for name in ("client_id", "nonce", "response_uri")}
    if room == "mdoc":
        made = iso_18013_7_session_transcript(**given, mdoc_generated_nonce=GENERATED)
        return {"transcript": b64url_encode(made)}
    return {
        "form": "iso18013_7",
        "clientId": asked["client_id"],
        "responseUri": asked["response_uri"],
        "verifierGeneratedNonce": asked["nonce"],
        "mdocGeneratedNonce": GENERATED,
    }


def call(verifier: Verifier, method: str, url: str, **more: Any) -> httpx.Response:
    async def go() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=verifier.app)) as client:
            return await client.request(method, url, **more)

    return anyio.run(go)
