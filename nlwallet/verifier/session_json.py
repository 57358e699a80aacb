"""A session as it is kept in a database: one JSON object, and which version of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from nlwallet.crypto import PrivateKey
from nlwallet.dcql import DcqlQuery
from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.openid4vp import TransactionData
from nlwallet.status import StatusOutcome
from nlwallet.verifier.kept_report import (
    error_as_json,
    error_from_json,
    report_as_json,
    report_from_json,
)
from nlwallet.verifier.kept_session import read_kept, write_kept
from nlwallet.verifier.presentation import Provenance, VerifiedPresentation
from nlwallet.verifier.session import Session, State

VERSION: Final = 1

_AS_THEY_ARE: Final = (
    "id", "request_id", "flow", "client_id", "response_mode", "nonce", "state_parameter", "encryption_kid",
    "registration_certificate", "created_at", "expires_at", "redirect_uri", "scope", "needs_confirmation",
    "fetched", "taken_at", "wrong_response_codes", "revision",
)  # fmt: skip


def write_session(session: Session) -> bytes:
    """A session as it is kept. The key of an open one and the claims of a verified one are in it, in the clear."""
    members: dict[str, Any] = {name: getattr(session, name) for name in _AS_THEY_ARE}
    key = session.encryption_key
    members |= {
        "query": session.query.as_json(),
        "encryption_key": key.private_jwk() if key else None,
        "transaction_data": [one.encoded for one in session.transaction_data],
        "origins": list(session.origins),
        "browser_session_hash": b64url_encode(session.browser_session_hash),
        "state": str(session.state),
        "presentations": [_presentation(one) for one in session.presentations],
        "error": error_as_json(session.error),
        "report": report_as_json(session.report),
        "rejected": [report_as_json(one) for one in session.rejected],
        "response_code_hash": b64url_encode(session.response_code_hash),
    }
    return write_kept(members, version=VERSION)


def read_session(kept: bytes) -> Session:
    """A session from what was kept. Raises :class:`~nlwallet.errors.LocalError`."""
    return read_kept(kept, _session, version=VERSION)


def _session(members: Mapping[str, Any]) -> Session:
    query, key = DcqlQuery.parse(members["query"]), members["encryption_key"]
    return Session(
        **{name: members[name] for name in _AS_THEY_ARE},
        query=query,
        encryption_key=PrivateKey.from_jwk(key) if key else None,
        transaction_data=tuple(
            TransactionData.parse(one, query=query) for one in members["transaction_data"]
        ),
        origins=tuple(members["origins"]),
        browser_session_hash=b64url_decode(members["browser_session_hash"]),
        state=State(members["state"]),
        presentations=tuple(_read_presentation(one) for one in members["presentations"]),
        error=error_from_json(members["error"]),
        report=report_from_json(members["report"]),
        rejected=tuple(report_from_json(one) for one in members["rejected"]),
        response_code_hash=b64url_decode(members["response_code_hash"]),
    )


def _presentation(one: VerifiedPresentation) -> dict[str, Any]:
    provenance = asdict(one.provenance)
    provenance["authority_key_ids"] = [b64url_encode(each) for each in one.provenance.authority_key_ids]
    return {
        "query_id": one.query_id,
        "format": one.format,
        "type": one.type,
        "issuer": one.issuer,
        "claims": dict(one.claims),
        "provenance": provenance,
    }


def _read_presentation(members: Mapping[str, Any]) -> VerifiedPresentation:
    found = members["provenance"]
    ids, status = found["authority_key_ids"], found["status"]
    provenance = Provenance(
        **{
            **found,
            "authority_key_ids": tuple(b64url_decode(each) for each in ids),
            "status": None if status is None else StatusOutcome(status),
        }
    )
    return VerifiedPresentation(**{**members, "provenance": provenance})
