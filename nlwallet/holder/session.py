"""The answer to one request: presentations built, encrypted and delivered, or an error response."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from nlwallet.crypto import SigningKey
from nlwallet.encoding import parse_json_object
from nlwallet.errors import InvalidRequest, MalformedInput, RemoteError, TransportError
from nlwallet.holder.facts import Sharing, Transaction
from nlwallet.holder.proof_of_association import prove_association
from nlwallet.holder.texts import Language, say
from nlwallet.http import HttpClient, HttpReply
from nlwallet.mdoc import Mdoc
from nlwallet.openid4vci import OFFER_SCHEMES, CredentialOffer, offer_reference
from nlwallet.openid4vp import (
    BrowserProtocol,
    DcApiProtocol,
    ReplyAddress,
    VerifiedRequest,
    as_form,
    build_response,
    check_https_uri,
    error_form,
    key_binding_claims,
    session_transcript,
)
from nlwallet.profiles import Profile

_RESPONSE_SPEC = "OpenID4VP 1.0 §8.2"
_ERROR_NAME = re.compile(r"[A-Za-z0-9_.-]{1,80}")
NO_ISSUABLE_ATTESTATIONS = "no_issuable_attestations"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What comes of an answer.

    ``redirect_uri``: where the user goes next, if anywhere (OpenID4VP 1.0 §8.2); the wallet does not go there
    itself: on a phone that is the browser's work. ``protocol`` and ``data``: what the page gets from
    ``navigator.credentials.get``, when the request came through the browser (§A.4).
    ``nothing_to_issue``: the requester is an issuer that has the presentation, and has no card for it.
    """

    redirect_uri: str | None = None
    protocol: BrowserProtocol | None = None
    data: Mapping[str, Any] | None = field(default=None, repr=False)
    nothing_to_issue: bool = False

    @property
    def offer(self) -> str | None:
        """The credential offer that came back, for :meth:`Wallet.open_offer`: cards in return for what was shared.

        Anybody may send one; what it says is checked, and asked about, as with any other offer.
        """
        return self.redirect_uri if _is_offer(self.redirect_uri or "") else None

    def told(self, language: Language) -> str:
        """What the holder is told now: that there are cards to get, or that there are none. Empty otherwise."""
        if self.nothing_to_issue:
            return say(language, "outcome.nothing_to_issue")
        return say(language, "outcome.offer") if self.offer else ""

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
    wallet_id: str = "",
    watch: Callable[[Mapping[str, Any]], None] | None = None,
) -> dict[str, Any]:
    """The parameters that answer the request: each presentation bound to its audience and nonce (§14.1.2).

    Transaction data goes into the key binding of the first presentation for the query that authorises it.
    ``wallet_id`` is how the wallet calls itself where the profile wants a proof of association. ``watch`` is shown
    the presentations before they are encrypted.
    """
    vp_token: dict[str, list[str]] = {}
    keys: list[SigningKey] = []
    for one in sharing:
        authorised = [
            each.data
            for each in transactions
            if each.query_id == one.query_id and one.query_id not in vp_token
        ]
        copy = one.card.copies.for_party(verified.audience)
        keys.append(copy.key)
        if isinstance(copy.credential, Mdoc):  # the request authorises nothing with one of these (§B.2)
            presentation = copy.credential.present(
                one.paths,
                holder_key=copy.key,
                session_transcript=session_transcript(
                    verified.request, origin=verified.origin, encs=profile.encryption_encs
                ),
            )
        else:
            presentation = copy.credential.present(
                one.paths,
                holder_key=copy.key,
                audience=verified.audience,
                nonce=verified.request.nonce,
                now=now,
                key_binding_claims=key_binding_claims(authorised),
            )
        vp_token.setdefault(one.query_id, []).append(presentation)
    if watch is not None:
        watch(vp_token)
    proof = None
    if profile.proof_of_association:
        proof = prove_association(
            keys, issuer=wallet_id, audience=verified.audience, nonce=verified.request.nonce, now=now
        )
    return build_response(
        verified.request,
        vp_token=vp_token,
        encs=profile.encryption_encs,
        beside={} if proof is None else {"poa": proof},
    )


