"""The registrar's public HTTP face: anybody may read, nobody may write."""

from __future__ import annotations

from typing import Protocol

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from nlwallet.crypto import Certificate
from nlwallet.registration import RelyingPartyRecord
from nlwallet.status import STATUS_LIST_MEDIA_TYPE

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Access-Control-Allow-Origin": "*",  # public data, also for scripts in a browser (TSL §8.1)
}


class PublicRegister(Protocol):
    """What is behind the face: see :class:`nlwallet.registrar.Registrar`."""

    @property
    def access_anchor(self) -> Certificate:
        """The access authority's certificate."""
        ...

    def record(self, identifier: str) -> RelyingPartyRecord | None:
        """An entry of the register."""
        ...

    def status_list_token(self) -> str:
        """The status list."""
        ...

    def access_revocation_list(self) -> bytes:
        """The CRL."""
        ...


def face(register: PublicRegister) -> Starlette:
    """The ASGI app; mount it at the root of the registrar's ``base_url``."""

    def entry(request: Request) -> Response:
        record = register.record(request.path_params["identifier"])
        if record is None:
            return JSONResponse({"error": "not_registered"}, status_code=404, headers=_HEADERS)
        return JSONResponse(record.as_json(), headers=_HEADERS)

    def status_list(_: Request) -> Response:
        return Response(register.status_list_token(), media_type=STATUS_LIST_MEDIA_TYPE, headers=_HEADERS)

    def access_certificate(_: Request) -> Response:
        return Response(register.access_anchor.der, media_type="application/pkix-cert", headers=_HEADERS)

    def access_revocation_list(_: Request) -> Response:
        return Response(
            register.access_revocation_list(), media_type="application/pkix-crl", headers=_HEADERS
        )

    app = Starlette(
        routes=[
            Route("/register/{identifier}", entry),
            Route("/status-lists/1", status_list),
            Route("/access-ca.cer", access_certificate),
            Route("/access-ca.crl", access_revocation_list),
        ]
    )
    app.router.redirect_slashes = False
    return app
