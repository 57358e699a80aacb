"""A requester's session as it is kept in a database: one JSON object, and which version of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from nlwallet.dcql import DcqlQuery
from nlwallet.verifier.kept_session import read_kept, write_kept
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
        "query": session.query.as_json(),
        "state": str(session.state),
        "disclosed": [dict(one) for one in session.disclosed],
    }
    return write_kept(members, version=VERSION)


def read_requester_session(kept: bytes) -> RequesterSession:
    """A session from what was kept. Raises :class:`~nlwallet.errors.LocalError`."""
    return read_kept(kept, _session, version=VERSION)


def _session(members: Mapping[str, Any]) -> RequesterSession:
    return RequesterSession(
        **{name: members[name] for name in _AS_THEY_ARE},
        query=DcqlQuery.parse(members["query"]),
        state=SessionState(members["state"]),
        disclosed=tuple(members["disclosed"]),
    )