def deliver(
    verified: VerifiedRequest,
    members: Mapping[str, Any],
    *,
    protocol: DcApiProtocol | None,
    http: HttpClient,
    presented: bool = True,
) -> Outcome:
    """Bring response parameters to the requester in its response mode; ``presented``: they hold presentations.

    By POST they are sent here. In a fragment, and through the browser's API, the user agent takes them along:
    they are in the outcome. Raises :class:`~nlwallet.errors.RemoteError` if the requester does not take them.
    """
    request = verified.request
    if protocol is not None:
        return Outcome(protocol=protocol, data=dict(members))
    if request.response_uri is None:
        return Outcome(redirect_uri=f"{request.redirect_uri}#{urlencode(as_form(members))}")
    return _post(as_form(members), request.response_uri, http=http, presented=presented)


def refuse(
    verified: VerifiedRequest, code: str, *, protocol: DcApiProtocol | None, http: HttpClient
) -> Outcome:
    """Say no, and nothing else: a refusal by the holder and a card that is not there give the same bytes (RPA_11)."""
    members = {"error": str(code)} if protocol is not None else error_form(code, "", verified.request.state)
    return deliver(verified, members, protocol=protocol, http=http, presented=False)


def send_error(code: str, to: ReplyAddress, *, http: HttpClient, description: str = "") -> Outcome:
    """Post an error response (§8.5) about a request that is not put to the holder."""
    return _post(error_form(code, description, to.state), to.uri, http=http)


def _post(form: Mapping[str, str], to: str, *, http: HttpClient, presented: bool = False) -> Outcome:
    reply = http.post_form(to, form, accept="application/json", what="the response")
    if presented and reply.status == 404 and _says_nothing_to_issue(reply):
        return Outcome(nothing_to_issue=True)
    return _outcome(reply)


def _outcome(reply: HttpReply) -> Outcome:
    if reply.status != 200:
        raise TransportError(
            f"the requester answered with HTTP status {reply.status}{_named_error(reply)}",
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
    if _is_offer(uri):
        _check_offer(uri)
        return Outcome(uri)
    try:
        # A response code may stand in the fragment; what goes before it must be a plain https URI.
        check_https_uri(uri.partition("#")[0], pointer="/redirect_uri")
    except InvalidRequest as error:
        raise MalformedInput(
            f"the requester's reply: {error.message}",
            code="unsafe_redirect_uri",
            spec=_RESPONSE_SPEC,
            pointer="/redirect_uri",
            hint="an absolute https URI, or a credential offer; nobody is sent to any other scheme",
        ) from None
    return Outcome(uri)


def _is_offer(uri: str) -> bool:
    return uri.partition(":")[0] in OFFER_SCHEMES


def _check_offer(uri: str) -> None:
    """Raises :class:`~nlwallet.errors.InvalidOffer` or another RemoteError."""
    if offer_reference(uri) is None:
        CredentialOffer.parse(uri)


def _says_nothing_to_issue(reply: HttpReply) -> bool:
    """Whether this is the NL Wallet's way to say so: it is no refusal, the presentation was taken."""
    return bool(_error(reply) == NO_ISSUABLE_ATTESTATIONS)


def _named_error(reply: HttpReply) -> str:
    """The requester's name for what is wrong, to be shown; what else it says may repeat what was shared."""
    error = _error(reply)
    return f": {error}" if isinstance(error, str) and _ERROR_NAME.fullmatch(error) else ""


def _error(reply: HttpReply) -> Any:
    if reply.content_type != "application/json":
        return None
    try:
        return parse_json_object(reply.body, what="the requester's reply").get("error")
    except RemoteError:
        return None
