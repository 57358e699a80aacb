"""The log taken along: in the form of TS10, encrypted, and read again from what others write."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nlwallet import Sandbox
from nlwallet.clock import TravellingClock
from nlwallet.crypto import DerivationCost
from nlwallet.errors import DecryptionFailed, InvalidVault, LimitExceeded, LocalError, MalformedInput
from nlwallet.holder import (
    Counterparty,
    FileVault,
    LogEntry,
    LoggedClaim,
    LoggedIntermediary,
    LogOutcome,
    read_transaction_log,
)
from nlwallet.holder.log import entry_of
from nlwallet.holder.log_export import as_ts10, export_encrypted, export_text
from nlwallet.issuer import card

NL_PID = "urn:eudi:pid:nl:1"
DIPLOMA = "urn:example:diploma:1"
PIN = Sandbox.PIN
PASSWORD = "drie blauwe fietsen"
NOW = 1_790_000_000

PARTY = Counterparty(
    trade_name="Bar", legal_name="Bar B.V.", identifier="NTRNL-12345678", country="NL", verified=True,
    host="bar.example", registrar="Register", registry="https://register.example/api", service_id="toog",
    service_name="De toog", deletion_contacts=("https://bar.example/wissen", "avg@bar.example"),
    supervisory_authority="Toezicht", supervisory_country="NL", supervisory_contacts=("meld@toezicht.example",),
    privacy_policy="https://bar.example/privacy",
    intermediary=LoggedIntermediary("Makelaar", "NTRNL-87654321", "doorgeven", "NL", ("hulp@makelaar.example",)),
)  # fmt: skip
PROVIDER = Counterparty(
    trade_name="School", legal_name="School N.V.", identifier="VATNL-1", country="NL", verified=True,
    host="school.example", contacts=("https://school.example/",),
)  # fmt: skip
CLAIMS = (
    LoggedClaim(NL_PID, ("bsn",)),
    LoggedClaim(NL_PID, ("address", "locality")),
    LoggedClaim(NL_PID, ("nationalities", None)),
    LoggedClaim(NL_PID, ("[odd]",)),
    LoggedClaim(DIPLOMA, ("degree",)),
)
ENTRIES = (
    LogEntry(
        NOW, "presentation", LogOutcome.SHARED, PARTY, "Nagaan", "use-1", CLAIMS, CLAIMS[:2], (NL_PID, DIPLOMA),
        ("urn:eudi:sca:payment:1",), (("transaction_data_types.name", "Payment"), ("payload.transaction_id", "8D8A")),
        ("over_asking",), language="nl",
    ),
    LogEntry(NOW + 1, "presentation", LogOutcome.POSSIBLY_SHARED, PARTY, requested=CLAIMS[:1], shared=CLAIMS[:1],
             types=(NL_PID,), reason="transport"),
    LogEntry(NOW + 2, "presentation", LogOutcome.DENIED, PARTY, requested=CLAIMS[:1], types=(NL_PID,)),
    LogEntry(NOW + 3, "presentation", LogOutcome.FAILED, Counterparty(), reason="untrusted_chain"),
    LogEntry(NOW + 4, "issuance", LogOutcome.RECEIVED, PROVIDER, types=(DIPLOMA,), issued=(DIPLOMA,),
             copies_requested=4, copies_issued=3),
    LogEntry(NOW + 5, "issuance", LogOutcome.FAILED, PROVIDER, types=(DIPLOMA,), copies_requested=4, reason="wrong"),
    LogEntry(NOW + 6, "reissuance", LogOutcome.RECEIVED, PROVIDER, types=(DIPLOMA,), issued=(DIPLOMA,), by_user=False),
    LogEntry(NOW + 7, "deletion", LogOutcome.DELETED, PROVIDER, types=(DIPLOMA,)),
    LogEntry(NOW + 8, "erasure_request", LogOutcome.INITIATED, PARTY, requested=CLAIMS[:2], types=(NL_PID,),
             about="ab", contact="avg@bar.example"),
    LogEntry(NOW + 9, "authority_report", LogOutcome.INITIATED, PARTY, about="ab", contact="meld@toezicht.example"),
)  # fmt: skip


def told(entry: LogEntry) -> dict[str, Any]:
    """What TS10 carries of an entry: an entry of a card has no web page of its party, and so on."""
    return {name: value for name, value in entry.as_dict().items() if name != "party"} | {
        "party": (entry.party.trade_name, entry.party.identifier, entry.party.verified, entry.party.host)
    }


@pytest.mark.req("DASH_02c")
@pytest.mark.parametrize("password", [None, PASSWORD])
def test_every_kind_of_entry_comes_back(password: str | None) -> None:
    text = export_text(ENTRIES) if password is None else export_encrypted(ENTRIES, password)
    read = read_transaction_log(text, password=password)
    assert [told(one) for one in read] == [told(one) for one in ENTRIES]
    assert read[0] == ENTRIES[0]  # a presentation with everything


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda one: f"{one.kind}-{one.outcome}")
def test_an_entry_in_a_vault_comes_back(entry: LogEntry) -> None:
    assert entry_of(json.loads(json.dumps(entry.as_dict()))) == entry


@pytest.mark.req("DASH_02c")
def test_a_presentation_has_the_members_of_ts10() -> None:
    one = as_ts10(ENTRIES[0])
    assert one["interactingPartyIdentifier"] == {
        "type": "http://data.europa.eu/eudi/id/EUID", "identifier": "NTRNL-12345678",
    }  # fmt: skip
    assert one["interactingPartyType"] == "ServiceProvider"
    assert one["interactingPartyName"] == "Bar B.V."
    assert one["interactingPartyContact"] == ["NL", "https://bar.example/wissen", "avg@bar.example"]
    assert one["isIntermediary"] is True
    assert one["intermediaryIdentifier"]["identifier"] == "NTRNL-87654321"
    assert one["intermediaryContact"] == ["NL", "hulp@makelaar.example"]
    assert one["registrarURL"] == "https://register.example/api"
    assert one["purpose"] == [{"lang": "nl", "content": "Nagaan"}]
    assert one["privacyPolicy"]["policyURI"] == "https://bar.example/privacy"
    assert (one["dpaName"], one["dpaCountry"], one["dpaContact"]) == (
        "Toezicht",
        "NL",
        ["meld@toezicht.example"],
    )
    assert one["listOfClaimsRequested"] == [
        {
            "credentialIdentifier": NL_PID,
            "claims": ["bsn", '["address", "locality"]', '["nationalities", null]', '["[odd]"]'],
        },
        {"credentialIdentifier": DIPLOMA, "claims": ["degree"]},
    ]
    assert one["transactionalData"] == [
        {"transaction_data_types.name": "Payment", "payload.transaction_id": "8D8A"}
    ]
    assert (one["time"], one["transactionType"], one["transactionResult"]) == (
        "2026-09-21T14:13:20", "Presentation", "Completed",
    )  # fmt: skip
    assert "reasonOfNoncompletion" not in one
    assert (one["nlwallet"]["serviceIdentifier"], one["nlwallet"]["intermediaryServiceIdentifier"]) == (
        "toog", "doorgeven",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("at", "kind", "result"),
    [
        (1, "Presentation", "NotCompleted"), (2, "Presentation", "NotCompleted"),
        (4, "CredentialIssuance", "Completed"),
        (5, "CredentialIssuance", "NotCompleted"), (6, "CredentialReissuance", "Completed"),
        (7, "CredentialDeletion", "Completed"), (8, "DataDeletionRequest", "Completed"), (9, "DPAReport", "Completed"),
    ],
)  # fmt: skip
def test_the_other_kinds_have_theirs(at: int, kind: str, result: str) -> None:
    one = as_ts10(ENTRIES[at])
    assert (one["transactionType"], one["transactionResult"]) == (kind, result)
    assert ("reasonOfNoncompletion" in one) == (result == "NotCompleted")
    if kind == "CredentialIssuance":
        assert one["credentialNumberRequested"] == 4
        assert one["credentialIdentifier"] == ([DIPLOMA] if result == "Completed" else [])
    if kind == "CredentialReissuance":
        assert one["isUserTriggered"] is False
    if kind == "CredentialDeletion":
        assert (one["credentialIdentifier"], one["credentialIssuerIdentifier"]["identifier"]) == (
            DIPLOMA,
            "VATNL-1",
        )
    if kind == "DataDeletionRequest":
        assert one["listOfClaims"][0]["claims"] == ["bsn", '["address", "locality"]']
    if kind == "DPAReport":
        assert (one["dpaName"], one["dpaCountry"], one["dpaContact"]) == (
            "Toezicht",
            "NL",
            ["meld@toezicht.example"],
        )


# Of others ----------------------------------------------------------------------------------------

FLAT = {
    "interactingPartyIdentifier": {
        "type": "http://data.europa.eu/eudi/id/EUID",
        "identifier": "PLKRS.0000123456",
    },
    "interactingPartyType": "ServiceProvider",
    "interactingPartyName": "ABC Services",
    "interactingPartyContact": ["PL", "info@serviceprovider.example", "0048221234567"],
    "isIntermediary": "FALSE",
    "registrarURL": "https://www.registrar.example/serviceprovider/",
    "purpose": [{"lang": "pl-PL", "content": "Gromadzimy"}],
    "privacyPolicy": {
        "type": "http://data.europa.eu/eudi/policy/privacy-policy",
        "policyURI": "https://sp.example/p",
    },
    "dpaName": "Urząd Ochrony Danych Osobowych",
    "dpaCountry": "PL",
    "dpaContact": ["kancelaria@uodo.example"],
    "listOfClaimsRequested": [{"credentialIdentifier": "urn:eudi:pid:de:1", "claims": ["name", "address"]}],
    "listOfClaimsPresented": [{"credentialIdentifier": "urn:eudi:pid:de:1", "claims": ["name"]}],
}
COMMON = {
    "transactionIdentifier": "346354209358604",
    "time": "2025-07-29T09:11:20",
    "transactionType": "Presentation",
    "transactionResult": "Completed",
}


@pytest.mark.req("DASH_02c")
@pytest.mark.parametrize("shape", ["flat", "nested"])
@pytest.mark.parametrize("around", ["TransactionLog", "transactionLog", ""])
def test_the_example_of_ts10_is_read_flat_and_nested(shape: str, around: str) -> None:
    """The values are those of the example in TS10 1.2 §4.1, with hosts of ours."""
    one = FLAT | COMMON if shape == "flat" else COMMON | {"presentation": FLAT}
    (read,) = read_transaction_log(json.dumps({around: [one]} if around else [one]))
    assert (read.id, read.time, read.outcome) == ("346354209358604", 1_753_780_280, LogOutcome.SHARED)
    assert (read.party.identifier, read.party.country, read.party.name) == (
        "PLKRS.0000123456",
        "PL",
        "ABC Services",
    )
    assert read.party.deletion_contacts == ("info@serviceprovider.example", "0048221234567")
    assert read.party.intermediary is None
    assert read.shared == (LoggedClaim("urn:eudi:pid:de:1", ("name",)),)
    assert (read.language, read.purpose) == ("pl-PL", "Gromadzimy")


def test_what_was_not_completed_says_why_and_other_kinds_are_left_out() -> None:
    entries = [
        COMMON | {"transactionResult": "NotCompleted", "reasonOfNoncompletion": "session interrupted"},
        COMMON | {"transactionType": "SigningSealing"},
        COMMON
        | {
            "transactionResult": "NotCompleted",
            "reasonOfNoncompletion": "denied",
            "time": "2025-07-29T09:11:20Z",
        },
        COMMON | {"transactionResult": "NotCompleted", "reasonOfNoncompletion": "shared: not at all"},
    ]
    read = read_transaction_log(json.dumps(entries))
    assert [(one.outcome, one.reason) for one in read] == [
        (LogOutcome.FAILED, "session interrupted"),
        (LogOutcome.DENIED, ""),
        (LogOutcome.FAILED, "shared: not at all"),
    ]


@pytest.mark.parametrize(
    ("entries", "error"),
    [
        ("x", MalformedInput), ("{}", MalformedInput), ('{"TransactionLog": {}}', MalformedInput),
        ("[1]", MalformedInput), ([COMMON | {"time": "1969-12-31T23:59:59"}], MalformedInput),
        ([{}], MalformedInput), ([COMMON | {"time": "gisteren"}], MalformedInput),
        ([COMMON | {"time": "0001-01-01T00:00:00+14:00"}], MalformedInput),
        ([COMMON | {"transactionResult": "Perhaps"}], MalformedInput),
        ([COMMON | {"transactionIdentifier": ""}], MalformedInput),
        ([COMMON | {"transactionIdentifier": "x" * 5000}], LimitExceeded),
        ([COMMON | {"interactingPartyName": "x" * 5000}], LimitExceeded),
        ([COMMON | {"listOfClaimsRequested": [1]}], MalformedInput),
        ([COMMON | {"listOfClaimsRequested": [{"credentialIdentifier": "x", "claims": [True]}]}], MalformedInput),
        ([COMMON | {"listOfClaimsRequested": [{"credentialIdentifier": "x", "claims": ["[1.5]"]}]}], MalformedInput),
        ([COMMON | {"listOfClaimsRequested": [{"credentialIdentifier": "x", "claims": ["a"] * 1025}]}],
         LimitExceeded),
        ([COMMON] * 50_001, LimitExceeded),
    ],
)  # fmt: skip
def test_what_is_no_log_is_refused(entries: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_transaction_log(entries if isinstance(entries, str) else json.dumps(entries))


# In a wallet --------------------------------------------------------------------------------------


@pytest.mark.req("DASH_07")
def test_a_wallet_exports_all_or_some_and_another_takes_it_in(
    world: Any, register: Callable[..., Any]
) -> None:
    party = register()
    wallet = party.mount(world.wallet())
    for _ in range(3):
        wallet.open(party.link()).approve(despite_warnings=True)
        world.clock.travel(60)
    exported = wallet.export_log(password=PASSWORD)
    assert exported.count(".") == 4
    assert "Café" not in exported
    assert (
        len(read_transaction_log(wallet.export_log([wallet.log[1]], password=PASSWORD), password=PASSWORD))
        == 1
    )
    other = party.mount(world.wallet())
    other.open(party.link()).deny()
    mine = other.log
    assert other.import_log(exported, password=PASSWORD) == wallet.log
    assert other.log == (*wallet.log, *mine)  # each in its place in time
    assert other.import_log(exported, password=PASSWORD) == ()
    assert len(other.shared_with("NTRNL-12345678").shared) == 3
    with pytest.raises(DecryptionFailed):
        other.import_log(exported, password="drie rode fietsen")
    with pytest.raises(MalformedInput):
        other.import_log(wallet.export_log(), password=PASSWORD)
    with pytest.raises(LocalError):
        wallet.export_log(password="kort")
    with pytest.raises(LocalError):
        wallet.export_log(["nergens"])


def test_the_id_of_an_imported_entry_becomes_no_path_and_no_terminal_escape(world: Any) -> None:
    wallet = world.wallet()
    odd = replace(ENTRIES[0], id="../../.ssh/\x1b]0;owned\x07\u202e" + "x" * 200)
    (entry,) = wallet.import_log(export_encrypted([odd], PASSWORD), password=PASSWORD)
    draft = wallet.report_to_authority(entry)
    assert draft.attachment is not None
    assert re.fullmatch(r"wallet-[A-Za-z0-9_-]{1,64}\.json", draft.attachment.name)
    assert not {"\x1b", "\u202e"} & {*str(draft), *draft.body}


@pytest.mark.req("DASH_06")
def test_in_its_file_the_log_is_secret_and_cannot_be_changed(tmp_path: Path) -> None:
    clock, file = TravellingClock(NOW), tmp_path / "frouke.vault"
    cheap = DerivationCost(memory_kib=64, iterations=1, lanes=1)
    place: dict[str, Any] = {"pin": PIN, "attempts": tmp_path / "count", "clock": clock, "cost": cheap}
    with Sandbox(clock=clock) as edi:
        bar = edi.relying_party("cafe-de-vrije-val")
        with FileVault.create(file, **place) as vault:
            wallet = edi.empty_wallet(pin=None, store=vault)
            wallet.receive(edi.pid_issuer.offer("nl-pid", card("pid").claims("frouke", now=NOW)).uri)
            wallet.open(bar.request().uri).approve(despite_warnings=True, pin=PIN)
            wallet.erasure_request(wallet.log[-1])
            log = wallet.log
            wallet.remove_from_log(log[-1:]).delete(pin=PIN)
        data = file.read_bytes()
        for text in (log[1].party.identifier, log[1].party.trade_name, "presentation"):
            assert text.encode() not in data
        with FileVault.open(file, **place) as vault:
            assert edi.empty_wallet(pin=None, store=vault).log == log[:-1]
    file.write_bytes(data[:-40] + bytes([data[-40] ^ 1]) + data[-39:])
    with pytest.raises(InvalidVault):
        FileVault.open(file, **place)


# What an issuer is --------------------------------------------------------------------------------


@pytest.mark.req("DASH_05")
@pytest.mark.parametrize(
    ("entitlement", "type_", "kind"),
    [
        ("PID_Provider", NL_PID, "PIDProvider"),
        ("QEAA_Provider", DIPLOMA, "QEAAProvider"),
        ("PUB_EAA_Provider", DIPLOMA, "PubEEAProvider"),  # as TS10 §3.5 spells it
        ("Non_Q_EAA_Provider", DIPLOMA, "NonQEAAProvider"),
        ("", DIPLOMA, "NonQEAAProvider"),
        ("", NL_PID, "PIDProvider"),
        ("", "eu.europa.ec.eudi.pid.1", "PIDProvider"),
        ("Something_Else", DIPLOMA, "NonQEAAProvider"),
    ],
)
def test_the_kind_of_provider_is_the_one_that_was_checked(entitlement: str, type_: str, kind: str) -> None:
    party = replace(
        PROVIDER, entitlement=entitlement, registrar="Register", registry="https://register.example/wrp/1"
    )
    entry = LogEntry(NOW, "issuance", LogOutcome.RECEIVED, party, types=(type_,), issued=(type_,))
    exported = as_ts10(entry)
    assert exported["interactingPartyType"] == kind
    assert exported["registrarURL"] == "https://register.example/wrp/1"
    (read,) = read_transaction_log(export_text([entry]))
    assert (read.party.entitlement, read.party.registry, read.party.registrar) == (
        entitlement,
        "https://register.example/wrp/1",
        "Register",
    )
    assert entry_of(entry.as_dict()) == entry
