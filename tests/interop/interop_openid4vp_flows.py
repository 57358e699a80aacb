"""Walks through a presentation: a peer's wallet against our verifier, or a peer's verifier against our wallet."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from interop_openid4vp_cases import Case
from interop_openid4vp_queries import Asked
from interop_openid4vp_world import (
    KNOWN_REQUEST_ID,
    KNOWN_UNSIGNED_CLIENT,
    ORIGIN,
    World,
    personal,
)

from nlwallet import Sandbox
from nlwallet.crypto import PrivateKey
from nlwallet.encoding import b64url_encode, dump_json
from nlwallet.openid4vp import MULTISIGNED, REGISTRATION_CERTIFICATE, SIGNED, UNSIGNED, RequestSigner
from nlwallet.verifier import PresentationResult, Verifier

Shown = dict[str, list[dict[str, Any]]]
PROTOCOLS = {"signed": SIGNED, "unsigned": UNSIGNED, "multi-signed": MULTISIGNED}


# A peer's wallet ------------------------------------------------------------------------------------------


def peer_answers(case: Case, world: World, peers: Any, room: str) -> tuple[PresentationResult, Shown]:
    """What our verifier makes of the answer of a peer's wallet, and the claims in it."""
    asked, query = world.query(case)
    verifier = world.verifier(case)
    given: dict[str, Any] = {
        "cards": world.cards,
        "trust": world.trust,
        "scopes": {name: known.as_json() for name, known in world.scopes.items()},
        "web": world.web,
    }
    if "A128GCM" in case.mode:
        given["encs"] = ["A128GCM"]
    if case.in_browser:
        result = _in_browser(
            case, asked, query, verifier, lambda **more: peers(f"{room}.answer", **given, **more)
        )
    else:
        if case.request.startswith("by reference, post,"):
            given |= _posting(case, world)
        result = _by_link(
            case, asked, query, verifier, lambda **more: peers(f"{room}.answer", **given, **more)
        )
    return result, {name: [personal(one) for one in result.all_claims(name)] for name in asked.shown}


def _in_browser(
    case: Case, asked: Asked, query: dict[str, Any], verifier: Verifier, answer: Any
) -> PresentationResult:
    form = case.request.removeprefix("browser, ").replace("-", "")
    request = verifier.dc_api_request(
        query,
        origins=[ORIGIN],
        form=form,  # type: ignore[arg-type]
        encrypted=case.mode == "dc_api.jwt",
        transaction_data=asked.transaction_data,
    )
    given = answer(request=dict(request.data), origin=ORIGIN)
    return verifier.receive_dc_api(request, given["data"], origin=ORIGIN)


def _by_link(
    case: Case, asked: Asked, query: dict[str, Any], verifier: Verifier, answer: Any
) -> PresentationResult:
    same_device = "same device" in case.mode
    request = verifier.request(
        None if asked.scope else query,
        scope=asked.scope or None,
        flow="same_device" if same_device else "cross_device",
        redirect_uri=f"{ORIGIN}/back" if same_device else None,
        response_mode=case.response_mode,  # type: ignore[arg-type]
        passing={"by value": "value", "parameters": "unsigned"}.get(case.request, "reference"),  # type: ignore[arg-type]
        transaction_data=asked.transaction_data,
    )
    posted = answer(request=request.uri)
    assert posted["status"] == 200, posted
    code = posted["body"].get("redirect_uri", "").partition("response_code=")[2] if same_device else None
    return verifier.result(request, response_code=code)


def _posting(case: Case, world: World) -> dict[str, Any]:
    """For a request object that is fetched by POST: what the wallet says, and the form as it should be.

    The peer puts the members of wallet_metadata into the form one by one and leaves wallet_nonce out (§5.10).
    """
    wallet_nonce = secrets.token_urlsafe(16) if case.request.endswith("wallet_nonce") else None
    key = PrivateKey.generate()
    private = {**key.private_jwk(), "kid": "1", "alg": "ECDH-ES", "use": "enc"}
    public = {name: value for name, value in private.items() if name != "d"}
    metadata: dict[str, Any] = {"vp_formats_supported": {"dc+sd-jwt": {}}}
    if case.request.endswith("encrypted"):
        metadata["jwks"] = {"keys": [public]}

    def mend(url: str, body: bytes) -> bytes:
        if "/request/" not in url:
            return body
        members = {name: json.loads(value) for name, value in parse_qsl(body.decode())}
        assert members == metadata
        form = {"wallet_metadata": json.dumps(members), "wallet_nonce": wallet_nonce}
        return urlencode({name: value for name, value in form.items() if value}).encode()

    return {
        "metadata": metadata,
        "walletNonce": wallet_nonce,
        "keys": [private],
        "web": world.web.mending(mend),
    }


# A peer's verifier ----------------------------------------------------------------------------------------


