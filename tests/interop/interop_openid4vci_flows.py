"""Walks through an issuance: a peer's wallet and our issuer, or a peer's issuer and our wallet."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from interop_openid4vci_cases import (
    ATTESTATION,
    BEARER,
    BY_ITSELF,
    BY_REFERENCE,
    CREDO,
    DENIED,
    DPOP,
    JWT,
    LATER,
    PRE,
    RENEWED,
    SIGNED,
    STATE,
    TOLD,
    TX_CODE,
    WRONG_TX_CODE,
    Case,
)
from interop_openid4vci_world import (
    BACK,
    CLAIMS,
    CREDO_ISSUER,
    ISSUER_STATE,
    OURS,
    PAGE,
    PEER_CLIENT,
    THEIRS,
    World,
    type_documents,
)
from interop_web import Web

from nlwallet.http import HttpClient
from nlwallet.issuer import Issuer
from nlwallet.mdoc import Mdoc, claims_of

Claims = dict[str, Any]
OF_THE_CREDENTIAL = frozenset(
    {"iss", "iat", "exp", "nbf", "cnf", "vct", "vct#integrity", "status", "_sd_alg", "_sd"}
)


def expected(case: Case) -> list[Claims]:
    """What is in the credentials that come, one after the other."""
    return [CLAIMS[name] for name in case.cards for _ in range(case.copies)]


def personal(claims: Mapping[str, Any]) -> Claims:
    """Claims without those that every credential carries."""
    return {name: value for name, value in claims.items() if name not in OF_THE_CREDENTIAL}


# A peer's wallet ------------------------------------------------------------------------------------------


class PeerWallet:
    """A wallet in the Node process, for one flow."""

    def __init__(self, case: Case, world: World, peers: Any) -> None:
        flow = secrets.token_urlsafe(8)
        web = _mended(case, world.web)
        self._call = lambda name, **given: peers(f"{case.room}.{name}", web=web, id=flow, **given)
        self._case, self._world = case, world

    def receive(self, offer: Any, **more: Any) -> dict[str, Any]:
        case, world = self._case, self._world
        given: dict[str, Any] = {
            "offer": offer,
            "bound": case.token != BEARER,
            "attested": case.attested,
            "provider": world.peer_provider.as_json(),
            "clientId": PEER_CLIENT,
            "redirectUri": BACK,
            "copies": case.copies,
            "proof": case.proof,
            "keyAttestationTyp": "key-attestation+jwt" if case.mended == "typ" else "",
            "oneByOne": case.mended == "one by one",
            "scope": " ".join(f"{name}-scope" for name in case.cards),
            "anchors": world.issuers,
            "types": type_documents(),
            **more,
        }
        if case.by_details:
            given["details"] = [
                {"type": "openid_credential", "credential_configuration_id": name} for name in case.cards
            ]
        return self._call("receive", **given)  # type: ignore[no-any-return]

    def collect(self) -> dict[str, Any]:
        return self._call("collect")  # type: ignore[no-any-return]

    def notify(self, event: str) -> None:
        self._call("notify", event=event)

    def renew(self) -> dict[str, Any]:
        return self._call("renew")  # type: ignore[no-any-return]


def peer_receives(case: Case, world: World, peers: Any) -> list[Claims]:
    """What a peer's wallet reads in the credentials of our issuer. Raises what either side raises."""
    issuer, wallet = world.issuer(case), PeerWallet(case, world, peers)
    offer, tx_code = _our_offer(case, issuer)
    got = wallet.receive(offer, **({"txCode": tx_code} if tx_code else {}))
    assert got["seen"]["tokenType"] == ("Bearer" if case.token == BEARER else "DPoP")
    assert ("details" in got["seen"]) is case.by_details
    assert got["seen"]["signed"] is (case.gets == SIGNED)
    if case.by_code:
        assert world.pushed[0].issuer_state == (ISSUER_STATE if case.grant == STATE else None)
        assert (not world.pushed[0].scope) is case.by_details
    if case.gets in {LATER, DENIED}:
        assert got["promised"]
        assert not got["claims"]
        [waiting] = issuer.waiting
        waiting.deny() if case.gets == DENIED else waiting.approve()
        got = wallet.collect()
    if case.gets == TOLD:
        wallet.notify("credential_accepted")
        assert [list(batch.events) for batch in issuer.issued] == [["credential_accepted"]]
    if case.gets == RENEWED:
        first, got = got, wallet.renew()
        assert [personal(one) for one in first["claims"]] == expected(case)
        assert first["claims"][0]["cnf"] != got["claims"][0]["cnf"]
    keys = {json.dumps(one["cnf"]["jwk"], sort_keys=True) for one in got["claims"]}
    assert len(keys) == len(got["claims"]), "each copy has a key of its own"
    return [personal(one) for one in got["claims"]]


