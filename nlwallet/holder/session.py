"""The answer to one request: presentations built, encrypted and posted, or an error response."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from nlwallet.encoding import parse_json_object
from nlwallet.errors import InvalidRequest, MalformedInput, TransportError
from nlwallet.holder.facts import Sharing
from nlwallet.http import HttpClient, HttpReply
from nlwallet.openid4vp import (
    AuthorizationRequest,
    ErrorCode,
    ReplyAddress,
    check_https_uri,
    encrypt_response,
    error_form,
)
from nlwallet.profiles import Profile

_RESPONSE_SPEC = "OpenID4VP 1.0 §8.2"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the requester said to the answer: where its user goes next, if anywhere (OpenID4VP 1.0 §8.2).

    The wallet does not go there itself: on a phone that is the browser's work.
    """

    redirect_uri: str | None = None

    @property
    def response_code(self) -> str | None:
        """The parameter ``response_code`` of the redirect URI, in its fragment or query, if it has one."""
        if self.redirect_uri is None:
            return None
        parts = urlsplit(self.redirect_uri)
        for text in (parts.fragment.rpartition("?")[2], parts.query):
            found = parse_qs(text).get("response_code")
            if found:
                return found[0]
        return None


def build_response(
    request: AuthorizationRequest, sharing: Sequence[Sharing], *, profile: Profile, now: int
) -> dict[str, str]:
    """The form that answers ``request``: each presentation bound to its client and nonce (§14.1.2)."""
    vp_token: dict[str, list[str]] = {}
    for one in sharing:
        presentation = one.card.credential.present(
            one.paths, holder_key=one.card.key, audience=request.client_id, nonce=request.nonce, now=now
        )
        vp_token.setdefault(one.query_id, []).append(presentation)
    return encrypt_response(request, vp_token=vp_token, encs=profile.encryption_encs)


def post(form: Mapping[str, str], to: str, *, http: HttpClient) -> Outcome:
    """Post an answer. Raises :class:`~nlwallet.errors.RemoteError` if the requester does not take it."""
    return _outcome(http.post_form(to, form, accept="application/json", what="the response"))


def send_error(code: str, to: ReplyAddress, *, http: HttpClient, description: str = "") -> Outcome:
    """Post an error response (§8.5).

    A refusal by the holder and a card that is not there give the very same bytes: ``access_denied``
    without a description (RPA_11).
    """
    return post(error_form(code, description, to.state), to.response_uri, http=http)


def deny(request: AuthorizationRequest, *, http: HttpClient) -> Outcome:
    """Say ``access_denied``, and nothing else."""
    return send_error(ErrorCode.ACCESS_DENIED, ReplyAddress(request.response_uri, request.state), http=http)


def _outcome(reply: HttpReply) -> Outcome:
    if reply.status != 200:
        raise TransportError(
            f"the requester answered with HTTP status {reply.status}",
            code="answer_refused",
            spec=_RESPONSE_SPEC,
            hint="the response_uri answers 200 with a JSON object; redirects are not followed",
        )
    if reply.content_type != "application/json":
        raise MalformedInput("the requester's reply is not application/json", spec=_RESPONSE_SPEC)
    uri = parse_json_object(reply.body, what="the requester's reply").get("redirect_uri")
    if uri is None:
        return Outcome()
    if not isinstance(uri, str):
        raise MalformedInput("redirect_uri is not a string", spec=_RESPONSE_SPEC, pointer="/redirect_uri")
    try:
        # A response code may stand in the fragment; what goes before it must be a plain https URI.
        check_https_uri(uri.partition("#")[0], pointer="/redirect_uri")
    except InvalidRequest as error:
        raise MalformedInput(
            f"the requester's reply: {error.message}",
            code="unsafe_redirect_uri",
            spec=_RESPONSE_SPEC,
            pointer="/redirect_uri",
            hint="an absolute https URI; nobody is sent to any other scheme",
        ) from None
    return Outcome(uri)
