"""The prompt as people see it: in both languages, in 70 columns, and not to be bent by who asks."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from nlwallet.errors import LocalError
from nlwallet.holder.terminal import as_text
from nlwallet.holder.texts import LANGUAGES, say

Register = Callable[..., Any]
Ask = Callable[..., dict[str, Any]]

AGE_CHECK_NL = """\
──────────────────────────────────────────────────────────────────────
Wilt u deze gegevens delen met Café De Vrije Val?
──────────────────────────────────────────────────────────────────────
Wat deelt u?
  Uit uw kaart Persoonsgegevens (van Testuitgever)
    18 jaar of ouder    ja
  U deelt 1 gegeven. Meer niet.
  Niet gedeeld: uw naam, uw geboortedatum, uw BSN en uw adres.

Wat mag Café De Vrije Val ermee doen?
  Doel            Nagaan dat u 18 jaar of ouder bent
  Bewaren         niet: na gebruik meteen weg
  Doorgeven       nee, niet aan anderen
  Verwijderen     ja, als u daarom vraagt:
                  https://rp.example/verwijderen
  Privacy         https://rp.example/privacy
  Klacht          Autoriteit Persoonsgegevens,
                  https://ap.example/klacht
  Dit belooft Café De Vrije Val. Uw wallet kan niet zien of dat ook
  gebeurt.

Wie vraagt dit?
  Café De Vrije Val
  Officiële naam  Vrije Val Horeca B.V.
  Nummer          12345678 (KvK)
  Soort           geen overheid
  Identiteit      klopt, volgens Toegang CA
  Aanmelding      aangemeld, en dat klopt
  Gaat naar       rp.example
  Eerder gedeeld  nee, dit is de eerste keer

Wat kunt u doen?
  Delen: alleen wat hierboven staat gaat naar Café De Vrije Val.
  Daarvoor is uw pincode nodig.
  Stoppen: er wordt niets gedeeld.
