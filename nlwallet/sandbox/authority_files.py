"""What the authorities of a sandbox publish, where their certificates say that it is."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from nlwallet.clock import Clock
from nlwallet.crypto import CertificateAuthority
from nlwallet.http.face import PUBLIC_HEADERS

PATH = "/authorities"


def serving_authorities(
    app: ASGIApp, authorities: Mapping[str, CertificateAuthority], *, clock: Clock
) -> ASGIApp:
    """``app``, with ``/authorities/NAME.cer`` and ``/authorities/NAME.crl`` for each of ``authorities``."""

    def found(request: Request) -> CertificateAuthority:
        authority = authorities.get(request.path_params["name"])
        if authority is None:
            raise HTTPException(404)
        return authority

    def certificate(request: Request) -> Response:
        return _public(found(request).certificate.der, "application/pkix-cert")

    def revocation_list(request: Request) -> Response:
        return _public(found(request).revocation_list((), now=clock.now()), "application/pkix-crl")

    return Starlette(
        routes=[
            Route(PATH + "/{name}.cer", certificate),
            Route(PATH + "/{name}.crl", revocation_list),
            Mount("/", app),
        ]
    )


def _public(body: bytes, media_type: str) -> Response:
    return Response(body, media_type=media_type, headers=dict(PUBLIC_HEADERS))