def _our_offer(case: Case, issuer: Issuer) -> tuple[Any, str | None]:
    if case.offer == BY_ITSELF:
        grants = {"authorization_code": {}}
        return {
            "credential_issuer": OURS,
            "credential_configuration_ids": list(case.cards),
            "grants": grants,
        }, None
    if case.by_code:
        made = issuer.invite(*case.cards, issuer_state=ISSUER_STATE if case.grant == STATE else None)
    else:
        [card] = case.cards
        made = issuer.offer(card, CLAIMS[card], tx_code=case.grant in {TX_CODE, WRONG_TX_CODE})
    link = made.link() if case.offer == BY_REFERENCE else made.uri
    return link, _other(made.tx_code) if case.grant == WRONG_TX_CODE else made.tx_code


def _other(tx_code: str | None) -> str:
    assert tx_code is not None
    return f"{(int(tx_code) + 1) % 10 ** len(tx_code):0{len(tx_code)}}"


def _mended(case: Case, web: Web) -> Web:
    """What is changed between a peer's wallet and our issuer."""
    if case.mended == "answer":
        return web.mending_answers(_without_notification_id)
    if case.mended == "accept":
        return web.accepting({f"{OURS}/.well-known/openid-credential-issuer": "application/jwt"})
    if case.mended == "identifier":
        handed_out: list[str] = []

        def listen(url: str, body: bytes) -> bytes:
            if url == f"{OURS}/token":
                [entry] = json.loads(body).get("authorization_details", [{"credential_identifiers": [""]}])
                handed_out[:] = entry["credential_identifiers"]
            return body

        def mend(url: str, body: bytes) -> bytes:
            if url != f"{OURS}/credential":
                return body
            request = json.loads(body)
            del request["credential_configuration_id"]
            return json.dumps({**request, "credential_identifier": handed_out[0]}).encode()

        return web.mending(mend).mending_answers(listen)
    return web


def _without_notification_id(url: str, body: bytes) -> bytes:
    if url != f"{OURS}/deferred":
        return body
    answer = json.loads(body)
    assert answer.pop("notification_id")
    return json.dumps(answer).encode()


# A peer's issuer ------------------------------------------------------------------------------------------


class PeerIssuer:
    """An issuer in the Node process, for one flow; our wallet mounts it (WSGI)."""

    def __init__(self, case: Case, world: World, peers: Any) -> None:
        flow = secrets.token_urlsafe(8)
        self._call = lambda name, **given: peers(f"{case.room}.{name}", web=world.web, id=flow, **given)
        self._case, self._world = case, world

    def offer(self, **terms: Any) -> tuple[str, str | None]:
        """A link; and the code that the holder gets another way."""
        case, world = self._case, self._world
        made = self._call(
            "offer",
            baseUrl=THEIRS,
            configurations=world.configurations(case),
            cards={name: CLAIMS[name] for name in case.cards},
            signer=world.peer_issuer.as_json(),
            anchors=[world.provider.anchor.pem()],
            types=type_documents(),
            page=PAGE,
            now=world.clock.now(),
            terms={
                "bound": case.token != BEARER,
                "attested": case.attested,
                "copies": case.copies,
                "keysAttested": case.proof != JWT,
                "deferred": case.gets in {LATER, DENIED},
                "identifiers": case.by_details,
                "signed": case.gets == SIGNED,
                "renewable": case.gets == RENEWED,
                "grant": PRE if not case.by_code else "authorization code",
                "issuerState": ISSUER_STATE if case.grant == STATE else "",
                "txCode": "493536" if case.grant in {TX_CODE, WRONG_TX_CODE} else "",
                "passing": case.offer,
                **terms,
            },
        )
        return made["link"], made.get("txCode")

    def decide(self, decision: str) -> None:
        self._call("decide", decision=decision)

    def told(self) -> dict[str, Any]:
        """What it heard from the wallet."""
        return self._call("told")  # type: ignore[no-any-return]

    def __call__(self, environ: Mapping[str, Any], start_response: Any) -> Iterable[bytes]:
        query = environ.get("QUERY_STRING")
        path = environ["PATH_INFO"] + (f"?{query}" if query else "")
        headers = {
            name.removeprefix("HTTP_").replace("_", "-").lower(): value
            for name, value in environ.items()
            if name.startswith("HTTP_") or name == "CONTENT_TYPE"
        }
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        answer = self._call(
            "serve",
            method=environ["REQUEST_METHOD"],
            url=f"{THEIRS}{path}",
            headers=headers,
            body=body.decode(),
        )
        start_response(f"{answer['status']} As the peer says", list(answer["headers"].items()))
        return [answer["body"].encode()]


