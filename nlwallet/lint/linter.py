"""The linter: recognise what was given, make every check, report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from nlwallet.encoding import b64url_decode
from nlwallet.errors import MalformedInput
from nlwallet.lint.asked import AskedQuery
from nlwallet.lint.channel import Channel
from nlwallet.lint.dc_api import check_dc_api
from nlwallet.lint.fetched import FetchedRequest, read_fetched
from nlwallet.lint.finding import Findings
from nlwallet.lint.given import Given, recognise
from nlwallet.lint.link import (
    Link,
    check_client_of_link,
    check_link,
    unsigned_claims,
)
from nlwallet.lint.mdoc_document import check_document
from nlwallet.lint.members import below
from nlwallet.lint.over_asking import best_use
from nlwallet.lint.query_checks import check_query, summary_of
from nlwallet.lint.registered import Registration
from nlwallet.lint.report import LintReport
from nlwallet.lint.request_checks import Judgement, Outcome, check_claims, check_request_object
from nlwallet.lint.request_object import read_compact
from nlwallet.lint.rules import Rules
from nlwallet.lint.smallest import smallest_query
from nlwallet.profiles import HAIP_1_0, Profile
from nlwallet.registration import RelyingPartyRecord
from nlwallet.sdjwt import TypeMetadataRegistry, known_types


@dataclass(frozen=True, slots=True)
class RequestReference:
    """Where a request object can be fetched, and how."""

    uri: str
    method: Literal["get", "post"] = "get"


def request_reference(request: str | bytes) -> RequestReference | None:
    """The address behind a link or endpoint, for a caller that can fetch; ``None`` when there is none.

    Raises :class:`~nlwallet.errors.RemoteError` for what is nothing that can be linted.
    """
    given = recognise(request)
    if given.kind == "endpoint":
        return RequestReference(given.text)
    if given.kind != "link":
        return None
    link = Link.parse(given.text)
    if not link.request_uri:
        return None
    return RequestReference(link.request_uri, "post" if link.request_uri_method == "post" else "get")


def lint(
    request: str | bytes,
    *,
    profile: Profile | str = HAIP_1_0,
    registration: Registration | RelyingPartyRecord | str | bytes | None = None,
    types: TypeMetadataRegistry | None = None,
    now: int | None = None,
    fetched: FetchedRequest | None = None,
) -> LintReport:
    """Everything that is wrong with a request for presentation, and everything that could be less.

    ``request`` is a link, a request object (compact JWS), a request or a DCQL query as JSON, what a page gives
    to the browser's API, an mdoc as it is issued (base64url), or the address of a request object; then ``fetched``
    is what that address answered
    (see :func:`request_reference`). ``registration`` is the party's record or registration certificate; without
    one, that in the request counts. ``types`` are the credential types that are known, ``now`` is in seconds
    since 1970; without it no time is compared.

    Raises :class:`~nlwallet.errors.RemoteError` only for what cannot be recognised at all, or for a
    registration that cannot be read, and :class:`~nlwallet.errors.LocalError` for an unknown profile.
    """
    run = _Run(Rules.of(profile), Judgement(_read(registration), types or known_types(), now))
    return run.report(recognise(request), fetched)


def _read(given: Registration | RelyingPartyRecord | str | bytes | None) -> Registration | None:
    if given is None or isinstance(given, Registration):
        return given
    return Registration.of(given) if isinstance(given, RelyingPartyRecord) else Registration.read(given)


class _Run:
    """One request under one set of rules."""

    def __init__(self, rules: Rules, judgement: Judgement) -> None:
        self._rules = rules
        self._judgement = judgement
        self._log = Findings(rules)

    def report(self, given: Given, fetched: FetchedRequest | None) -> LintReport:
        kind, document, outcome = self._check(given, fetched)
        is_its_own_document = document is given.members and bool(given.members)
        return LintReport(
            kind=kind,
            profile=self._rules.profile.name,
            findings=tuple(self._log.all),
            document=document,
            party=outcome.party,
            summary=summary_of(outcome.asked) if outcome.asked else "",
            left_out=self._log.left_out,
            text=given.text if is_its_own_document else "",
            smallest=lambda: self._smallest(outcome),
        )

    def _check(self, given: Given, fetched: FetchedRequest | None) -> tuple[str, Any, Outcome]:
        if given.kind == "query":
            return "DCQL query", given.members, self._query(given.members, "")
        if given.kind == "wrapped_query":
            query = given.members["dcql_query"]
            return "DCQL query", given.members, self._query(query, "/dcql_query")
        if given.kind == "claims":
            dc_api = str(given.members.get("response_mode", "")).startswith(("dc_api", "w3c_dc_api"))
            signed = not dc_api or "expected_origins" in given.members or "client_id" in given.members
            channel = Channel(signed=signed, dc_api=dc_api)
            outcome = check_claims(given.members, "", channel, self._judgement, self._log)
            return "request (claims of a request object)", given.members, outcome
        if given.kind == "dc_api":
            return self._browser(given.members)
        if given.kind == "mdoc":
            doctype = check_document(b64url_decode(given.text), self._log, now=self._judgement.now)
            return f"mdoc {doctype}".rstrip(), {}, Outcome()
        if given.kind == "link":
            return self._link(given.text, fetched)
        if given.kind == "endpoint":
            return self._endpoint(fetched)
        document, outcome = self._object(given.text, "", Channel())
        return "request object", document, outcome

    def _query(self, query: Any, at: str) -> Outcome:
        known = self._judgement.registration
        asked = check_query(query, at, registration=known, types=self._judgement.types, log=self._log)
        return Outcome(query, asked, known)

    def _object(self, text: str, at: str, channel: Channel) -> tuple[Any, Outcome]:
        """A request object, as compact JWS or encrypted, that stands at ``at``."""
        if text.count(".") == 4:
            advice = "Lint the signed request object before you encrypt it."
            self._log.warning(
                "W-12", at, "The request object is encrypted: nothing inside was looked at.", advice
            )
            return {}, Outcome()
        signed = read_compact(text, at, self._log)
        if signed is None:
            return {}, Outcome()
        outcome = check_request_object(signed, at, channel, self._judgement, self._log)
        return signed.document, outcome

    def _link(self, text: str, fetched: FetchedRequest | None) -> tuple[str, Any, Outcome]:
        link = Link.parse(text)
        check_link(link, text, self._log)
        client_id = link.parameters.get("client_id")
        if link.request_uri or "request_uri" in link.parameters:
            if fetched is None:
                check_client_of_link(link, self._log)
                what = "The request object behind request_uri was not looked at."
                self._log.note(
                    "REQ-11", "/request_uri", what, "Lint with the network, or give the object itself."
                )
                return "link to a request object", link.parameters, Outcome()
            channel = Channel(outer_client_id=client_id, posted_wallet_nonce=fetched.wallet_nonce)
            inner, outcome = self._fetched(fetched, "/request", channel)
            return "link to a request object", {**link.parameters, "request": inner}, outcome
        if link.request is not None:
            inner, outcome = self._object(link.request, "/request", Channel(outer_client_id=client_id))
            return "link with a request object", {**link.parameters, "request": inner}, outcome
        claims = unsigned_claims(link, self._log)
        outcome = check_claims(claims, "", Channel(signed=False), self._judgement, self._log)
        return "link with an unsigned request", claims, outcome

    def _endpoint(self, fetched: FetchedRequest | None) -> tuple[str, Any, Outcome]:
        if fetched is None:
            raise MalformedInput(
                "this is the address of a request object, and what it answers was not given",
                hint="fetch it first, or use the command nlwallet lint, which does",
            )
        channel = Channel(posted_wallet_nonce=fetched.wallet_nonce)
        document, outcome = self._fetched(fetched, "", channel)
        return "request object behind an address", document, outcome

    def _fetched(self, fetched: FetchedRequest, at: str, channel: Channel) -> tuple[Any, Outcome]:
        text = read_fetched(fetched, at, self._log)
        return self._object(text, at, channel) if text is not None else ({}, Outcome())

    def _browser(self, members: Mapping[str, Any]) -> tuple[str, Any, Outcome]:
        kind = "request through the browser's API"
        if "protocol" in members:
            outcome, document = check_dc_api(members, "", self._judgement, self._log)
            return kind, document, outcome
        at, value = ("/digital", members["digital"]) if "digital" in members else ("", members)
        requests = value.get("requests") if isinstance(value, Mapping) else None
        place = below(at, "requests")
        if not isinstance(requests, list) or not requests:
            self._log.error("A-01", place, "requests is no array with a request in it.")
            return kind, members, Outcome()
        first = Outcome()
        for n, entry in enumerate(requests[:16]):
            if not isinstance(entry, Mapping):
                self._log.error("A-01", below(place, n), "A request is no object.")
                continue
            outcome, _ = check_dc_api(entry, below(place, n), self._judgement, self._log)
            first = first if first.asked else outcome
        return kind, members, first

    def _smallest(self, outcome: Outcome) -> dict[str, Any] | None:
        """The query of the request with all patches made; when nothing is left, that of the registration."""

        def findings(query: Any) -> list[Any]:
            log = Findings(self._rules)
            check_query(query, "", registration=outcome.registration, types=self._judgement.types, log=log)
            return log.all

        if outcome.query is not None and (smallest := smallest_query(outcome.query, findings)) is not None:
            return smallest
        if outcome.registration is None:
            return None
        asked = outcome.asked or AskedQuery("")
        use = best_use(asked, outcome.registration, ancestors=self._judgement.types.ancestors)
        return smallest_query(use.query(), findings)
