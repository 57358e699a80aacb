"""What a request says about the session that a device signs."""

from __future__ import annotations

from nlwallet.crypto import parse_jwe
from nlwallet.crypto.jws import parse_jws
from nlwallet.encoding import b64url_decode, parse_json_object
from nlwallet.mdoc import SessionFacts
from nlwallet.openid4vp import AuthorizationRequest, session_facts
from nlwallet.openid4vp.response import ENCS
from nlwallet.profiles import OPENID4VP_1_0

_MODES = tuple(OPENID4VP_1_0.response_modes)


def facts_of(request: str, origin: str, response: str = "") -> SessionFacts:
    """What the request says, its signature not verified, and the ``apu`` of the answer."""
    text = request if request.startswith("{") else _payload(request)
    claims = parse_json_object(text, what="the request")
    signed = "client_id" in claims
    read = AuthorizationRequest.parse(claims, signed=signed, dc_api=bool(origin), modes=_MODES)
    facts = session_facts(read, origin=origin or None, encs=ENCS)
    apu = parse_jwe(response, encs=ENCS).header.get("apu", "") if response else ""
    return facts.answered_with(b64url_decode(apu, pointer="/header/apu"))


def _payload(token: str) -> bytes:
    return parse_jws(
        token, typ=None, algorithms=OPENID4VP_1_0.signing_algorithms, what="the request object"
    ).payload


def transcript_of(request: str, origin: str = "") -> bytes:
    """The encoded session transcript of a request. Raises a :class:`~nlwallet.errors.RemoteError`."""
    return facts_of(request, origin).transcript()