class Browser:
    """Follows redirects until they lead to the wallet."""

    def __init__(self, issuer: PeerIssuer, world: World) -> None:
        self._back = world.provider.redirect_uri
        self._http = HttpClient()
        self._http.mount(THEIRS, issuer)
        self._http.mount(PAGE, world.web.apps[PAGE])

    def __call__(self, url: str) -> str:
        while not url.startswith(self._back):
            reply = self._http.visit(url, what="the page")
            assert reply.status in (302, 303), reply.status
            url = reply.headers["location"]
        return url


def we_receive(case: Case, world: World, peers: Any) -> list[Claims]:
    """What our wallet keeps of the credentials of a peer's issuer. Raises what either side raises."""
    issuer, wallet = PeerIssuer(case, world, peers), world.wallet(case)
    wallet.mount(THEIRS, issuer)
    link, tx_code = issuer.offer()
    browser = Browser(issuer, world)
    if case.offer == BY_ITSELF:
        host = CREDO_ISSUER if case.peer == CREDO else THEIRS
        cards = wallet.fetch_cards(host, *case.cards, browser=browser)
    else:
        tx_code = _other(tx_code) if case.grant == WRONG_TX_CODE else tx_code
        cards = wallet.receive(link, tx_code=tx_code, browser=browser)
    if case.gets in {LATER, DENIED}:
        [promise] = wallet.promised
        assert not cards
        world.clock.travel(promise.ask_at - world.clock.now())
        assert not wallet.collect(), "not ready yet"
        issuer.decide("denied" if case.gets == DENIED else "approved")
        [promise] = wallet.promised
        world.clock.travel(promise.ask_at - world.clock.now())
        cards = wallet.collect()
    if case.gets == RENEWED:
        [card] = cards
        cards = wallet.renew(card.id).keep_unasked()
        assert cards[0].copies.first.key.public != card.copies.first.key.public
    _check_told(case, issuer.told())
    return [_kept(copy.credential) for card in cards for copy in card.copies.all]


def _kept(credential: Any) -> Claims:
    if isinstance(credential, Mdoc):
        return claims_of(credential.doctype, credential.claims)
    return personal(credential.claims)


def _check_told(case: Case, told: Mapping[str, Any]) -> None:
    assert told["proofs"] == ("attestation" if case.proof == ATTESTATION else "jwt")
    if case.peer != CREDO:
        assert told["count"] == (case.copies if case.proof == JWT else 1), "one attestation is for all keys"
    if case.token == DPOP:
        first = "/par" if case.by_code else "/token"
        assert told["dpopNonceAsked"][:2] == [first, "/credential"], "each server asks for a nonce of its own"
    if case.by_code:
        assert told["pushed"]["code_challenge_method"] == "S256"
        assert ("authorization_details" in told["pushed"]) is case.by_details
        assert told["pushed"].get("issuer_state") == (ISSUER_STATE if case.grant == STATE else None)
    if case.gets == TOLD:
        assert told["events"] == ["credential_accepted"]
    if case.gets == SIGNED:
        assert told["signed"], "the wallet asks for the signed form"
