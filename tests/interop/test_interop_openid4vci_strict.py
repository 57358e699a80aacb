"""That the peers of OpenID4VCI say no where they must, and that we do: who takes everything would prove nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from interop_openid4vci_cases import (
    BY_REFERENCE,
    CLIENT_ID,
    CREDO,
    DPOP,
    DPOP_WITHOUT_NONCE,
    OPENID4VC,
    SCOPE,
    SIGNED,
    STATE,
    Case,
)
from interop_openid4vci_flows import Browser, PeerIssuer, PeerWallet, expected, peer_receives, we_receive
from interop_openid4vci_world import CLAIMS, CREDO_ISSUER, OURS, THEIRS, World

from nlwallet.crypto import PrivateKey, sign_jws
from nlwallet.encoding import b64url_decode
from nlwallet.errors import NlWalletError, RemoteError, UntrustedCertificate
from nlwallet.openid4vci import sign_proof

pytestmark = pytest.mark.node

PEERS = pytest.mark.parametrize("peer", [OPENID4VC, CREDO], ids=["openid4vc", "credo"])


def flipped(text: str) -> str:
    """The compact JWS with a bit of its signature turned over, also where Disclosures follow."""
    jws, tilde, rest = text.partition("~")
    head, _, signature = jws.rpartition(".")
    return f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}{tilde}{rest}"


Spoil = Callable[[dict[str, Any]], dict[str, Any]]


def _first_credential(change: Callable[[str], str]) -> Spoil:
    def spoil(answer: dict[str, Any]) -> dict[str, Any]:
        [entry] = answer["credentials"]
        return {**answer, "credentials": [{"credential": change(entry["credential"])}]}

    return spoil


def _other_disclosure(text: str) -> str:
    head, disclosure, *rest = text.split("~")
    return "~".join((head, f"{disclosure[:-2]}{'AA' if disclosure[-2:] != 'AA' else 'BB'}", *rest))


# A peer's wallet, and a message of our issuer that was tampered with -------------------------------------------

OF_OUR_ISSUER: dict[str, tuple[str, Spoil]] = {
    "metadata of another issuer": (
        "/.well-known/openid-credential-issuer",
        lambda members: {**members, "credential_issuer": "https://other.example"},
    ),
    "server metadata of another server": (
        "/.well-known/oauth-authorization-server",
        lambda members: {**members, "issuer": "https://other.example"},
    ),
    "no credential endpoint": (
        "/.well-known/openid-credential-issuer",
        lambda members: {name: value for name, value in members.items() if name != "credential_endpoint"},
    ),
    "no access token": ("/token", lambda _members: {"token_type": "DPoP"}),
    "signature of the credential": ("/credential", _first_credential(flipped)),
    "a promise without an interval": ("/credential", lambda _members: {"transaction_id": "later"}),
}


@PEERS
@pytest.mark.parametrize(
    "tampering", ["nothing", "an offer of something else", "issuer unknown", *OF_OUR_ISSUER]
)
def test_a_peers_wallet_refuses(peer: str, tampering: str, peers: Any, refusal: type[Exception]) -> None:
    case, world = Case(peer, "wallet"), World()
    if tampering == "nothing":
        assert peer_receives(case, world, peers) == expected(case)
        return
    issuer = world.issuer(case)
    offer = issuer.offer("library-card", CLAIMS["library-card"]).offer.as_json()
    more: dict[str, Any] = {}
    if tampering == "an offer of something else":
        offer["credential_configuration_ids"] = ["passport"]
    elif tampering == "issuer unknown":
        more["anchors"] = [world.attesting.certificate.pem()]
    else:
        path, spoil = OF_OUR_ISSUER[tampering]

        def tampered(url: str, body: bytes) -> bytes:
            return json.dumps(spoil(json.loads(body))).encode() if url == f"{OURS}{path}" else body

        world.web = world.web.mending_answers(tampered)
    link = f"openid-credential-offer://?credential_offer={json.dumps(offer)}"
    wallet = PeerWallet(case, world, peers)
    if tampering == "an offer of something else" and peer == CREDO:
        # It asks for what it knows of an offer, and that is nothing here.
        assert wallet.receive(link, **more)["claims"] == []
        assert not issuer.issued
        return
    with pytest.raises(refusal):
        wallet.receive(link, **more)


# Our wallet, and a message of a peer's issuer that was tampered with -------------------------------------------


@dataclass
class Tampered:
    """A peer's issuer of which one answer is changed on the way to our wallet (WSGI)."""

    issuer: PeerIssuer
    path: str
    spoil: Spoil

    def __call__(self, environ: Any, start_response: Any) -> Any:
        if self.path not in environ["PATH_INFO"]:
            return self.issuer(environ, start_response)
        heard: list[Any] = []
        body = b"".join(self.issuer(environ, lambda *given: heard.append(given)))
        changed = json.dumps(self.spoil(json.loads(body))).encode()
        [(status, headers)] = heard
        kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
        start_response(status, kept)
        return [changed]