def we_answer(case: Case, world: World, peers: Any, room: str, refusal: type[Exception]) -> Shown:
    """The claims that a peer's verifier reads in the answer of our wallet. Raises what either side raises."""
    asked, query = world.query(case)
    verifier = PeerVerifier(peers, room, world, refusal)
    world.citizen.mount(ORIGIN, verifier)
    request_id = KNOWN_REQUEST_ID if case.prefix == "pre-registered" else secrets.token_urlsafe(8)
    request = peers(f"{room}.request", **_request(case, world, asked, query, request_id))
    if case.in_browser:
        protocol = PROTOCOLS[case.request.removeprefix("browser, ")]
        prompt = world.citizen.open_dc_api([{"protocol": protocol, "data": request["data"]}], origin=ORIGIN)
    else:
        prompt = world.citizen.open(request["link"])
    if case.mode.endswith("says no"):
        prompt.deny()
    else:
        # Who comes without a certificate is unknown, and the prompt says so; the others come without a warning.
        outcome = prompt.approve(pin=Sandbox.PIN, despite_warnings=not case.client.startswith("x509_"))
        if outcome.data is not None:
            verifier.judge(request_id, outcome.data, ORIGIN)
    verdict = verifier.verdict(request_id)
    assert verdict["authorised"] == [each["credential_ids"][0] for each in asked.transaction_data]
    return {name: [personal(claims) for claims in each] for name, each in verdict["claims"].items()}


def _request(
    case: Case, world: World, asked: Asked, query: dict[str, Any], request_id: str
) -> dict[str, Any]:
    place = f"{ORIGIN}/response/{request_id}"
    signer, signing = _signer(case, world)
    if case.prefix == "redirect_uri":
        client_id = f"redirect_uri:{place}"
    else:
        client_id = signer.client_id if signer else KNOWN_UNSIGNED_CLIENT
    parameters: dict[str, Any] = {"client_id": client_id, "response_mode": case.response_mode}
    if case.in_browser:
        parameters["expected_origins"] = [ORIGIN]
    elif case.mode == "fragment":
        parameters["redirect_uri"] = place
    else:
        parameters["response_uri"] = place
    parameters |= {"scope": asked.scope} if asked.scope else {"dcql_query": query}
    if asked.transaction_data:
        parameters["transaction_data"] = [b64url_encode(dump_json(each)) for each in asked.transaction_data]
    if case.client.startswith("x509_"):
        parameters["verifier_info"] = [
            {"format": REGISTRATION_CERTIFICATE, "data": each}
            for each in world.certificates.registration_certificates.values()
        ]
    if case.request == "browser, unsigned":
        del parameters["client_id"], parameters["expected_origins"]
    return {
        "id": request_id,
        "parameters": parameters,
        **signing,
        **({"requestUri": f"{ORIGIN}/request/{request_id}"} if "by reference" in case.request else {}),
        **({"scheme": "openid4vp://?request_uri_method=post"} if "post" in case.request else {}),
        **({"aud": "default"} if case.request.endswith("default aud") else {}),
        **({"encs": ["A128GCM"]} if "A128GCM" in case.mode else {}),
    }


def _signer(case: Case, world: World) -> tuple[RequestSigner | None, dict[str, Any]]:
    """Who the peer is, and how it is told to sign."""
    if case.request in {"parameters", "browser, unsigned"}:
        return None, {}
    signer = world.identity(case.client)
    members: dict[str, Any] = {"alg": "ES256", "jwk": world.key.private_jwk()}
    if "x5c" in signer.header:
        return signer, {"signer": {**members, "method": "x5c", "x5c": signer.header["x5c"]}}
    if signer.header.get("kid", "").startswith("did:"):
        return signer, {"signer": {**members, "method": "did", "didUrl": signer.header["kid"]}}
    # The peer knows no header jwt; its caller's signature puts it in.
    return signer, {"signer": {**members, "method": "custom"}, "signingHeader": dict(signer.header)}


class PeerVerifier:
    """The HTTP face of a verifier in the Node process; our wallet mounts it (WSGI)."""

    def __init__(self, peers: Any, room: str, world: World, refusal: type[Exception]) -> None:
        self._peers = peers
        self._room = room
        self._world = world
        self._refusal = refusal
        self._verdicts: dict[str, Any] = {}

    def __call__(self, environ: Mapping[str, Any], start_response: Any) -> Iterable[bytes]:
        _, what, request_id = environ["PATH_INFO"].split("/")
        length = int(environ.get("CONTENT_LENGTH") or 0)
        form = dict(parse_qsl(environ["wsgi.input"].read(length).decode(), keep_blank_values=True))
        if what == "request":
            text = self._peers(f"{self._room}.object", id=request_id, form=form)
            start_response("200 OK", [("Content-Type", "application/oauth-authz-req+jwt")])
            return [text.encode()]
        self.judge(request_id, form)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [b"{}"]

    def judge(self, request_id: str, response: Mapping[str, Any], origin: str | None = None) -> None:
        """Let it read an answer."""
        place = {"origin": origin} if origin else {}
        given = {"id": request_id, "response": dict(response), "anchors": self._world.issuers, **place}
        try:
            self._verdicts[request_id] = self._peers(f"{self._room}.receive", **given)
        except self._refusal as error:
            self._verdicts[request_id] = error

    def verdict(self, request_id: str) -> Any:
        """What it read; raises what it said when it refused."""
        verdict = self._verdicts[request_id]
        if isinstance(verdict, Exception):
            raise verdict
        return verdict
