"""Relying parties on a server of their own, in any language: begun and looked at over HTTP, or by commands."""

from __future__ import annotations

import re
import secrets
import shlex
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from nlwallet.errors import LocalError
from nlwallet.http import HttpClient
from nlwallet.openid4vp import as_form
from nlwallet.testing.hostile.party import BrowserSession, PartySession, Seen, SessionOutcome
from nlwallet.testing.hostile.visitor import TIMEOUT, Visitor, link_in, link_of, members_of

_OF_BOTH_WAYS = ("transaction_data", "issuer_chain", "intended_use_id", "registration_certificate")
"""What the EU reference verifier takes for a link and for the browser."""
_NOT_THERE = (404, 405)
_FIELD = re.compile(r"\{([A-Za-z0-9_.-]+)\}")


@dataclass(frozen=True, slots=True)
class WebParty:
    """A page or API: ``start`` gives a link somewhere in what it answers, ``outcome`` says how the session stands.

    ``start`` is fetched with ``method``, and ``body`` as JSON if there is one; what it answers may be text, HTML or
    JSON. In ``outcome``, ``{name}`` is the member of that name in the JSON. Cookies are kept, as a browser does.
    The session succeeded when ``success`` stands in the answer, or, if that is a mapping, when the answer is JSON with
    these members; it failed when ``failure`` stands in it. Without ``success`` it succeeded when the status is 200.

    ``same_device`` (``https://…``, or ``POST https://…``) is where a session begins in the browser of the phone. Its
    outcome is then what each browser sees at ``outcome``, so that one has to go by a cookie.
    """

    start: str
    outcome: str
    success: str | Mapping[str, Any] = ""
    failure: str = ""
    method: str = "GET"
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    tls_anchor: str = ""
    """A PEM file with the TLS anchor of the party, beside those of the system."""
    http: HttpClient | None = field(default=None, repr=False)
    """The client in which the party is mounted, if it is not reached over the network."""
    same_device: str = ""

    @property
    def name(self) -> str:
        """Where it begins."""
        return self.start

    def begin(self) -> PartySession:
        """Press the button. Raises :class:`~nlwallet.errors.TransportError` or LocalError."""
        visitor = self._visitor()
        link, address = self._begun(visitor, self.method, self.start, self.body)
        return PartySession(link, lambda: self._seen(visitor, address))

    def begin_same_device(self) -> PartySession | None:
        """Press the button on the phone."""
        if not self.same_device:
            return None
        visitor = self._visitor()
        method, _, start = self.same_device.rpartition(" ")
        link, address = self._begun(visitor, method or "GET", start, self.body if method == "POST" else None)

        def open_in(way_back: str, own_browser: bool) -> Seen:  # noqa: FBT001 - see ComeBack
            browser = visitor if own_browser else visitor.another()
            browser.fetch("GET", way_back)
            return self._seen(browser, address)

        return PartySession(link, lambda: self._seen(visitor, address), open_in)

    def _visitor(self) -> Visitor:
        return Visitor(self.headers, tls_anchor=self.tls_anchor, http=self.http)

    def _begun(self, visitor: Visitor, method: str, start: str, body: Any) -> tuple[str, str]:
        reply = visitor.fetch(method, start, body)
        if reply.status_code >= 400:
            raise LocalError(f"{start} answers {reply.status_code}", hint="is that where a session begins?")
        return link_of(reply), _filled(self.outcome, members_of(reply.text))

    def _seen(self, visitor: Visitor, address: str) -> SessionOutcome:
        seen = visitor.fetch("GET", address)
        if self.failure and self.failure in seen.text:
            return SessionOutcome("failed")
        if isinstance(self.success, Mapping):
            members = members_of(seen.text)
            succeeded = all(members.get(name) == value for name, value in self.success.items())
        else:
            succeeded = self.success in seen.text if self.success else seen.status_code == 200
        return SessionOutcome("succeeded" if succeeded else "pending")


@dataclass(frozen=True, slots=True)
class NlVerifierParty:
    """The NL Wallet's ``verification_server``, or one that has its interface.

    ``internal`` is where sessions begin, ``public`` where wallets come; they may be the same. ``usecase`` is one of
    its configuration; ``query`` and ``return_url_template`` go into the request where they are given.
    """

    internal: str
    public: str
    usecase: str
    query: Mapping[str, Any] | None = None
    return_url_template: str = ""
    api_key: str = field(default="", repr=False)
    tls_anchor: str = ""

    @property
    def name(self) -> str:
        """Where wallets come, and the use case."""
        return f"{self.public} ({self.usecase})"

    def begin(self) -> PartySession:
        """``POST /disclosure/sessions``. Raises :class:`~nlwallet.errors.TransportError` or LocalError."""
        headers = {"Authorization": f"Bearer {self.api_key}"} if self.api_key else {}
        client = Visitor(headers, tls_anchor=self.tls_anchor)
        asked: dict[str, Any] = {"usecase": self.usecase}
        if self.query is not None:
            asked["dcql_query"] = self.query
        if self.return_url_template:
            asked["return_url_template"] = self.return_url_template
        token = _member(client.fetch("POST", f"{self.internal}/disclosure/sessions", asked), "session_token")
        status = f"{self.public}/disclosure/sessions/{token}"
        link = _member(client.fetch("GET", f"{status}?session_type=cross_device"), "ul")

        def see() -> SessionOutcome:
            state = _member(client.fetch("GET", status), "status")
            if state != "DONE":
                return SessionOutcome("pending" if state in ("CREATED", "WAITING_FOR_RESPONSE") else "failed")
            address = f"{self.internal}/disclosure/sessions/{token}/disclosed_attributes"
            released = client.fetch("GET", address)
            # Without the nonce of the return URL the attributes stay locked; that it is DONE says that it believes.
            return SessionOutcome(
                "succeeded", {"disclosed": released.json()} if released.status_code == 200 else {}
            )

        return PartySession(link, see)

    def begin_same_device(self) -> None:
        """Its return URL leads to a page that is not this server's."""


