"""A verifier that is weak on purpose: it finds each fault by itself, and passes over those that are its holes.

It shares no check with the library. Its holes are generated: whatever it found wrong with a case becomes the hole of
the verifier that this case has to catch. A fault that nothing can be made of (``breaks: …``) is a hole when it is not
caught: the answer is then 500.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Barrier, BrokenBarrierError, Lock
from typing import Any
from urllib.parse import parse_qsl, urlencode

from anyio import to_thread
from cryptography import x509
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from weak_answer import HUNDREDS, Reader
from weak_credential import Presented, Rules, read
from weak_disclosures import Broken
from weak_mdoc import DocumentRules, read_mdoc
from weak_metadata import Outings, Web
from weak_request import Asking
from weak_session import Faults, Session
from weak_status import check_status
from weak_transaction import Order, check_order
from weak_transcript import Shown

from nlwallet.crypto import PrivateKey
from nlwallet.sandbox import Sandbox
from nlwallet.testing.hostile.party import BrowserSession, PartySession, SessionOutcome
from nlwallet.trust import Category

HOUR = 3600
MAX_BODY = 1_000_000
Outcome = tuple[Mapping[str, Presented] | None, bool]
"""What was presented, or nothing where the wallet says no; and whether that ends the session."""


@dataclass
class WeakVerifier:
    """Served at a host of its own in a sandbox; ``query`` is what it asks, ``holes`` what it passes over."""

    edi: Sandbox
    query: Mapping[str, Any]
    web: Web
    holes: frozenset[str] = frozenset()
    found: set[str] = field(default_factory=set)
    """Every fault since it was last emptied."""
    name: str = "a weak verifier"
    encrypted: bool = True
    order: Order | None = None
    """What the holder is to authorise."""
    _sessions: dict[str, Session] = field(default_factory=dict)

    def __post_init__(self) -> None:
        routes = [
            Route("/request/{id:path}", self._request, methods=["GET", "POST"]),
            Route("/response/{id}", self._response, methods=["GET", "POST", "PUT"]),
        ]
        self.base = self.edi.serve(f"weak-{secrets.token_hex(4)}.example", Starlette(routes=routes))
        self.client_id = f"x509_hash:{secrets.token_urlsafe(32)}"
        self._signing_key = PrivateKey.generate()
        self._counter, self._lock, self._door = 0, Lock(), Barrier(2)
        self._together = "hole: two answers are looked at before one is noted" in self.holes

    # for the hostile wallet -----------------------------------------------------------------------

    def begin(self) -> PartySession:
        session = self._new()
        return PartySession(self._link(session), lambda: self._look(session))

    def begin_same_device(self) -> PartySession:
        session = self._new(browser="own")

        def come_back(address: str, own: bool) -> SessionOutcome:
            return self._come_back(session, address, "own" if own else "another")

        return PartySession(self._link(session), lambda: self._look(session), come_back)

    def begin_dc_api(self) -> BrowserSession:
        session = self._new(origin=self.base)
        claims = self._asked(session)
        for name in ("client_id", "response_uri", "state", "aud"):
            del claims[name]
        claims["response_mode"] = "dc_api.jwt" if self.encrypted else "dc_api"
        return BrowserSession(
            claims,
            self.base,
            lambda data: self._from_browser(session, data),
            lambda: self._look(session),
        )

    # sessions -------------------------------------------------------------------------------------

    def _new(self, browser: str = "", origin: str = "") -> Session:
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
            origin,
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
        claims = self._asked(session)
        try:
            claims |= await to_thread.run_sync(self._asking.told, fields)
        except ValueError:
            return Response(status_code=400)
        header = {"alg": "ES256", "typ": "oauth-authz-req+jwt"}
        parts = [
            base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=").decode()
            for one in (header, claims)
        ]
        signature = self._signing_key.sign(".".join(parts).encode())
        jwt = ".".join((*parts, base64.urlsafe_b64encode(signature).rstrip(b"=").decode()))
        return Response(jwt, media_type="application/oauth-authz-req+jwt")

    @property
    def _asking(self) -> Asking:
        return Asking(self.query, self.encrypted, self.order, self.web.bounded, self.holes)

    def _asked(self, session: Session) -> dict[str, Any]:
        return {
            "client_id": self.client_id,
            "response_uri": self._response_uri(session),
            "nonce": session.nonce,
            "state": session.state,
            **self._asking.parameters(session.key, session.id),
        }

    def _response_uri(self, session: Session) -> str:
        return f"{self.base}/response/{session.id}"

    # the answer -----------------------------------------------------------------------------------

    async def _response(self, request: Request) -> Response:
        session, body = self._sessions[request.path_params["id"]], await request.body()
        return await to_thread.run_sync(self._answer, session, request, body)

    def _answer(self, session: Session, request: Request, body: bytes) -> Response:
        media_type = request.headers.get("content-type", "").partition(";")[0]
        reader = self._reader(session)

        def take(found: Faults) -> Outcome:
            return self._take(session, reader.fields(request.method, media_type, body, found), found)

        taken = self._judged(session, take, Faults())
        if not taken:
            return JSONResponse({"error": "invalid_request"}, 400)
        if session.presented is None or not session.browser:
            return JSONResponse({})
        session.code = session.code or secrets.token_urlsafe(18)
        return JSONResponse({"redirect_uri": f"{self.base}/back?code={session.code}"})

    def _from_browser(self, session: Session, data: Any) -> SessionOutcome:
        def take(found: Faults) -> Outcome:
            if not isinstance(data, dict):
                raise Broken(f"data that is {type(data).__name__}")
            if not all(isinstance(one, str | dict) for one in data.values()):
                raise Broken("data with a number in it")
            if "hole: pages are refused" in self.holes:
                found("a page")
            return self._take(session, data, found)

        self._judged(session, take, Faults("through a browser: "))
        return self._look(session)

    def _judged(self, session: Session, take: Callable[[Faults], Outcome], found: Faults) -> bool:
        """Whether what came is taken; what was wrong with it is noted."""
        late = session.presented is not None
        if self._together:
            self._wait_for_another()
        with self._lock:
            if late or (session.presented is not None and not self._together):
                found("answered already")
            try:
                presented, ends = take(found)
            except Broken as reason:
                named = f"breaks: {found.way}{reason}"
                self.found |= {*found.faults, named}
                if named in self.holes:
                    raise
                session.failed = True
                return False
            self.found |= set(found.faults)
            if set(found.faults) - self.holes:
                session.failed = session.failed or session.presented is None
                return False
            if presented is None:
                session.failed = session.failed or ends
                return "hole: an error of the wallet is refused" not in self.holes
            session.presented = presented
            return True

    def _wait_for_another(self) -> None:
        """For as long as the other of two would take."""
        with suppress(BrokenBarrierError):
            self._door.wait(0.2)
        if self._door.broken:
            self._door.reset()

    def _take(self, session: Session, fields: Mapping[str, Any], found: Faults) -> Outcome:
        if session.begun + HOUR < self._now():
            found("too late")
        if "error" in fields:
            if "response" not in fields and "vp_token" not in fields:
                self._crash_at_errors(fields, session)
                return None, bool(session.origin) or fields.get("state") == session.state
            found("an error beside an answer")
        members = self._reader(session).members(fields, found)
        if not session.origin and members.of.get("state") != session.state:
            found("no state" if "state" not in members.of else "another state")
        return self._presented(session, members.of.get("vp_token"), members.apu, found), False

    def _crash_at_errors(self, fields: Mapping[str, str], session: Session) -> None:
        known = {"access_denied", "invalid_request", "vp_formats_not_supported"}
        for name, applies in (
            ("unknown errors are not caught", fields["error"] not in known),
            ("errors without state are not caught", "state" not in fields and not session.origin),
            ("long errors are not caught", len(fields.get("error_description", "")) > 10_000),
            ("errors through a browser are not caught", bool(session.origin)),
        ):
            if applies and f"hole: {name}" in self.holes:
                raise RuntimeError(name)

    def _reader(self, session: Session) -> Reader:
        return Reader(session.key, session.id, self.encrypted, self.holes)

    # presentations --------------------------------------------------------------------------------

    def _presented(self, session: Session, vp_token: Any, apu: str, found: Faults) -> dict[str, Presented]:
        queries = {one["id"]: one for one in self.query["credentials"]}
        answers = self._answers(vp_token, list(queries), found)
        read_ = {}
        for name, query in queries.items():
            if name not in answers:
                found("a presentation is missing")
                continue
            one = self._document if query["format"] == "mso_mdoc" else self._card
            read_[name] = one(session, query, answers[name], apu, found)
        if self.order is not None:
            check_order(self.order, {name: one.binding for name, one in read_.items()}, found)
        return read_

    def _answers(self, vp_token: Any, ids: list[str], found: Faults) -> dict[str, Any]:
        if isinstance(vp_token, str | list):
            found(f"a vp_token that is {type(vp_token).__name__}")
            return {ids[0]: vp_token if isinstance(vp_token, str) else vp_token[0]}
        if not isinstance(vp_token, dict):
            raise Broken(f"a vp_token that is {type(vp_token).__name__}")
        answers: dict[str, Any] = {}
        if len(vp_token) > HUNDREDS:
            found("hundreds of ids")
            vp_token = {name: one for name, one in vp_token.items() if name in ids}
        for name, value in vp_token.items():
            if isinstance(value, str):
                found("a presentation without an array")
                value = [value]
            if not isinstance(value, list) or not value:
                raise Broken(f"for an id {json.dumps(value)[:8]}")
            if len(value) > 1:
                found("hundreds of presentations" if len(value) > HUNDREDS else "two presentations")
            if name in ids:
                answers[name] = value[0]
                continue
            found("an id that was not asked")
            answers[next((one for one in ids if one not in vp_token), name)] = value[0]
        return answers

    def _card(
        self, session: Session, query: Mapping[str, Any], text: Any, _: str, found: Faults
    ) -> Presented:
        rules = self._rules(session)
        presented = read(text, rules, found)
        types = query["meta"].get("vct_values") or [query["meta"]["doctype_value"]]
        if presented.vct not in types:
            self._another_type(presented.vct, types[0], rules.outings, found)
        for claim in query["claims"]:
            value = presented.claims.get(claim["path"][-1])
            if value is None:
                found("a claim is missing")
            elif "values" in claim and value not in claim["values"]:
                found("another value")
        looks = presented.signed_by_issuer or "hole: status comes first" in self.holes
        if presented.status is not None and looks:
            check_status(presented.status, self.web.bounded, rules, found)
        return presented

    def _another_type(self, vct: Any, asked: str, outings: Outings, found: Faults) -> None:
        if isinstance(vct, str) and vct.startswith("http:"):
            raise Broken("a type at plain http")
        if isinstance(vct, str) and vct.startswith("https:") and outings.is_a(vct, asked):
            return
        nul = " with a NUL" if "\0" in str(vct) else ""
        found(f"a card of type {type(vct).__name__}{nul}")

    def _document(
        self, session: Session, query: Mapping[str, Any], text: Any, apu: str, found: Faults
    ) -> Presented:
        if isinstance(text, str) and "~" in text:
            found("an SD-JWT VC for an mdoc")
            return self._card(session, query, text, apu, found)
        others = [self._shown(one) for one in self._sessions.values() if one is not session]
        rules = DocumentRules(self._anchors(), query, self._shown(session), others, apu, self._now())
        return read_mdoc(text, rules, found)

    def _rules(self, session: Session) -> Rules:
        audience = f"origin:{session.origin}" if session.origin else self.client_id
        return Rules(
            self._anchors(),
            str(Category.PID_PROVIDER),
            audience,
            session.nonce,
            self._now(),
            Outings(self.web, self.holes),
        )

    def _anchors(self) -> Mapping[str, list[x509.Certificate]]:
        categories: Sequence[Category] = (Category.PID_PROVIDER, Category.EAA_PROVIDER, Category.ACCESS_CA)
        return {
            str(category): [x509.load_der_x509_certificate(one.der) for one in self.edi.anchors.of(category)]
            for category in categories
        }

    def _shown(self, session: Session) -> Shown:
        jwk = session.key.public.jwk()
        needed = json.dumps({name: jwk[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":"))
        thumbprint = hashlib.sha256(needed.encode()).digest() if self.encrypted else None
        return Shown(self.client_id, session.nonce, self._response_uri(session), thumbprint, session.origin)
