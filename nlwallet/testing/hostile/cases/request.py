"""The request object and where it is fetched (list of cases, 5.1)."""

from __future__ import annotations

from typing import Any

from nlwallet.encoding import b64url_encode
from nlwallet.openid4vp import FORM_MEDIA_TYPE
from nlwallet.testing.hostile.answer import NotApplicable
from nlwallet.testing.hostile.attack import AttackGroup, Severity
from nlwallet.testing.hostile.attempt import Attempt, Engagement
from nlwallet.testing.hostile.cases.session import form_of
from nlwallet.testing.hostile.jws_draft import as_json

REQUEST = AttackGroup(
    "The request",
    spec="OpenID4VP 1.0 §5",
    mend="give a request object to whoever knows its address, for some minutes, and nothing else",
)


@REQUEST.attempt(
    "ADV-027/unknown",
    "A request object is fetched that does not exist.",
    sound="answers 404 or 410",
    spec="OpenID4VP 1.0 §5.10.2",
    severity=Severity.LOW,
)
def _unknown_request(attempt: Attempt) -> None:
    address = _request_uri(attempt.begin())
    attempt.require_refusal(attempt.send("an unknown request object", "GET", f"{address[:-6]}AAAAAA"))


@REQUEST.attempt(
    "ADV-027/path",
    "The address of a request object climbs out of its folder.",
    sound="gives away nothing, and does not break",
    spec="OpenID4VP 1.0 §5.10.2",
    severity=Severity.HIGH,
    mend="look request ids up, and never use one as a path",
)
def _path_traversal(attempt: Attempt) -> None:
    folder = _request_uri(attempt.begin()).rpartition("/")[0]
    for climb in ("..%2f..%2f..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/%2e%2e/etc/passwd", "%00"):
        reply = attempt.send("a path that climbs", "GET", f"{folder}/{climb}")
        if b"root:" in reply.body:
            attempt.unsound("it gives away a file of its machine")


@REQUEST.attempt(
    "ADV-028",
    "The request object is fetched twice.",
    spec="OpenID4VP 1.0 §5.10",
    severity=Severity.LOW,
    expects="observed",
    sound="gives it twice, or once where the party chose so",
)
def _fetched_twice(attempt: Attempt) -> None:
    engagement = attempt.begin()
    address = _request_uri(engagement)
    reply = attempt.send("the request object again", _method(engagement), address, headers=_FORM)
    attempt.note(f"the second time it answers {reply.status}")


_FORM = {"Content-Type": FORM_MEDIA_TYPE}


def _method(engagement: Engagement) -> str:
    return "POST" if engagement.link.request_uri_method == "post" else "GET"


@REQUEST.attempt(
    "ADV-025",
    "The wallet sends a nonce of its own with the request for the request object.",
    sound="repeats it in the request object",
    spec="OpenID4VP 1.0 §5.10",
    severity=Severity.MEDIUM,
    mend="put wallet_nonce into the request object before you sign it",
)
def _wallet_nonce(attempt: Attempt) -> None:
    engagement = attempt.begin()
    address = _posted_request_uri(engagement)
    for nonce in ("wallet-nonce-1", "wallet-nonce-2"):
        reply = attempt.send(
            "wallet_nonce", "POST", address, f"wallet_nonce={nonce}".encode("ascii"), headers=_FORM
        )
        claims = engagement.claims_of(reply)
        if claims.get("wallet_nonce") != nonce:
            attempt.unsound("its request object does not repeat the wallet_nonce")


@REQUEST.attempt(
    "ADV-025/odd",
    "wallet_nonce has quotes, line breaks and a header in it.",
    sound="answers 4xx, or repeats it letter by letter",
    spec="OpenID4VP 1.0 §5.10",
    severity=Severity.MEDIUM,
    mend="refuse a wallet_nonce with other characters than URL-safe ones, or treat it as text and nothing else",
)
def _odd_nonce(attempt: Attempt) -> None:
    engagement = attempt.begin()
    address = _posted_request_uri(engagement)
    nonce = '"}\r\nSet-Cookie: a=b\r\n\r\n{"nonce":"attacker"}'
    reply = attempt.send("a wallet_nonce", "POST", address, form_of({"wallet_nonce": nonce}), headers=_FORM)
    if "a=b" in reply.headers.get("set-cookie", ""):
        attempt.unsound("a wallet writes into the headers of its answer")
    if not 400 <= reply.status < 500 and engagement.claims_of(reply).get("wallet_nonce") != nonce:
        attempt.unsound("its request object has another wallet_nonce than was sent")


_METADATA = "bound the form, read wallet_metadata as any input of a stranger, and fetch nothing that it names"


