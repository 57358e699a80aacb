"""The session that an mdoc is shown in, from the request itself (OpenID4VP 1.0 §B.2.6)."""

from __future__ import annotations

from collections.abc import Sequence

from nlwallet.mdoc import SessionFacts
from nlwallet.openid4vp.request import AuthorizationRequest


def session_facts(request: AuthorizationRequest, *, origin: str | None, encs: Sequence[str]) -> SessionFacts:
    """What the transcript of ``request`` is made of, the same for the wallet and the verifier.

    ``origin`` is that of the page, told by the browser, where the request came through its API; ``encs`` are the
    content encryptions that the answer may have. Raises :class:`~nlwallet.errors.InvalidRequest` where the answer is
    to be encrypted, and cannot be.
    """
    key = request.client_metadata.encryption_target(encs=encs).key if request.encrypted else None
    return SessionFacts(
        nonce=request.nonce,
        client_id=request.client_id or "",
        response_uri=request.answer_uri or "",
        origin=origin or "",
        encryption_key=key,
    )


def session_transcript(request: AuthorizationRequest, *, origin: str | None, encs: Sequence[str]) -> bytes:
    """The encoded transcript of :func:`session_facts`."""
    return session_facts(request, origin=origin, encs=encs).transcript()
