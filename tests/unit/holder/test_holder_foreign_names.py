"""Cards of issuers without type metadata: called by their words, which are marked, bounded, and never above ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hostile_issuer import ISSUER, NOW, Answer, World

from nlwallet import Wallet
from nlwallet.crypto import CertificateAuthority, DerivationCost, Subject
from nlwallet.errors import RemoteError
from nlwallet.holder import Card, FileVault, LoggedClaim
from nlwallet.holder.issuer_words import IssuerWords
from nlwallet.holder.labels import Labels
from nlwallet.holder.vault_cards import card_of, card_record, key_id
from nlwallet.issuer import CredentialConfiguration
from nlwallet.mdoc import DOCUMENT_SIGNER
from nlwallet.sdjwt import known_types
from nlwallet.trust import Category

METADATA = "/.well-known/openid-credential-issuer"
EHIC = "urn:example:ehic:1"
BIDI = "\u202e"

NAMES = [{"name": "Gesundheitskarte", "locale": "de-AT"}, {"name": "Health card", "locale": "en-GB"}]
CLAIMS: list[dict[str, Any]] = [
    {
        "path": ["card_number"],
        "display": [{"name": "Kaartnummer", "locale": "nl"}, {"name": "Card number", "locale": "en"}],
    },
    {"path": ["bsn"], "display": [{"name": "Postcode", "locale": "nl"}]},
    {"path": ["insurer"], "display": [{"name": "Insurer", "locale": "en-US"}]},
    {"path": ["insurer", "name"], "display": [{"name": "Name of it"}]},
    {"path": ["plain"]},
    {"path": ["family_name"], "display": [{"name": "Loyalty points", "locale": "nl"}]},
]  # fmt: skip
ON_IT = {"plain": "y", "family_name": "Jansen", "bsn": "999990019", "insurer": {"name": "Zorg", "x": "1"}}


def foreign(
    *, names: Any = NAMES, claims: Any = CLAIMS, mdoc: bool = False, deferred: bool = False, vct: str = EHIC
) -> World:
    """An issuer as they are elsewhere: its type is described by nobody, and all it says is in its metadata."""
    world = World()
    document = json.dumps({"vct": vct}).encode()
    configuration = CredentialConfiguration(
        "nl-pid", vct, "card", disclosable=tuple((one,) for one in ON_IT), deferred=deferred
    )
    if vct not in world.types:
        world.types = world.types.adding([document])
    authority = CertificateAuthority.create("EAA CA", now=NOW)
    world.anchors = world.anchors.adding(Category.EAA_PROVIDER, authority.certificate)
    world.chain = world.certified(authority)
    if mdoc:
        signer = Subject("Uitgever", organization="De Uitgever", country="NL")
        world.chain = authority.issue(
            world.key.public, signer, now=NOW, extended_key_usages=[DOCUMENT_SIGNER], san_uris=[ISSUER]
        )
        configuration = configuration.as_mdoc(configuration_id="nl-pid")
    world.issuer = world.serving(configuration, attributes=None, login=None)
    world.middle.app = world.issuer.app
    world.claims = {"card_number": "42", **ON_IT}

    def rule(answer: Answer) -> Answer:
        members = answer.members
        entry = members["credential_configurations_supported"]["nl-pid"]
        entry.pop("type_metadata_uri", None)
        described = {"display": names, "claims": _in_namespace(claims, vct) if mdoc else claims}
        entry["credential_metadata"] = {name: value for name, value in described.items() if value is not ...}
        return answer.saying(members)

    world.middle.rules[METADATA] = rule
    return world


def _in_namespace(claims: Any, doctype: str) -> Any:
    """Members of an object are elements of a namespace of its own, as this library lays documents out."""
    return [
        {**one, "path": [f"{doctype}.{path[0]}" if len(path) > 1 else doctype, *path[-1:]]}
        for one, path in ((one, one["path"]) for one in claims if one["path"] != ["insurer"])
    ]


def received(world: World, **options: Any) -> tuple[Wallet, Card]:
    wallet = world.wallet(**options)
    (card,) = wallet.receive(world.offer().uri)
    return wallet, card


def lines(wallet: Wallet, card: Card, language: Any) -> dict[str, str]:
    return {line.label: line.value for line in wallet.describe(card, language).lines}


def one_claim(path: list[Any], *displays: Any) -> World:
    return foreign(claims=[{"path": path, "display": list(displays)}])


def label(world: World, path: tuple[Any, ...], language: Any = "nl") -> str:
    _, card = received(world)
    return Labels(known_types()).of(card).claim(card.type, path, language)


# What is said ------------------------------------------------------------------------------------


def test_a_card_is_called_by_its_issuers_words_in_the_nearest_language() -> None:
    wallet, card = received(foreign())
    assert (card.name("nl"), card.name("en")) == ("“Health card”", "“Health card”")
    dutch, english = lines(wallet, card, "nl"), lines(wallet, card, "en")
    assert dutch["“Kaartnummer” (card_number)"] == english["“Card number” (card_number)"] == "42"
    assert dutch["“Insurer” (insurer)"] == "“Name of it” (insurer.name): Zorg; insurer.x: 1"
    assert dutch["plain"] == "y"


def test_the_claims_stand_in_the_order_of_the_issuer() -> None:
    """OpenID4VCI 1.0 §B.3: the order of the descriptions."""
    wallet, card = received(foreign())
    said = [line.label for line in wallet.describe(card, "nl").lines]
    assert [one.rpartition("(")[2].rstrip(")") for one in said] == [
        "card_number", "BSN", "insurer", "plain", "Achternaam",
    ]  # fmt: skip


def test_an_mdoc_which_has_no_type_metadata_ever_is_named_in_the_same_way() -> None:
    wallet, card = received(foreign(mdoc=True))
    assert (card.format, card.name("en")) == ("mso_mdoc", "“Health card”")
    said = lines(wallet, card, "nl")
    assert said["“Kaartnummer” (card_number)"] == "42"
    assert said["Achternaam"] == "Jansen"
    assert said["insurer"] == "“Name of it” (insurer.name): Zorg; insurer.x: 1"


def test_both_questions_of_an_issuance_say_whose_words_these_are() -> None:
    world = foreign()
    prompt = world.wallet().open_offer(world.offer().uri)
    assert [card.name for card in prompt.offer("en").cards] == ["“Health card”"]
    content = prompt.fetch().content("en")
    assert content.cards[0].name == "“Health card”"
    assert any("“ and ”" in note for note in content.notes)


def test_a_card_that_comes_later_is_called_so_at_once() -> None:
    world = foreign(deferred=True)
    wallet = world.wallet()
    received = wallet.open_offer(world.offer().uri).fetch()
    assert "“Health card”" in received.content("en").title
    received.keep_unasked()
    assert [name for name, _ in wallet.named([LoggedClaim(EHIC, ())], "en")] == ["“Health card”"]


def test_what_nobody_names_is_called_by_its_technical_name() -> None:
    wallet, card = received(foreign(names=..., claims=...))
    assert card.name("nl") == EHIC
    assert {"card_number", "plain", "Achternaam"} < lines(wallet, card, "nl").keys()
    assert "“" not in wallet.describe(card, "nl").name


# What an issuer cannot make of it -------------------------------------------------------------------


def test_nobody_but_us_says_what_a_bsn_is_called() -> None:
    wallet, card = received(foreign())
    assert lines(wallet, card, "nl")["Burgerservicenummer (BSN)"] == "999990019"
    assert lines(wallet, card, "nl")["Achternaam"] == "Jansen"
    assert "Postcode" not in json.dumps(wallet.describe(card, "nl").as_dict())


@pytest.mark.parametrize(
    "name",
    ["Persoonsgegevens", "PID of the Netherlands", "persoonsgegevens  (NL)", "Driving LICENCE", "EU-PID"],
)
def test_no_foreign_card_is_called_as_a_pid_or_a_licence_is(name: str) -> None:
    _, card = received(foreign(names=[{"name": name}]))
    assert card.name("nl") == card.name("en") == EHIC


def test_words_about_a_type_that_the_wallet_knows_are_not_heard() -> None:
    """The metadata of the type go before those of the issuer (OpenID4VCI 1.0 §12.2.4)."""
    world = World()

    def rule(answer: Answer) -> Answer:
        members = answer.members
        entry = members["credential_configurations_supported"]["nl-pid"]
        entry["credential_metadata"] = {"display": NAMES, "claims": CLAIMS}
        return answer.saying(members)

    world.middle.rules[METADATA] = rule
    wallet, card = received(world)
    assert card.name("nl") == "Persoonsgegevens"
    assert lines(wallet, card, "nl")["Burgerservicenummer (BSN)"]
    assert "“" not in json.dumps(wallet.describe(card, "nl").as_dict(), ensure_ascii=False)


HOSTILE = f"Uw{BIDI} naam\x1b[2J\n\u200b\u2028” (postcode) <b>“ " + "x" * 10_000


def test_the_words_cannot_rewrite_a_screen_or_leave_their_quotation_marks() -> None:
    world = foreign(
        names=[{"name": HOSTILE}], claims=[{"path": ["card_number"], "display": [{"name": HOSTILE}]}]
    )
    wallet, card = received(world)
    (said, *_) = (line.label for line in wallet.describe(card, "nl").lines)
    for text in (said, card.name("nl")):
        assert text.isprintable()
        assert len(text) < 110
        assert (text.count("“"), text.count("”")) == (1, 1)
        assert not {BIDI, "\x1b", "\u200b", "\u2028"} & set(text)
    assert said.endswith("” (card_number)")
    prompt = world.wallet().open_offer(world.offer().uri)
    assert "<b>" not in prompt.html()
    assert "<b>" not in prompt.fetch().html()


@pytest.mark.parametrize("name", ["", " ", BIDI, "\u200b\n", 5, None])
def test_words_of_which_nothing_can_be_seen_are_none(name: Any) -> None:
    assert (
        label(one_claim(["card_number"], {"name": name, "locale": "nl"}), ("card_number",)) == "card_number"
    )


def test_of_two_names_in_one_language_the_first_counts() -> None:
    """There must be only one (§B.2)."""
    two = [{"name": "Eerste", "locale": "nl"}, {"name": "Tweede", "locale": "nl"}]
    assert label(one_claim(["card_number"], *two), ("card_number",)) == "“Eerste” (card_number)"


@pytest.mark.parametrize(
    "display", [5, None, {}, [], [5, None, []], [{"locale": "nl"}], [{"locale": 5, "name": []}]]
)
def test_a_display_that_is_none_stands_in_nobodys_way(display: Any) -> None:
    _, card = received(foreign(names=display, claims=[{"path": ["card_number"], "display": display}]))
    assert card.name("nl") == EHIC


@pytest.mark.req("I-37")
@pytest.mark.parametrize(
    "claims",
    [
        [{"path": ["card_number"]}, {"path": ["card_number"]}],
        [{"path": ["a", None]}, {"path": ["a", 0]}],
        [{"path": [str(number)]} for number in range(513)],
    ],
)
def test_descriptions_that_contradict_each_other_end_it(claims: Any) -> None:
    """§B.3: processing must be aborted."""
    world = foreign(claims=claims)
    with pytest.raises(RemoteError) as caught:
        world.wallet().receive(world.offer().uri)
    assert "/credential_metadata/claims" in caught.value.pointer


def test_each_issuer_speaks_for_its_own_card_only() -> None:
    """Where only the type is known, and two issuers call one claim by two names, neither is believed."""
    _, one = received(foreign())
    _, other = received(one_claim(["card_number"], {"name": "Geheim"}))
    labels = Labels.of_cards(known_types(), (one, other))
    assert labels.of(one).claim(EHIC, ("card_number",), "nl") == "“Kaartnummer” (card_number)"
    assert labels.of(other).claim(EHIC, ("card_number",), "nl") == "“Geheim” (card_number)"
    assert labels.claim(EHIC, ("card_number",), "nl") == "card_number"
    assert labels.claim(EHIC, ("insurer",), "nl") == "“Insurer” (insurer)"


# Where they are kept ---------------------------------------------------------------------------------


def test_the_words_are_kept_with_the_card_in_a_file(tmp_path: Path) -> None:
    world = foreign()
    how: dict[str, Any] = {
        "pin": "112233", "attempts": tmp_path / "counts", "clock": world.clock,
        "cost": DerivationCost(memory_kib=8, iterations=1, lanes=1),
    }  # fmt: skip
    with FileVault.create(tmp_path / "wallet", **how) as vault:
        wallet = world.wallet(store=vault, keys=None)
        (card,) = wallet.receive(world.offer().uri)
        said = wallet.describe(card, "nl")
    with FileVault.open(tmp_path / "wallet", **how) as vault:
        again = world.wallet(store=vault, keys=None)
        assert again.cards[0].words == card.words
        assert again.describe(again.cards[0], "nl") == said


def test_a_card_that_was_kept_before_there_were_words_is_read_and_has_none() -> None:
    _, card = received(foreign())
    record, keys = card_record(card), {key_id(one.key): one.key for one in card.copies.all}
    assert card_of(record, keys).words == card.words
    del record["words"]
    assert card_of(record, keys).words == IssuerWords()


@pytest.mark.parametrize(
    "text", ["[]", "{}", '{"card": 5, "claims": []}', '{"card": {}, "claims": [[[], {}]]}']
)
def test_kept_words_that_are_damaged_are_told_so(text: str) -> None:
    with pytest.raises((RemoteError, ValueError, TypeError, KeyError)):
        IssuerWords.from_json(text)


# Where it is asked for --------------------------------------------------------------------------------


def test_the_words_stand_at_the_question_of_a_relying_party_and_in_the_history(
    world: Any, register: Callable[..., Any]
) -> None:
    _, foreign_card = received(foreign())
    card = replace(
        world.card(
            {"card_number": "42", "bsn": "999990019"}, vct=EHIC, disclosable=[("card_number",), ("bsn",)]
        ),
        words=foreign_card.words,
        names=foreign_card.names,
    )
    party = register()
    party.query = {
        "credentials": [
            {"id": "c", "format": "dc+sd-jwt", "meta": {"vct_values": [EHIC]},
             "claims": [{"path": ["card_number"]}, {"path": ["bsn"]}]}
        ]
    }  # fmt: skip
    wallet = party.mount(world.wallet(card))
    prompt = wallet.open(party.link())
    (shared,) = prompt.cards
    assert shared.name == "“Health card”"
    assert [one.label for one in shared.claims] == [
        "“Kaartnummer” (card_number)",
        "Burgerservicenummer (BSN)",
    ]
    assert "“Kaartnummer” (card_number)" in " ".join(str(prompt).split())
    assert "Postcode" not in str(prompt) + prompt.html()
    prompt.approve(despite_warnings=True)
    history = " ".join(wallet.history(wallet.shared_with("Café De Vrije Val"), "nl").split())
    assert "“Kaartnummer” (card_number)" in history
