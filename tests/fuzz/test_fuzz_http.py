"""Over HTTP: a verifier that strangers write to, and a wallet that a hostile server answers."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from fuzz_bytes import mutated_text
from fuzz_http import HostileServer, Post, Reply, posts, replies, status_of
from fuzz_run import explore, survives
from fuzz_tokens import (
    Hostile,
    encrypted,
    form,
    json_bytes,
    json_text,
    multisigned,
    query_string,
    signed,
)
from fuzz_world import HOST, World
from hypothesis import strategies as st

from nlwallet.crypto import PublicKey
from nlwallet.encoding import parse_json
from nlwallet.errors import LocalError
from nlwallet.holder import ConsentPrompt, Wallet
from nlwallet.openid4vp import REQUEST_OBJECT_MEDIA_TYPE, AuthorizationRequestLink
from nlwallet.verifier import PresentationRequest, Verifier
from nlwallet.verifier.result import Status

ORIGIN = f"https://{HOST}"
EXAMPLES = 40

pytestmark = pytest.mark.filterwarnings(
    "ignore::cryptography.utils.CryptographyDeprecationWarning",
    "ignore::UserWarning",
    "ignore::hypothesis.errors.HypothesisWarning",
)


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture(autouse=True)
def _no_name_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "no network in tests")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)


@pytest.fixture(scope="module")
def frouke(world: World) -> Wallet:
    return world.edi.wallet("frouke", pin=None)


def meeting(world: World, frouke: Wallet) -> Verifier:
    """A new verifier, so that its store does not fill up, where the wallet can reach it."""
    party = world.relying_party()
    frouke.mount(ORIGIN, party.app)
    return party


def request_id_of(request: PresentationRequest) -> str:
    link = AuthorizationRequestLink.parse(request.uri)
    assert link.request_uri is not None
    return link.request_uri.rpartition("/")[2]


def is_answered_honestly(party: Verifier, frouke: Wallet, request: PresentationRequest) -> bool:
    frouke.open(request.uri).approve(despite_warnings=True)
    return party.result(request).status is Status.VERIFIED


# The verifier -----------------------------------------------------------------------------------


def test_no_bytes_break_a_session(world: World, frouke: Wallet) -> None:
    """Whatever a stranger sends: 200 or 4xx, and the wallet that was asked can still answer."""
    key = PublicKey.from_jwk(world.metadata["jwks"]["keys"][0])
    other = encrypted(json_bytes({"vp_token": {"pid": [world.presentation]}, "state": "s"}), key, "k")
    response = other.mutations.map(lambda jwe: form({"response": jwe}).valid)
    broken = form({"response": other.valid, "state": "s"}).mutations
    error = form({"error": "access_denied", "error_description": "no", "state": "s"}).mutations
    wallet = form(
        {"wallet_nonce": "n-1", "wallet_metadata": json_text(world.wallet_metadata).valid}
    ).mutations
    anything = st.one_of(response, broken, error, wallet, st.binary(max_size=200))
    strangers = st.lists(posts("/response/ID", anything) | posts("/request/ID", anything), max_size=5)

    def check(sent: list[Post]) -> None:
        party = meeting(world, frouke)
        request = party.request()
        request_id = request_id_of(request)
        for post in sent:
            status = status_of(party.app, post._replace(path=post.path.replace("ID", request_id)))
            assert status == 200 or 400 <= status < 500, (status, post)
        assert is_answered_honestly(party, frouke, request)

    check([])
    explore(strangers, check, examples=EXAMPLES)


def test_an_answer_that_belongs_to_the_session_breaks_nothing_else(world: World, frouke: Wallet) -> None:
    """Encrypted to the right key, with the right state: hostile inside. It ends its own session at the most."""
    members = json_text({"vp_token": {"pid": [world.presentation]}, "state": "STATE"})

    def check(plaintext: str) -> None:
        party = meeting(world, frouke)
        request, untouched = party.request(), party.request()
        asked = frouke.open(request.uri)._answer.examination.verified.request  # type: ignore[attr-defined]
        to = asked.client_metadata.encryption_target(encs=("A256GCM",))
        octets = plaintext.replace("STATE", asked.state).encode("utf-8", "surrogatepass")
        jwe = encrypted(Hostile(octets, st.nothing()), to.key, to.kid).valid
        body = form({"response": jwe}).valid
        path = f"/response/{request_id_of(request)}"
        status = status_of(party.app, Post("POST", path, "application/x-www-form-urlencoded", (body,)))
        assert status == 200 or 400 <= status < 500, status
        result = party.result(request)
        assert result.status is not Status.VERIFIED
        assert result.as_dict()
        assert is_answered_honestly(party, frouke, untouched)

    explore(members.mutations, check, examples=EXAMPLES)


def test_what_a_page_hands_over(world: World) -> None:
    """The data of the browser's API, and a fragment: both go through the hands of a hostile user."""
    data = json_text({"vp_token": {"pid": [world.presentation]}, "state": "s", "response": "a.b.c.d.e"})
    fragment = query_string({"vp_token": json_text({"pid": [world.presentation]}).valid, "state": "s"})

    def browser(text: str) -> None:
        party = world.relying_party()
        request = party.dc_api_request(origins=[ORIGIN], form="unsigned", encrypted=len(text) % 2 == 0)
        survives(lambda given: party.receive_dc_api(request, parse_json(given), origin=ORIGIN), text)

    def page(text: str) -> None:
        party = world.relying_party()
        request = party.request(response_mode="fragment", flow="same_device", redirect_uri=f"{ORIGIN}/done")
        survives(lambda given: party.receive_fragment(request, given), text)

    explore(data.mutations, browser, examples=EXAMPLES)
    explore(fragment.mutations, page, examples=EXAMPLES)


