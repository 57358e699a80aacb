"""Addresses that a card names: metadata of its issuer and of its type (list of cases, 5.8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.types import ASGIApp

from nlwallet.crypto import PrivateKey
from nlwallet.testing.hostile.answer import Answer
from nlwallet.testing.hostile.attack import AttackGroup, Severity
from nlwallet.testing.hostile.attempt import Attempt
from nlwallet.testing.hostile.canary import Canary, Endless, serving, serving_each
from nlwallet.testing.hostile.forging_issuer import category_of
from nlwallet.testing.hostile.jws_draft import as_json

METADATA = AttackGroup(
    "Metadata that a card names",
    spec="SD-JWT VC §5, §6; SSRF",
    mend="the certificate in x5c says who issued a card: fetch nothing because an untrusted card says so",
)
_TRUSTED = "https://pid-issuer.example"
_TO_FETCH = 50
"""How many documents in a row a party may fetch before somebody could call it endless."""

# the issuer's -----------------------------------------------------------------------------------


def _vouched_for(
    attempt: Attempt, metadata: Callable[[str, dict[str, Any]], dict[str, Any]], *, x5c: bool = False
) -> Canary:
    """Send a card of the attacker's, whose ``iss`` is an address where ``metadata`` vouch for her key."""
    engagement, canary = attempt.begin(), attempt.canary()
    answer = engagement.answer()
    signer = attempt.forger.stranger(category_of(str(answer.sd_jwt.issuer.payload["vct"])))
    answer.sd_jwt.signed_by(signer.key, signer.chain.x5c())
    if not x5c:
        del answer.sd_jwt.issuer.header["x5c"]
    answer.sd_jwt.issuer.header["kid"] = "attacker"
    answer.sd_jwt.issuer.payload["iss"] = canary.url
    canary.app = serving(as_json(metadata(canary.url, _jwks(signer.key))))
    engagement.send(answer)
    return canary


def _jwks(key: PrivateKey) -> dict[str, Any]:
    return {"keys": [{**key.public.jwk(), "kid": "attacker", "use": "sig", "alg": "ES256"}]}


@METADATA.attempt(
    "ADV-150/attacker",
    "iss is an address of the attacker's, where metadata vouch for her key.",
    sound="fetches nothing, and refuses",
    spec="SD-JWT VC §3.5, §5.3; SSRF",
    severity=Severity.CRITICAL,
)
def _by_metadata(attempt: Attempt) -> None:
    canary = _vouched_for(attempt, lambda url, jwks: {"issuer": url, "jwks": jwks})
    if canary.hits():
        attempt.unsound("it fetched an address because a card that it does not trust named it")


def _at_issuer(attempt: Attempt, iss: str) -> None:
    """Send a card without a certificate, whose ``iss`` is that."""
    engagement = attempt.begin()
    answer = engagement.answer()
    del answer.sd_jwt.issuer.header["x5c"]
    answer.sd_jwt.issuer.payload["iss"] = iss
    engagement.send(answer)
    attempt.check_not_inside()


for _variant, _host in (("loopback", "127.0.0.1"), ("mapped", "[::ffff:127.0.0.1]")):

    @METADATA.attempt(
        f"ADV-150/{_variant}",
        f"iss is at a port of {_host}, and there is no certificate.",
        sound="does not go there, and refuses",
        severity=Severity.MEDIUM,
    )
    def _issuer_inside(attempt: Attempt, host: str = _host) -> None:
        _at_issuer(attempt, f"https://{host}:{attempt.inside().port}")


for _variant, _iss in (("metadata", "http://169.254.169.254"), ("file", "file:///etc/passwd")):

    @METADATA.attempt(
        f"ADV-150/{_variant}",
        f"iss is {_iss}, and there is no certificate.",
        sound="refuses, and does not break",
        severity=Severity.MEDIUM,
    )
    def _issuer_nowhere(attempt: Attempt, iss: str = _iss) -> None:
        _at_issuer(attempt, iss)