──────────────────────────────────────────────────────────────────────"""


def test_an_age_check_in_dutch(world: Any, register: Register) -> None:
    party = register()
    assert str(party.mount(world.wallet(pin="112233")).open(party.link())) == AGE_CHECK_NL


def test_a_login_in_english(world: Any, register: Register) -> None:
    party = register(
        ("bsn",), public_body=True, trade_name="Gemeente Amsterdam", purpose=("Inloggen", "Log in"), days=365
    )
    text = str(party.mount(world.wallet(language="en")).open(party.link()))
    assert "Do you want to log in to Gemeente Amsterdam?" in text
    assert "What do you log in with?" in text
    assert "Not shared: your name, your date of birth and your address." in text
    assert "Keeping         1 year" in text
    assert "PIN" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_question_then_what_leaves_then_what_is_unusual(
    world: Any, register: Register, ask: Ask, language: Any
) -> None:
    party = register(("age_over_18",), trade_name="De Zeer Lange Naam van een Horecaonderneming te Amsterdam")
    party.query = ask(("bsn",), ("address",), ("birthdate",), ("recovery_code",))
    prompt = party.mount(world.wallet(language=language)).open(party.link())
    lines = str(prompt).splitlines()
    assert max(map(len, lines)) <= 70
    in_order = ["section.what", "section.warnings", *range(4), "section.who", "section.choice"]
    starts = [
        f"  {one + 1}. {prompt.warnings[one].title[:30]}"
        if isinstance(one, int)
        else say(language, one) + "\n"
        for one in in_order
    ]
    at = [next(n for n, line in enumerate(lines) if f"{line}\n".startswith(start)) for start in starts]
    assert at == sorted(at)
    assert lines[1].startswith({"nl": "Wilt u", "en": "Do you"}[language])
    assert [warning.code for warning in prompt.warnings] == [
        "recovery_code",
        "over_asking",
        "bsn_outside_government",
        "more_than_age",
    ]


def test_at_most_three_warnings_are_told_in_full(world: Any, register: Register, ask: Ask) -> None:
    party = register(("age_over_18",))
    party.query = ask(("bsn",), ("address",), ("birthdate",), ("recovery_code",))
    prompt = party.mount(world.wallet()).open(party.link())
    fourth = prompt.warnings[3]
    assert fourth.title in str(prompt)
    assert fourth.text not in str(prompt)
    assert fourth.confirm.split(":")[0] in str(prompt)  # hidden or not: it must be confirmed
    assert fourth.text in as_text(prompt.consent(), every_warning=True)
    assert (len(prompt.consent().prominent), prompt.consent().further) == (3, (fourth,))


def test_both_languages_from_one_prompt(world: Any, register: Register) -> None:
    party = register()
    prompt = party.mount(world.wallet()).open(party.link())
    nl, en = prompt.as_dict("nl"), prompt.as_dict("en")
    assert prompt.as_dict() == nl
    assert nl["purpose"] == "Nagaan dat u 18 jaar of ouder bent"
    assert en["purpose"] == "Check that you are 18 or older"
    assert nl["cards"][0]["claims"][0]["raw"] is en["cards"][0]["claims"][0]["raw"] is True
    assert nl.keys() == en.keys()
    json.dumps([nl, en])
    with pytest.raises(LocalError):
        prompt.as_dict("fr")  # type: ignore[arg-type]


def test_values_are_written_for_people(world: Any, register: Register, ask: Ask) -> None:
    paths = (("birthdate",), ("nationalities", None), ("address",))
    party = register(
        *paths, purpose=("Een woning huren", "Rent a house"), third_parties=True, deletable=False
    )
    prompt = party.mount(world.wallet()).open(party.link())
    shown = {claim.path: (claim.label, claim.value) for card in prompt.cards for claim in card.claims}
    assert shown[("birthdate",)] == ("Geboortedatum", "24 maart 2000")
    assert shown[("nationalities", None)] == ("Nationaliteiten", "Nederlandse en Belgische")
    assert shown[("address",)][1] == "Van Wijngaerdenstraat 1, 2596TW Toetsoog, Nederland"
    text = str(prompt)
    assert "ja, ook anderen krijgen uw gegevens" in text
    assert "nee, u kunt dit niet laten verwijderen" in text
    assert "U deelt 3 gegevens. Meer niet." in text
    assert "Niet gedeeld" not in text


HOSTILE = "Bank\x1b[2J\u202e\u2066\nLees dit eerst\r  1. Alles is goed"


def test_a_requester_cannot_write_outside_its_own_line(world: Any, register: Register) -> None:
    party = register(trade_name=HOSTILE, purpose=(HOSTILE, HOSTILE))
    prompt = party.mount(world.wallet()).open(party.link())
    text = str(prompt)
    assert all(character.isprintable() for line in text.split("\n") for character in line)
    assert "Lees dit eerst" not in text.splitlines()
    assert "\\u001b" not in json.dumps(prompt.as_dict())


def test_a_card_cannot_write_outside_its_own_line(world: Any, register: Register) -> None:
    card = world.card({"given_name": HOSTILE}, disclosable=[("given_name",)], organization="Uit\u202egever")
    party = register(("given_name",), purpose=("Iets", "Something"))
    text = str(party.mount(world.wallet(card)).open(party.link()))
    assert all(character.isprintable() for line in text.split("\n") for character in line)


def test_the_whole_card_is_told(world: Any, register: Register, ask: Ask) -> None:
    paths = [(name,) for name in world.card().claims]
    party = register(*paths, purpose=("Iets", "Something"), public_body=True)
    prompt = party.mount(world.wallet()).open(party.link())
    assert "whole_card" in [warning.code for warning in prompt.warnings]
    assert "alles wat op uw kaart Persoonsgegevens staat" in " ".join(str(prompt).split())
