"""A cassette tells what happened, and nothing of whom it happened to."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Any
from urllib.parse import quote

import pytest
from attribute_values import values_found, values_in
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from nlwallet.crypto.jws import parse_jws
from nlwallet.encoding import b64url_encode, dump_json
from nlwallet.errors import InvalidCassette, LimitExceeded, MalformedInput, NlWalletError, RemoteError
from nlwallet.http import HttpExchange
from nlwallet.issuer import persona, pid_claims
from nlwallet.testing import denies
from nlwallet.testing.cassette import MAX_STEPS, Cassette, Presented, Prompted, read_cassette
from nlwallet.testing.cassette_recorder import Recorder, record
from nlwallet.testing.cassette_redaction import Public, Redaction
from nlwallet.testing.cassette_story import explain_cassette
from nlwallet.testing.ecosystem import Ecosystem, WatchedWallet

SECRET_MEMBERS = (
    "nonce",
    "state",
    "access_token",
    "c_nonce",
    "pre-authorized_code",
    "notification_id",
    "wallet_nonce",
)
EVERYTHING = (
    "bsn",
    "family_name",
    "given_name",
    "birthdate",
    "age_over_18",
    "address.postal_code",
    "nationalities",
)


@pytest.fixture(scope="module")
def world() -> Iterator[Ecosystem]:
    with Ecosystem() as made:
        made.clock.freeze()
        yield made


@pytest.fixture
def edi(world: Ecosystem) -> Iterator[Ecosystem]:
    with world.undone():
        yield world


def recorded(edi: Ecosystem, wallet: WatchedWallet) -> Any:
    return record(wallet, clock=edi.clock.now)


def secrets_of(exchanges: list[HttpExchange]) -> set[str]:
    """What went over the wire and lets somebody in, or is a signature or a whole token."""
    found: set[str] = set()
    for one in exchanges:
        found.update(text for name, text in one.form.items() if name in (*SECRET_MEMBERS, "response"))
        texts = [one.body.decode(), *([one.reply.body.decode("latin-1")] if one.reply else [])]
        for text in texts:
            for part in re.findall(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{20,}+(?:\.[A-Za-z0-9_-]*)+", text):
                found.update(piece for piece in part.split(".") if len(piece) > 40)
                try:
                    claims = json.loads(
                        parse_jws(part, typ=None, algorithms=("ES256",), what="a token").payload
                    )
                except (RemoteError, ValueError):
                    continue
                found.update(claims[name] for name in SECRET_MEMBERS if isinstance(claims.get(name), str))
                for key in claims.get("client_metadata", {}).get("jwks", {}).get("keys", ()):
                    found.update((key["x"], key["y"], key["kid"]))
            for name in SECRET_MEMBERS:
                found.update(re.findall(rf'"{name}":"([^"]+)"', text))
        if request := re.search(r"/(?:request|response)/([\w-]{20,})", one.url):
            found.add(request[1])
    return found


def whole_run(edi: Ecosystem) -> tuple[str, WatchedWallet, set[str]]:
    """Two cards received, everything shared from one in each format: the cassette, the wallet, its secrets."""
    wallet = edi.wallet("frouke")
    exchanges: list[HttpExchange] = []
    wallet._http.watch(exchanges.append)
    shop = edi.party("shop.example", *EVERYTHING, public_body=True)
    namespace = "urn:eudi:pid:nl:1"
    mdoc = {
        "id": "doc",
        "format": "mso_mdoc",
        "meta": {"doctype_value": namespace},
        "claims": [{"path": [namespace, "family_name"]}, {"path": [namespace, "bsn"]}],
    }
    with recorded(edi, wallet) as recorder:
        now = edi.clock.now()
        wallet.receive(edi.pid_issuer.offer("nl-pid-mdoc", pid_claims(persona("frouke"), now=now)).uri)
        wallet.open(shop.request().uri).approve(despite_warnings=True)
        wallet.open(shop.request({"credentials": [mdoc]}).uri).approve(despite_warnings=True)
        copies = [copy for card in wallet.cards for copy in card.copies.all]
        keys = {str(copy.key.public.jwk()[name]) for copy in copies for name in ("x", "y")}
        return recorder.cassette().as_text(), wallet, secrets_of(exchanges) | keys


def test_no_value_and_no_secret_of_a_run_is_on_its_cassette(edi: Ecosystem) -> None:
    text, wallet, secrets = whole_run(edi)
    values = {value for card in wallet.cards for value, _ in values_in(card.claims, "")}
    assert len(values) > 6
    assert len(secrets) > 40
    assert not values_found(text)
    for hidden in values | secrets:
        assert hidden not in text
        assert quote(hidden) not in text


def test_what_was_shown_is_there_by_name(edi: Ecosystem) -> None:
    shown = [one for one in read_cassette(whole_run(edi)[0]).steps if isinstance(one, Presented)]
    (card,), (document,) = (next(iter(one.vp_token.values())) for one in shown)
    named = {one.get("name"): one["value"] for one in card["disclosures"]}
    assert named["age_over_18"] == "<boolean>"
    assert re.fullmatch(r"<date #\d+>", named["birthdate"])
    assert re.fullmatch(r"<string 9 #\d+>", named["bsn"])
    (elements,) = [one["elements"]["urn:eudi:pid:nl:1"] for one in document["documents"]]
    assert elements == {
        "family_name": named["family_name"],
        "bsn": named["bsn"],
    }  # equal values, equal numbers


def test_a_nonce_is_recognised_where_it_comes_back(edi: Ecosystem) -> None:
    steps = json.loads(whole_run(edi)[0])["steps"]
    asked = [one["received"]["payload"]["nonce"] for one in steps if one.get("what") == "the request object"]
    (presented, _) = [one for one in steps if one["step"] == "presented"]
    (token,) = presented["vp_token"].values()
    assert token[0]["key_binding"]["payload"]["nonce"] == asked[0] != asked[1]


def test_a_party_cannot_put_a_value_on_it(edi: Ecosystem) -> None:
    """Whatever a relying party echoes, in an error or as a name, is searched for what is on the cards."""
    wallet = edi.wallet("frouke")
    name = wallet.pid["family_name"]
    party = edi.party("shop.example", "family_name")

    async def echo(_request: Any) -> JSONResponse:
        body = {"error": name, "error_description": f"{name} may not", name: True, "format": f"of {name}"}
        return JSONResponse(body, status_code=400)

    app = Starlette(routes=[Route("/response/{id}", echo, methods=["POST"])])
    app.mount("/", party.app)
    wallet.mount("https://shop.example", app)
    with recorded(edi, wallet) as recorder, pytest.raises(NlWalletError):
        wallet.open(party.request().uri).approve()
    cassette = recorder.cassette()
    assert name not in cassette.as_text()
    story = explain_cassette(cassette)
    assert story.fault is not None
    assert "did not take the answer: HTTP status 400" in story.fault.what
    assert story.fault.spec == "OpenID4VP 1.0 §8.2"


def test_nothing_is_recorded_outside_the_block(edi: Ecosystem, edi_request: Any) -> None:
    wallet = edi.wallet("frouke")
    with recorded(edi, wallet) as recorder:
        assert not recorder
    wallet.open(edi_request().uri).deny()
    assert not recorder


@pytest.fixture
def edi_request(edi: Ecosystem) -> Any:
    return edi.party("shop.example", "family_name").request


def test_a_query_for_what_nobody_has_is_explained(edi: Ecosystem) -> None:
    wallet = edi.wallet("frouke")
    query = {
        "id": "x",
        "format": "dc+sd-jwt",
        "meta": {"vct_values": ["urn:other"]},
        "claims": [{"path": ["a"]}],
    }
    with recorded(edi, wallet) as recorder:
        request = edi.party("shop.example", "family_name").request({"credentials": [query]})
        wallet.open(request.uri).deny()
    fault = explain_cassette(read_cassette(recorder.cassette().as_text())).fault
    assert fault is not None
    assert fault.code == "unanswerable"
    assert "nlwallet match" in fault.next


def test_a_refusal_by_the_holder_is_no_fault_of_the_party(edi: Ecosystem, edi_request: Any) -> None:
    wallet = edi.wallet("frouke")
    with recorded(edi, wallet) as recorder:
        wallet.answer(edi_request().uri, denies)
    fault = explain_cassette(recorder.cassette()).fault
    assert fault is not None
    assert fault.side == "the wallet or its holder"


def test_an_expired_request_points_at_the_check(edi: Ecosystem, edi_request: Any) -> None:
    wallet = edi.wallet("frouke")
    link = edi_request().uri
    edi.clock.travel(hours=3)
    with recorded(edi, wallet) as recorder, pytest.raises(NlWalletError) as refused:
        wallet.open(link)
    story = explain_cassette(recorder.cassette())
    assert story.fault is not None
    assert refused.value.message in story.fault.what
    assert story.fault.side == "the other party"
    assert f"→{story.fault.step:>3}." in str(story)


def test_a_request_that_breaks_a_rule_gives_code_section_and_pointer(
    edi: Ecosystem, edi_request: Any
) -> None:
    with recorded(edi, wallet := edi.wallet("frouke", behaves_as="nl-wallet-0.6")) as recorder:
        query = {
            "credentials": [
                {
                    "id": "pid",
                    "format": "dc+sd-jwt",
                    "meta": {"vct_values": ["urn:eudi:pid:nl:1"]},
                    "claims": [{"path": ["family_name"]}],
                }
            ],
            "credential_sets": [{"options": [["pid"]]}],
        }
        with pytest.raises(NlWalletError):
            wallet.open(edi_request(query).uri)
    fault = explain_cassette(recorder.cassette()).fault
    assert fault is not None
    assert (fault.spec, fault.pointer) == ("NL Wallet: DCQL, NL-02", "/dcql_query/credential_sets")
    assert fault.side == "the other party"


# The file -----------------------------------------------------------------------------------------


def test_the_published_schema_is_the_one_of_the_reader() -> None:
    text = (files("nlwallet.testing") / "cassette.schema.json").read_text(encoding="utf-8")
    assert json.loads(text) == Cassette.model_json_schema()


def test_a_cassette_survives_its_file(edi: Ecosystem, edi_request: Any) -> None:
    wallet = edi.wallet("frouke")
    with recorded(edi, wallet) as recorder:
        wallet.open(edi_request().uri).approve()
    made = recorder.cassette(test="test_it")
    assert read_cassette(made.as_text()).as_text() == made.as_text()
    assert explain_cassette(made).fault is None
    assert any(isinstance(one, Prompted) and one.requester == "shop.example" for one in made.steps)


GOOD: dict[str, Any] = {
    "format": "nlwallet-cassette",
    "version": 1,
    "made_by": "x",
    "recorded_at": 1,
    "profile": "haip-1.0",
    "steps": [],
}


@pytest.mark.parametrize(
    ("change", "error", "pointer"),
    [
        ({"format": "other"}, InvalidCassette, "/format"),
        ({"version": 2}, InvalidCassette, "/version"),
        ({"version": True}, InvalidCassette, "/version"),
        ({"steps": [{"step": "danced"}]}, InvalidCassette, "/steps/0"),
        (
            {"steps": [{"step": "refused", "error": {"code": 1}}]},
            InvalidCassette,
            "/steps/0/refused/error/code",
        ),
        ({"steps": [{"step": "opened", "link": {}}] * (MAX_STEPS + 1)}, LimitExceeded, "/steps"),
        ({"profile": "x" * 5000}, InvalidCassette, "/profile"),
    ],
)
def test_a_file_that_is_no_cassette_is_refused(change: Any, error: type[RemoteError], pointer: str) -> None:
    read_cassette(json.dumps(GOOD))
    with pytest.raises(error) as refused:
        read_cassette(json.dumps({**GOOD, **change}))
    assert refused.value.pointer == pointer


def test_deep_and_large_files_are_refused() -> None:
    with pytest.raises(LimitExceeded):
        read_cassette('{"format":' + "[" * 100 + "]" * 100 + "}")
    with pytest.raises(LimitExceeded):
        read_cassette(" " * 5_000_000)
    with pytest.raises(MalformedInput):
        read_cassette("not json")


def test_a_story_shows_no_control_character() -> None:
    told = explain_cassette(read_cassette(json.dumps({**GOOD, "profile": "\x1b[2J\nx"})))
    assert "\x1b" not in str(told)


def test_there_is_no_hash_of_a_value() -> None:
    """Two runs that differ only in a birthdate give the same placeholders: nothing can be tried out."""
    assert Redaction().value({"birthdate": "2000-03-24"}) == Redaction().value({"birthdate": "1999-12-31"})


def test_a_public_text_stays_and_another_does_not() -> None:
    redaction = Redaction()
    redaction.remember({"locality": "Amsterdam"})
    assert redaction.swept([Public("Gemeente Amsterdam"), "in Amsterdam"]) == [
        "Gemeente Amsterdam",
        "in <hidden 9 #1>",
    ]


def test_a_recorder_is_a_watcher_like_any_other(edi: Ecosystem) -> None:
    wallet = edi.wallet("frouke")
    recorder = Recorder(wallet, edi.clock.now)
    wallet.watchers.append(recorder)
    wallet.open(edi.party("shop.example", "family_name").request().uri).deny()
    assert recorder
    assert wallet.seen


def test_tokens_within_tokens_end_somewhere(edi: Ecosystem) -> None:
    """What a party packs into one another is still a file that can be read."""
    token = "x"
    for _ in range(16):
        parts = ({"alg": "ES256"}, {"in": {"in": token}})
        token = ".".join([*(b64url_encode(dump_json(one)) for one in parts), "c2ln"])
    wallet = edi.wallet("frouke")
    recorder = Recorder(wallet, edi.clock.now)
    recorder.opened(f"openid4vp://?client_id=x&request={token}")
    recorder.opened("openid4vp://?" + "x" * 9000)
    text = recorder.cassette().as_text()
    assert "<deep>" in text
    assert len(read_cassette(text).steps) == 2