for _variant, _does, _metadata in (
    (
        "issuer",
        "Where iss leads, there are metadata of another issuer.",
        lambda _, jwks: {"issuer": _TRUSTED, "jwks": jwks},
    ),
    (
        "both",
        "The metadata of the issuer have jwks and jwks_uri.",
        lambda url, jwks: {"issuer": url, "jwks": jwks, "jwks_uri": f"{url}/keys"},
    ),
):

    @METADATA.attempt(f"ADV-151/{_variant}", _does, spec="SD-JWT VC §5.2, §5.3", severity=Severity.CRITICAL)
    def _bad_metadata(
        attempt: Attempt, metadata: Callable[[str, dict[str, Any]], dict[str, Any]] = _metadata
    ) -> None:
        _vouched_for(attempt, metadata)


@METADATA.attempt(
    "ADV-151/internal",
    "The metadata of the issuer say that its keys are at a port of this machine.",
    sound="does not go there, and refuses",
    spec="SD-JWT VC §5.2, §5.3; SSRF",
    severity=Severity.CRITICAL,
)
def _keys_inside(attempt: Attempt) -> None:
    keys = f"https://{attempt.inside().place}/keys"
    _vouched_for(attempt, lambda url, _: {"issuer": url, "jwks_uri": keys})
    attempt.check_not_inside()


@METADATA.attempt(
    "ADV-152",
    "The chain in x5c is the attacker's own, and metadata where iss leads vouch for it.",
    spec="SD-JWT VC §3.5",
    severity=Severity.CRITICAL,
    mend="decide beforehand by which mechanism an issuer is known: one never stands in for another",
)
def _mixed_mechanisms(attempt: Attempt) -> None:
    _vouched_for(attempt, lambda url, jwks: {"issuer": url, "jwks": jwks}, x5c=True)


# the type's -------------------------------------------------------------------------------------

_TYPE = "compare vct before you fetch anything, and fetch type metadata of the types that you ask for alone"


def _typed(attempt: Attempt, app: Callable[[str, str], ASGIApp], path: str = "/type/0") -> Canary:
    """Send a card of a type at an address of the attacker's; ``app`` is given that and the type that was asked for."""
    engagement, canary = attempt.begin(), attempt.canary()
    answer = engagement.answer()
    asked = str(answer.sd_jwt.issuer.payload["vct"])
    canary.app = app(canary.url, asked)
    answer.sd_jwt.issuer.payload["vct"] = canary.url + path
    engagement.send(answer)
    if len(canary.hits()) > _TO_FETCH:
        attempt.unsound(f"it fetched {len(canary.hits())} documents because of one card")
    return canary


def _type_document(url: str, asked: str) -> Mapping[str, Any]:
    return {"vct": url, "extends": asked}


@METADATA.attempt(
    "ADV-153/extends",
    "The type is at an address of the attacker's, and says that it extends the one that was asked for.",
    spec="SD-JWT VC §6.4",
    severity=Severity.CRITICAL,
    mend=_TYPE,
)
def _extends(attempt: Attempt) -> None:
    _typed(attempt, lambda url, asked: serving(as_json(_type_document(f"{url}/type/0", asked))))


@METADATA.attempt(
    "ADV-153/endless",
    "Where the type is, there is no end to what comes.",
    sound="takes no more than some megabytes of it, and refuses",
    spec="SD-JWT VC §6.3.1",
    severity=Severity.MEDIUM,
    mend=_TYPE,
)
def _without_end(attempt: Attempt) -> None:
    app = Endless()
    _typed(attempt, lambda *_: app)
    if app.taken == app.megabytes:
        attempt.unsound(f"it takes {app.taken} megabytes of what should be a document of some kilobytes")