OF_A_PEERS_ISSUER: dict[str, tuple[str, Spoil]] = {
    "metadata of another issuer": (
        "/.well-known/openid-credential-issuer",
        lambda members: {**members, "credential_issuer": "https://other.example"},
    ),
    "server metadata of another server": (
        "/.well-known/oauth-authorization-server",
        lambda members: {**members, "issuer": "https://other.example"},
    ),
    "a token of another kind": ("/token", lambda members: {**members, "token_type": "MAC"}),
    "no nonce": ("/nonce", lambda _members: {}),
    "signature of the credential": ("/credential", _first_credential(flipped)),
    "a claim that nobody signed": ("/credential", _first_credential(_other_disclosure)),
    "more credentials than keys": (
        "/credential",
        lambda answer: {**answer, "credentials": answer["credentials"] * 2},
    ),
    "a promise without an interval": ("/credential", lambda _members: {"transaction_id": "later"}),
}


@PEERS
@pytest.mark.req("WI-04", "WI-10")
@pytest.mark.parametrize("tampering", ["nothing", "issuer unknown", *OF_A_PEERS_ISSUER])
def test_our_wallet_refuses(peer: str, tampering: str, peers: Any) -> None:
    case = Case(peer, "issuer", offer=BY_REFERENCE, token=DPOP if peer == OPENID4VC else DPOP_WITHOUT_NONCE)
    world = World()
    if tampering == "nothing":
        assert we_receive(case, world, peers) == expected(case)
        return
    issuer = PeerIssuer(case, world, peers)
    link, _ = issuer.offer()
    if tampering == "issuer unknown":
        world.issuing = world.attesting
    wallet = world.wallet(case)
    path, spoil = OF_A_PEERS_ISSUER.get(tampering, ("/nothing", lambda members: members))
    wallet.mount(THEIRS, Tampered(issuer, path, spoil))
    with pytest.raises(RemoteError):
        wallet.receive(link)
    assert not wallet.cards


@PEERS
@pytest.mark.req("WI-04")
def test_our_wallet_refuses_metadata_that_somebody_unknown_signed(peer: str, peers: Any) -> None:
    case = Case(
        peer,
        "issuer",
        offer=BY_REFERENCE,
        token=DPOP if peer == OPENID4VC else DPOP_WITHOUT_NONCE,
        gets=SIGNED,
    )
    world = World()
    issuer = PeerIssuer(case, world, peers)
    link, _ = issuer.offer()
    world.issuing = world.attesting
    wallet = world.wallet(case)
    wallet.mount(THEIRS, issuer)
    with pytest.raises(UntrustedCertificate, match="signer of the metadata"):
        wallet.open_offer(link)


@PEERS
@pytest.mark.req("HI-01", "ADV-196")
def test_our_wallet_refuses_a_code_of_another_server(peer: str, peers: Any) -> None:
    """Mix-up: ``iss`` in the authorization response (RFC 9207)."""
    case = Case(
        peer,
        "issuer",
        grant=SCOPE if peer == OPENID4VC else STATE,
        client=CLIENT_ID,
        token=DPOP if peer == OPENID4VC else DPOP_WITHOUT_NONCE,
    )
    world = World()
    issuer, wallet = PeerIssuer(case, world, peers), world.wallet(case)
    wallet.mount(THEIRS, issuer)
    link, _ = issuer.offer()
    browser = Browser(issuer, world)

    def misled(url: str) -> str:
        back = httpx.URL(browser(url))
        assert back.params["iss"] == (CREDO_ISSUER if peer == CREDO else THEIRS)
        return str(back.copy_set_param("iss", "https://other.example"))

    with pytest.raises(RemoteError, match="iss"):
        wallet.receive(link, browser=misled)


# A peer's issuer, and a message of our wallet that was tampered with -------------------------------------------


def other_proof(request: dict[str, Any], *, audience: str | None = None, **changes: Any) -> dict[str, Any]:
    """The request with a proof of a key of ours that says something else."""
    [text] = request["proofs"]["jwt"]
    said = json.loads(b64url_decode(text.split(".")[1]))
    given = {"nonce": said["nonce"], "now": said["iat"], **changes}
    proof = sign_proof(PrivateKey.generate(), audience=audience or said["aud"], **given)
    return {**request, "proofs": {"jwt": [proof]}}


