"""A relying party that asks as an attacker would: registered as it should be, with its keys in the wrong hands."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.types import Receive, Scope, Send

from nlwallet.crypto import PrivateKey
from nlwallet.openid4vp import REQUEST_OBJECT_MEDIA_TYPE, SELF_ISSUED_V2, ClientMetadata, RequestSigner
from nlwallet.registration import RelyingPartyCertificates
from nlwallet.sandbox import Sandbox
from nlwallet.testing.hostile.forger import reader_record
from nlwallet.testing.hostile.jws_draft import JwsDraft
from nlwallet.testing.hostile.request_draft import ENCS, KID, RequestDraft


class HostileRelyingParty:
    """Serves requests, and takes answers, at a host of its own in a sandbox."""

    def __init__(self, edi: Sandbox, *, short_lived: bool = False) -> None:
        self.edi = edi
        self.key = PrivateKey.generate()
        self.origin = edi.serve(f"{secrets.token_hex(6)}.attacker.example", self._answer)
        self.host = urlsplit(self.origin).hostname or ""
        self.certificates: RelyingPartyCertificates = edi.registrar.register(
            reader_record(f"NTRNL-9{secrets.randbelow(10**7):07}"),
            self.key.public,
            dns_names=(self.host,),
            short_lived=short_lived,
        )
        self._drafts: dict[str, RequestDraft] = {}

    def draft(self) -> RequestDraft:
        """A good request: for whether somebody is an adult, as registered. It is served from now on."""
        id_, encryption_key = secrets.token_urlsafe(12), PrivateKey.generate("P-256")
        signer = RequestSigner.x509_hash(self.key, self.certificates.access_chain)
        (certificate,) = self.certificates.registration_certificates.values()
        claims: dict[str, Any] = {
            "client_id": signer.client_id,
            "response_type": "vp_token",
            "response_mode": "direct_post.jwt",
            "response_uri": f"{self.origin}/response/{id_}",
            "nonce": secrets.token_urlsafe(16),
            "state": secrets.token_urlsafe(16),
            "aud": SELF_ISSUED_V2,
            "iat": self.edi.clock.now(),
            "dcql_query": self.certificates.record.dcql_for("age"),
            "client_metadata": ClientMetadata.for_request(
                encryption_key.public, KID, encs=ENCS, algorithms=("ES256",)
            ).as_json(),
            "verifier_info": [{"format": "registration_cert", "data": certificate}],
        }
        link = {"client_id": signer.client_id, "request_uri": f"{self.origin}/request/{id_}"}
        draft = RequestDraft(id_, JwsDraft.of(signer.sign(claims), self.key), link, encryption_key)
        self._drafts[id_] = draft
        return draft

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        what, _, id_ = scope["path"].strip("/").partition("/")
        draft = self._drafts.get(id_)
        form = dict(parse_qsl(await _body(receive), keep_blank_values=True))
        status, body = 404, b""
        headers: list[tuple[str, str]] = []
        if draft is not None and what == "request":
            nonce = form.get("wallet_nonce") if scope["method"] == "POST" else None
            status, headers = 200, [("content-type", REQUEST_OBJECT_MEDIA_TYPE)]
            body = draft.object(nonce).encode("utf-8")
        elif draft is not None and what == "response":
            draft.received.append(form)
            reply = draft.reply
            status, headers, body = reply.status, [("content-type", reply.media_type)], reply.body
            headers += [("location", reply.location)] if reply.location else []
        sent = [(name.encode("ascii"), value.encode("ascii")) for name, value in headers]
        await send({"type": "http.response.start", "status": status, "headers": sent})
        await send({"type": "http.response.body", "body": body})


async def _body(receive: Receive) -> str:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body.decode("utf-8", "replace")
