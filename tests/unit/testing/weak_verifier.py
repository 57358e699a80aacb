"""A verifier that is weak on purpose: it finds each fault by itself, and passes over those that are its holes.

It shares no check with the library. Its holes are generated: whatever it found wrong with a case becomes the hole of
the verifier that this case has to catch. A fault that nothing can be made of (``breaks: …``) is a hole when it is not
caught: the answer is then 500.
"""

from __future__ import annotations

import base64
import json
import secrets
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl, urlencode

from anyio import to_thread
from cryptography import x509
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from weak_credential import Presented, Rules, read
from weak_disclosures import Broken, parse
from weak_status import check_status

from nlwallet.crypto import PrivateKey
from nlwallet.sandbox import Sandbox
from nlwallet.testing.hostile.party import PartySession, SessionOutcome
from nlwallet.trust import Category

HOUR = 3600
FORM = "application/x-www-form-urlencoded"
ENCS = ("A256GCM", "A128GCM")
MAX_BODY = 1_000_000


class Faults:
    """What was found wrong with one message."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def __call__(self, fault: str) -> None:
        self.faults.append(fault)


@dataclass
class Session:
    """One request and what came of it."""

    id: str
    nonce: str
    state: str
    key: PrivateKey
    begun: int
    browser: str = ""
    presented: Mapping[str, Presented] | None = None
    code: str = ""
    code_used: bool = False
    released: bool = False
    failed: bool = False


@dataclass
class WeakVerifier:
    """Served at a host of its own in a sandbox; ``query`` is what it asks, ``holes`` what it passes over."""

    edi: Sandbox
    query: Mapping[str, Any]
    holes: frozenset[str] = frozenset()
    found: set[str] = field(default_factory=set)
    """Every fault since it was last emptied."""
    name: str = "a weak verifier"
    encrypted: bool = True
    _sessions: dict[str, Session] = field(default_factory=dict)

    def __post_init__(self) -> None:
        routes = [
            Route("/request/{id:path}", self._request, methods=["GET", "POST"]),
            Route("/response/{id}", self._response, methods=["GET", "POST", "PUT"]),
        ]
        self.base = self.edi.serve(f"weak-{secrets.token_hex(4)}.example", Starlette(routes=routes))
        self.client_id = f"x509_hash:{secrets.token_urlsafe(32)}"
        self._signing_key, self._http = PrivateKey.generate(), self.edi.client()
        self._counter, self._lock = 0, Lock()

    # for the hostile wallet -----------------------------------------------------------------------

    def begin(self) -> PartySession:
        session = self._new()
        return PartySession(self._link(session), lambda: self._look(session))

    def begin_same_device(self) -> PartySession:
        session = self._new(browser="own")

        def come_back(address: str, own: bool) -> SessionOutcome:
            return self._come_back(session, address, "own" if own else "another")

        return PartySession(self._link(session), lambda: self._look(session), come_back)

    # sessions -------------------------------------------------------------------------------------

    def _new(self, browser: str = "") -> Session:
        self._counter += 1
        nonce = secrets.token_urlsafe(24)
        if "hole: nonces are counted" in self.holes:
            nonce = f"{self._counter:024}"
        made = Session(
            secrets.token_urlsafe(18),
            nonce,
            secrets.token_urlsafe(24),
            PrivateKey.generate(),
            self._now(),
            browser,
        )
        self._sessions[made.id] = made
        return made

    def _link(self, session: Session) -> str:
        asked = {"client_id": self.client_id, "request_uri": f"{self.base}/request/{session.id}"}
        return f"openid4vp://?{urlencode({**asked, 'request_uri_method': 'post'})}"

    def _look(self, session: Session) -> SessionOutcome:
        done = session.presented is not None
        if (
            done
            and session.browser
            and not session.released
            and "hole: nobody has to come back" not in self.holes
        ):
            return SessionOutcome("pending")
        if done:
            return SessionOutcome(
                "succeeded", {name: one.claims for name, one in (session.presented or {}).items()}
            )
        return SessionOutcome("failed" if session.failed else "pending")

    def _come_back(self, session: Session, address: str, browser: str) -> SessionOutcome:
        faults = set()
        if address.rpartition("=")[2] != session.code:
            faults.add("hole: any code will do")
        elif session.code_used:
            faults.add("hole: a code can be used again")
        if browser != session.browser and not session.code_used:
            faults.add("hole: any browser will do")
        if faults - self.holes or session.presented is None:
            return SessionOutcome("failed")
        session.code_used = session.released = True
        return self._look(session)

    def _now(self) -> int:
        return self.edi.clock.now()

    # the request ----------------------------------------------------------------------------------

    async def _request(self, request: Request) -> Response:
        name = request.path_params["id"]
        session = self._sessions.get(name)
        if ".." in name and "hole: ids are paths" in self.holes:
            return Response("root:x:0:0:root:/root:/bin/bash")
        if session is None:
            return Response(status_code=200 if "hole: any request is there" in self.holes else 404)
        body = await request.body()
        if len(body) > MAX_BODY and "hole: forms have no bound" not in self.holes:
            return Response(status_code=413)
        fields = dict(parse_qsl(body.decode("latin-1")))
        claims: dict[str, Any] = {
            "client_id": self.client_id,
            "response_type": "vp_token",
            "response_mode": "direct_post.jwt" if self.encrypted else "direct_post",
            "response_uri": f"{self.base}/response/{session.id}",
            "nonce": session.nonce,
            "state": session.state,
            "aud": "https://self-issued.me/v2",
            "dcql_query": self.query,
            "client_metadata": {
                "jwks": {
                    "keys": [{**session.key.public.jwk(), "use": "enc", "alg": "ECDH-ES", "kid": session.id}]
                },
                "encrypted_response_enc_values_supported": list(ENCS),
                "vp_formats_supported": {
                    "dc+sd-jwt": {"sd-jwt_alg_values": ["ES256"], "kb-jwt_alg_values": ["ES256"]}
                },
            },
        }
        if "wallet_nonce" in fields and "hole: wallet_nonce is forgotten" not in self.holes:
            claims["wallet_nonce"] = fields["wallet_nonce"]
        if "wallet_metadata" in fields and "hole: it fetches what a wallet names" in self.holes:
            await to_thread.run_sync(self._visit, fields["wallet_metadata"])
        header = {"alg": "ES256", "typ": "oauth-authz-req+jwt"}
        parts = [
            base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode()
            for one in (header, claims)
        ]
        signature = self._signing_key.sign(".".join(parts).encode())
        jwt = ".".join((*parts, base64.urlsafe_b64encode(signature).rstrip(b"=").decode()))
        return Response(jwt, media_type="application/oauth-authz-req+jwt")

    def _visit(self, metadata: str) -> None:
        uri = json.loads(metadata).get("jwks_uri") if metadata.startswith("{") else None
        if uri:
            self._http.send("GET", uri, what="the keys of a wallet")

    # the answer -----------------------------------------------------------------------------------

    async def _response(self, request: Request) -> Response:
        session, body = self._sessions[request.path_params["id"]], await request.body()
        return await to_thread.run_sync(self._answer, session, request, body)

    def _answer(self, session: Session, request: Request, body: bytes) -> Response:
        faults, refusal = Faults(), JSONResponse({"error": "invalid_request"}, 400)
        with self._lock:
            try:
                presented, denied = self._take(session, request, body, faults)
            except Broken as reason:
                self.found |= {*faults.faults, f"breaks: {reason}"}
                if f"breaks: {reason}" in self.holes:
                    raise
                session.failed = True
                return refusal
            self.found |= set(faults.faults)
            if set(faults.faults) - self.holes:
                session.failed = session.failed or session.presented is None
                return refusal
            if presented is None:
                session.failed = session.failed or denied
                return (
                    refusal if "hole: an error of the wallet is refused" in self.holes else JSONResponse({})
                )
            session.presented = presented
            if not session.browser:
                return JSONResponse({})
            session.code = secrets.token_urlsafe(18)
            return JSONResponse({"redirect_uri": f"{self.base}/back?code={session.code}"})

    def _take(
        self, session: Session, request: Request, body: bytes, found: Faults
    ) -> tuple[dict[str, Presented] | None, bool]:
        fields = self._fields(request, body, found)
        if session.presented is not None:
            found("answered already")
        if session.begun + HOUR < self._now():
            found("too late")
        if "error" in fields:
            if "response" not in fields and "vp_token" not in fields:
                self._crash_at_errors(fields)
                return None, fields.get("state") == session.state
            found("an error beside an answer")
        members = self._members(session, fields, found)
        if members.get("state") != session.state:
            found("no state" if "state" not in members else "another state")
        return self._presented(session, members.get("vp_token"), found), False

    def _crash_at_errors(self, fields: Mapping[str, str]) -> None:
        known = {"access_denied", "invalid_request", "vp_formats_not_supported"}
        for name, applies in (
            ("unknown errors are not caught", fields["error"] not in known),
            ("errors without state are not caught", "state" not in fields),
            ("long errors are not caught", len(fields.get("error_description", "")) > 10_000),
        ):
            if applies and f"hole: {name}" in self.holes:
                raise RuntimeError(name)

    def _fields(self, request: Request, body: bytes, found: Faults) -> dict[str, str]:
        if request.method != "POST":
            found(f"method {request.method}")
        media_type = request.headers.get("content-type", "").partition(";")[0]
        if media_type != FORM:
            found(f"media type {media_type}")
        if len(body) > MAX_BODY and "hole: long errors are not caught" not in self.holes:
            found("a body of megabytes")
        if media_type == "application/json":
            return dict(parse(body, found, "the body"))
        pairs = parse_qsl(body.decode("ascii", "replace"), keep_blank_values=True)
        for name in {name for name, _ in pairs if sum(one == name for one, _ in pairs) > 1}:
            found(f"{name} twice")
        return dict(pairs)

    def _members(self, session: Session, fields: Mapping[str, str], found: Faults) -> dict[str, Any]:
        if "response" not in fields:
            if self.encrypted:
                found("an answer without encryption")
            return {name: json.loads(value) if value[:1] == "{" else value for name, value in fields.items()}
        response = fields["response"]
        if response.count(".") == 2:
            found("a JWS for an answer")
            plaintext = base64.urlsafe_b64decode(response.split(".")[1] + "==")
        else:
            plaintext = self._decrypted(session, response, found)
        members = parse(plaintext, found, "the answer")
        if isinstance(members, list):
            found("an answer that is an array")
            members = members[0]
        if not isinstance(members, dict):
            raise Broken("an answer that is no object")
        return members

    def _decrypted(self, session: Session, response: str, found: Faults) -> bytes:
        if response.startswith("{"):
            found("a JWE in JSON serialization")
            parts = json.loads(response)
            names = ("protected", "encrypted_key", "iv", "ciphertext", "tag")
            response = ".".join(parts.get(name, "") for name in names)
        header = parse(base64.urlsafe_b64decode(response.split(".")[0] + "=="), found, "the header")
        if header.get("alg") not in ("ECDH-ES", "ECDH-ES+A256KW"):
            raise Broken(f"alg {header.get('alg')}")
        if header["alg"] != "ECDH-ES":
            found(f"alg {header['alg']}")
        if header.get("enc") not in ENCS:
            found(f"enc {header.get('enc')}")
        if "crit" in header:
            found("a critical header")
        epk = header.get("epk", {})
        if epk.get("crv") != "P-256":
            raise Broken("an ephemeral key on another curve")
        if len(response.rpartition(".")[2]) < 20:
            raise Broken("a short tag")
        plaintext = self._opened(session, response)
        if header.get("kid") != session.id:
            found("another kid" if "kid" in header else "no kid")
        if "zip" in header:
            found("a compressed answer")
        return plaintext

    def _opened(self, session: Session, response: str) -> bytes:
        names = ["ECDH-ES", "ECDH-ES+A256KW", "A128GCM", "A192GCM", "A256GCM", "A128CBC-HS256", "DEF"]
        registry = _Lenient(algorithms=names, strict_check_header=False)
        try:
            key = ECKey.import_key(dict(session.key.private_jwk()))
            return bytes(jwe.decrypt_compact(response, key, registry=registry).plaintext or b"")
        except (JoseError, ValueError, zlib.error) as error:
            raise Broken(f"it does not decrypt: {type(error).__name__}") from None

    # presentations --------------------------------------------------------------------------------

    def _presented(self, session: Session, vp_token: Any, found: Faults) -> dict[str, Presented]:
        queries = {one["id"]: one for one in self.query["credentials"]}
        answers = self._answers(vp_token, list(queries), found)
        read_ = {}
        for name, query in queries.items():
            if name not in answers:
                found("a presentation is missing")
                continue
            read_[name] = self._one(session, query, answers[name], found)
        return read_

    def _answers(self, vp_token: Any, ids: list[str], found: Faults) -> dict[str, Any]:
        if isinstance(vp_token, str | list):
            found(f"a vp_token that is {type(vp_token).__name__}")
            return {ids[0]: vp_token if isinstance(vp_token, str) else vp_token[0]}
        if not isinstance(vp_token, dict):
            raise Broken(f"a vp_token that is {type(vp_token).__name__}")
        answers: dict[str, Any] = {}
        for name, value in vp_token.items():
            if isinstance(value, str):
                found("a presentation without an array")
                value = [value]
            if not isinstance(value, list) or not value:
                raise Broken(f"for an id {json.dumps(value)[:8]}")
            if len(value) > 1:
                found("two presentations")
            if name in ids:
                answers[name] = value[0]
                continue
            found("an id that was not asked")
            answers[next((one for one in ids if one not in vp_token), name)] = value[0]
        return answers

    def _one(self, session: Session, query: Mapping[str, Any], text: Any, found: Faults) -> Presented:
        anchors = {
            str(category): [x509.load_der_x509_certificate(one.der) for one in self.edi.anchors.of(category)]
            for category in (Category.PID_PROVIDER, Category.EAA_PROVIDER, Category.ACCESS_CA)
        }
        now = self._now()
        rules = Rules(anchors, str(Category.PID_PROVIDER), self.client_id, session.nonce, now)
        presented = read(text, rules, found)
        if presented.vct not in query["meta"]["vct_values"]:
            nul = " with a NUL" if "\0" in str(presented.vct) else ""
            found(f"a card of type {type(presented.vct).__name__}{nul}")
        for claim in query["claims"]:
            value = presented.claims.get(claim["path"][0])
            if value is None:
                found("a claim is missing")
            elif "values" in claim and value not in claim["values"]:
                found("another value")
        looks = presented.signed_by_issuer or "hole: status comes first" in self.holes
        if presented.status is not None and looks:
            check_status(presented.status, self._http, rules, found)
        return presented


class _Lenient(jwe.JWERegistry):
    max_protected_header_length = MAX_BODY
    max_ciphertext_length = 100_000_000

    def check_header(self, header: Any, check_more: bool = False) -> None:
        """Looks at nothing: what the header says was noted."""
