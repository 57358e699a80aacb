"""The whole wallet and verifier of Multipaz against ours: by link, in the browser, and Annex C of TS 18013-7."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from interop_multipaz_parties import read_claims, signer_of
from interop_openid4vp_cases import Case
from interop_openid4vp_world import ORIGIN, World

from nlwallet import Sandbox
from nlwallet.crypto import PublicKey
from nlwallet.crypto.jws import sign_jws
from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.errors import InvalidRequest
from nlwallet.issuer import persona, pid_claims
from nlwallet.openid4vp.request import SELF_ISSUED_V2
from nlwallet.trust import Category
from nlwallet.verifier import PresentationResult, Status, Verifier

pytestmark = pytest.mark.jvm

PID = "urn:eudi:pid:nl:1"
SHOWN = {PID: {"age_over_18": True}, f"{PID}.address": {"locality": "Amsterdam"}}
QUERY = {
    "credentials": [
        {
            "id": "pid",
            "format": "mso_mdoc",
            "meta": {"doctype_value": PID},
            "claims": [{"path": [space, name]} for space, names in SHOWN.items() for name in names],
        }
    ]
}
HAIP, WHOLE = "haip-1.0", "openid4vp-1.0"
OURS = Case("Multipaz", "wallet")


@pytest.fixture
def their_wallet(multipaz: Any, worlds: Callable[[str], World]) -> Callable[[str], int]:
    """A wallet of the peer with a PID of a world, by the world's profile."""

    def wallet(profile: str) -> int:
        edi = worlds(profile).edi
        anchors = [b64url_encode(one.der) for one in edi.anchors.of(Category.ACCESS_CA)]
        number = multipaz("wallet.new", readerCa=anchors)
        made = multipaz("wallet.key", wallet=number, curve="P-256", docType=PID)
        claims = pid_claims(persona("frouke"), now=edi.clock.now())
        document = edi.pid_issuer.issue("nl-pid-mdoc", claims, PublicKey.from_jwk(made["key"]))
        multipaz("wallet.receive", wallet=number, number=made["number"], issuerSigned=document)
        return int(number)

    return wallet


def taken(result: PresentationResult) -> None:
    assert result.status is Status.VERIFIED, result.error
    assert result.claims("pid") == SHOWN


# Their wallet and our verifier ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "form", "encrypted"),
    [
        (HAIP, "signed", True),
        (HAIP, "unsigned", True),
        (WHOLE, "signed", False),
        (WHOLE, "unsigned", False),
    ],
)
def test_their_wallet_answers_our_page(
    profile: str, form: Any, encrypted: bool, multipaz: Any, worlds: Any, their_wallet: Any
) -> None:
    verifier = worlds(profile).verifier(OURS)
    request = verifier.dc_api_request(QUERY, origins=[ORIGIN], form=form, encrypted=encrypted)
    given = {"protocol": request.protocol, "data": dict(request.data), "origin": ORIGIN}
    answered = multipaz("wallet.browse", wallet=their_wallet(profile), **given)
    taken(verifier.receive_dc_api(request, answered["data"], origin=ORIGIN))


def test_their_wallet_looks_for_many_signatures_elsewhere(
    multipaz: Any, worlds: Any, their_wallet: Any, refusal: type[Exception]
) -> None:
    """It wants them beside each other in ``data``, not in its ``request`` (§A.3.2.2)."""
    request = worlds(HAIP).verifier(OURS).dc_api_request(QUERY, origins=[ORIGIN], form="multisigned")
    assert {"payload", "signatures"} <= request.data["request"].keys()
    given = {"protocol": request.protocol, "data": dict(request.data), "origin": ORIGIN}
    with pytest.raises(refusal, match="not a JsonPrimitive"):
        multipaz("wallet.browse", wallet=their_wallet(HAIP), **given)


def test_their_wallet_answers_our_page_without_openid(multipaz: Any, worlds: Any, their_wallet: Any) -> None:
    verifier = worlds(HAIP).verifier(OURS)
    request = verifier.mdoc_api_request(QUERY, origin=ORIGIN)
    given = {"protocol": request.protocol, "data": dict(request.data), "origin": ORIGIN}
    answered = multipaz("wallet.browse", wallet=their_wallet(HAIP), **given)
    taken(verifier.receive_mdoc_api(request, answered["data"], origin=ORIGIN))


def by_link(multipaz: Any, world: World, wallet: int, **how: Any) -> tuple[Verifier, Any]:
    verifier = world.verifier(OURS)
    request = verifier.request(QUERY, flow="cross_device", **how)
    multipaz("wallet.open", wallet=wallet, uri=request.uri, web=world.web)
    return verifier, request


@pytest.mark.parametrize("profile", [HAIP, WHOLE])
def test_their_wallet_opens_our_link(profile: str, multipaz: Any, worlds: Any, their_wallet: Any) -> None:
    verifier, request = by_link(multipaz, worlds(profile), their_wallet(profile))
    taken(verifier.result(request))


