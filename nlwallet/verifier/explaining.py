"""What is found out about a device proof that is not for this session; for the relying party alone."""

from __future__ import annotations

import copy
from collections.abc import Collection

from nlwallet.crypto import PrivateKey
from nlwallet.errors import MAX_TEXT, NlWalletError, RemoteError
from nlwallet.mdoc import SessionFacts, explain_session_transcript
from nlwallet.report import Explanation, Report


def explanations(
    presentation: str, facts: SessionFacts, *, algorithms: Collection[str], reader_key: PrivateKey | None
) -> list[Explanation]:
    """Which session transcript the wallet used, if it is another than that of the request."""
    try:
        found = explain_session_transcript(presentation, facts, algorithms=algorithms, reader_key=reader_key)
    except RemoteError:
        return []
    return [] if found.as_asked else [found]


def explained(error: NlWalletError, report: Report) -> NlWalletError:
    """The error as the relying party gets it. The wallet gets the other one: to it nothing is explained."""
    if not report.explanations:
        return error
    told = copy.copy(error)
    told.hint = report.explanations[0].summary[:MAX_TEXT]
    return told
