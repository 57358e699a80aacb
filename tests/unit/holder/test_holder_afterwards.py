"""Afterwards: to have data erased, to report a party, and to know what it got (ARF topics 19, 48 and 50)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from nlwallet.crypto import sign_jws
from nlwallet.encoding import b64url_decode
from nlwallet.errors import LocalError, TransportError
from nlwallet.holder import (
    AUTORITEIT_PERSOONSGEGEVENS,
    Authority,
    Draft,
    LogEntry,
    LoggedClaim,
    LogOutcome,
    Wallet,
    read_transaction_log,
)

NL_PID = "urn:eudi:pid:nl:1"
DAY = 86_400
Register = Callable[..., Any]


@pytest.fixture
def registered_with(world: Any, register: Register) -> Callable[..., Any]:
    """A party whose registration certificate has other claims: e-mail and telephone are not in our own records."""

    def do(*paths: Any, changes: dict[str, Any] | None = None, **options: Any) -> Any:
        party = register(*(paths or (("bsn",), ("family_name",))), **options)
        claims = json.loads(b64url_decode(party.wrprc.split(".")[1])) | (changes or {})
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"x5c": world.registrar_chain.x5c(), "iat": claims["iat"]}
        party.wrprc = sign_jws(claims, world.registrar_key, typ="rc-wrp+jwt", header=header)
        return party

    return do


def share(world: Any, party: Any, wallet: Wallet | None = None, **options: Any) -> tuple[Wallet, LogEntry]:
    wallet = wallet or party.mount(world.wallet(**options))
    wallet.open(party.link()).approve(despite_warnings=True)
    return wallet, wallet.log[-1]


def mail_of(draft: Draft) -> dict[str, str]:
    parts = urlsplit(draft.uri)
    assert parts.scheme == "mailto"
    return {"to": parts.path} | {name: values[0] for name, values in parse_qs(parts.query).items()}


MAIL = {"support_uri": "avg@rp.example"}
CALL = {"support_uri": "+31201234567"}


# To have data erased ------------------------------------------------------------------------------


@pytest.mark.req("DATA_DLT_01", "DATA_DLT_02", "DATA_DLT_05")
@pytest.mark.parametrize(
    ("address", "kind", "begins"),
    [
        ("https://rp.example/wissen", "web", "https://rp.example/wissen"),
        ("avg@rp.example", "email", "mailto:avg@rp.example?subject="),
        ("+31 20 123 4567", "telephone", "tel:+31201234567"),
    ],
)
@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_request_to_erase_goes_where_the_party_wants_it(
    world: Any, registered_with: Any, address: str, kind: str, begins: str, language: Any
) -> None:
    # The certificate for access has an address too: a page, which goes before the others.
    wallet, entry = share(world, registered_with(changes={"support_uri": address}))
    draft = wallet.erasure_request(entry, channel=kind, language=language)  # type: ignore[arg-type]
    assert (draft.kind, draft.language) == (kind, language)
    assert draft.uri.startswith(begins)
    assert {"nl": "artikel 17 AVG", "en": "Article 17 GDPR"}[language] in draft.subject
    for words in {
        "nl": ("Achternaam", "BSN", "Café De Vrije Val"),
        "en": ("Family name", "Café De Vrije Val"),
    }[language]:
        assert words in draft.body
    assert wallet.log[-1].kind == "erasure_request"


@pytest.mark.req("DATA_DLT_08")
def test_a_page_goes_before_an_e_mail_and_that_before_a_call_unless_the_holder_chooses(
    world: Any, registered_with: Any
) -> None:
    wallet, entry = share(world, registered_with(changes=MAIL))
    draft = wallet.erasure_request(entry)
    assert (draft.kind, draft.address, draft.others) == ("web", "https://rp.example/verwijderen", ("email",))
    chosen = wallet.erasure_request(entry, channel="email")
    assert (chosen.kind, chosen.others) == ("email", ("web",))
    mail = mail_of(chosen)
    assert mail == {
        "to": "avg@rp.example",
        "subject": chosen.subject,
        "body": chosen.body.replace("\n", "\r\n"),
    }
    with pytest.raises(LocalError) as caught:
        wallet.erasure_request(entry, channel="telephone")
    assert (caught.value.code, caught.value.hint) == ("no_contact", "channel=web or email")


@pytest.mark.req("DATA_DLT_06")
def test_what_was_begun_is_logged_with_when_who_and_what(world: Any, registered_with: Any) -> None:
    wallet, entry = share(world, registered_with(changes=MAIL))
    world.clock.travel(DAY)
    wallet.erasure_request(entry, channel="email")
    begun = wallet.log[-1]
    assert (begun.time, begun.kind, begun.outcome) == (
        world.clock.now(),
        "erasure_request",
        LogOutcome.INITIATED,
    )
    assert (begun.party.trade_name, begun.party.identifier) == ("Café De Vrije Val", "NTRNL-12345678")
    assert set(begun.requested) == {LoggedClaim(NL_PID, ("bsn",)), LoggedClaim(NL_PID, ("family_name",))}
    assert (begun.about, begun.contact, begun.shared) == (entry.id, "avg@rp.example", ())


def test_a_part_of_it_can_be_asked_for_and_everything_ever(world: Any, registered_with: Any) -> None:
    party = registered_with(("bsn",), ("family_name",), changes=MAIL)
    wallet, first = share(world, party)
    party.query = {
        "credentials": [
            {
                "id": "pid", "format": "dc+sd-jwt", "meta": {"vct_values": [NL_PID]},
                "claims": [{"path": ["address", "locality"]}],
            }
        ]
    }  # fmt: skip
    _, second = share(world, party, wallet)
    bsn = LoggedClaim(NL_PID, ("bsn",))
    part = wallet.erasure_request(first, claims=[bsn], channel="email")
    assert wallet.log[-1].requested == (bsn,)
    assert "Achternaam" not in part.body
    whole = wallet.erasure_request(second, everything=True, channel="email")
    assert {one.path for one in wallet.log[-1].requested} == {
        ("bsn",),
        ("family_name",),
        ("address", "locality"),
    }
    assert "alle gegevens" in whole.body
    count = len(wallet.log)
    for wrong in ({"claims": [bsn]}, {"claims": [bsn], "everything": True}, {"claims": []}):
        with pytest.raises(LocalError):
            wallet.erasure_request(second, **wrong)  # type: ignore[arg-type]
    assert len(wallet.log) == count


def test_nothing_is_drafted_where_nothing_was_shared(world: Any, register: Register) -> None:
    party = register()
    wallet = party.mount(world.wallet())
    wallet.open(party.link()).deny()
    with pytest.raises(LocalError) as caught:
        wallet.erasure_request(wallet.log[-1])
    assert caught.value.code == "nothing_shared"
    with pytest.raises(LocalError) as caught:
        wallet.erasure_request("0" * 16)
    assert caught.value.code == "no_such_entry"
    assert len(wallet.log) == 1


def test_an_address_that_is_none_is_not_opened(world: Any, registered_with: Any) -> None:
    """A registration may say what it likes: it ends in no link."""
    for hostile in (
        "javascript:alert(1)",
        "mailto:avg@rp.example?bcc=x@evil.example",
        "avg@rp.example\nBcc: x@evil.example",
    ):
        wallet, entry = share(world, registered_with(changes={"support_uri": hostile}))
        assert entry.party.deletion_contacts[0] == hostile
        draft = wallet.erasure_request(entry)
        assert draft.address == "https://rp.example/verwijderen"
        assert draft.others == ()


def test_no_value_is_in_a_draft(world: Any, registered_with: Any) -> None:
    party = registered_with(("bsn",), ("family_name",), ("birthdate",), changes=MAIL)
    wallet, entry = share(world, party)
    drafts = [
        *(wallet.erasure_request(entry, channel="email", language=one) for one in ("nl", "en")),
        wallet.report_to_authority(entry),
    ]
    for draft in drafts:
        written = json.dumps(draft.as_dict(), ensure_ascii=False) + str(draft) + repr(draft)
        for value in ("999991772", "Jansen", "2000-03-24", "24 maart 2000"):
            assert value not in written


def test_a_name_cannot_write_into_the_letter(world: Any, registered_with: Any) -> None:
    name = "Bar\u202e & Zn\u200b"
    party = registered_with(trade_name=name, changes=MAIL)
    wallet, entry = share(world, party)
    draft = wallet.erasure_request(entry, channel="email")
    assert "\u202e" not in draft.body + draft.to
    assert set(mail_of(draft)) == {"to", "subject", "body"}


@pytest.mark.req("DATA_DLT_03")
def test_the_holder_chooses_from_all_who_got_something(
    world: Any, registered_with: Any, register: Register
) -> None:
    wallet, _ = share(world, registered_with(changes=MAIL))
    other = register()
    other.mount(wallet)
    wallet.open(other.link()).deny()
    assert [one.trade_name for one in wallet.parties] == ["Café De Vrije Val"]
    answer = wallet.shared_with(wallet.parties[0].identifier)
    assert wallet.erasure_request(answer.shared[-1]).to == "Café De Vrije Val"


# To report a party --------------------------------------------------------------------------------


@pytest.mark.req("RPT_DPA_01", "RPT_DPA_02", "RPT_DPA_05a")
@pytest.mark.parametrize("answer", ["approve", "deny"])
def test_a_request_is_reported_to_who_supervises_the_party(
    world: Any, register: Register, answer: str
) -> None:
    party = register(("bsn",))
    wallet = party.mount(world.wallet())
    prompt = wallet.open(party.link())
    prompt.approve(despite_warnings=True) if answer == "approve" else prompt.deny()
    entry = wallet.log[-1]
    draft = wallet.report_to_authority(entry, remark="Ik was daar niet.")
    assert (draft.kind, draft.uri, draft.to) == (
        "web",
        "https://ap.example/klacht",
        "Autoriteit Persoonsgegevens",
    )
    assert draft.subject == (
        "Melding van een mogelijk onrechtmatig of verdacht verzoek van Café De Vrije Val (rp.example)"
    )
    for words in (
        "NTRNL-12345678",
        "Vrije Val Horeca B.V.",
        "BSN",
        "Ik was daar niet.",
        "https://registrar.example/api",
    ):
        assert words in draft.body
    assert ("Ik heb de gegevens gedeeld." in draft.body) == (answer == "approve")
    begun = wallet.log[-1]
    assert (begun.time, begun.kind, begun.outcome) == (
        world.clock.now(),
        "authority_report",
        LogOutcome.INITIATED,
    )
    assert (begun.party.supervisory_authority, begun.party.supervisory_country) == (
        "Autoriteit Persoonsgegevens",
        "NL",
    )
    assert (begun.contact, begun.about) == ("https://ap.example/klacht", entry.id)
    assert "Ik was daar niet." not in json.dumps(begun.as_dict())


@pytest.mark.req("RPT_DPA_02a", "RPT_DPA_05")
@pytest.mark.parametrize(
    ("authority", "begins"),
    [
        ({"uri": "https://ap.example/klacht", "email": "meld@ap.example"}, "https://ap.example/klacht"),
        ({"email": "meld@ap.example", "phone": "+31880000000"}, "mailto:meld@ap.example?subject=Melding"),
        ({"phone": "088 000 0000"}, "tel:0880000000;phone-context=+31"),
    ],
)
def test_a_report_goes_by_page_by_mail_or_by_telephone(
    world: Any, registered_with: Any, authority: dict[str, str], begins: str
) -> None:
    changes = {"supervisory_authority": {"name": "Toezicht", "country": "NL"} | authority}
    wallet, entry = share(world, registered_with(changes=changes))
    draft = wallet.report_to_authority(entry)
    assert draft.uri.startswith(begins)
    assert wallet.log[-1].kind == "authority_report"
    if draft.kind == "email":
        assert mail_of(draft)["body"] == draft.body.replace("\n", "\r\n")
        by_phone = wallet.report_to_authority(entry, channel="telephone")
        assert (by_phone.uri, wallet.log[-1].contact) == ("tel:+31880000000", "+31880000000")


@pytest.mark.req("RPT_DPA_04")
def test_the_request_goes_along_for_machines_to_read(world: Any, register: Register) -> None:
    party = register(("bsn",))
    wallet, entry = share(world, party)
    share(world, party, wallet)
    file = wallet.report_to_authority(entry).attachment
    assert file is not None
    assert (file.media_type, file.name) == ("application/json", f"wallet-{entry.id}.json")
    (one,) = json.loads(file.content)["TransactionLog"]
    assert one["interactingPartyIdentifier"]["identifier"] == "NTRNL-12345678"
    assert one["listOfClaimsRequested"] == [{"credentialIdentifier": NL_PID, "claims": ["bsn"]}]
    assert [each.id for each in read_transaction_log(file.content)] == [entry.id]


@pytest.mark.req("RPT_DPA_06")
def test_the_subject_says_what_ts8_wants_it_to_say(world: Any, register: Register) -> None:
    wallet, entry = share(world, register(("bsn",)))
    draft = wallet.report_to_authority(entry, language="en")
    assert draft.subject.startswith("Reporting an allegedly unlawful or suspicious request received from ")
    assert "rp.example" in draft.subject
    assert "rp.example" in draft.body


def test_another_authority_can_be_chosen_and_is_there_for_a_party_that_names_none(
    world: Any, register: Register
) -> None:
    party = register(registered=False)
    wallet, entry = share(world, party)
    assert wallet.report_to_authority(entry).uri == AUTORITEIT_PERSOONSGEGEVENS.contacts[0]
    cnil = Authority("CNIL", "FR", ("plaintes@cnil.example",))
    draft = wallet.report_to_authority(entry, authority=cnil, language="en")
    assert (draft.to, draft.kind) == ("CNIL", "email")
    begun = wallet.log[-1]
    assert (begun.party.supervisory_authority, begun.party.supervisory_country) == ("CNIL", "FR")
    # Who was reported stays the same party.
    assert wallet.shared_with("NTRNL-12345678").reports[-1] == begun
    for wrong in (Authority("X", "NL", ()), Authority("X", "NL", ("javascript:x",))):
        with pytest.raises(LocalError) as caught:
            wallet.report_to_authority(entry, authority=wrong)
        assert caught.value.code == "no_contact"
    with pytest.raises(LocalError) as caught:
        wallet.report_to_authority(begun)
    assert caught.value.code == "not_a_request"


# What a party got ---------------------------------------------------------------------------------


def test_what_a_party_got_over_time_is_one_question(world: Any, registered_with: Any) -> None:
    party = registered_with(("bsn",), ("family_name",), changes=MAIL)
    wallet, first = share(world, party)
    start = first.time
    world.clock.travel(DAY)
    party.query = {
        "credentials": [
            {
                "id": "pid",
                "format": "dc+sd-jwt",
                "meta": {"vct_values": [NL_PID]},
                "claims": [{"path": ["bsn"]}],
            }
        ]
    }
    share(world, party, wallet)
    wallet.open(party.link()).deny()
    wallet.erasure_request(first)
    wallet.report_to_authority(first)
    for name in ("NTRNL-12345678", "café de vrije val", "Vrije Val Horeca B.V.", " rp.example "):
        answer = wallet.shared_with(name)
        assert [(one.path, one.first, one.last, one.times) for one in answer.claims] == [
            (("bsn",), start, start + DAY, 2),
            (("family_name",), start, start, 1),
        ]
        assert answer.claims[0].purposes == ("Nagaan dat u 18 jaar of ouder bent",)
        assert (len(answer.presentations), len(answer.shared), answer.uncertain) == (3, 2, 0)
        assert (len(answer.erasure_requests), len(answer.reports)) == (1, 1)
    assert json.loads(json.dumps(answer.as_dict()))["claims"][0]["times"] == 2
    dutch, english = (wallet.history(answer, language) for language in ("nl", "en"))  # type: ignore[arg-type]
    assert "2 keer, van 21 september 2026 tot 22 september 2026" in " ".join(dutch.split())
    assert "2 times, from 21 September 2026 to 22 September 2026" in " ".join(english.split())
    assert "Op 22 september 2026 begon u een melding bij Autoriteit Persoonsgegevens." in " ".join(
        dutch.split()
    )
    assert max(map(len, dutch.splitlines())) <= 70


def test_one_that_never_asked_got_nothing(world: Any) -> None:
    wallet = world.wallet()
    answer = wallet.shared_with("Nergens")
    assert (answer.claims, answer.presentations, answer.party.name) == ((), (), "Nergens")
    assert "Uw wallet heeft niets met Nergens gedeeld." in wallet.history(answer)


def test_two_parties_of_one_name_are_not_one(world: Any, register: Register) -> None:
    wallet, first = share(world, register(("bsn",)))
    # The same name and number, without anybody who vouches for them.
    unknown = type(first.party)(trade_name="Café De Vrije Val", identifier="NTRNL-12345678")
    address = LoggedClaim(NL_PID, ("address",))
    entry = LogEntry(1, "presentation", LogOutcome.SHARED, unknown, shared=(address,))
    wallet._log.add(entry)
    with pytest.raises(LocalError) as caught:
        wallet.shared_with("Café De Vrije Val")
    assert caught.value.code == "ambiguous_party"
    assert len(wallet.parties) == 2


def test_an_answer_that_may_not_have_arrived_counts_as_uncertain(world: Any, register: Register) -> None:
    party = register(("bsn",))
    party.reply = ("500 Oops", "text/plain", b"")
    wallet = party.mount(world.wallet())
    with pytest.raises(TransportError):
        wallet.open(party.link()).approve(despite_warnings=True)
    answer = wallet.shared_with("NTRNL-12345678")
    assert (answer.uncertain, [one.path for one in answer.claims]) == (1, [("bsn",)])
    assert "niet zeker" in wallet.history(answer)
    assert "Ik weet niet of de gegevens zijn aangekomen." in wallet.report_to_authority(wallet.log[-1]).body
    assert wallet.erasure_request(answer.shared[0])
