"""The session that an mdoc is shown in, from the request itself (OpenID4VP 1.0 §B.2.6)."""

from __future__ import annotations

from collections.abc import Sequence

from nlwallet.mdoc import dc_api_session_transcript, redirect_session_transcript
from nlwallet.openid4vp.request import AuthorizationRequest


def session_transcript(request: AuthorizationRequest, *, origin: str | None, encs: Sequence[str]) -> bytes:
    """The encoded transcript, the same for the wallet and the verifier of ``request``.

    ``origin`` is that of the page, told by the browser, where the request came through its API; ``encs`` are the
    content encryptions that the answer may have. Raises :class:`~nlwallet.errors.InvalidRequest` where the answer is
    to be encrypted, and cannot be.
    """
    key = request.client_metadata.encryption_target(encs=encs).key if request.encrypted else None
    if origin is not None:
        return dc_api_session_transcript(origin=origin, nonce=request.nonce, encryption_key=key)
    return redirect_session_transcript(
        client_id=request.client_id or "",
        nonce=request.nonce,
        response_uri=request.answer_uri or "",
        encryption_key=key,
    )