@REQUEST.attempt(
    "ADV-026/address",
    "wallet_metadata names an address where the keys of the wallet are.",
    sound="fetches nothing",
    spec="OpenID4VP 1.0 §5.10; SSRF",
    severity=Severity.MEDIUM,
    mend=_METADATA,
)
def _address(attempt: Attempt) -> None:
    engagement, canary = attempt.begin(), attempt.canary()
    _tell(attempt, engagement, {"jwks_uri": canary.url, "vp_formats_supported": {"dc+sd-jwt": {}}})
    if canary.hits():
        attempt.unsound("it fetched an address that a wallet named")


@REQUEST.attempt(
    "ADV-026/huge",
    "wallet_metadata has three megabytes of brackets.",
    sound="answers 4xx",
    spec="OpenID4VP 1.0 §5.10",
    severity=Severity.MEDIUM,
    mend=_METADATA,
)
def _huge(attempt: Attempt) -> None:
    address = _posted_request_uri(attempt.begin())
    huge = form_of({"wallet_metadata": "[" * 3_000_000})
    attempt.require_refusal(attempt.send("huge metadata", "POST", address, huge, headers=_FORM))


@REQUEST.attempt(
    "ADV-026/json",
    "wallet_metadata is no JSON, an array, or ten thousand arrays.",
    sound="answers 4xx, or without regard to it; does not break",
    spec="OpenID4VP 1.0 §5.10",
    severity=Severity.LOW,
    mend=_METADATA,
)
def _no_json(attempt: Attempt) -> None:
    address = _posted_request_uri(attempt.begin())
    for text in ("hello", "[]", "[" * 10_000, "null"):
        form = form_of({"wallet_metadata": text})
        attempt.send("what is no metadata", "POST", address, form, headers=_FORM)


@REQUEST.attempt(
    "ADV-026/key",
    "wallet_metadata has a key that is no point of its curve, to encrypt the request to.",
    sound="answers 4xx, or without encryption; does not break",
    spec="OpenID4VP 1.0 §5.10; RFC 7518 §6.2.1",
    severity=Severity.MEDIUM,
    mend="read a key of a wallet with a library that checks the point",
)
def _bad_key(attempt: Attempt) -> None:
    engagement = attempt.begin()
    number = b64url_encode(b"\1" * 32)
    key = {"kty": "EC", "crv": "P-256", "x": number, "y": number, "use": "enc", "alg": "ECDH-ES", "kid": "1"}
    encryption = {
        "request_object_encryption_alg_values_supported": ["ECDH-ES"],
        "request_object_encryption_enc_values_supported": ["A128GCM", "A256GCM"],
    }
    formats: dict[str, Any] = {"vp_formats_supported": {"dc+sd-jwt": {}}}
    _tell(attempt, engagement, {"jwks": {"keys": [key]}, **encryption, **formats})


def _tell(attempt: Attempt, engagement: Engagement, metadata: dict[str, Any]) -> None:
    form = form_of({"wallet_metadata": as_json(metadata).decode("ascii")})
    attempt.send("wallet_metadata", "POST", _posted_request_uri(engagement), form, headers=_FORM)


@REQUEST.attempt(
    "ADV-030",
    "Two hundred requests are collected, and their nonces looked at.",
    sound="makes nonces of 128 random bits or more, in URL-safe characters, each new",
    spec="OpenID4VP 1.0 §5.2",
    mend="make nonces with a cryptographic source: 16 bytes or more, base64url",
)
def _nonces(attempt: Attempt) -> None:
    requests = [attempt.begin().request for _ in range(200)]
    nonces = [one.nonce for one in requests]
    if len(set(nonces)) < len(nonces):
        attempt.unsound("a nonce comes twice")
    if min(map(len, nonces)) < 22:
        attempt.unsound("a nonce is shorter than 128 bits in base64url")
    if any(one.state and (one.nonce in one.state or one.state in one.nonce) for one in requests):
        attempt.unsound("a nonce can be told from state")
    varying = sum(len({nonce[at] for nonce in nonces}) > 16 for at in range(min(map(len, nonces))))
    if varying < 22:
        attempt.unsound(f"only {varying} characters of its nonces are random")


def _request_uri(engagement: Engagement) -> str:
    if engagement.link.request_uri is None:
        raise NotApplicable("its request does not come by reference")
    return engagement.link.request_uri


def _posted_request_uri(engagement: Engagement) -> str:
    address = _request_uri(engagement)
    if engagement.link.request_uri_method != "post":
        raise NotApplicable("its request object is not asked for by POST")
    return address