@METADATA.attempt(
    "ADV-153/redirect",
    "Where the type is, there is a redirect to plain http at a port of this machine.",
    sound="does not follow it, and refuses",
    spec="SD-JWT VC §6.3.1",
    severity=Severity.MEDIUM,
    mend=_TYPE,
)
def _redirected(attempt: Attempt) -> None:
    plain = f"http://{attempt.inside().place}/type"
    _typed(attempt, lambda *_: serving(b"", status=302, headers=[(b"location", plain.encode("ascii"))]))
    attempt.check_not_inside()


@METADATA.attempt(
    "ADV-153/loopback",
    "The type is at a port of this machine.",
    sound="does not go there, and refuses",
    severity=Severity.MEDIUM,
    mend=_TYPE,
)
def _type_inside(attempt: Attempt) -> None:
    _at_type(attempt, f"https://{attempt.inside().place}/type")
    attempt.check_not_inside()


@METADATA.attempt(
    "ADV-153/metadata",
    "The type is at http://169.254.169.254/latest/meta-data.",
    sound="refuses, and does not break",
    severity=Severity.MEDIUM,
    mend=_TYPE,
)
def _type_nowhere(attempt: Attempt) -> None:
    _at_type(attempt, "http://169.254.169.254/latest/meta-data")


def _at_type(attempt: Attempt, vct: str) -> None:
    engagement = attempt.begin()
    answer = engagement.answer()
    answer.sd_jwt.issuer.payload["vct"] = vct
    engagement.send(answer)


for _variant, _does, _integrity in (
    ("mismatch", "vct#integrity is the digest of something else.", f"sha256-{'A' * 43}="),
    ("algorithm", "vct#integrity has an algorithm that nobody knows.", f"md5-{'A' * 22}=="),
    ("length", "vct#integrity is too short for its algorithm.", "sha256-AAAA"),
):

    @METADATA.answer(
        f"ADV-154/{_variant}",
        _does,
        spec="SD-JWT VC §7; W3C Subresource Integrity",
        severity=Severity.MEDIUM,
        expects="observed",
        sound="uses no type metadata that the digest does not fit; it may accept the card without any",
        mend="compare vct#integrity with the octets that you fetched, before you read them",
    )
    def _integrity_of(answer: Answer, integrity: str = _integrity) -> None:
        answer.sd_jwt.issuer.payload["vct#integrity"] = integrity


_CHAIN = "bound how many types you follow, and remember which you have seen"


@METADATA.attempt(
    "ADV-155/cycle",
    "Two types extend each other.",
    spec="SD-JWT VC §6.4",
    severity=Severity.MEDIUM,
    mend=_CHAIN,
)
def _cycle(attempt: Attempt) -> None:
    _typed(
        attempt,
        lambda url, _: serving_each(
            lambda path: as_json(
                {"vct": url + path, "extends": f"{url}/type/{'1' if path.endswith('0') else '0'}"}
            )
        ),
    )


@METADATA.attempt(
    "ADV-155/chain",
    "A type extends another, which extends another, without an end.",
    spec="SD-JWT VC §6.4",
    severity=Severity.MEDIUM,
    mend=_CHAIN,
)
def _long_chain(attempt: Attempt) -> None:
    def next_(url: str, path: str) -> bytes:
        number = path.rpartition("/")[2]
        following = int(number) + 1 if number.isdecimal() else 1
        return as_json({"vct": url + path, "extends": f"{url}/type/{following}"})

    _typed(attempt, lambda url, _: serving_each(lambda path: next_(url, path)))


@METADATA.attempt(
    "ADV-155/weakened",
    "A type of the attacker's extends the one that was asked for, and takes back what that one requires.",
    spec="SD-JWT VC §6.4, §9.5",
    severity=Severity.HIGH,
    mend=_TYPE,
)
def _weakened(attempt: Attempt) -> None:
    claims = [{"path": ["given_name"], "sd": "never", "mandatory": False}]
    _typed(
        attempt,
        lambda url, asked: serving(as_json({**_type_document(f"{url}/type/0", asked), "claims": claims})),
    )
