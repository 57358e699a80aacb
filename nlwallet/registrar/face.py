"""The registrar's public HTTP face: anybody may read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nlwallet.crypto import Certificate
from nlwallet.errors import LocalError, RemoteError
from nlwallet.http.face import PUBLIC_HEADERS, answer, error_answer, protocol_app
from nlwallet.registrar.list_publisher import ListPublisher
from nlwallet.registrar.qualified_list import QualifiedListPublisher
from nlwallet.registrar.register_face import Register, register_routes
from nlwallet.registrar.register_pages import PagedRegister, page_routes, party_answer, wants_page
from nlwallet.status import STATUS_LIST_MEDIA_TYPE
from nlwallet.trust import LIST_KINDS

QUALIFIED_LIST = "/lists/qualified-attestation-providers.xml"

_POLICIES = {
    "wrpac": "Access certificates of this registrar are for testing. It checks nothing of what it certifies.\n",
    "wrprc": (
        "Registration certificates of this registrar are for testing.\n"
        "One is revoked when the registration of its party is suspended or cancelled, when the party's record changes\n"
        "so that the certificate says what is no longer so, and when the provider of registration certificates stops.\n"
        "A revocation shows in the status list that the certificate names, and is never undone: whoever is registered\n"
        "again gets new certificates.\n"
    ),
}
"""What the certificates point to as their policy; honest, and short."""


class PublicRegister(Register, PagedRegister, Protocol):
    """What is behind the face: see :class:`nlwallet.registrar.Registrar`."""

    @property
    def access_anchor(self) -> Certificate:
        """The access authority's certificate."""
        ...

    @property
    def registration_anchor(self) -> Certificate:
        """The registration authority's certificate."""
        ...

    def registration_revocation_list(self) -> bytes:
        """Its CRL."""
        ...

    def status_list_token(self) -> str:
        """The status list."""
        ...

    def access_revocation_list(self) -> bytes:
        """The CRL."""
        ...

    @property
    def lists(self) -> ListPublisher:
        """The lists of trusted entities."""
        ...

    @property
    def qualified(self) -> QualifiedListPublisher:
        """The list of qualified attestation providers."""
        ...


def face(register: PublicRegister, *, write_key: str | None) -> Starlette:
    """The ASGI app, for the root of the registrar's ``base_url``. With ``write_key`` the register can be written."""

    def entry(request: Request) -> Response:
        if wants_page(request):
            return party_answer(register, request)
        record = register.record(request.path_params["identifier"])
        if not register.readable:
            raise HTTPException(403, "this registrar was cancelled, and its register is closed")
        if record is None:
            raise HTTPException(404, "not registered")
        return answer(200, record.as_json(), {**PUBLIC_HEADERS, "Vary": "Accept"})

    def status_list(_: Request) -> Response:
        return Response(
            register.status_list_token(), media_type=STATUS_LIST_MEDIA_TYPE, headers=dict(PUBLIC_HEADERS)
        )

    def certificate(of: Callable[[], Certificate]) -> Callable[[Request], Response]:
        return lambda _: Response(of().der, media_type="application/pkix-cert", headers=dict(PUBLIC_HEADERS))

    def revocation_list(of: Callable[[], bytes]) -> Callable[[Request], Response]:
        return lambda _: Response(of(), media_type="application/pkix-crl", headers=dict(PUBLIC_HEADERS))

    def trusted_entities(request: Request) -> Response:
        kind = LIST_KINDS.get(request.path_params["name"])
        if kind is None:
            raise HTTPException(404, "no such list")
        return Response(
            register.lists.token(kind), media_type="application/jwt", headers=dict(PUBLIC_HEADERS)
        )

    def qualified_providers(_: Request) -> Response:
        try:
            document = register.qualified.document()
        except LocalError:
            raise HTTPException(404, "this registrar has no list in XML") from None
        return Response(document, media_type="application/vnd.etsi.tsl+xml", headers=dict(PUBLIC_HEADERS))

    def policy(request: Request) -> Response:
        text = _POLICIES.get(request.path_params["name"])
        if text is None:
            raise HTTPException(404, "no such policy")
        return Response(text, media_type="text/plain", headers=dict(PUBLIC_HEADERS))

    return protocol_app(
        [
            *register_routes(register, write_key=write_key),
            Route("/register/{identifier}", entry),
            Route("/policy/{name}", policy),
            Route("/status-lists/1", status_list),
            Route("/lists/{name}.jwt", trusted_entities),
            Route(QUALIFIED_LIST, qualified_providers),
            *page_routes(register),
            Route("/access-ca.cer", certificate(lambda: register.access_anchor)),
            Route("/access-ca.crl", revocation_list(register.access_revocation_list)),
            Route("/registration-ca.cer", certificate(lambda: register.registration_anchor)),
            Route("/registration-ca.crl", revocation_list(register.registration_revocation_list)),
        ],
        refuse=_refuse,
    )


def _refuse(_: Request, error: RemoteError) -> Response:
    where = f" at {error.pointer}" if error.pointer else ""
    return error_answer(400, error.code, error.message + where)
