"""The answer to one request: presentations built, encrypted and delivered, or an error response."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from nlwallet.encoding import parse_json_object
from nlwallet.errors import InvalidRequest, MalformedInput, TransportError
from nlwallet.holder.facts import Sharing, Transaction
from nlwallet.http import HttpClient, HttpReply
from nlwallet.openid4vp import (
    DcApiProtocol,
    ReplyAddress,
    VerifiedRequest,
    as_form,
    build_response,
    check_https_uri,
    error_form,
    key_binding_claims,
)
from nlwallet.profiles import Profile

_RESPONSE_SPEC = "OpenID4VP 1.0 §8.2"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What comes of an answer.

    ``redirect_uri``: where the user goes next, if anywhere (OpenID4VP 1.0 §8.2); the wallet does not go there
    itself: on a phone that is the browser's work. ``protocol`` and ``data``: what the page gets from
    ``navigator.credentials.get``, when the request came through the browser (§A.4).
    """

    redirect_uri: str | None = None
    protocol: DcApiProtocol | None = None
    data: Mapping[str, Any] | None = field(default=None, repr=False)

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


def build_answer(
    verified: VerifiedRequest,
    sharing: Sequence[Sharing],
    transactions: Sequence[Transaction],
    *,
    profile: Profile,
    now: int,
) -> dict[str, Any]:
    """The parameters that answer the request: each presentation bound to its audience and nonce (§14.1.2).

    Transaction data goes into the key binding of the first presentation for the query that authorises it.
    """
    vp_token: dict[str, list[str]] = {}
    for one in sharing:
        authorised = [
            each.data
            for each in transactions
            if each.query_id == one.query_id and one.query_id not in vp_token
        ]
        copy = one.card.copies.for_party(verified.audience)
        presentation = copy.credential.present(
            one.paths,
            holder_key=copy.key,
            audience=verified.audience,
            nonce=verified.request.nonce,
            now=now,
            key_binding_claims=key_binding_claims(authorised),
        )
        vp_token.setdefault(one.query_id, []).append(presentation)
    return build_response(verified.request, vp_token=vp_token, encs=profile.encryption_encs)


def deliver(
    verified: VerifiedRequest,
    members: Mapping[str, Any],
    *,
    protocol: DcApiProtocol | None,
    http: HttpClient,
) -> Outcome:
    """Bring response parameters to the requester in its response mode.

    By POST they are sent here. In a fragment, and through the browser's API, the user agent takes them along:
    they are in the outcome. Raises :class:`~nlwallet.errors.RemoteError` if the requester does not take them.
    """
    request = verified.request
    if protocol is not None:
        return Outcome(protocol=protocol, data=dict(members))
    if request.response_uri is None:
        return Outcome(redirect_uri=f"{request.redirect_uri}#{urlencode(as_form(members))}")
    return _post(as_form(members), request.response_uri, http=http)


def refuse(
    verified: VerifiedRequest, code: str, *, protocol: DcApiProtocol | None, http: HttpClient
) -> Outcome:
    """Say no, and nothing else: a refusal by the holder and a card that is not there give the same bytes (RPA_11)."""
    members = {"error": str(code)} if protocol is not None else error_form(code, "", verified.request.state)
    return deliver(verified, members, protocol=protocol, http=http)


def send_error(code: str, to: ReplyAddress, *, http: HttpClient, description: str = "") -> Outcome:
    """Post an error response (§8.5) about a request that is not put to the holder."""
    return _post(error_form(code, description, to.state), to.uri, http=http)


def _post(form: Mapping[str, str], to: str, *, http: HttpClient) -> Outcome:
    return _outcome(http.post_form(to, form, accept="application/json", what="the response"))


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
