"""An issuer that is trusted and registered as it should be, with its key in the wrong hands."""

from __future__ import annotations

import json
import secrets
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from nlwallet.issuer import Issuer, card
from nlwallet.openid4vci import SIGNED_METADATA_MEDIA_TYPE
from nlwallet.sandbox import Sandbox
from nlwallet.sandbox.provider_registration import provider_record, registered_provider
from nlwallet.testing.hostile.forging_issuer import ForgingIssuer
from nlwallet.testing.hostile.jws_draft import as_json
from nlwallet.testing.hostile.offer_draft import OfferDraft
from nlwallet.testing.hostile.sd_jwt_draft import SdJwtDraft
from nlwallet.trust import Category

CARD = "library-card"
METADATA = "/.well-known/openid-credential-issuer"
SERVER = "/.well-known/oauth-authorization-server"


class HostileIssuer:
    """An honest issuer of library cards in a sandbox, and somebody in between who says something else.

    One offer is open at a time: the last that was drafted.
    """

    def __init__(self, edi: Sandbox, *, person: str = "frouke") -> None:
        self.edi, self.person, one = edi, person, card(CARD)
        self.origin = edi.serve(f"{secrets.token_hex(6)}.issuer.attacker.example", self._answer)
        self.signer = ForgingIssuer.below(
            edi.authorities.of(one.category), one.category, now=edi.clock.now(), san_uris=(self.origin,)
        )
        self.category: Category = one.category
        record = provider_record(
            self.origin, self.origin, one.category, (one.configuration,), registrar=edi.registrar
        )
        self._metadata_signer = registered_provider(edi.registrar, record, self.origin)
        self._issuer = Issuer(
            key=self.signer.key,
            chain=self.signer.chain,
            credential_issuer=self.origin,
            configurations=(one.configuration,),
            clock=edi.clock,
            types=edi.types,
            attributes=lambda name: one.attributes(name, edi.clock.now()),
            login={person: person.capitalize()},
            wallet_anchors=edi.anchors,
            metadata_signer=self._metadata_signer,
        )
        self._draft = self.draft()

    def draft(self) -> OfferDraft:
        """A good offer of a library card, by a pre-authorized code."""
        self._draft = OfferDraft(dict(self._issuer.offer_to(self.person).offer.as_json()))
        return self._draft

    def invitation(self) -> OfferDraft:
        """A good offer that leads to the authorization page."""
        id_ = card(CARD).configuration.id
        self._draft = OfferDraft(dict(self._issuer.invite(id_).offer.as_json()))
        return self._draft

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        draft, path = self._draft, scope["path"]
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        draft.token_requests += path == "/token"
        if path == "/notification":
            draft.notified.append(str(_object(body).get("event")))
        signed = False
        if path == METADATA:  # in the clear, so that it can be changed
            signed = any(
                name == b"accept" and SIGNED_METADATA_MEDIA_TYPE.encode() in value
                for name, value in scope["headers"]
            )
            kept = [(name, value) for name, value in scope["headers"] if name != b"accept"]
            scope = {**scope, "headers": [*kept, (b"accept", b"application/json")]}
        start, answered = await _asked(self._issuer.app, scope, body)
        answered, headers = self._changed(draft, path, answered, list(start["headers"]))
        if signed:  # by its own access certificate: what it says is its own, true or not
            answered = self._metadata_signer.sign(_object(answered), now=self.edi.clock.now()).encode("ascii")
            told = [(name, value) for name, value in headers if name.lower() != b"content-type"]
            headers = [*told, (b"content-type", SIGNED_METADATA_MEDIA_TYPE.encode("ascii"))]
        kept = [(name, value) for name, value in headers if name.lower() != b"content-length"]
        await send({**start, "headers": kept})
        await send({"type": "http.response.body", "body": answered})

    def _changed(
        self, draft: OfferDraft, path: str, body: bytes, headers: list[tuple[bytes, bytes]]
    ) -> tuple[bytes, list[tuple[bytes, bytes]]]:
        members = _object(body)
        if path == METADATA:
            for name in ("credential_request_encryption", "credential_response_encryption"):
                members.pop(name, None)
            if draft.change_metadata is not None:
                draft.change_metadata(members)
            return as_json(members), headers
        if path == SERVER and draft.change_server is not None:
            draft.change_server(members)
            return as_json(members), headers
        if path == "/credential" and "credentials" in members:
            members["credentials"] = [
                {"credential": self._forged(draft, one["credential"])} for one in members["credentials"]
            ]
            return as_json(members), headers
        if draft.change_way_back is not None:
            headers = [
                (name, draft.change_way_back(value.decode()).encode() if name == b"location" else value)
                for name, value in headers
            ]
        return body, headers

    def _forged(self, draft: OfferDraft, text: str) -> Any:
        credential = SdJwtDraft.of(text, issuer_key=self.signer.key, holder_key=self.signer.key)
        if draft.change_credential is not None:
            draft.change_credential(credential)
        return credential.text()


async def _asked(app: Any, scope: Scope, body: bytes) -> tuple[Message, bytes]:
    start: list[Message] = []
    parts: list[bytes] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(part: Message) -> None:
        if part["type"] == "http.response.start":
            start.append(part)
        else:
            parts.append(part.get("body", b""))

    await app(scope, receive, send)
    return start[0], b"".join(parts)


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