@dataclass(frozen=True, slots=True)
class EuVerifierParty:
    """The EU reference verifier, or one that has its ``/ui/presentations``."""

    base: str
    query: Mapping[str, Any]
    options: Mapping[str, Any] = field(default_factory=dict)
    """More for the body, such as ``profile`` or ``response_mode``."""
    tls_anchor: str = ""

    @property
    def name(self) -> str:
        """Where it is."""
        return self.base

    def begin(self) -> PartySession:
        """``POST /ui/presentations/v2``. Raises :class:`~nlwallet.errors.TransportError` or LocalError."""
        client = self._front_end()
        asked = self._asked() | {"request_uri_method": "post", **self.options}
        reply = client.fetch("POST", f"{self.base}/ui/presentations/v2", asked)
        transaction = self._transaction(reply)
        return PartySession(link_in(reply.text), lambda: self._seen(client, transaction))

    def begin_same_device(self) -> None:
        """Its response code leads to a page that is not this server's."""

    def begin_dc_api(self) -> BrowserSession | None:
        """``POST /ui/presentations/dc-api``, for a page at its own origin; ``None`` where it has none (before 0.10).

        Raises :class:`~nlwallet.errors.TransportError` or LocalError.
        """
        client, parts = self._front_end(), urlsplit(self.base)
        origin = f"{parts.scheme}://{parts.netloc}"
        options = {name: value for name, value in self.options.items() if name in _OF_BOTH_WAYS}
        asked = self._asked() | {"origin": origin, **options}
        reply = client.fetch("POST", f"{self.base}/ui/presentations/dc-api", asked)
        if reply.status_code in _NOT_THERE:
            return None
        transaction = self._transaction(reply)

        def receive(data: Any) -> SessionOutcome:
            form = as_form(data) if isinstance(data, Mapping) else {}
            client.fetch("POST", f"{transaction}/dc-api", form=form)
            return self._seen(client, transaction)

        asked_of_wallet = {"request": _member(reply, "request")}
        return BrowserSession(asked_of_wallet, origin, receive, lambda: self._seen(client, transaction))

    def _front_end(self) -> Visitor:
        return Visitor({"Accept": "application/json"}, tls_anchor=self.tls_anchor)

    def _asked(self) -> dict[str, Any]:
        return {"dcql_query": self.query, "nonce": secrets.token_urlsafe(24)}

    def _transaction(self, reply: httpx.Response) -> str:
        """The address of the transaction that was begun."""
        return f"{self.base}/ui/presentations/{quote(_member(reply, 'transaction_id'), safe='')}"

    @staticmethod
    def _seen(client: Visitor, transaction: str) -> SessionOutcome:
        result = client.fetch("GET", transaction)
        if result.status_code != 200:
            return SessionOutcome("pending")
        answered = result.json()
        if isinstance(answered, dict) and "vp_token" in answered:
            return SessionOutcome("succeeded", {"vp_token": answered["vp_token"]})
        return SessionOutcome("failed")


@dataclass(frozen=True, slots=True)
class CommandParty:
    """A relying party behind two commands: ``start`` prints a link, ``outcome`` ends with 0 when it succeeded.

    In ``outcome``, ``{session}`` is the second line that ``start`` prints.
    """

    start: str
    outcome: str

    @property
    def name(self) -> str:
        """The first command."""
        return self.start

    def begin(self) -> PartySession:
        """Run the first command. Raises :class:`~nlwallet.errors.LocalError`."""
        done = _run(shlex.split(self.start))
        if done.returncode:
            raise LocalError(f"{self.start} ends with {done.returncode}", hint=done.stderr.strip()[-200:])
        lines = done.stdout.strip().splitlines()
        link, session = link_in(done.stdout), lines[1].strip() if len(lines) > 1 else ""
        command = [part.replace("{session}", session) for part in shlex.split(self.outcome)]
        return PartySession(link, lambda: _run(command).returncode == 0)

    def begin_same_device(self) -> None:
        """Not known of a command."""


def _member(reply: httpx.Response, name: str) -> str:
    value = members_of(reply.text).get(name)
    if not isinstance(value, str):
        raise LocalError(
            f"{reply.url} answers {reply.status_code} without {name}", hint=" ".join(reply.text.split())[:200]
        )
    return value


def _filled(address: str, members: Mapping[str, Any]) -> str:
    def value(match: re.Match[str]) -> str:
        found: Any = members
        for name in match.group(1).split("."):
            found = found.get(name) if isinstance(found, Mapping) else None
        if found is None:
            raise LocalError(
                f"the answer has no {match.group(1)}", hint="a member of the JSON that start answers"
            )
        return quote(str(found), safe="")

    return _FIELD.sub(value, address)


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - the command of who runs the attack
            command, capture_output=True, text=True, timeout=TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LocalError(f"{command[0]}: {error}") from None
