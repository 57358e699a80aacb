"""Malicious requests: where they lead a wallet, and what comes back (5.8 and 5.10): more of WALLET_QUERIES."""

from __future__ import annotations

from nlwallet.testing.hostile.attack import Severity
from nlwallet.testing.hostile.attempt import NotJudged
from nlwallet.testing.hostile.cases.wallet_queries import WALLET_QUERIES
from nlwallet.testing.hostile.jws_draft import as_json
from nlwallet.testing.hostile.request_draft import Reply, RequestDraft
from nlwallet.testing.hostile.wallet_attempt import WalletAttempt

__all__ = ["WALLET_QUERIES"]

_course = WALLET_QUERIES.course

_SSRF = (
    "take https only, resolve a host once, refuse private addresses, and fetch nothing that a request names"
)


@_course(
    "ADV-156/request-uri-http",
    "The request object is at a plain http address of this machine.",
    sound="visits nobody",
    spec="OpenID4VP 1.0 §5.10; HAIP 1.0 §5.1",
    mend=_SSRF,
)
def _plain_request_uri(attempt: WalletAttempt) -> None:
    draft = attempt.request()
    draft.link["request_uri"] = f"http://{attempt.inside().place}/request"
    attempt.open(draft)


@_course(
    "ADV-156/request-uri-internal",
    "The request object is at an address of this machine.",
    sound="visits nobody",
    spec="RFC 9101 §10.4",
    mend=_SSRF,
)
def _internal_request_uri(attempt: WalletAttempt) -> None:
    attempt.unlike_loopback()
    draft = attempt.request()
    draft.link["request_uri"] = f"https://{attempt.inside().place}/request"
    attempt.open(draft)


@_course(
    "ADV-156/response-uri-http",
    "The answer should go to a plain http address of this machine.",
    sound="visits nobody",
    spec="OpenID4VP 1.0 §8.2",
    mend=_SSRF,
)
def _plain_response_uri(attempt: WalletAttempt) -> None:
    draft = attempt.request()
    draft.claims["response_uri"] = f"http://{attempt.inside().place}/response"
    attempt.open(draft)


@_course(
    "ADV-156/response-uri-internal",
    "The answer should go to an address of this machine.",
    sound="visits nobody",
    spec="OpenID4VP 1.0 §8.2",
    mend=_SSRF,
)
def _internal_response_uri(attempt: WalletAttempt) -> None:
    attempt.unlike_loopback()
    draft = attempt.request()
    draft.claims["response_uri"] = f"https://{attempt.inside().place}/response"
    attempt.open(draft)


@_course(
    "ADV-156/addresses",
    "Members of the request name addresses: keys, metadata, a register, a trusted list, a type.",
    sound="visits none of them",
    spec="OpenID4VP 1.0 §5.1, §6.1.1",
    expects="observed",
    mend=_SSRF,
)
def _addresses(attempt: WalletAttempt) -> None:
    draft, canary = attempt.request(), attempt.canary()
    draft.claims.update({"jwks_uri": f"{canary.url}/jwks", "client_metadata_uri": f"{canary.url}/metadata"})
    draft.claims["verifier_info"].append(
        {"format": "registrar_dataset", "data": {"registryURI": f"{canary.url}/register"}}
    )
    draft.credential["trusted_authorities"] = [{"type": "etsi_tl", "values": [f"{canary.url}/list"]}]
    draft.credential["meta"]["vct_values"].append(f"{canary.url}/type")
    attempt.open(draft)


def _redirect(id_: str, status: int) -> None:
    @_course(
        f"ADV-179/{id_}",
        f"The response_uri answers {status}, with another address.",
        sound="does not send its answer on",
        spec="OpenID4VP 1.0 §8.2",
        severity=Severity.CRITICAL,
        mend="follow no redirect with a presentation in hand",
    )
    def run(attempt: WalletAttempt) -> None:
        draft = attempt.request()
        draft.reply = Reply(status, b"", location=f"{attempt.canary().url}/elsewhere")
        _answered(attempt, draft)


_redirect("307", 307)
_redirect("308", 308)
_redirect("302", 302)


def _reply(id_: str, does: str, sound: str, reply: Reply) -> None:
    @_course(
        f"ADV-179/{id_}",
        does,
        sound=sound,
        spec="OpenID4VP 1.0 §8.2",
        mend="open redirect_uri only if it is https, or a scheme that you know; bound what you read",
    )
    def run(attempt: WalletAttempt) -> None:
        draft = attempt.request()
        draft.reply = reply
        _answered(attempt, draft)


def _answered(attempt: WalletAttempt, draft: RequestDraft) -> None:
    """The holder agrees; her answer arrives once, and nothing else does."""
    draft.may_present = True
    attempt.open(draft)
    if not draft.presented:
        raise NotJudged("it does not answer, so what it does with a reply is not seen")
    if len(draft.received) > 1:
        attempt.unsound("it sends its answer more than once")


def _leading_to(uri: str) -> Reply:
    return Reply(body=as_json({"redirect_uri": uri}))


_NOWHERE = "sends its holder nowhere"
_reply(
    "html",
    "The response_uri answers with a web page.",
    "shows none of it",
    Reply(200, b"<html>", "text/html"),
)
_reply("huge", "The response_uri answers without end.", "stops reading", Reply(body=b" " * 20_000_000))
_reply("javascript", "redirect_uri is a script.", _NOWHERE, _leading_to("javascript:alert(1)"))
_reply(
    "data", "redirect_uri is a page in itself.", _NOWHERE, _leading_to("data:text/html,<script>1</script>")
)
_reply("file", "redirect_uri is a file of the device.", _NOWHERE, _leading_to("file:///etc/passwd"))
_reply("intent", "redirect_uri starts another app.", _NOWHERE, _leading_to("intent:x#Intent;scheme=tel;end"))
