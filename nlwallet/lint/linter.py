"""The linter: recognise what was given, make every check, report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlwallet.encoding import parse_json
from nlwallet.errors import MalformedInput
from nlwallet.lint.finding import Findings
from nlwallet.lint.query_checks import check_query, summary_of
from nlwallet.lint.registered import Registration
from nlwallet.lint.report import LintReport
from nlwallet.lint.rules import Rules
from nlwallet.lint.smallest import smallest_query
from nlwallet.profiles import Profile
from nlwallet.registration import RelyingPartyRecord
from nlwallet.sdjwt import TypeMetadataRegistry, known_types


def lint(
    request: str | bytes,
    *,
    profile: Profile | str = "haip-1.0",
    registration: Registration | RelyingPartyRecord | str | bytes | None = None,
    types: TypeMetadataRegistry | None = None,
    now: int | None = None,
) -> LintReport:
    """Everything that is wrong with a request, or that could be less."""
    rules = Rules.of(profile)
    registry = types or known_types()
    known = _registration(registration)
    text = request.decode() if isinstance(request, bytes) else request
    value: Any = parse_json(text)
    if not isinstance(value, Mapping):
        raise MalformedInput("this is no request")
    log = Findings(rules)
    asked = check_query(value, "", registration=known, types=registry, log=log)

    def again(query: Any) -> list[Any]:
        inner = Findings(rules)
        check_query(query, "", registration=known, types=registry, log=inner)
        return inner.all

    return LintReport(
        "DCQL query",
        rules.profile.name,
        tuple(log.all),
        value,
        summary_of(asked),
        log.left_out,
        text,
        lambda: smallest_query(value, again),
    )


def _registration(given: Registration | RelyingPartyRecord | str | bytes | None) -> Registration | None:
    if given is None or isinstance(given, Registration):
        return given
    return Registration.of(given) if isinstance(given, RelyingPartyRecord) else Registration.read(given)
