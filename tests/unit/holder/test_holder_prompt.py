"""Nothing leaves the wallet before a decision; a decision is made once, with open eyes."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from nlwallet.errors import (
    ApprovalNotPossible,
    LocalError,
    MalformedInput,
    PromptClosed,
    TransportError,
    WalletLocked,
    WarningsNotAcknowledged,
    WrongPin,
)
from nlwallet.holder import LoggedClaim, LogOutcome
from nlwallet.http import HttpClient
from nlwallet.profiles import HAIP_1_0
from nlwallet.sdjwt import X5cIssuer, verify_sd_jwt_vc_presentation

Register = Callable[..., Any]
Ask = Callable[..., dict[str, Any]]
NL_PID = "urn:eudi:pid:nl:1"


def presented(party: Any, query_id: str = "pid") -> dict[str, Any]:
    """What the relying party can read, without the members that concern the credential."""
    (text,) = party.received().vp_token[query_id]
    presentation = verify_sd_jwt_vc_presentation(
        text,
        issuer_key=X5cIssuer((party.world.pid.certificate,)),
        now=party.world.clock.now(),
        profile=HAIP_1_0,
        audience=party.client_id,
        nonce="n-0123456789abcdef",
    )
    registered = {"vct", "iat", "exp", "cnf"}
    return {name: value for name, value in presentation.claims.items() if name not in registered}


# Nothing before a decision ---------------------------------------------------------------------


@pytest.mark.req("RPA_07")
def test_opening_sends_nothing_but_the_fetch(world: Any, register: Register) -> None:
    party = register()
    prompt = party.mount(world.wallet()).open(party.link())
    str(prompt), prompt.as_dict(), prompt.as_dict("en"), repr(prompt)
    assert party.requests == [("GET", "/request")]
    assert party.forms == []


@pytest.mark.req("W-32", "W-15")
def test_approval_shares_the_one_claim_that_was_asked(world: Any, register: Register) -> None:
    party = register()
    party.mount(world.wallet()).open(party.link()).approve()
    assert presented(party) == {"age_over_18": True}


@pytest.mark.req("W-29")
def test_state_comes_back_unchanged(world: Any, register: Register) -> None:
    party = register()
    party.mount(world.wallet()).open(party.link()).approve()
    assert party.received().state == "s-0123456789abcdef"


PATHS = [
    (("age_over_18",),),
    (("bsn",), ("given_name",)),
    (("address",),),
    (("address", "locality"), ("address", "country")),
    (("nationalities", None),),
    (("nationalities", 1),),
    (("nationalities",), ("birthdate",)),
]


@pytest.mark.parametrize("paths", PATHS)
@pytest.mark.req("OIA_05")
def test_what_the_prompt_shows_is_what_leaves(world: Any, register: Register, ask: Ask, paths: Any) -> None:
    party = register(*paths, purpose=("Een woning huren", "Rent a house"), public_body=True)
    party.query = ask(*paths)
    prompt = party.mount(world.wallet()).open(party.link())
    shown = leaves([claim.raw for card in prompt.cards for claim in card.claims])
    prompt.approve(despite_warnings=True)
    assert sorted(map(str, shown)) == sorted(map(str, leaves(presented(party))))


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict | list):
        items = value.values() if isinstance(value, dict) else value
        return [leaf for item in items for leaf in leaves(item)]
    return [value]


def test_what_the_issuer_did_not_make_separable_is_shown_too(world: Any, register: Register) -> None:
    """The prompt says what goes along though nobody asked for it."""
    card = world.card(disclosable=[("age_over_18",), ("bsn",), ("address",)])
    party = register()
    prompt = party.mount(world.wallet(card)).open(party.link())
    along = {claim.path[0] for claim in prompt.cards[0].claims if claim.always}
    assert along == {"family_name", "given_name", "birthdate", "nationalities", "recovery_code"}
    assert "hoort altijd bij deze kaart" in str(prompt)
    assert prompt.warnings == ()  # it was the issuer's choice, not a question of who asks
    prompt.approve()
    assert presented(party).keys() == along | {"age_over_18"}


# The decision ----------------------------------------------------------------------------------


@pytest.mark.req("W-30")
@pytest.mark.parametrize(
    ("uri", "code"),
    [
        ("https://rp.example/cb?response_code=abc", "abc"),
        ("https://rp.example/cb#/?response_code=abc", "abc"),
        ("https://rp.example/cb#response_code=abc", "abc"),
        ("https://rp.example/cb?x=1", None),
    ],
)
def test_the_redirect_is_handed_over_not_followed(
    world: Any, register: Register, uri: str, code: str | None
) -> None:
    party = register().redirecting_to(uri)
    outcome = party.mount(world.wallet()).open(party.link()).approve()
    assert (outcome.redirect_uri, outcome.response_code) == (uri, code)
    assert [path for _, path in party.requests] == ["/request", "/response"]


def test_without_a_redirect_the_wallet_stops(world: Any, register: Register) -> None:
    party = register()
    party.reply = ("200 OK", "application/json", b'{"unknown": 1}')
    outcome = party.mount(world.wallet()).open(party.link()).approve()
    assert (outcome.redirect_uri, outcome.response_code) == (None, None)


@pytest.mark.req("ADV-179", "W-08")
@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (("307 Temporary Redirect", "application/json", b"{}"), TransportError),
        (("302 Found", "text/html", b""), TransportError),
        (("400 Bad Request", "application/json", b"{}"), TransportError),
        (("500 Internal Server Error", "text/plain", b""), TransportError),
        (("200 OK", "text/html", b"<html>"), MalformedInput),
        (("200 OK", "application/json", b"[]"), MalformedInput),
        (("200 OK", "application/json", b'{"redirect_uri": "javascript:alert(1)"}'), MalformedInput),
        (("200 OK", "application/json", b'{"redirect_uri": "http://rp.example/"}'), MalformedInput),
        (("200 OK", "application/json", b'{"redirect_uri": "intent:x#y"}'), MalformedInput),
        (("200 OK", "application/json", b'{"redirect_uri": 1}'), MalformedInput),
    ],
)
def test_a_hostile_reply_is_an_error_and_nothing_is_sent_again(
    world: Any, register: Register, reply: tuple[str, str, bytes], error: type[Exception]
) -> None:
    party = register()
    party.reply = reply
    wallet = party.mount(world.wallet())
    prompt = wallet.open(party.link())
    with pytest.raises(error):
        prompt.approve()
    assert len(party.forms) == 1
    assert wallet.log[-1].outcome is LogOutcome.POSSIBLY_SHARED
    with pytest.raises(PromptClosed):
        prompt.approve()


@pytest.mark.req("W-26", "RPA_11")
def test_refusing_and_not_having_look_the_same(world: Any, register: Register, ask: Ask) -> None:
    forms = []
    for query in (ask(("bsn",)), ask(("gender",)), ask(("x",), types=["urn:none"])):
        party = register(("bsn",))
        party.query = query
        party.mount(world.wallet()).open(party.link()).deny()
        forms.append(party.forms)
    assert (
        forms[0] == forms[1] == forms[2] == [[{"error": "access_denied", "state": "s-0123456789abcdef"}]][0]
    )


@pytest.mark.req("W-35", "ADV-178")
def test_guessing_values_always_needs_the_holder_and_tells_nothing(
    world: Any, register: Register, ask: Ask
) -> None:
    forms = []
    for guess in ("999991772", "111222333"):
        party = register(("bsn",))
        party.query = ask(claims=[{"path": ["bsn"], "values": [guess]}])
        prompt = party.mount(world.wallet()).open(party.link())
        assert party.forms == []
        assert guess not in repr(prompt)
        prompt.deny()
        forms.append(party.forms)
    assert forms[0] == forms[1]


def test_a_prompt_is_answered_once(world: Any, register: Register) -> None:
    party = register()
    prompt = party.mount(world.wallet()).open(party.link())
    prompt.deny()
    for again in (prompt.approve, prompt.deny):
        with pytest.raises(PromptClosed):
            again()
    assert len(party.forms) == 1


@pytest.mark.parametrize(("exp", "lifetime"), [(None, 600), (60, 60), (10_000, 600)])
def test_a_prompt_expires(world: Any, register: Register, exp: int | None, lifetime: int) -> None:
    party = register()
    party.changes = {} if exp is None else {"exp": world.clock.now() + exp}
    wallet = party.mount(world.wallet())
    prompt = wallet.open(party.link())
    world.clock.travel(lifetime)
    with pytest.raises(PromptClosed) as caught:
        prompt.approve()
    assert caught.value.code == "prompt_expired"
    assert party.forms == []
    assert [entry.outcome for entry in wallet.log] == [LogOutcome.EXPIRED]


# Warnings --------------------------------------------------------------------------------------


@pytest.mark.req("RPA_07b")
def test_approval_despite_warnings_must_be_explicit(world: Any, register: Register, ask: Ask) -> None:
    party = register()
    party.query = ask(("age_over_18",), ("bsn",))
    prompt = party.mount(world.wallet()).open(party.link())
    codes = [warning.code for warning in prompt.warnings]
    assert codes == ["over_asking", "bsn_outside_government", "more_than_age"]
    for answer in (False, [], codes[0], codes[:1], codes[1:], ["something_else"]):
        with pytest.raises(WarningsNotAcknowledged):
            prompt.approve(despite_warnings=answer)
    assert party.forms == []
    prompt.approve(despite_warnings=codes)
    assert presented(party) == {"age_over_18": True, "bsn": "999991772"}


def test_acknowledging_is_not_needed_for_denying(world: Any, register: Register) -> None:
    party = register(registered=False)
    party.mount(world.wallet()).open(party.link()).deny()
    assert party.forms[0]["error"] == "access_denied"


@pytest.mark.req("RPA_07c")
def test_a_face_is_warned_about(world: Any, register: Register) -> None:
    card = world.card(
        {"picture": "data:image/jpeg;base64,AAAA"}, vct="urn:example:pass", disclosable=[("picture",)]
    )
    party = register(("picture",), types=("urn:example:pass",), purpose=("Toegang", "Access"))
    prompt = party.mount(world.wallet(card)).open(party.link())
    assert [warning.code for warning in prompt.warnings] == ["portrait"]
    assert "een foto" in str(prompt)
    with pytest.raises(WarningsNotAcknowledged):
        prompt.approve()


# The PIN ---------------------------------------------------------------------------------------


def test_the_pin_is_asked_before_anything_is_shared(world: Any, register: Register) -> None:
    party = register()
    prompt = party.mount(world.wallet(pin="112233")).open(party.link())
    assert prompt.consent().pin_needed
    for wrong in (None, "000000"):
        with pytest.raises(WrongPin):
            prompt.approve(pin=wrong)
    assert party.forms == []
    prompt.approve(pin="112233")
    assert presented(party) == {"age_over_18": True}


def test_four_wrong_pins_end_the_session_with_access_denied(world: Any, register: Register) -> None:
    party = register()
    wallet = party.mount(world.wallet(pin="112233"))
    prompt = wallet.open(party.link())
    for _ in range(3):
        with pytest.raises(WrongPin):
            prompt.approve(pin="000000")
    with pytest.raises(WalletLocked):
        prompt.approve(pin="000000")
    assert party.forms == [{"error": "access_denied", "state": "s-0123456789abcdef"}]
    assert wallet.log[-1].outcome is LogOutcome.LOCKED
    with pytest.raises(PromptClosed):
        prompt.approve(pin="112233")
    other = wallet.open(party.link())
    with pytest.raises(WalletLocked):
        other.approve(pin="112233")
    world.clock.travel(60)
    wallet.open(party.link()).approve(pin="112233")


def test_attempts_count_over_all_prompts_of_a_wallet(world: Any, register: Register) -> None:
    party = register()
    wallet = party.mount(world.wallet(pin="112233"))
    for left in (3, 2, 1):
        with pytest.raises(WrongPin, match=f"{left} of 4"):
            wallet.open(party.link()).approve(pin="999999")
    with pytest.raises(WalletLocked):
        wallet.open(party.link()).approve(pin="999999")


# Missing, expired, choosing --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "line"),
    [
        ({"paths": [("gender",), ("bsn",)]}, "Op uw kaart Persoonsgegevens staat niet: gender."),
        (
            {"paths": [("x",)], "types": ["urn:example:diploma"]},
            "U hebt geen kaart van het soort urn:example:diploma.",
        ),
        (
            {"paths": [("bsn",)], "trusted_authorities": [{"type": "aki", "values": ["AAAA"]}]},
            "Uw kaart Persoonsgegevens komt niet van een uitgever die Café De Vrije Val accepteert.",
        ),
        (
            {"paths": [], "claims": [{"path": ["bsn"], "values": ["1"]}]},
            "Wat er op uw kaart Persoonsgegevens staat, past niet bij wat er wordt gevraagd.",
        ),
    ],
)
@pytest.mark.req("D-16")
def test_what_is_missing_is_explained_and_cannot_be_approved(
    world: Any, register: Register, ask: Ask, query: dict[str, Any], line: str
) -> None:
    party = register()
    party.query = ask(*query.pop("paths"), **query)
    wallet = party.mount(world.wallet())
    prompt = wallet.open(party.link())
    assert prompt.missing == (line,)
    assert prompt.cards == ()
    assert prompt.consent().decisions == ("deny",)
    with pytest.raises(ApprovalNotPossible) as caught:
        prompt.approve(despite_warnings=True)
    assert caught.value.code == "missing_attributes"
    assert party.forms == []
    prompt.deny()
    assert wallet.log[-1].outcome is LogOutcome.UNANSWERABLE


def test_an_expired_card_is_not_shown(world: Any, register: Register) -> None:
    party = register()
    wallet = party.mount(world.wallet(world.card(expires_at=world.clock.now() + 100)))
    assert wallet.open(party.link()).missing == ()
    world.clock.travel(100)
    assert wallet.open(party.link()).missing == (
        "Uw kaart Persoonsgegevens is verlopen op 21 september 2026.",
    )


@pytest.mark.req("OIA_10")
def test_the_holder_chooses_among_cards_that_fit(world: Any, register: Register) -> None:
    party = register(("given_name",), purpose=("Abonnement", "Subscription"))
    second = world.card({"given_name": "Anders", "age_over_18": True, "bsn": "1"}, card_id="card-2")
    prompt = party.mount(world.wallet(world.card(), second)).open(party.link())
    (other,) = prompt.cards[0].alternatives
    assert (other.id, other.name, other.claims[0].value) == ("card-2", "Persoonsgegevens", "Anders")
    prompt.choose("pid", "card-2")
    assert prompt.cards[0].claims[0].value == "Anders"
    for wrong in (("pid", "card-3"), ("nothing", "card-1")):
        with pytest.raises(LocalError):
            prompt.choose(*wrong)
    assert prompt.cards[0].id == "card-2"
    prompt.approve()
    assert presented(party) == {"given_name": "Anders"}


# Several queries -------------------------------------------------------------------------------


def two(ask: Ask, *, sets: list[dict[str, Any]] | None = None, second: str = NL_PID) -> dict[str, Any]:
    first = ask(("age_over_18",))["credentials"][0]
    other = ask(("family_name",), types=[second])["credentials"][0] | {"id": "other"}
    return {"credentials": [first, other]} | ({"credential_sets": sets} if sets else {})


@pytest.mark.req("W-33", "D-18")
def test_two_queries_get_a_presentation_each(world: Any, register: Register, ask: Ask) -> None:
    party = register(("age_over_18",), ("family_name",), purpose=("Iets", "Something"))
    party.query = two(ask)
    prompt = party.mount(world.wallet()).open(party.link())
    assert [(card.query_id, len(card.claims)) for card in prompt.cards] == [("pid", 1), ("other", 1)]
    prompt.approve()
    assert {name: len(items) for name, items in party.received().vp_token.items()} == {"pid": 1, "other": 1}
    assert presented(party, "pid") == {"age_over_18": True}
    assert presented(party, "other") == {"family_name": "Jansen"}


@pytest.mark.req("D-16")
def test_of_two_that_are_required_one_missing_gives_nothing(world: Any, register: Register, ask: Ask) -> None:
    party = register()
    party.query = two(ask, second="urn:example:pass")
    prompt = party.mount(world.wallet()).open(party.link())
    assert prompt.missing == ("U hebt geen kaart van het soort urn:example:pass.",)
    assert prompt.cards == ()


@pytest.mark.parametrize(
    ("sets", "answered", "missing"),
    [
        ([{"options": [["pid"]]}, {"options": [["other"]], "required": False}], ["pid"], 0),
        ([{"options": [["other"], ["pid"]]}], ["pid"], 0),
        ([{"options": [["pid", "other"]]}], [], 1),
        ([{"options": [["other"]], "required": False}], [], 1),
        (
            [{"options": [["other"]], "required": False}, {"options": [["pid"]], "required": False}],
            ["pid"],
            0,
        ),
    ],
)
def test_credential_sets(
    world: Any, register: Register, ask: Ask, sets: Any, answered: list[str], missing: int
) -> None:
    party = register()
    party.query = two(ask, sets=sets, second="urn:example:pass")
    prompt = party.mount(world.wallet()).open(party.link())
    assert [card.query_id for card in prompt.cards] == answered
    assert len(prompt.missing) == missing
    if answered:
        prompt.approve(despite_warnings=True)
        assert list(party.received().vp_token) == answered


@pytest.mark.req("D-08")
def test_a_query_without_claims_gets_the_card_and_nothing_on_it(
    world: Any, register: Register, ask: Ask
) -> None:
    party = register(("age_over_18",), purpose=("Iets", "Something"))
    party.query = ask()
    prompt = party.mount(world.wallet()).open(party.link())
    assert "Alleen dat u deze kaart hebt." in str(prompt)
    prompt.approve()
    assert presented(party) == {}


def test_multiple_shares_every_card_that_fits(world: Any, register: Register, ask: Ask) -> None:
    party = register(("given_name",), purpose=("Iets", "Something"))
    party.query = ask(("given_name",), multiple=True)
    second = world.card({"given_name": "Anders"}, card_id="card-2")
    prompt = party.mount(world.wallet(world.card(), second)).open(party.link())
    assert [card.claims[0].value for card in prompt.cards] == ["Frouke", "Anders"]
    prompt.approve()
    assert len(party.received().vp_token["pid"]) == 2


def test_of_many_that_approve_at_once_one_shares(world: Any, register: Register) -> None:
    party = register()
    prompt = party.mount(world.wallet()).open(party.link())

    def approve(_: int) -> bool:
        try:
            prompt.approve()
        except PromptClosed:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(approve, range(16))) == [False] * 15 + [True]
    assert len(party.forms) == 1


# The log ---------------------------------------------------------------------------------------


@pytest.mark.req("DASH_03a")
def test_the_log_says_what_was_shared_without_a_value(world: Any, register: Register, ask: Ask) -> None:
    party = register()
    party.query = ask(("age_over_18",), ("bsn",), ("nationalities", None))
    wallet = party.mount(world.wallet())
    wallet.open(party.link()).approve(despite_warnings=True)
    (entry,) = wallet.log
    assert (entry.time, entry.outcome) == (world.clock.now(), LogOutcome.SHARED)
    paths = (("age_over_18",), ("bsn",), ("nationalities", None))
    assert entry.requested == entry.shared == tuple(LoggedClaim(NL_PID, path) for path in paths)
    assert entry.party.identifier == "NTRNL-12345678"
    assert entry.party.deletion_contacts == ("https://rp.example/verwijderen",)
    assert entry.party.supervisory_authority == "Autoriteit Persoonsgegevens"
    assert entry.intended_use == "use-1"
    written = json.dumps(entry.as_dict()) + repr(entry)
    for value in ("999991772", "Nederlandse", "Belgische"):
        assert value not in written


def test_whatever_breaks_while_sending_leaves_a_trace_in_the_log(
    world: Any, register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    party = register()
    wallet = party.mount(world.wallet())
    prompt = wallet.open(party.link())

    def breaks(*_: Any, **__: Any) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(HttpClient, "post_form", breaks)
    with pytest.raises(RuntimeError):
        prompt.approve()
    assert [(entry.outcome, entry.reason) for entry in wallet.log] == [
        (LogOutcome.POSSIBLY_SHARED, "RuntimeError")
    ]


def test_a_refusal_is_logged_with_nothing_shared(world: Any, register: Register) -> None:
    party = register()
    wallet = party.mount(world.wallet())
    wallet.open(party.link()).deny()
    assert [(entry.outcome, entry.shared) for entry in wallet.log] == [(LogOutcome.DENIED, ())]


def test_deleting_a_card_is_logged_and_final(world: Any) -> None:
    wallet = world.wallet()
    wallet.delete("card-1")
    assert wallet.cards == ()
    assert wallet.log[-1].kind == "deletion"
    with pytest.raises(LocalError):
        wallet.delete("card-1")


def test_no_value_and_no_key_in_any_repr(world: Any, register: Register) -> None:
    party = register(("bsn",), public_body=True, purpose=("Inloggen", "Log in"))
    wallet = party.mount(world.wallet(pin="112233"))
    prompt = wallet.open(party.link())
    written = repr(
        [wallet, wallet.cards, prompt, prompt.cards, prompt.consent(), prompt._facts, prompt._answer]
    )
    for secret in ("999991772", "Frouke", "112233", "geheim-herstel"):
        assert secret not in written
