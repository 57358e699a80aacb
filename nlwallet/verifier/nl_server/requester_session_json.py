"""A requester's session as it is kept in a database: one JSON object, and which version of it."""

from __future__ import annotations

import json
from typing import Any, Final

from nlwallet.dcql import DcqlQuery
from nlwallet.errors import LocalError, NlWalletError
from nlwallet.verifier.nl_server.requester_session import RequesterSession, SessionState

VERSION: Final = 1

_AS_THEY_ARE: Final = (
    "token", "use_case", "return_url_template", "last_active", "presentation", "return_url", "nonce", "error",
    "revision",
)  # fmt: skip


def write_requester_session(session: RequesterSession) -> bytes:
    """A session as it is kept. What was disclosed, and the nonce that unlocks it, are in it, in the clear."""
    members: dict[str, Any] = {name: getattr(session, name) for name in _AS_THEY_ARE}
    members |= {
        "version": VERSION,
        "query": session.query.as_json(),
        "state": str(session.state),
        "disclosed": [dict(one) for one in session.disclosed],
    }
    # Not orjson: an issuer may sign a number that is too large for it.
    return json.dumps(members, separators=(",", ":")).encode("ascii")


def read_requester_session(kept: bytes) -> RequesterSession:
    """A session from what was kept. Raises :class:`~nlwallet.errors.LocalError`."""
    try:
        members = json.loads(kept)
        if members["version"] != VERSION:
            raise LocalError(
                f"a session of version {members['version']} was kept",
                code="store",
                hint="use the nlwallet that wrote it, or begin with a new database",
            )
        return RequesterSession(
            **{name: members[name] for name in _AS_THEY_ARE},
            query=DcqlQuery.parse(members["query"]),
            state=SessionState(members["state"]),
            disclosed=tuple(members["disclosed"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise LocalError(f"a kept session cannot be read: {type(error).__name__}", code="store") from None
    except NlWalletError as error:
        raise LocalError(f"a kept session cannot be read: {error.message}", code="store") from None