def test_their_wallet_has_no_answer_in_the_clear(
    multipaz: Any, worlds: Any, their_wallet: Any, refusal: type[Exception]
) -> None:
    """It posts a JWT that nobody signed instead of the parameters (§8.2)."""
    with pytest.raises(refusal, match="the response was not to be encrypted"):
        by_link(multipaz, worlds(WHOLE), their_wallet(WHOLE), response_mode="direct_post")


# Their verifier and our wallet ----------------------------------------------------------------------


def identity(world: World) -> dict[str, Any]:
    client = world.identity("x509_hash")
    return {**signer_of(world.key, world.certificates.access_chain), "clientId": client.client_id}


def told(read: Mapping[str, Any]) -> None:
    (shown,) = read["presentations"]
    assert (shown["docType"], read_claims(shown["claims"])) == (PID, SHOWN)


def asked(multipaz: Any, world: World, kind: str, *readers: dict[str, Any], **more: Any) -> dict[str, Any]:
    given = {"type": kind, "dcql": QUERY, "readers": list(readers), "origin": ORIGIN, **more}
    return dict(multipaz("verifier.ask", **given))


def shown(multipaz: Any, world: World, request: dict[str, Any]) -> dict[str, Any]:
    """What the peer makes of our wallet's answer to its page."""
    prompt = world.citizen.open_dc_api(request["request"]["requests"], origin=ORIGIN)
    outcome = prompt.approve(pin=Sandbox.PIN, despite_warnings=True)  # it brings no registration certificate
    credential = {"protocol": outcome.protocol, "data": dict(outcome.data or {})}
    return dict(multipaz("verifier.read", session=request["session"], credential=credential))


@pytest.mark.parametrize("signatures", [1, 2])
def test_our_wallet_answers_their_page_without_openid(signatures: int, multipaz: Any, worlds: Any) -> None:
    """It signs the request as a whole, as the second edition of ISO/IEC 18013-5 has it."""
    world = worlds(HAIP)
    told(shown(multipaz, world, asked(multipaz, world, "DC_ISO_18013", *[identity(world)] * signatures)))


def test_our_wallet_does_not_answer_a_page_that_does_not_sign(multipaz: Any, worlds: Any) -> None:
    with pytest.raises(InvalidRequest) as refused:
        shown(multipaz, worlds(HAIP), asked(multipaz, worlds(HAIP), "DC_ISO_18013"))
    assert refused.value.code == "unsigned_request"


@pytest.mark.parametrize(
    ("profile", "signatures", "clear"),
    [(HAIP, 1, False), (HAIP, 0, False), (WHOLE, 1, True), (WHOLE, 0, True)],
)
def test_our_wallet_answers_their_page(
    profile: str, signatures: int, clear: bool, multipaz: Any, worlds: Any
) -> None:
    world = worlds(profile)
    readers = [identity(world)] * signatures
    told(shown(multipaz, world, asked(multipaz, world, "DC_OPENID4VP", *readers, clear=clear)))


class Posts:
    """Where our wallet fetches the peer's request object, and posts its answer (WSGI)."""

    def __init__(self, request: str) -> None:
        self.request = request
        self.posted: dict[str, str] = {}

    def __call__(self, environ: Mapping[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith("/request/"):
            start_response("200 OK", [("Content-Type", "application/oauth-authz-req+jwt")])
            return [self.request.encode()]
        self.posted = dict(parse_qsl(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()))
        start_response("200 OK", [("Content-Type", "application/json")])
        return [b"{}"]


def opened(world: World, posts: Posts) -> Any:
    world.citizen.mount(ORIGIN, posts)
    parameters = {"client_id": identity(world)["clientId"], "request_uri": f"{ORIGIN}/request/1"}
    return world.citizen.open(f"openid4vp://?{urlencode(parameters)}")


@pytest.mark.parametrize(("profile", "clear"), [(HAIP, False), (WHOLE, True)])
def test_our_wallet_opens_their_link(profile: str, clear: bool, multipaz: Any, worlds: Any) -> None:
    """It names no audience (§5.8), so ours refuses; with one in it, the rest agrees."""
    world = worlds(profile)
    place = {"responseUri": f"{ORIGIN}/response/1", "state": "a-state"}
    request = asked(multipaz, world, "OPENID4VP_URI_SCHEME", identity(world), clear=clear, **place)
    made = request["request"]["request"]
    with pytest.raises(InvalidRequest, match="there is no aud"):
        opened(world, Posts(made))
    header, payload = (json.loads(b64url_decode(part)) for part in made.split(".")[:2])
    mended = sign_jws({**payload, "aud": SELF_ISSUED_V2}, world.key, typ=header["typ"], header=header)
    posts = Posts(mended)
    opened(world, posts).approve(pin=Sandbox.PIN, despite_warnings=True)
    told(multipaz("verifier.read", session=request["session"], posted=posts.posted))
