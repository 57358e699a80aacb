"""``/utilities`` over HTTP: cards that did not come through a transaction, and which types are known."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nlwallet.http.face import answer, form
from nlwallet.verifier.answering import Answering
from nlwallet.verifier.eu_server.catalogue import attestation_classifications
from nlwallet.verifier.eu_server.device_response_validation import validate_device_response
from nlwallet.verifier.eu_server.issuer_chain import read_issuer_chain, trusting_only
from nlwallet.verifier.eu_server.refusal import EuRefusal
from nlwallet.verifier.eu_server.sd_jwt_vc_validation import process_sd_jwt_vc, validate_sd_jwt_vc
from nlwallet.verifier.eu_server.server import EuServer


def utility_routes(server: EuServer) -> list[Route]:
    """The routes. Nobody is asked who they are: keep them inside, as ``/ui``."""
    verifier = server.verifier
    rules = verifier.endpoints.answering

    async def device_response(request: Request) -> Response:
        fields = await form(request, what="the request")
        text = _needed(fields, "device_response")
        return await _answered(
            lambda: validate_device_response(text, answering=_trusting(rules, fields, _as_of_mdoc))
        )

    async def sd_jwt_vc(request: Request) -> Response:
        fields = await form(request, what="the request")
        text, nonce = _needed(fields, "sd_jwt_vc"), _needed(fields, "nonce")
        audience = fields.get("audience") or verifier.client_id
        return await _answered(
            lambda: validate_sd_jwt_vc(
                text,
                nonce=nonce,
                audience=audience,
                answering=_trusting(rules, fields, _as_of_sd_jwt_vc),
            )
        )

    async def processed(request: Request) -> Response:
        text = _needed(await form(request, what="the request"), "sd_jwt_vc")
        return await _answered(lambda: process_sd_jwt_vc(text, profile=verifier.profile))

    async def classifications(_: Request) -> Response:
        return answer(200, attestation_classifications(verifier))

    return [
        Route("/utilities/validations/msoMdoc/deviceResponse", device_response, methods=["POST"]),
        Route("/utilities/validations/sdJwtVc", sd_jwt_vc, methods=["POST"]),
        Route("/utilities/process/sdJwtVc", processed, methods=["POST"]),
        Route("/utilities/attestationClassifications", classifications),
    ]


async def _answered(work: Callable[[], Any]) -> Response:
    return answer(200, await run_in_threadpool(work))


def _needed(fields: dict[str, str], name: str) -> str:
    value = fields.get(name, "").strip()
    if not value:
        raise EuRefusal(f"{name} must be there")
    return value


def _trusting(rules: Answering, fields: dict[str, str], as_there: Callable[[EuRefusal], Any]) -> Answering:
    try:
        return trusting_only(rules, read_issuer_chain(fields.get("issuer_chain", "").strip() or None))
    except EuRefusal as error:
        raise EuRefusal(error.message, body=as_there(error)) from None


def _as_of_mdoc(error: EuRefusal) -> Any:
    return {"type": error.name}


def _as_of_sd_jwt_vc(error: EuRefusal) -> Any:
    return [{"error": error.name, "description": error.message}]
