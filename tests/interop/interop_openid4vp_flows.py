"""Walks through a presentation: a peer's wallet against our verifier, or a peer's verifier against our wallet."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from interop_openid4vp_cases import Case
from interop_openid4vp_queries import QUERIES, Asked
from interop_openid4vp_world import (
    KNOWN_REQUEST_ID,
    KNOWN_UNSIGNED_CLIENT,
    ORIGIN,
    World,
    personal,
)
from interop_web import Web

from nlwallet import Sandbox
from nlwallet.crypto import PrivateKey
from nlwallet.encoding import b64url_encode, dump_json
from nlwallet.openid4vp import MULTISIGNED, REGISTRATION_CERTIFICATE, SIGNED, UNSIGNED, RequestSigner
from nlwallet.verifier import PresentationResult, Verifier

Shown = dict[str, list[dict[str, Any]]]
PROTOCOLS = {"signed": SIGNED, "unsigned": UNSIGNED, "multi-signed": MULTISIGNED}


class AnswerRefused(Exception):
    """Our verifier did not take the answer of a peer's wallet; the message is what it said."""


# A peer's wallet ------------------------------------------------------------------------------------------


def peer_answers(case: Case, world: World, peers: Any) -> tuple[PresentationResult, Shown]:
    """What our verifier makes of the answer of a peer's wallet, and the claims in it."""
    asked, query = world.query(case)
    verifier = world.verifier(case)
    given: dict[str, Any] = {
        "cards": world.cards,
        "trust": world.trust,
        "types": world.type_documents,
        "scopes": {name: known.as_json() for name, known in world.scopes.items()},
        "web": world.web,
    }
    if "A128GCM" in case.mode:
        given["encs"] = ["A128GCM"]
    if case.in_browser:
        result = _in_browser(
            case, asked, query, verifier, lambda **more: peers(f"{case.room}.answer", **given, **more)
        )
    else:
        if case.request.startswith("by reference, post,"):
            given |= _posting(case, world)
        result = _by_link(
            case, asked, query, verifier, lambda **more: peers(f"{case.room}.answer", **given, **more)
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
    if posted["status"] != 200:
        raise AnswerRefused(posted["body"])
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


def we_answer(case: Case, world: World, peers: Any) -> Shown:
    """The claims that a peer's verifier reads in the answer of our wallet. Raises what either side raises."""
    asked = QUERIES[case.asks]
    request_id = KNOWN_REQUEST_ID if case.prefix == "pre-registered" else secrets.token_urlsafe(8)
    verifier = PeerVerifier(peers, case.room, request_id, world.web)
    world.citizen.mount(ORIGIN, verifier)
    request = peers(f"{case.room}.request", **request_for_us(case, world, request_id))
    if case.in_browser:
        protocol = PROTOCOLS[case.request.removeprefix("browser, ")]
        prompt = world.citizen.open_dc_api([{"protocol": protocol, "data": request["data"]}], origin=ORIGIN)
    else:
        prompt = world.citizen_who_accepts(case).open(request["link"])
    if case.mode.endswith("says no"):
        prompt.deny()
    else:
        # Who comes without a certificate is unknown, and the prompt says so; the others come without a warning.
        outcome = prompt.approve(pin=Sandbox.PIN, despite_warnings=not case.client.startswith("x509_"))
        if outcome.data is not None:
            verifier.receive(outcome.data, ORIGIN)
    verdict = verifier.verdict()
    assert verdict["authorised"] == [each["credential_ids"][0] for each in asked.transaction_data]
    return {name: [personal(claims) for claims in each] for name, each in verdict["claims"].items()}


def request_for_us(case: Case, world: World, request_id: str) -> dict[str, Any]:
    """What the peer is told of the request that it has to make."""
    asked, query = world.query(case)
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
        "prefix": case.prefix,
        "baseUrl": ORIGIN,
        "transactionData": list(asked.transaction_data),
        "anchors": world.issuers,
        "types": world.type_documents,
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
    """The HTTP face of one request of a verifier in the Node process; our wallet mounts it (WSGI).

    It fetches status lists from ``web``.
    """

    def __init__(self, peers: Any, room: str, request_id: str, web: Web) -> None:
        self._call = lambda name, **given: peers(f"{room}.{name}", web=web, id=request_id, **given)

    def __call__(self, environ: Mapping[str, Any], start_response: Any) -> Iterable[bytes]:
        query = environ.get("QUERY_STRING")
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        answer = self._call(
            "serve",
            method=environ["REQUEST_METHOD"],
            path=environ["PATH_INFO"] + (f"?{query}" if query else ""),
            contentType=environ.get("CONTENT_TYPE", ""),
            body=body.decode(),
        )
        start_response(f"{answer['status']} As the peer says", [("Content-Type", answer["contentType"])])
        return [answer["body"].encode()]

    def receive(self, response: Mapping[str, Any], origin: str) -> None:
        """Let it read an answer that came through the browser."""
        self._call("receive", response=dict(response), origin=origin)

    def verdict(self) -> Any:
        """What it read; raises what it said when it refused."""
        return self._call("verdict")
