"""Play the recorded relying party again, to a wallet of a sandbox: the same requests and replies, with fresh keys.

The same: each request object as it was recorded (its query, modes, algorithms, and whatever was wrong with it), the
order and status of the replies, and what the holder did. Made anew: keys, certificates, the registration certificate
(of a registration like the recorded one), nonces and other secrets, equal where they were equal; times are moved to
now. What was wrong with a signature or a certificate is not on a cassette, and is not played.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from nlwallet.crypto import PrivateKey, sign_jws
from nlwallet.encoding import dump_json
from nlwallet.errors import InvalidCassette, LocalError, NlWalletError
from nlwallet.openid4vp import RequestSigner
from nlwallet.registration import RelyingPartyCertificates
from nlwallet.sandbox.provider_registration import invented_identifier
from nlwallet.testing.cassette import (
    Cassette,
    Checked,
    Ended,
    Exchanged,
    Opened,
    Presented,
    Prompted,
    Refused,
)
from nlwallet.testing.cassette_recorder import record
from nlwallet.testing.cassette_redaction import PLACEHOLDER
from nlwallet.testing.ecosystem import Ecosystem, WatchedWallet
from nlwallet.testing.invented_party import invented_party

_TIMES: Final = frozenset({"iat", "exp", "nbf"})
_LENGTH = re.compile(r"<([a-z-]+)(?: (\d+))?")
MAX_FRESH: Final = 8192


@dataclass(frozen=True, slots=True)
class Replayed:
    """What the wallet did this time; ``differences`` from the recording, in words, is empty if it did the same."""

    cassette: Cassette
    differences: tuple[str, ...]
    outcomes: tuple[str, ...] = ()
    """How each session stands at a relying party that was played to: pending, succeeded or failed."""

    @property
    def same(self) -> bool:
        """Whether the story is the same."""
        return not self.differences


def replay(cassette: Cassette, edi: Ecosystem, wallet: WatchedWallet) -> Replayed:
    """Play the presentation requests of a cassette to ``wallet``, which is of ``edi``.

    Raises :class:`~nlwallet.errors.LocalError` when there is no request object on it that can be played: it came
    through the browser or by value, or no request came at all; and
    :class:`~nlwallet.errors.InvalidCassette` when it makes no sense.
    """
    scenes = list(_scenes(cassette))
    if not scenes:
        raise LocalError(
            "there is no request on this cassette that can be played", hint="nlwallet explain tells it"
        )
    with record(wallet, clock=edi.clock.now) as recorder:
        for scene in scenes:
            tape = _tape(scene, edi, cassette.recorded_at)
            wallet.mount(tape.origin, tape)
            with suppress(NlWalletError):  # it is on the new cassette
                prompt = wallet.open(tape.link)
                if scene.approved:
                    prompt.approve(despite_warnings=True)
                elif scene.denied:
                    prompt.deny()
        made = recorder.cassette()
    before = [line for scene in scenes for line in outline_of(scene.steps)]
    now = [line for scene in _scenes(made) for line in outline_of(scene.steps)]
    return Replayed(made, tuple(differences_between(before, now)))


@dataclass(frozen=True, slots=True)
class _Scene:
    """One link, and what came of it."""

    link: Mapping[str, Any]
    request: Exchanged
    steps: tuple[Any, ...]
    denied: bool

    @property
    def approved(self) -> bool:
        return any(isinstance(one, Presented) for one in self.steps)

    @property
    def answers(self) -> list[Exchanged]:
        return [one for one in self.steps if isinstance(one, Exchanged) and one.what == "the response"]

    @property
    def payload(self) -> dict[str, Any]:
        payload = (self.request.received or {}).get("payload")
        return payload if isinstance(payload, dict) else {}


def _scenes(cassette: Cassette) -> Iterator[_Scene]:
    ends = [one.outcome for one in cassette.steps if isinstance(one, Ended) and one.kind == "presentation"]
    opened = [place for place, one in enumerate(cassette.steps) if isinstance(one, Opened)]
    for number, (place, after) in enumerate(zip(opened, [*opened[1:], len(cassette.steps)], strict=False)):
        first, *steps = cassette.steps[place:after]
        assert isinstance(first, Opened)
        asked = (one for one in steps if isinstance(one, Exchanged) and one.what == "the request object")
        request = next(asked, None)
        link = first.link.get("parameters")
        if request is None or not isinstance(link, dict) or (request.received or {}).get("kind") != "jws":
            continue
        denied = number < len(ends) and ends[number] in {"denied", "unanswerable"}
        yield _Scene(link, request, tuple(steps), denied)


def _tape(scene: _Scene, edi: Ecosystem, recorded_at: int) -> _Tape:
    try:
        return _Tape(scene, edi, recorded_at)
    except (AttributeError, TypeError, KeyError, ValueError, OverflowError):
        raise InvalidCassette("the request on the cassette cannot be played", pointer="/steps") from None


class _Tape:
    """The relying party of one scene, as an ASGI application: it says what was recorded, and nothing else."""

    def __init__(self, scene: _Scene, edi: Ecosystem, recorded_at: int) -> None:
        self._scene = scene
        self._fresh: dict[str, str] = {}
        self._shift = edi.clock.now() - recorded_at
        self._key = PrivateKey.generate()
        self._answers = iter(scene.answers)
        parts = urlsplit(scene.request.url)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self._certificates = self._registered(edi, parts.hostname or "")
        self._signer = self._identity(parts.hostname or "")
        client = str(scene.payload.get("client_id", ""))
        if found := PLACEHOLDER.search(client):
            self._fresh[found[0]] = self._signer.client_id.partition(":")[2]
        self._know_encryption_keys()
        fields = {name: str(self._filled(one)) for name, one in scene.link.items()}
        self.link = "openid4vp://?" + "&".join(
            f"{name}={quote(one, safe='')}" for name, one in fields.items()
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        asked = urlsplit(str(self._filled(self._scene.request.url))).path
        reply = self._request_object() if request.url.path == asked else self._answer()
        await reply(scope, receive, send)

    def _request_object(self) -> Response:
        recorded = self._scene.request
        header = dict((recorded.received or {}).get("header", {}))
        typ = str(header.get("typ", ""))
        token = sign_jws(self._filled(self._scene.payload), self._key, typ=typ, header=self._signer.header)
        return Response(token, recorded.status, media_type=recorded.content_type)

    def _answer(self) -> Response:
        recorded = next(self._answers, None)
        if recorded is None or recorded.status == 0:
            return Response(status_code=503)
        members = (recorded.received or {}).get("members")
        if members is None:
            return Response(b"", recorded.status, media_type=recorded.content_type or None)
        return JSONResponse(self._filled(members), recorded.status)

    # Made anew -----------------------------------------------------------------------------------

    def _registered(self, edi: Ecosystem, host: str) -> RelyingPartyCertificates:
        """Registered for what was registered then; without a recorded registration, for what is asked."""
        told = next(iter(self._recorded_registration()), {})
        asked = told.get("credentials") or self._scene.payload.get("dcql_query", {}).get("credentials", [])
        types, claims = [], []
        for one in asked:
            meta = one.get("meta", {})
            types += [*meta.get("vct_values", []), *filter(None, [meta.get("doctype_value")])]
            for claim in one.get("claim") or one.get("claims") or []:
                path = [step for step in claim["path"] if isinstance(step, str) and step not in types]
                claims.append(".".join(path))
        purpose = next((one["value"] for one in told.get("purpose", [])), "Played again")
        record = invented_party(
            host,
            [*dict.fromkeys(claims)] or ["age_over_18"],
            types=[*dict.fromkeys(types)] or ["urn:eudi:pid:nl:1"],
            purpose=purpose,
            name=str(told.get("name", host)),
            public_body=told.get("public_body") is True,
        )
        # The sandbox may know the recorded party itself.
        record = record.model_copy(
            update={"identifier": invented_identifier(f"{secrets.token_hex(8)} for {host}")}
        )
        return edi.registrar.register(record, self._key.public, dns_names=[host])

    def _recorded_registration(self) -> Iterator[dict[str, Any]]:
        for one in self._scene.payload.get("verifier_info", []):
            data = one.get("data") if isinstance(one, dict) else None
            if isinstance(data, dict) and isinstance(data.get("payload"), dict):
                yield data["payload"]

    def _identity(self, host: str) -> RequestSigner:
        chain = self._certificates.access_chain
        if str(self._scene.payload.get("client_id", "")).startswith("x509_san_dns:"):
            return RequestSigner.x509_san_dns(self._key, chain, host)
        return RequestSigner.x509_hash(self._key, chain)

    def _know_encryption_keys(self) -> None:
        metadata = self._scene.payload.get("client_metadata")
        keys = metadata.get("jwks", {}).get("keys", []) if isinstance(metadata, dict) else []
        for recorded in keys:
            if isinstance(recorded, dict) and recorded.get("crv") in {"P-256", "P-384", "P-521"}:
                made = PrivateKey.generate(recorded["crv"]).public.jwk()
                for name in ("x", "y"):
                    self._fresh[str(recorded.get(name))] = str(made[name])

    def _filled(self, value: Any, name: str = "") -> Any:
        if name == "verifier_info" and isinstance(value, list):
            return [self._registration(one) for one in value]
        if isinstance(value, dict):
            return {member: self._filled(one, member) for member, one in value.items()}
        if isinstance(value, list):
            return [self._filled(one, name) for one in value]
        if isinstance(value, int) and not isinstance(value, bool) and name in _TIMES:
            return value + self._shift
        if not isinstance(value, str):
            return value
        if value == "<boolean>":
            return True
        if value == "<null>":
            return None
        return PLACEHOLDER.sub(lambda match: self._made(match[0]), value)

    def _registration(self, recorded: Any) -> Any:
        made = next(iter(self._certificates.registration_certificates.values()), "")
        if isinstance(recorded, dict) and recorded.get("format") == "registration_cert" and made:
            return {**recorded, "data": made}
        return self._filled(recorded)

    def _made(self, placeholder: str) -> str:
        number = placeholder.rpartition("#")[2]
        if placeholder not in self._fresh:
            same = next(
                (text for known, text in self._fresh.items() if known.rpartition("#")[2] == number), None
            )
            self._fresh[placeholder] = same or _made_like(placeholder)
        return self._fresh[placeholder]


def _made_like(placeholder: str) -> str:
    found = _LENGTH.match(placeholder)
    kind, length = (found[1], min(int(found[2] or 10), MAX_FRESH)) if found else ("secret", 10)
    if kind == "integer":
        return "1" * length
    if kind == "date":
        return "2000-01-01"
    return secrets.token_urlsafe(length)[:length]


# The comparison -----------------------------------------------------------------------------------


def outline_of(steps: tuple[Any, ...]) -> Iterator[str]:
    """What is compared of one request."""
    for step in steps:
        match step:
            case Exchanged() if step.what in {"the request object", "the response"}:
                error = (step.received or {}).get("members", {}).get("error", "")
                yield f"{step.what}: {step.method} {step.status} {PLACEHOLDER.sub('…', str(error))}".rstrip()
            case Checked():
                yield from (f"check {one.id}: {one.outcome} {one.code}".rstrip() for one in step.checks)
            case Refused():
                yield f"refused: {step.error.code} {step.error.spec} {step.error.pointer}".rstrip()
            case Prompted():
                yield f"asked for {dump_json([one.model_dump() for one in step.cards]).decode()}"
                yield f"warnings: {' '.join(one.code for one in step.warnings)}"
            case Presented():
                yield f"presented {' '.join(step.vp_token)}"


def differences_between(before: list[str], now: list[str]) -> Iterator[str]:
    """In words."""
    from difflib import ndiff

    for line in ndiff(before, now):
        if line.startswith("- "):
            yield f"only in the recording: {line[2:]}"
        elif line.startswith("+ "):
            yield f"only this time: {line[2:]}"
