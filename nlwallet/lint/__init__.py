"""Findings about a request, before a wallet sees it: each with severity, section, place and a fix."""

from nlwallet.lint.catalogue import CHECKS, Check
from nlwallet.lint.fetched import FetchedRequest
from nlwallet.lint.finding import Finding, Fix
from nlwallet.lint.linter import RequestReference, lint, request_reference
from nlwallet.lint.registered import Registration
from nlwallet.lint.report import LintReport
from nlwallet.lint.severity import Severity

__all__ = [
    "CHECKS",
    "Check",
    "FetchedRequest",
    "Finding",
    "Fix",
    "LintReport",
    "Registration",
    "RequestReference",
    "Severity",
    "lint",
    "request_reference",
]
