"""Transaction data: what the holder reads, and what exactly is authorised (OpenID4VP 1.0 §5.1, §8.4, §B.3.3)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from nlwallet.encoding import b64url_decode, b64url_encode, dump_json
from nlwallet.errors import ApprovalNotPossible, InvalidRequest, RemoteError
from nlwallet.holder import LogOutcome
from nlwallet.holder.transaction import amount
from nlwallet.openid4vp import KNOWN_TRANSACTION_DATA

Register = Callable[..., Any]
PAYMENT, ACTION = "urn:eudi:sca:payment:1", "urn:eudi:sca:login_risk_transaction:1"
ACCESS = "urn:eudi:sca:account_access:1"
HASHES, ALG = "transaction_data_hashes", "transaction_data_hashes_alg"
BANK_CARD = "urn:example:bank-card:1"


def payment(*ids: str, payload: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "type": PAYMENT,
        "credential_ids": list(ids or ("pid",)),
        "payload": {
            "transaction_id": "8D8AC610",
            "amount": 12.5,
            "currency": "EUR",
            "payee": {"name": "Café De Vrije Val", "id": "NL00BANK0123456789"},
            **(payload or {}),
        },
        **more,
    }


def encoded(entry: Any) -> str:
    """Not as we would write it: with spaces, and with escapes."""
    return b64url_encode(json.dumps(entry, indent=1).encode())


def hashed(text: str, algorithm: str = "sha256") -> str:
    return b64url_encode(hashlib.new(algorithm, text.encode("ascii")).digest())


def asking(party: Any, *entries: Any) -> Any:
    party.changes = party.changes | {"transaction_data": [encoded(entry) for entry in entries]}
    return party


def credential(name: str, vct: str = "urn:eudi:pid:nl:1", *claims: str) -> dict[str, Any]:
    paths = [{"path": [claim]} for claim in claims or ("age_over_18",)]
    return {"id": name, "format": "dc+sd-jwt", "meta": {"vct_values": [vct]}, "claims": paths}


def bank_card(world: Any, card_id: str = "card-2") -> Any:
    return world.card({"iban": "NL00BANK0123456789"}, vct=BANK_CARD, disclosable=[("iban",)], card_id=card_id)


def bound(party: Any, key_binding: Any) -> dict[str, list[dict[str, Any]]]:
    """The claims of every key binding JWT that the party received, by query id."""
    token = party.received().vp_token
    return {name: [key_binding(one) for one in items] for name, items in token.items()}


# Authorised --------------------------------------------------------------------------------------------


@pytest.mark.req("X-06", "X-04", "X-02")
def test_the_key_binding_holds_the_hash_of_the_string_as_it_came(
    world: Any, register: Register, key_binding: Any
) -> None:
    party = asking(register(), payment())
    party.mount(world.wallet()).open(party.link()).approve()
    (sent,) = party.changes["transaction_data"]
    (claims,) = bound(party, key_binding)["pid"]
    assert claims[HASHES] == [hashed(sent)]
    decoded = b64url_encode(hashlib.sha256(b64url_decode(sent)).digest())
    assert claims[HASHES] != [decoded]


@pytest.mark.req("X-07")
@pytest.mark.parametrize(
    ("offered", "function"),
    [
        (None, "sha256"),
        (["sha-256"], "sha256"),
        (["sha-512"], "sha512"),
        (["unknown", "sha-384"], "sha384"),
    ],
    ids=str,
)
def test_the_hash_is_one_that_was_offered_and_is_named(
    world: Any, register: Register, key_binding: Any, offered: Any, function: str
) -> None:
    party = asking(register(), payment(**({ALG: offered} if offered else {})))
    party.mount(world.wallet()).open(party.link()).approve()
    (claims,) = bound(party, key_binding)["pid"]
    assert claims[HASHES] == [hashed(party.changes["transaction_data"][0], function)]
    named = claims.get(ALG)
    assert named == function.replace("sha", "sha-") or (offered is None and named is None)
    assert named is None or isinstance(named, str)


@pytest.mark.req("X-02")
def test_each_entry_is_authorised_by_one_credential(world: Any, register: Register, key_binding: Any) -> None:
    party = asking(register(), payment("bank", "pid"), payment("pid"))
    party.query = {"credentials": [credential("pid"), credential("bank", BANK_CARD, "iban")]}
    wallet = party.mount(world.wallet(world.card(), bank_card(world)))
    wallet.open(party.link()).approve(despite_warnings=True)
    first, second = map(hashed, party.changes["transaction_data"])
    claims = bound(party, key_binding)
    assert [one.get(HASHES) for one in claims["bank"]] == [[first]]
    assert [one.get(HASHES) for one in claims["pid"]] == [[second]]


@pytest.mark.req("X-02")
def test_of_several_cards_for_one_query_one_authorises(
    world: Any, register: Register, key_binding: Any, ask: Any
) -> None:
    party = asking(register(), payment())
    party.query = ask(("age_over_18",), multiple=True)
    wallet = party.mount(world.wallet(world.card(), world.card(card_id="card-2")))
    wallet.open(party.link()).approve(despite_warnings=True)
    given = [one.get(HASHES) for one in bound(party, key_binding)["pid"]]
    assert given == [[hashed(party.changes["transaction_data"][0])], None]


def test_without_transaction_data_there_is_none_in_the_key_binding(
    world: Any, register: Register, key_binding: Any
) -> None:
    party = register()
    party.mount(world.wallet()).open(party.link()).approve()
    assert not {HASHES, ALG} & bound(party, key_binding)["pid"][0].keys()


# What the holder reads -----------------------------------------------------------------------------------


def lines_of(prompt: Any, language: Any = None) -> list[dict[str, str]]:
    return [dict(one.lines) for one in prompt.consent(language).transactions]


@pytest.mark.req("X-04", "W-34")
def test_the_prompt_says_what_is_agreed_to_in_both_languages(world: Any, register: Register) -> None:
    party = asking(register(), payment())
    prompt = party.mount(world.wallet()).open(party.link())
    assert prompt.consent("nl").title == "Geeft u Café De Vrije Val akkoord voor een betaling?"
    assert prompt.consent("en").title == "Do you give Café De Vrije Val your approval for a payment?"
    assert lines_of(prompt, "nl") == [
        {
            "Bedrag": "€ 12,50",
            "Aan": "Café De Vrije Val",
            "Rekening of nummer": "NL00BANK0123456789",
            "Kenmerk": "8D8AC610",
        }
    ]
    assert lines_of(prompt, "en") == [
        {
            "Amount": "€ 12.50",
            "To": "Café De Vrije Val",
            "Account or number": "NL00BANK0123456789",
            "Reference": "8D8AC610",
        }
    ]
    text = str(prompt)
    for words in ("Waar geeft u akkoord voor? (een betaling)", "€ 12,50", "NL00BANK0123456789", "8D8AC610"):
        assert words in text
    assert "Akkoord: u geeft toestemming" in text


def test_every_term_of_a_standing_payment_is_told(world: Any, register: Register) -> None:
    recurrence = {
        "frequency": "MNTH",
        "start_date": "2026-10-01",
        "end_date": "2027-09-30",
        "number": 12,
        "mit_options": {"amount_variable": True, "max_amount": 100, "apr": 4.25},
    }
    party = asking(
        register(),
        payment(payload={"recurrence": recurrence, "sct_inst": False, "execution_date": "2026-09-30"}),
    )
    prompt = party.mount(world.wallet()).open(party.link())
    (dutch,), (english,) = lines_of(prompt, "nl"), lines_of(prompt, "en")
    assert dutch["Hoe vaak"] == "elke maand"
    assert dutch["Vanaf"] == "1 oktober 2026"
    assert dutch["Tot en met"] == "30 september 2027"
    assert dutch["Aantal keer"] == "12"
    assert dutch["Bedrag wisselt"] == "ja"
    assert dutch["Hoogstens"] == "€ 100,00"
    assert dutch["Direct overmaken"] == "nee"
    assert dutch["Op"] == "30 september 2026"
    assert english["How often"] == "every month"
    assert english["Until"] == "30 September 2027"
    assert english["At most"] == "€ 100.00"
    assert len(dutch) == len(english) == 13


def test_each_of_two_transactions_is_shown(world: Any, register: Register) -> None:
    action = {
        "type": ACTION,
        "credential_ids": ["pid"],
        "payload": {"action": "Wachtwoord wijzigen", "transaction_id": "T2"},
    }
    party = asking(register(), payment(), action)
    prompt = party.mount(world.wallet()).open(party.link())
    assert prompt.consent("nl").title.endswith("akkoord voor een betaling en een handeling?")
    assert [one.type for one in prompt.consent().transactions] == [PAYMENT, ACTION]
    assert lines_of(prompt, "nl")[1] == {"Wat": "Wachtwoord wijzigen", "Kenmerk": "T2"}
    assert str(prompt).count("Waar geeft u akkoord voor?") == 2


def test_who_gets_to_see_an_account_is_told(world: Any, register: Register) -> None:
    aisp = {"legal_name": "Kijk Mee B.V.", "brand_name": "KijkMee", "domain_name": "kijkmee.example"}
    entry = {
        "type": ACCESS,
        "credential_ids": ["pid"],
        "payload": {"description": "Saldo en betalingen, 90 dagen", "aisp": aisp, "transaction_id": "T3"},
    }
    party = asking(register(), entry)
    (shown,) = lines_of(party.mount(world.wallet()).open(party.link()), "nl")
    assert shown["Wie kijkt mee"] == "Kijk Mee B.V."
    assert shown["Wat"] == "Saldo en betalingen, 90 dagen"


@pytest.mark.parametrize(
    ("value", "dutch", "english"),
    [
        (12.5, "€ 12,50", "€ 12.50"),
        (12, "€ 12,00", "€ 12.00"),
        (0, "€ 0,00", "€ 0.00"),
        (0.001, "€ 0,001", "€ 0.001"),
        (12.345, "€ 12,345", "€ 12.345"),
        (999.999, "€ 999,999", "€ 999.999"),
        (1e-7, "€ 0,0000001", "€ 0.0000001"),
        (1_000_000_000_000_000, "€ 1000000000000000,00", "€ 1000000000000000.00"),
        (999_999_999_999_999, "€ 999999999999999,00", "€ 999999999999999.00"),
        (-5, "€ -5,00", "€ -5.00"),
        (19.99, "€ 19,99", "€ 19.99"),
    ],
    ids=str,
)
def test_an_amount_is_never_rounded(value: float, dutch: str, english: str) -> None:
    assert (amount(value, "EUR", "nl"), amount(value, "EUR", "en")) == (dutch, english)


@pytest.mark.parametrize(
    ("currency", "shown"), [("USD", "$ 12,50"), ("GBP", "£ 12,50"), ("SEK", "SEK 12,50")]
)
def test_another_currency_is_not_an_euro(world: Any, register: Register, currency: str, shown: str) -> None:
    party = asking(register(), payment(payload={"currency": currency}))
    (lines,) = lines_of(party.mount(world.wallet()).open(party.link()), "nl")
    assert lines["Bedrag"] == shown


HOSTILE = {
    "escape": "Bank\x1b[2J\x1b[1;1HCafé",
    "newlines": "Café\n\n──────\nBedrag   € 0,01",
    "carriage return": "Evil\rCafé",
    "right to left": "\u202egnaB\u202c Café",
    "zero width": "C\u200ba\u200bf\u200bé",
    "tag characters": "Café\U000e0041\U000e0042",
    "null": "Café\x00Bank",
    "separator": "Café\u2028Bedrag € 1",
}


@pytest.mark.req("ADV-024")
@pytest.mark.parametrize("kind", HOSTILE)
def test_control_characters_are_harmless(world: Any, register: Register, kind: str) -> None:
    name = HOSTILE[kind]
    party = asking(register(), payment(payload={"payee": {"name": name, "id": name}, "transaction_id": name}))
    prompt = party.mount(world.wallet()).open(party.link())
    for language in ("nl", "en"):
        for line in lines_of(prompt, language)[0].values():
            assert line.isprintable()
            assert "\u202e" not in line
    plain_lines = str(prompt).splitlines()
    assert all(line.isprintable() for line in plain_lines)
    assert [line.split() for line in plain_lines if line.lstrip().startswith("Bedrag")] == [
        ["Bedrag", "€", "12,50"]
    ]


@pytest.mark.parametrize("member", ["name", "id"])
def test_a_long_text_is_shown_whole(world: Any, register: Register, member: str) -> None:
    long = " ".join(f"woord{n}" for n in range(250))[:2048]
    payee = {"name": "Bank", "id": "NL00", member: long}
    party = asking(register(), payment(payload={"payee": payee}))
    prompt = party.mount(world.wallet()).open(party.link())
    assert long in lines_of(prompt, "nl")[0].values()
    assert "".join(long.split()) in "".join(str(prompt).split())


@pytest.mark.parametrize(
    "text", ["2026-01-01", "data:text/html,Betaal 1000 euro", "data:image/png;base64,AAAA", "true", "[]"]
)
def test_a_text_is_shown_as_it_came_and_not_read_as_something_else(
    world: Any, register: Register, text: str
) -> None:
    party = asking(register(), payment(payload={"transaction_id": text}))
    (lines,) = lines_of(party.mount(world.wallet()).open(party.link()), "nl")
    assert lines["Kenmerk"] == text


# What is refused at once ---------------------------------------------------------------------------------------


def without(entry: dict[str, Any], *path: str) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(entry))
    at = copy
    for name in path[:-1]:
        at = at[name]
    del at[path[-1]]
    return copy


WRONG: dict[str, Any] = {
    "unknown type": payment() | {"type": "urn:unknown:1"},
    "no type": without(payment(), "type"),
    "no ids": without(payment(), "credential_ids"),
    "empty ids": payment() | {"credential_ids": []},
    "foreign id": payment("nobody"),
    "unknown field": payment() | {"extra": 1},
    "unknown field inside": payment(payload={"tip": 1}),
    "missing amount": without(payment(), "payload", "amount"),
    "missing payee": without(payment(), "payload", "payee"),
    "missing payload": without(payment(), "payload"),
    "amount as text": payment(payload={"amount": "12.50"}),
    "amount as boolean": payment(payload={"amount": True}),
    "amount without end": payment(payload={"amount": 10**400}),
    "amount beyond reading": payment(payload={"amount": 1e300}),
    "currency": payment(payload={"currency": "eur"}),
    "empty text": payment(payload={"transaction_id": ""}),
    "text too long": payment(payload={"transaction_id": "x" * 3000}),
    "date": payment(payload={"execution_date": "tomorrow"}),
    "frequency": payment(payload={"recurrence": {"frequency": "OFTEN"}}),
    "count without end": payment(payload={"recurrence": {"frequency": "WEEK", "number": 10**400}}),
    "payee as text": payment(payload={"payee": "Bank"}),
    "website": payment(payload={"payee": {"name": "a", "id": "b", "website": "javascript:alert(1)"}}),
    "hash algorithm": payment(**{ALG: ["md5"]}),
    "hash algorithms": payment(**{ALG: "sha-256"}),
    "array": [payment()],
    "number": 1,
}


@pytest.mark.req("X-03", "ADV-166", "W-03")
@pytest.mark.parametrize("beside", [False, True], ids=["alone", "beside a good one"])
@pytest.mark.parametrize("kind", WRONG)
def test_what_does_not_conform_to_its_type_is_refused(
    world: Any, register: Register, kind: str, beside: bool
) -> None:
    party = asking(register(), *([payment()] if beside else []), WRONG[kind])
    wallet = party.mount(world.wallet())
    with pytest.raises(RemoteError) as caught:
        wallet.open(party.link())
    assert caught.value.code == "invalid_transaction_data"
    assert caught.value.pointer.startswith(f"/transaction_data/{int(beside)}")
    assert [form["error"] for form in party.forms] == ["invalid_transaction_data"]
    assert wallet.log[-1].outcome == LogOutcome.FAILED


@pytest.mark.req("X-01", "X-03")
@pytest.mark.parametrize(
    "member",
    [
        [],
        "x",
        [1],
        [None],
        {},
        [""],
        ["not base64url!"],
        [b64url_encode(b"{") + "="],
        [b64url_encode(b"\xff")],
        [b64url_encode(b'{"type":"a","type":"b"}')],
        [b64url_encode(dump_json(payment()))] * 17,
    ],
    ids=range(11),
)
def test_what_is_no_array_of_encoded_objects_is_refused(world: Any, register: Register, member: Any) -> None:
    party = register()
    party.changes = {"transaction_data": member}
    with pytest.raises(RemoteError):
        party.mount(world.wallet()).open(party.link())
    (form,) = party.forms
    assert form["error"] in {"invalid_transaction_data", "invalid_request"}


@pytest.mark.req("X-05", "ADV-166")
def test_nobody_authorises_without_the_proof_of_a_key(world: Any, register: Register, ask: Any) -> None:
    party = asking(register(), payment())
    party.query = ask(("age_over_18",), require_cryptographic_holder_binding=False)
    with pytest.raises(InvalidRequest):
        party.mount(world.wallet()).open(party.link())
    assert [form["error"] for form in party.forms] == ["invalid_transaction_data"]


@pytest.mark.req("X-04", "W-03")
@pytest.mark.parametrize("types", [{}, None], ids=["none", "others"])
def test_a_wallet_that_knows_no_type_refuses_and_never_ignores(
    world: Any, register: Register, types: Any
) -> None:
    known = types if types is not None else {ACTION: KNOWN_TRANSACTION_DATA[ACTION]}
    party = asking(register(), payment())
    with pytest.raises(InvalidRequest) as caught:
        party.mount(world.wallet(transaction_types=known)).open(party.link())
    assert caught.value.pointer == "/transaction_data/0/type"
    assert [form["error"] for form in party.forms] == ["invalid_transaction_data"]
    party.forms.clear()
    party.changes = {}
    party.mount(world.wallet(transaction_types=known)).open(party.link()).approve()
    assert party.received().vp_token


# Which cards go along ----------------------------------------------------------------------------------------


def optional_bank(*more: dict[str, Any]) -> dict[str, Any]:
    return {
        "credentials": [credential("pid"), credential("bank", BANK_CARD, "iban")],
        "credential_sets": [{"options": [["pid"]]}, {"options": [["bank"]], "required": False}, *more],
    }


@pytest.mark.req("X-02", "D-15")
def test_an_optional_card_goes_along_if_it_has_to_authorise(
    world: Any, register: Register, key_binding: Any
) -> None:
    for entries, expected in (
        ((), {"pid"}),
        ((payment("bank"),), {"pid", "bank"}),
        ((payment("pid"),), {"pid"}),
    ):
        party = register()
        if entries:
            asking(party, *entries)
        party.query = optional_bank()
        prompt = party.mount(world.wallet(world.card(), bank_card(world))).open(party.link())
        assert {card.query_id for card in prompt.cards} == expected
        prompt.approve(despite_warnings=True)
        claims = bound(party, key_binding)
        assert claims.keys() == expected
        if entries:
            (name,) = entries[0]["credential_ids"]
            assert claims[name][0][HASHES] == [hashed(party.changes["transaction_data"][0])]


@pytest.mark.req("X-02")
def test_no_more_optional_cards_go_along_than_are_needed(world: Any, register: Register) -> None:
    party = asking(register(), payment("bank", "other"))
    party.query = {
        "credentials": [
            credential("pid"),
            credential("bank", BANK_CARD, "iban"),
            credential("other", BANK_CARD, "iban"),
        ],
        "credential_sets": [
            {"options": [["pid"]]},
            {"options": [["bank"]], "required": False},
            {"options": [["other"]], "required": False},
        ],
    }
    prompt = party.mount(world.wallet(world.card(), bank_card(world))).open(party.link())
    assert {card.query_id for card in prompt.cards} == {"pid", "bank"}


def test_another_option_of_a_required_set_is_taken_if_it_can_authorise(
    world: Any, register: Register
) -> None:
    party = asking(register(), payment("bank"))
    party.query = {
        "credentials": [credential("pid"), credential("bank", BANK_CARD, "iban")],
        "credential_sets": [{"options": [["pid"], ["bank"]]}],
    }
    prompt = party.mount(world.wallet(world.card(), bank_card(world))).open(party.link())
    assert [card.query_id for card in prompt.cards] == ["bank"]


@pytest.mark.req("OIA_10", "OIA_11")
def test_the_holder_may_choose_which_optional_card_authorises(
    world: Any, register: Register, key_binding: Any
) -> None:
    party = asking(register(), payment("bank"))
    party.query = optional_bank()
    wallet = party.mount(world.wallet(world.card(), bank_card(world), bank_card(world, "card-3")))
    prompt = wallet.open(party.link())
    bank = next(card for card in prompt.cards if card.query_id == "bank")
    assert (bank.id, [one.id for one in bank.alternatives]) == ("card-2", ["card-3"])
    prompt.choose("bank", "card-3")
    assert next(card for card in prompt.cards if card.query_id == "bank").id == "card-3"
    prompt.approve(despite_warnings=True)
    assert HASHES in bound(party, key_binding)["bank"][0]


# What cannot be authorised -----------------------------------------------------------------------------------


@pytest.mark.req("X-03", "W-34")
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nl", "U hebt geen kaart waarmee u hier akkoord voor kunt geven."),
        ("en", "You have no card with which you can approve this."),
    ],
    ids=["nl", "en"],
)
def test_without_the_card_that_may_authorise_the_holder_can_only_stop(
    world: Any, register: Register, language: Any, words: str
) -> None:
    party = asking(register(), payment("bank"))
    party.query = optional_bank()
    wallet = party.mount(world.wallet(language=language))
    prompt = wallet.open(party.link())
    assert prompt.missing == (words,)
    assert prompt.cards == ()
    with pytest.raises(ApprovalNotPossible):
        prompt.approve(despite_warnings=True)
    assert party.forms == [], "and nothing is told before the holder answers"
    prompt.deny()
    assert [form["error"] for form in party.forms] == ["invalid_transaction_data"]
    assert wallet.log[-1].outcome == LogOutcome.UNANSWERABLE


@pytest.mark.req("X-03", "A-12")
def test_the_page_hears_the_same_after_the_holder_answered(world: Any, register: Register) -> None:
    party = register()
    party.query = optional_bank()
    request = party.to_browser(transaction_data=[encoded(payment("bank"))])
    prompt = party.mount(world.wallet()).open_dc_api([request], origin="https://rp.example")
    assert prompt.deny().data == {"error": "invalid_transaction_data"}


@pytest.mark.req("X-03", "X-07")
def test_entries_that_share_no_hash_cannot_be_authorised_together(world: Any, register: Register) -> None:
    """One key binding JWT names one algorithm (§B.3.3.1)."""
    party = asking(register(), payment(**{ALG: ["sha-256"]}), payment(**{ALG: ["sha-512"]}))
    prompt = party.mount(world.wallet()).open(party.link())
    with pytest.raises(ApprovalNotPossible):
        prompt.approve(despite_warnings=True)
    prompt.deny()
    assert [form["error"] for form in party.forms] == ["invalid_transaction_data"]


@pytest.mark.req("W-26", "RPA_11")
def test_without_the_card_at_all_it_is_an_ordinary_refusal(world: Any, register: Register) -> None:
    party = asking(register(), payment("bank"))
    party.query = {"credentials": [credential("bank", BANK_CARD, "iban")]}
    party.mount(world.wallet()).open(party.link()).deny()
    assert [form["error"] for form in party.forms] == ["access_denied"]


def test_a_holder_who_can_authorise_may_still_refuse(world: Any, register: Register) -> None:
    party = asking(register(), payment())
    party.mount(world.wallet()).open(party.link()).deny()
    assert [form["error"] for form in party.forms] == ["access_denied"]


# What is remembered ------------------------------------------------------------------------------------------


@pytest.mark.req("DASH_03a", "DASH_03d")
@pytest.mark.parametrize("approved", [True, False])
def test_the_log_has_of_the_terms_what_ts12_wants_and_no_more(
    world: Any, register: Register, approved: bool
) -> None:
    party = asking(register(("family_name",)), payment())
    wallet = party.mount(world.wallet())
    prompt = wallet.open(party.link())
    if approved:
        prompt.approve(despite_warnings=True)
    else:
        prompt.deny()
    (entry,) = wallet.log
    assert entry.transactions == (PAYMENT,)
    assert entry.terms == (
        ("transaction_data_types.name", "Payment Confirmation"),
        ("payload.transaction_id", "8D8AC610"),
        ("payload.payee.name", "Café De Vrije Val"),
    )
    text = json.dumps(entry.as_dict(), ensure_ascii=False) + repr(entry)
    for secret in ("12.5", "12,50", "NL00BANK0123456789", "Jansen", "EUR"):
        assert secret not in text


def test_no_term_is_in_a_repr(world: Any, register: Register) -> None:
    party = asking(register(), payment())
    prompt = party.mount(world.wallet()).open(party.link())
    assert "NL00BANK0123456789" not in repr(prompt) + repr(prompt._facts.transactions)
