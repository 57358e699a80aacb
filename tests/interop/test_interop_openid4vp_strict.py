"""That the peers of OpenID4VP say no where they must: a peer that takes everything would prove nothing."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from interop_openid4vp_cases import CREDO, OPENID4VC, WHOLE, Case
from interop_openid4vp_flows import request_for_us
from interop_openid4vp_queries import AGE
from interop_openid4vp_world import World

from nlwallet.crypto import sign_jws
from nlwallet.encoding import b64url_decode
from nlwallet.verifier import Status

pytestmark = pytest.mark.node

PEERS = pytest.mark.parametrize("peer", [OPENID4VC, CREDO], ids=["openid4vc", "credo"])
Worlds = Callable[[str], World]


# A peer's wallet, and a request of ours that was tampered with -----------------------------------------------


def flipped(text: str) -> str:
    """The compact JWS with a bit of its signature turned over."""
    head, _, signature = text.rpartition(".")
    return f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


@PEERS
@pytest.mark.parametrize("tampering", ["nothing", "signature", "client id of the link", "trust anchors"])
def test_a_peers_wallet_refuses(
    peer: str, tampering: str, worlds: Worlds, peers: Any, refusal: type[Exception]
) -> None:
    case = Case(peer, "wallet", request="by value", profile=WHOLE)
    world = worlds(case.profile)
    verifier = world.verifier(case)
    request = verifier.request(world.query(case)[1], passing="value")
    fields = {name: value for name, [value] in parse_qs(urlsplit(request.uri).query).items()}
    trust = world.trust
    if tampering == "signature":
        fields["request"] = flipped(fields["request"])
    elif tampering == "client id of the link":
        fields["client_id"] = f"x509_hash:{secrets.token_urlsafe(32)}"
    elif tampering == "trust anchors":
        trust["anchors"] = world.issuers
    link = f"openid4vp://?{urlencode(fields)}"
    given = {"request": link, "cards": world.cards, "trust": trust, "types": world.type_documents}
    if tampering == "nothing":
        assert peers(f"{case.room}.answer", web=world.web, **given)["status"] == 200
        assert verifier.result(request).status is Status.VERIFIED
        return
    with pytest.raises(refusal):
        peers(f"{case.room}.answer", web=world.web, **given)
    assert verifier.result(request).status is Status.PENDING


# A peer's verifier, and an answer of ours that was tampered with ---------------------------------------------


@PEERS
@pytest.mark.parametrize(
    "tampering",
    ["nothing", "nonce", "audience", "state", "holder's key", "claim", "no key binding", "issuer"],
)
def test_a_peers_verifier_refuses(
    peer: str, tampering: str, worlds: Worlds, peers: Any, refusal: type[Exception]
) -> None:
    case = Case(peer, "verifier", mode="direct_post", profile=WHOLE)
    world, request_id = worlds(case.profile), secrets.token_urlsafe(8)
    given = request_for_us(case, world, request_id)
    if tampering == "issuer":
        given["anchors"] = world.trust["anchors"]
    link = peers(f"{case.room}.request", **given)["link"]
    asked = claims_of_request(peers, case.room, request_id, link)
    form = {"vp_token": json.dumps({"pid": [presentation(world, asked, tampering)]}), "state": asked["state"]}
    if tampering == "state":
        form["state"] = secrets.token_urlsafe(8)
    url = urlsplit(asked["response_uri"])
    answer = peers(
        f"{case.room}.serve",
        web=world.web,
        id=request_id,
        method="POST",
        path=f"{url.path}?{url.query}",
        contentType="application/x-www-form-urlencoded",
        body=urlencode(form),
    )
    if tampering == "nothing":
        assert answer["status"] == 200
        assert peers(f"{case.room}.verdict", id=request_id)["claims"]["pid"][0]["age_over_18"] is True
        return
    with pytest.raises(refusal):
        peers(f"{case.room}.verdict", id=request_id)


def claims_of_request(peers: Any, room: str, request_id: str, link: str) -> dict[str, Any]:
    url = urlsplit(parse_qs(urlsplit(link).query)["request_uri"][0])
    served = peers(f"{room}.serve", id=request_id, method="GET", path=url.path, contentType="", body="")
    claims: dict[str, Any] = json.loads(b64url_decode(served["body"].split(".")[1]))
    return claims


def presentation(world: World, asked: dict[str, Any], tampering: str) -> str:
    """What our wallet would send for the query, but for what is tampered with."""
    card, other = world.citizen.cards[:2]
    text: str = card.credential.present(
        [] if tampering == "claim" else [tuple(AGE["path"]), ("address",), ("address", "locality")],
        holder_key=card.copies.first.key,
        audience="x509_hash:another" if tampering == "audience" else asked["client_id"],
        nonce="another" if tampering == "nonce" else asked["nonce"],
        now=world.edi.clock.now(),
    )
    disclosed, _, key_binding = text.rpartition("~")
    if tampering == "no key binding":
        key_binding = ""
    elif tampering == "holder's key":
        claims = json.loads(b64url_decode(key_binding.split(".")[1]))
        key_binding = sign_jws(claims, other.copies.first.key, typ="kb+jwt")
    return f"{disclosed}~{key_binding}"