def wrong_typ(request: dict[str, Any]) -> dict[str, Any]:
    key = PrivateKey.generate()
    [text] = request["proofs"]["jwt"]
    claims = json.loads(b64url_decode(text.split(".")[1]))
    return {
        **request,
        "proofs": {"jwt": [sign_jws(claims, key, typ="JWT", header={"jwk": key.public.jwk()})]},
    }


OF_OUR_WALLET: dict[str, Spoil] = {
    "nothing but the key": other_proof,
    "proof for another issuer": lambda request: other_proof(request, audience="https://other.example"),
    "proof with a nonce of nobody": lambda request: other_proof(request, nonce="of nobody"),
    "proof of another type": wrong_typ,
    "signature of the proof": lambda request: {
        **request,
        "proofs": {"jwt": [flipped(request["proofs"]["jwt"][0])]},
    },
    "another configuration": lambda request: {**request, "credential_configuration_id": "museum-card"},
    "no proof": lambda request: {name: value for name, value in request.items() if name != "proofs"},
}


@dataclass
class TamperedRequest:
    """A peer's issuer whose credential request is changed on the way from our wallet (WSGI)."""

    issuer: PeerIssuer
    spoil: Spoil

    def __call__(self, environ: Any, start_response: Any) -> Any:
        if environ["PATH_INFO"].endswith("/credential"):
            body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            changed = json.dumps(self.spoil(json.loads(body))).encode()
            environ = {
                **environ,
                "wsgi.input": _Body(changed),
                "CONTENT_LENGTH": str(len(changed)),
                "HTTP_CONTENT_LENGTH": str(len(changed)),
            }
        return self.issuer(environ, start_response)


@dataclass
class _Body:
    content: bytes

    def read(self, _size: int = -1) -> bytes:
        return self.content


@PEERS
@pytest.mark.parametrize("tampering", OF_OUR_WALLET)
def test_a_peers_issuer_refuses(peer: str, tampering: str, peers: Any) -> None:
    case = Case(peer, "issuer", offer=BY_REFERENCE, token=DPOP if peer == OPENID4VC else DPOP_WITHOUT_NONCE)
    world = World()
    issuer, wallet = PeerIssuer(case, world, peers), world.wallet(case)
    link, _ = issuer.offer()
    wallet.mount(THEIRS, TamperedRequest(issuer, OF_OUR_WALLET[tampering]))
    with pytest.raises(NlWalletError) as caught:
        wallet.receive(link)
    if tampering == "nothing but the key":
        # The peer took the proof: what is wrong is only that its credential is for a key that our wallet does not have.
        assert caught.value.pointer == "/payload/cnf"
    else:
        assert "response was answered with HTTP status" in caught.value.message


@PEERS
def test_a_peers_issuer_refuses_a_wallet_without_its_key(peer: str, peers: Any) -> None:
    """A token that is bound to a key, used with another one."""
    case = Case(peer, "issuer", offer=BY_REFERENCE, token=DPOP if peer == OPENID4VC else DPOP_WITHOUT_NONCE)
    world = World()
    issuer, wallet = PeerIssuer(case, world, peers), world.wallet(case)
    link, _ = issuer.offer()

    def without_dpop(environ: Any, start_response: Any) -> Any:
        at = environ["PATH_INFO"]
        if at.endswith("/credential"):
            environ = {name: value for name, value in environ.items() if name != "HTTP_DPOP"}
        return issuer(environ, start_response)

    wallet.mount(THEIRS, without_dpop)
    with pytest.raises(RemoteError, match=r"HTTP status 40[13]"):
        wallet.receive(link)


# Our issuer, and a message of a peer's wallet that was tampered with -------------------------------------------


@PEERS
@pytest.mark.req("I-22", "ADV-182")
@pytest.mark.parametrize(
    "tampering", [one for one in OF_OUR_WALLET if one != "nothing but the key"] + ["used a second time"]
)
def test_our_issuer_refuses(peer: str, tampering: str, peers: Any, refusal: type[Exception]) -> None:
    case, world = Case(peer, "wallet"), World()
    issuer = world.issuer(case)
    offer = issuer.offer("library-card", CLAIMS["library-card"])
    if tampering == "used a second time":
        PeerWallet(case, world, peers).receive(offer.uri)
    else:
        spoil = OF_OUR_WALLET[tampering]
        world.web = world.web.mending(
            lambda url, body: (
                json.dumps(spoil(json.loads(body))).encode() if url == f"{OURS}/credential" else body
            )
        )
    with pytest.raises(refusal):
        PeerWallet(replace(case), world, peers).receive(offer.uri)
    assert len(issuer.issued) == (1 if tampering == "used a second time" else 0)
