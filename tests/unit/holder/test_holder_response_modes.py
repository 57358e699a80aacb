"""How the answer goes back: by POST, in the fragment, and where the user goes then (OpenID4VP 1.0 §5.6, §8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from nlwallet.dcql import DcqlQuery
from nlwallet.errors import MalformedInput, RemoteError, TransportError
from nlwallet.holder import LogOutcome
from nlwallet.profiles import HAIP_1_0, OPENID4VP_1_0

Register = Callable[..., Any]
RP = "https://rp.example"
BACK = f"{RP}/cb"
BY_POST = ["direct_post", "direct_post.jwt"]
PASSING = ["reference", "value", "unsigned"]
STATE = "s-0123456789abcdef"


def opened(world: Any, party: Any, passing: str = "reference", **options: Any) -> Any:
    links = {"reference": party.link, "value": party.by_value, "unsigned": party.unsigned}
    wallet = party.mount(world.wallet(**{"profile": OPENID4VP_1_0, **options}))
    return wallet, wallet.open(links[passing]())


def fields_of(uri: str) -> dict[str, str]:
    """The parameters in the fragment; a name that comes twice is no answer."""
    found = parse_qs(urlsplit(uri).fragment, keep_blank_values=True, strict_parsing=True)
    assert all(len(values) == 1 for values in found.values())
    return {name: values[0] for name, values in found.items()}


# By POST -----------------------------------------------------------------------------------------------


@pytest.mark.req("W-27", "W-28", "W-29", "W-33")
@pytest.mark.parametrize("passing", PASSING)
@pytest.mark.parametrize("mode", BY_POST)
def test_an_answer_by_post_is_the_token_and_the_state(
    world: Any, register: Register, mode: str, passing: str
) -> None:
    party = register()
    party.changes = {"response_mode": mode}
    _, prompt = opened(world, party, passing)
    outcome = prompt.approve(despite_warnings=True)
    (form,) = party.forms
    assert form.keys() == ({"response"} if mode.endswith(".jwt") else {"vp_token", "state"})
    answer = party.received()
    assert answer.state == STATE
    assert {name: len(items) for name, items in answer.vp_token.items()} == {"pid": 1}
    assert (outcome.redirect_uri, outcome.protocol, outcome.data) == (None, None, None)
    # By reference, by value and unsigned: only the first is fetched, and all answer once.
    fetched = [("GET", "/request")] if passing == "reference" else []
    assert party.requests == [*fetched, ("POST", "/response")]


@pytest.mark.req("W-27", "W-26", "W-29")
@pytest.mark.parametrize("passing", PASSING)
@pytest.mark.parametrize("mode", BY_POST)
def test_a_refusal_goes_the_same_way(world: Any, register: Register, mode: str, passing: str) -> None:
    party = register()
    party.changes = {"response_mode": mode}
    opened(world, party, passing)[1].deny()
    assert party.forms == [{"error": "access_denied", "state": STATE}]


@pytest.mark.req("W-29")
@pytest.mark.parametrize("mode", BY_POST)
def test_without_a_state_none_is_sent(world: Any, register: Register, mode: str) -> None:
    for approve in (True, False):
        party = register()
        party.changes = {"response_mode": mode, "state": None}
        _, prompt = opened(world, party)
        if approve:
            prompt.approve()
            assert party.received().state is None
        else:
            prompt.deny()
        assert "state" not in party.forms[0]


@pytest.mark.req("W-20")
@pytest.mark.parametrize("mode", BY_POST)
def test_haip_never_answers_in_the_clear(world: Any, register: Register, mode: str) -> None:
    party = register()
    party.changes = {"response_mode": mode}
    if mode == "direct_post.jwt":
        opened(world, party, profile=HAIP_1_0)[1].approve()
        assert party.forms[0].keys() == {"response"}
    else:
        with pytest.raises(RemoteError) as caught:
            opened(world, party, profile=HAIP_1_0)
        assert caught.value.pointer == "/response_mode"
        assert [form["error"] for form in party.forms] == ["invalid_request"]


# Where the user goes then ------------------------------------------------------------------------------


@pytest.mark.req("HW-02", "W-30")
@pytest.mark.parametrize("profile", [HAIP_1_0, OPENID4VP_1_0], ids=lambda one: one.name)
@pytest.mark.parametrize("approve", [True, False], ids=["approve", "deny"])
def test_the_user_agent_gets_the_redirect_also_after_a_refusal(
    world: Any, register: Register, profile: Any, approve: bool
) -> None:
    party = register().redirecting_to(f"{BACK}?response_code=abc")
    _, prompt = opened(world, party, profile=profile)
    outcome = prompt.approve() if approve else prompt.deny()
    assert (outcome.redirect_uri, outcome.response_code) == (f"{BACK}?response_code=abc", "abc")
    assert [path for _, path in party.requests] == ["/request", "/response"], "the wallet does not go there"


@pytest.mark.req("HW-02", "ADV-179")
@pytest.mark.parametrize("approve", [True, False], ids=["approve", "deny"])
@pytest.mark.parametrize("mode", BY_POST)
@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "http://rp.example/",
        "openid4vp://x",
        "intent://x#Intent;end",
        "//rp.example/",
        "/cb",
        "https:rp.example",
        "https://user:pass@rp.example/",
        "https://rp.example\\@evil.example/",
        "https://rp.example/\r\nX: y",
        "https://rp.example:0/",
        " https://rp.example/",
        "",
    ],
)
def test_nobody_is_sent_to_an_unsafe_address(
    world: Any, register: Register, uri: str, mode: str, approve: bool
) -> None:
    party = register().redirecting_to(uri)
    party.changes = {"response_mode": mode}
    wallet, prompt = opened(world, party)
    with pytest.raises(MalformedInput) as caught:
        prompt.approve() if approve else prompt.deny()
    assert caught.value.code == "unsafe_redirect_uri"
    assert uri not in str(caught.value) or len(uri) < 5
    assert len(party.forms) == 1
    expected = LogOutcome.POSSIBLY_SHARED if approve else LogOutcome.DENIED
    assert wallet.log[-1].outcome is expected


@pytest.mark.req("W-08", "ADV-179")
@pytest.mark.parametrize("mode", BY_POST)
@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"]
)
def test_an_answer_is_not_sent_on_to_another_address(
    world: Any, register: Register, status: str, mode: str
) -> None:
    party = register()
    party.changes, party.reply = {"response_mode": mode}, (status, "application/json", b"{}")
    _, prompt = opened(world, party)
    with pytest.raises(TransportError) as caught:
        prompt.approve()
    assert caught.value.code == "redirect_refused"
    assert len(party.forms) == 1


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"error": "InvalidVpToken", "description": "999958379 is not welcome"}', ": InvalidVpToken"),
        (b'{"error": "999 958 379"}', ""),
        (b'{"error": ["x"]}', ""),
        (b"<html>", ""),
    ],
)
def test_why_an_answer_is_not_taken_is_told_by_its_name_only(
    world: Any, register: Register, body: bytes, shown: str
) -> None:
    party = register()
    party.reply = ("400 Bad Request", "application/json", body)
    _, prompt = opened(world, party)
    with pytest.raises(TransportError) as caught:
        prompt.approve(despite_warnings=True)
    assert caught.value.code == "answer_refused"
    assert caught.value.message == f"the requester answered with HTTP status 400{shown}"


# In the fragment -----------------------------------------------------------------------------------------


def in_fragment(party: Any, uri: str = BACK, **changes: Any) -> Any:
    party.changes = {"response_mode": "fragment", "response_uri": None, "redirect_uri": uri, **changes}
    return party


@pytest.mark.req("W-27", "W-28", "W-29")
@pytest.mark.parametrize("passing", PASSING)
def test_an_answer_in_the_fragment_is_carried_by_the_user_agent(
    world: Any, register: Register, key_binding: Any, passing: str
) -> None:
    party = in_fragment(register())
    wallet, prompt = opened(world, party, passing)
    assert prompt.requester.website == "rp.example"
    outcome = prompt.approve(despite_warnings=True)
    assert outcome.redirect_uri.startswith(f"{BACK}#")
    fields = fields_of(outcome.redirect_uri)
    assert fields.keys() == {"vp_token", "state"}
    answer = party.opened(fields)
    assert answer.state == STATE
    name = f"redirect_uri:{BACK}" if passing == "unsigned" else party.client_id
    assert key_binding(answer.vp_token["pid"][0])["aud"] == name
    assert party.forms == []
    assert wallet.log[-1].outcome is LogOutcome.SHARED


@pytest.mark.req("W-27", "W-26")
@pytest.mark.parametrize("passing", PASSING)
def test_a_refusal_in_the_fragment_too(world: Any, register: Register, passing: str) -> None:
    party = in_fragment(register())
    _, prompt = opened(world, party, passing)
    assert fields_of(prompt.deny().redirect_uri) == {"error": "access_denied", "state": STATE}
    assert party.forms == []


@pytest.mark.req("W-35", "ADV-178")
def test_in_the_fragment_too_a_missing_card_looks_like_a_refusal(
    world: Any, register: Register, ask: Any
) -> None:
    uris = []
    for values in (None, [False]):
        party = in_fragment(register())
        party.query = ask(("age_over_18",))
        if values:
            party.query["credentials"][0]["claims"][0]["values"] = values
        uris.append(opened(world, party)[1].deny().redirect_uri)
    assert uris[0] == uris[1]


def test_the_query_of_the_redirect_uri_stays(world: Any, register: Register) -> None:
    party = in_fragment(register(), f"{BACK}?session=1")
    uri = opened(world, party)[1].approve().redirect_uri
    assert uri.startswith(f"{BACK}?session=1#vp_token=")


@pytest.mark.req("W-20")
@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": None},
        {"redirect_uri": "http://rp.example/cb"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": "myapp://cb"},
        {"redirect_uri": f"{BACK}#here"},
        {"response_uri": f"{RP}/response"},
    ],
    ids=range(6),
)
def test_an_answer_in_the_fragment_has_a_safe_place(
    world: Any, register: Register, changes: dict[str, Any]
) -> None:
    party = in_fragment(register(), **changes)
    with pytest.raises(RemoteError) as caught:
        opened(world, party)
    assert caught.value.code == "invalid_request"
    assert party.forms == [], "an error in a fragment is not posted"


# By name ---------------------------------------------------------------------------------------------------


def age(claim: str = "age_over_18", name: str = "pid") -> DcqlQuery:
    return DcqlQuery.parse(
        {
            "credentials": [
                {
                    "id": name,
                    "format": "dc+sd-jwt",
                    "meta": {"vct_values": ["urn:eudi:pid:nl:1"]},
                    "claims": [{"path": [claim]}],
                }
            ]
        }
    )


@pytest.mark.req("W-24")
@pytest.mark.parametrize("passing", PASSING)
def test_a_scope_that_the_wallet_knows_is_shown_and_answered_as_its_query(
    world: Any, register: Register, passing: str
) -> None:
    party = register()
    party.changes = {"dcql_query": None, "scope": "age name"}
    scopes = {"age": age(), "name": age("family_name", "name")}
    _, prompt = opened(world, party, passing, scopes=scopes)
    assert [claim.path for card in prompt.cards for claim in card.claims] == [
        ("age_over_18",),
        ("family_name",),
    ]
    if passing != "unsigned":
        over = next(warning for warning in prompt.warnings if warning.code == "over_asking")
        assert [item.path for item in over.items] == [("family_name",)]
    prompt.approve(despite_warnings=True)
    assert party.received().vp_token.keys() == {"pid", "name"}


@pytest.mark.req("W-24")
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"dcql_query": None, "scope": "unknown"}, "invalid_scope"),
        ({"dcql_query": None, "scope": "age unknown"}, "invalid_scope"),
        ({"dcql_query": None, "scope": ""}, "invalid_scope"),
        ({"dcql_query": None, "scope": 1}, "invalid_scope"),
        ({"scope": "age"}, "invalid_request"),
        ({"dcql_query": None}, "invalid_request"),
    ],
    ids=range(6),
)
def test_another_scope_has_its_error(
    world: Any, register: Register, changes: dict[str, Any], code: str
) -> None:
    party = register()
    party.changes = changes
    with pytest.raises(RemoteError) as caught:
        opened(world, party, scopes={"age": age()})
    assert caught.value.code == code
    assert [form["error"] for form in party.forms] == [code]
