"""How much a finding matters."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """The three levels, which are those of SARIF too.

    ``error``: a rule of the profile, or of the law behind it, is broken. ``warning``: a wallet or its holder
    will hold it against the request. ``note``: good to know.
    """

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
