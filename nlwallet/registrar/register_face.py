"""The API of the register (TS5 1.4): signed answers for anybody; writing with a key (Reg_06, Reg_24)."""

from __future__ import annotations

import hmac
from typing import Any, Final, Protocol

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from nlwallet.encoding import parse_json_object
from nlwallet.errors import LocalError, MalformedInput
from nlwallet.http.face import PUBLIC_HEADERS, answer, body
from nlwallet.registrar.register_query import Entries, identifier_asked, registered_use, search
from nlwallet.registrar.relying_party_json import read_relying_party, relying_party_json, service_json
from nlwallet.registrar.signed_answers import ANSWER_MEDIA_TYPE, JKU_HEADER, AnswerSigner
from nlwallet.registration import RelyingPartyRecord

MAX_RECORD_BYTES: Final = 262_144


class Register(Protocol):
    """What is behind the API: see :class:`nlwallet.registrar.Registrar`."""

    base_url: str
    answers: AnswerSigner

    @property
    def readable(self) -> bool:
        """Whether it may still be read (RPACANot_07)."""
        ...

    def now(self) -> int:
        """The time, in seconds."""
        ...

    def entries(self) -> Entries:
        """All records that stand, by identifier."""
        ...

    def record(self, identifier: str) -> RelyingPartyRecord | None:
        """One record that stands."""
        ...

    def enter(self, record: RelyingPartyRecord) -> None:
        """Enter a party."""
        ...

    def update(self, record: RelyingPartyRecord) -> Any:
        """Change a party."""
        ...

    def cancel(self, identifier: str) -> None:
        """End a registration."""
        ...


def register_routes(register: Register, *, write_key: str | None) -> list[BaseRoute]:
    """The routes below ``/wrp``, and the key set that answers verify with; without ``write_key`` nobody writes."""
    api = _Api(register)
    # The fixed address goes first: it looks like an identifier too.
    routes: list[BaseRoute] = [
        Route("/jwks", api.jwks),
        Route("/wrp", api.search),
        Route("/wrp/check-intended-use", api.check_intended_use),
        Route("/wrp/{identifier}/services/{service_id}", api.service),
        Route("/wrp/{identifier}", api.party),
    ]
    if write_key is None:
        return routes
    key = write_key.encode()

    def allowed(request: Request) -> None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), key):
            raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})

    async def put(request: Request) -> Response:
        allowed(request)
        value = parse_json_object(await body(request, max_bytes=MAX_RECORD_BYTES), what="the registration")
        return await run_in_threadpool(api.put, read_relying_party(value))

    async def delete(request: Request) -> Response:
        allowed(request)
        return await run_in_threadpool(api.delete, request.path_params["identifier"])

    return [
        Route("/wrp", put, methods=["PUT"]),
        Route("/wrp/{identifier}", delete, methods=["DELETE"]),
        *routes,
    ]


class _Api:
    def __init__(self, register: Register) -> None:
        self._register = register

    def jwks(self, _: Request) -> Response:
        return answer(200, self._register.answers.jwks(), PUBLIC_HEADERS)

    def search(self, request: Request) -> Response:
        found = search(self._entries(), _parameters(request))
        data = [self._shown(record, since) for record, since in found.entries]
        if found.service_id is not None:
            for one in data:
                one["services"] = [
                    each for each in one["services"] if each["serviceIdentifier"] == found.service_id
                ]
        return self._signed(data, pagination=found.pagination())

    def party(self, request: Request) -> Response:
        return self._signed(self._shown(*self._found(request.path_params["identifier"])))

    def service(self, request: Request) -> Response:
        record, since = self._found(request.path_params["identifier"])
        service = next((one for one in record.services if one.id == request.path_params["service_id"]), None)
        if service is None:
            raise HTTPException(404, "this party has no such service")
        return self._signed(service_json(record, service, registered_at=since))

    def check_intended_use(self, request: Request) -> Response:
        parameters = _parameters(request)
        record, since = self._found(identifier_asked(parameters))
        found = registered_use(record, parameters)
        if found is None:
            return self._signed({"isRegistered": False})
        service = service_json(record, found[0], registered_at=since)
        use = next(one for one in service["intendedUses"] if one["intendedUseIdentifier"] == found[1].id)
        details = {"identifier": record.identifier, "serviceIdentifier": found[0].id, "intendedUse": use}
        return self._signed({"isRegistered": True, "details": details})

    def put(self, record: RelyingPartyRecord) -> Response:
        """Change a party, or enter it: then it gets its certificates from the registrar itself."""
        known = self._register.record(record.identifier) is not None
        try:
            self._register.update(record) if known else self._register.enter(record)
        except LocalError as error:
            raise MalformedInput(
                error.message, code="invalid_request", spec=error.spec or "TS5", pointer=error.pointer
            ) from None
        return self._signed(self._shown(*self._found(record.identifier)), status=200 if known else 201)

    def delete(self, identifier: str) -> Response:
        self._found(identifier)
        self._register.cancel(identifier)
        return Response(status_code=204, headers=dict(PUBLIC_HEADERS))

    # ------------------------------------------------------------------------------------------

    def _entries(self) -> Entries:
        if not self._register.readable:
            raise HTTPException(403, "this registrar was cancelled, and its register is closed")
        return self._register.entries()

    def _found(self, identifier: str) -> tuple[RelyingPartyRecord, int]:
        for entry in self._entries():
            if entry[0].identifier == identifier:
                return entry
        raise HTTPException(404, "not registered")

    def _shown(self, record: RelyingPartyRecord, since: int) -> dict[str, Any]:
        return relying_party_json(record, registered_at=since, registry_uri=self._register.base_url)

    def _signed(self, data: Any, *, pagination: dict[str, Any] | None = None, status: int = 200) -> Response:
        answers = self._register.answers
        return Response(
            answers.sign(data, now=self._register.now(), pagination=pagination),
            status,
            media_type=ANSWER_MEDIA_TYPE,
            headers={
                **PUBLIC_HEADERS,
                JKU_HEADER: answers.jwks_url,
                "Access-Control-Expose-Headers": JKU_HEADER,
            },
        )


def _parameters(request: Request) -> dict[str, str]:
    items = request.query_params.multi_items()
    parameters = dict(items)
    if len(parameters) < len(items):
        raise MalformedInput("a parameter is there twice", code="invalid_request", spec="TS5")
    return parameters
