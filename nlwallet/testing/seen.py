"""What a wallet saw, step by step: for the message of a test that fails. Never a value of an attribute."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from nlwallet.claim_path import show_path
from nlwallet.encoding import parse_json_object
from nlwallet.errors import NlWalletError, RemoteError
from nlwallet.holder import ConsentPrompt, LogEntry, OfferPrompt
from nlwallet.http import HttpExchange, HttpReply
from nlwallet.report import Check, Outcome, Report
from nlwallet.testing.watcher import Refusable

MAX_STEPS = 200
MAX_SHOWN = 200
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,64}")

Lines = Iterator[str]


@dataclass(slots=True)
class Seen:
    """The steps of one wallet, in order. They are written down when somebody asks: a report may still grow."""

    wallet: str
    log: Callable[[], Sequence[LogEntry]] = field(default=tuple)
    """Its transaction log, which tells how everything ended."""
    _before: int = 0
    _steps: list[Callable[[], Lines]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self._steps)

    def opened(self, link: str) -> None:
        """The wallet was given a link."""
        self._add(lambda: iter((f"opened {_link(link)}",)))

    def asked_by_page(self, requests: Sequence[Mapping[str, Any]], origin: str) -> None:
        """A page asked through the browser's API."""
        protocols = ", ".join(
            _shown(str(one.get("protocol"))) for one in requests if isinstance(one, Mapping)
        )
        self._add(lambda: iter((f"opened a request of the page at {_shown(origin)} by {protocols}",)))

    def exchanged(self, exchange: HttpExchange) -> None:
        """It fetched or sent something."""
        self._add(lambda: _exchange(exchange))

    def checked(self, report: Report) -> None:
        """It looked at a request."""
        self._add(lambda: _checks(report))

    def prompted(self, prompt: ConsentPrompt) -> None:
        """It asked its holder."""
        self._add(lambda: _prompt(prompt))

    def offered(self, prompt: OfferPrompt) -> None:
        """It asked its holder whether to fetch cards."""
        self._add(lambda: _offer(prompt))

    def refused(self, error: NlWalletError, what: Refusable = "request") -> None:
        """It put nothing to its holder, or did not take a card."""
        self._add(lambda: iter((f"refused the {what}: {_error(error)}",)))

    def returned(self, data: Mapping[str, Any]) -> None:
        """It gave this to the page."""
        names = ", ".join(sorted(_shown(name) for name in data))
        self._add(lambda: iter((f"gave the page {names}",)))

    def presented(self, vp_token: Mapping[str, object]) -> None:
        """It is about to answer; the exchange that follows says how that went."""

    def forget(self) -> None:
        """Begin again."""
        self._steps.clear()
        self._before = len(self.log())

    def __str__(self) -> str:
        lines = [self.wallet]
        for number, step in enumerate(self._steps[:MAX_STEPS], 1):
            first, *others = step()
            lines.append(f"{number:>3}. {first}")
            lines += [f"     {other}" for other in others]
        if len(self._steps) > MAX_STEPS:
            lines.append(f"     … and {len(self._steps) - MAX_STEPS} steps more")
        lines += [f"  in its log: {_logged(entry)}" for entry in self.log()[self._before :]]
        return "\n".join(lines)

    def _add(self, step: Callable[[], Lines]) -> None:
        self._steps.append(step)


def _logged(entry: LogEntry) -> str:
    party = f" with {_shown(entry.party.name)}" if entry.party.name else ""
    return f"{entry.kind}{party}: {entry.outcome}" + (f" ({entry.reason})" if entry.reason else "")


def _link(link: str) -> str:
    endpoint, _, query = link.partition("?")
    try:
        fields = parse_qs(query.partition("#")[0], max_num_fields=64)
    except ValueError:
        fields = {}
    parts = [_shown(endpoint)]
    if "client_id" in fields:
        parts.append(f"of {_shown(fields['client_id'][0])}")
    if "request_uri" in fields:
        method = _shown(fields.get("request_uri_method", ["get"])[0])
        parts.append(f"with request_uri {_address(fields['request_uri'][0])} by {method}")
    elif fields:
        parts.append(f"with {', '.join(_shown(name) for name in sorted(fields))}")
    return " ".join(parts)


def _exchange(exchange: HttpExchange) -> Lines:
    came = _error(exchange.error) if exchange.error is not None else _reply(exchange.reply)
    yield f"{exchange.method} {_address(exchange.url)} → {came}"
    if exchange.form:
        yield f"sent: {_form(exchange.form)}"


def _form(form: Mapping[str, str]) -> str:
    if "error" in form:
        return f"error {_code(form['error'])}"
    if "response" in form:
        return "an encrypted response"
    return ", ".join(_shown(name) for name in form)


def _reply(reply: HttpReply | None) -> str:
    if reply is None:
        return "nothing"
    text = f"{reply.status} {_shown(reply.content_type)}".rstrip()
    if reply.status >= 400 and reply.content_type == "application/json":
        try:
            error = parse_json_object(reply.body, what="the reply").get("error")
        except RemoteError:
            return text
        return f"{text} error {_code(error)}" if isinstance(error, str) else text
    return text


def _checks(report: Report) -> Lines:
    checks = list(report)
    passed = [check.id for check in checks if check.outcome is Outcome.PASSED]
    yield f"checked the request: {len(passed)} of {len(checks)} checks passed"
    if passed:
        yield f"passed  {' '.join(dict.fromkeys(passed))}"
    for check in checks:
        if check.outcome is not Outcome.PASSED:
            yield _check(check)


def _check(check: Check) -> str:
    line = f"{check.outcome!s:<7} {check.id} {check.what} ({check.spec})"
    where = f" at {check.pointer}" if check.pointer else ""
    return f"{line}: {check.reason}{where}" if check.reason else line


def _prompt(prompt: ConsentPrompt) -> Lines:
    consent = prompt.consent("en")
    who = consent.requester
    proven = "" if who.verified else ", not verified"
    yield f"asked its holder: {who.trade_name or who.legal_name or who.identifier}{proven}"
    if consent.purpose:
        yield f"purpose: {consent.purpose}"
    for card in consent.cards:
        yield f"{card.query_id}: of {card.type} {', '.join(show_path(claim.path) for claim in card.claims)}"
    for warning in consent.warnings:
        yield f"warning {warning.code}{' (to be confirmed)' if warning.explicit else ''}"
    yield from (f"cannot answer: {reason}" for reason in consent.missing)
    if consent.blocked:
        yield f"may not answer: {consent.blocked}"
    yield f"advised: {consent.advised}"


def _offer(prompt: OfferPrompt) -> Lines:
    offer = prompt.offer("en")
    yield f"asked its holder whether to fetch: of {_shown(offer.issuer)}{'' if offer.verified else ', not verified'}"
    yield f"cards: {', '.join(_shown(card.type) for card in offer.cards)}"
    yield from (f"warning {one}" for one in offer.reasons)


def _error(error: NlWalletError) -> str:
    return f"{type(error).__name__} {error}"


def _address(url: str) -> str:
    """Without its query: tokens may stand in there."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an address that cannot be read"
    return _shown(f"{parts.scheme}://{parts.netloc}{parts.path}") + ("?…" if parts.query else "")


def _code(text: str) -> str:
    return text if _CODE.fullmatch(text) else "of another form"


def _shown(text: str) -> str:
    cut = text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}…"
    return "".join(each if each.isprintable() else "?" for each in cut)