# The wallet -------------------------------------------------------------------------------------


def asked_and_answered(prompt: ConsentPrompt) -> None:
    """Show the prompt in both languages, then approve as far as that is possible, else deny."""
    assert str(prompt).encode("utf-8")
    for language in ("nl", "en"):
        prompt.as_dict(language)  # type: ignore[arg-type]
    try:
        prompt.approve(despite_warnings=True)
    except LocalError:
        prompt.deny()


def test_a_server_that_lies_to_the_wallet(world: World) -> None:
    server = HostileServer()
    wallet = world.edi.wallet("frouke", pin=None)
    wallet.mount(ORIGIN, server)
    request = signed(world.request_object, world.party_key).made(
        lambda text: text.encode("utf-8", "surrogatepass")
    )
    requests = replies(request, REQUEST_OBJECT_MEDIA_TYPE)
    answers = replies(json_bytes({"redirect_uri": f"{ORIGIN}/done"}), "application/json")
    honest_request = Reply(200, REQUEST_OBJECT_MEDIA_TYPE, request.valid)
    honest_answer = Reply(
        200, "application/json", b'{"redirect_uri":"https://cafe.example/done#response_code=x"}'
    )

    def opened(both: tuple[Reply, Reply]) -> object:
        server.replies = {"GET": both[0], "POST": both[1]}
        return asked_and_answered(wallet.open(world.link))

    opened((honest_request, honest_answer))
    both = st.one_of(
        st.tuples(requests, st.just(honest_answer)),
        st.tuples(requests, st.just(honest_answer)),
        st.tuples(st.just(honest_request), answers),
    )
    explore(both, lambda given: survives(opened, given), examples=EXAMPLES)
    assert wallet.log
    assert len(wallet.cards) == len(world.edi.wallet("frouke", pin=None).cards)


def test_links_that_strangers_show(world: World) -> None:
    """By reference, by value, as parameters; to hosts that are not there, or never to be asked."""
    server = HostileServer()
    server.replies["POST"] = Reply(200, "application/json", b"{}")
    wallet = world.edi.wallet("frouke", pin=None)
    wallet.mount(ORIGIN, server)
    links = mutated_text(world.link) | mutated_text(world.unsigned_link)
    parameters = AuthorizationRequestLink.parse(world.unsigned_link, by_value=True).parameters
    assert parameters is not None
    whole = query_string(parameters).mutations.map(lambda query: f"openid4vp://?{query}")
    by_value = signed(world.request_object, world.party_key).mutations.map(
        lambda text: query_string({"client_id": world.party.client_id, "request": text}).valid
    )
    explore(
        st.one_of(links, whole, by_value.map(lambda query: f"openid4vp://?{query}")),
        lambda given: survives(lambda link: asked_and_answered(wallet.open(link)), given),
        examples=EXAMPLES,
    )


def test_a_page_that_lies_to_the_wallet(world: World) -> None:
    wallet = world.edi.wallet("frouke", pin=None)
    made = [world.dc_api(kind) for kind in ("signed", "unsigned", "multisigned")]
    again = multisigned(*world.multisigned, world.party_key).mutations.map(
        lambda text: f'[{{"protocol":"openid4vp-v1-multisigned","data":{{"request":{text}}}}}]'
    )
    explore(
        st.one_of(json_text(made).mutations, *(json_text([each]).mutations for each in made), again),
        lambda given: survives(
            lambda text: asked_and_answered(wallet.open_dc_api(parse_json(text), origin=ORIGIN)), given
        ),
        examples=2 * EXAMPLES,
    )
