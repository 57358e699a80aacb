"""What the wallet thinks of a requester's registration, and what its policy makes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import pytest

from nlwallet.crypto import CertificateAuthority, Subject
from nlwallet.errors import (
    ApprovalNotPossible,
    LocalError,
    TransportError,
    UntrustedCertificate,
    WarningsNotAcknowledged,
)
from nlwallet.holder import Wallet
from nlwallet.holder.texts import TEXTS
from nlwallet.http import HttpClient
from nlwallet.profiles import HAIP_1_0, STRICT, Profile
from nlwallet.registration import issue_wrprc
from nlwallet.registration.check import WarningCode
from nlwallet.status import StatusReference

Register = Callable[..., Any]
Ask = Callable[..., dict[str, Any]]
DAY = 86_400


def codes(prompt: Any) -> list[str]:
    return [warning.code for warning in prompt.warnings]


@pytest.mark.req("RPA_10")
def test_a_registered_request_has_no_warnings(world: Any, register: Register) -> None:
    party = register(days=90)
    prompt = party.mount(world.wallet()).open(party.link())
    assert codes(prompt) == []
    assert prompt.purpose == "Nagaan dat u 18 jaar of ouder bent"
    assert prompt.requester.trade_name == "Café De Vrije Val"
    assert prompt.requester.legal_name == "Vrije Val Horeca B.V."
    assert (prompt.requester.verified, prompt.requester.verified_by) == (True, "Toegang CA")
    assert prompt.agreement.privacy_policy == "https://rp.example/privacy"
    assert (prompt.agreement.retention_days, prompt.agreement.deletable) == (90, True)
    assert prompt.agreement.shared_with_third_parties is False


@pytest.mark.req("RPRC_17", "W-38", "ADV-180")
@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("absent", "not_registered"),
        ("rubbish", "registration_invalid"),
        ("twice", "registration_invalid"),
        ("stranger", "registration_invalid"),
        ("access_ca", "registration_invalid"),
        ("expired", "registration_expired"),
        ("revoked", "registration_revoked"),
    ],
)
def test_a_registration_that_does_not_hold_is_told_and_gives_nothing(
    world: Any, register: Register, revoke: Callable[[int], None], how: str, code: str
) -> None:
    party = register(valid_days=10, registered=how != "absent")
    reissue = {
        "stranger": CertificateAuthority.create("Registratie CA", now=world.clock.now()),
        "access_ca": world.access,
    }
    if how == "rubbish":
        party.wrprc = "a.b.c"
    elif how == "twice":
        party.changes = {"verifier_info": [{"format": "registration_cert", "data": party.wrprc}] * 2}
    elif how in reissue:
        chain = reissue[how].issue(world.registrar_key.public, Subject("Testregister"), now=world.clock.now())
        party.wrprc = issue_wrprc(
            party.record,
            "use-1",
            key=world.registrar_key,
            chain=chain,
            now=world.clock.now(),
            days=10,
            status=StatusReference(3, "https://registrar.example/status/1"),
            registry_uri="https://registrar.example/api",
        )
    elif how == "expired":
        world.clock.travel(11 * DAY)
    elif how == "revoked":
        revoke(3)
    prompt = party.mount(world.wallet()).open(party.link())
    assert codes(prompt) == [code]
    assert prompt.purpose == ""
    assert not prompt.requester.registered
    assert not prompt.agreement.known
    assert "Dat is niet bekend" in str(prompt)
    with pytest.raises(WarningsNotAcknowledged):
        prompt.approve()
    prompt.approve(despite_warnings=[code])


@pytest.mark.parametrize("other", ["identifier", "trade_name"])
def test_somebody_elses_registration_is_told(world: Any, register: Register, other: str) -> None:
    party = register()
    change = {"identifier": "NTRNL-87654321"} if other == "identifier" else {"trade_name": "Café Het Anker"}
    party.wrprc = issue_wrprc(
        party.record.model_copy(update=change),
        "use-1",
        key=world.registrar_key,
        chain=world.registrar_chain,
        now=world.clock.now(),
        days=10,
        status=StatusReference(3, "https://registrar.example/status/1"),
        registry_uri="https://registrar.example/api",
    )
    prompt = party.mount(world.wallet()).open(party.link())
    assert codes(prompt) == ["registration_mismatch"]
    assert prompt.requester.trade_name == "Café De Vrije Val"
    assert "staat niet op naam van Café De Vrije Val" in " ".join(str(prompt).split())


def test_a_status_that_cannot_be_seen_is_told(world: Any, register: Register) -> None:
    world.status_list_is_up = False
    party = register()
    prompt = party.mount(world.wallet()).open(party.link())
    assert codes(prompt) == ["registration_status_unknown"]
    assert prompt.purpose


def test_the_registrar_learns_nothing_about_the_holder(world: Any, register: Register) -> None:
    seen = []

    def registrar(environ: dict[str, Any], start_response: Any) -> Any:
        seen.append((environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("QUERY_STRING", "")))
        return world.registrar_app(environ, start_response)

    party = register()
    wallet = party.mount(world.wallet())
    wallet.mount("https://registrar.example", registrar)
    wallet.open(party.link())
    assert seen == [("GET", "/status/1", ""), ("GET", "/access-ca.crl", "")]


# Over-asking -----------------------------------------------------------------------------------


@pytest.mark.req("RPRC_21")
def test_over_asking_names_the_claims_by_label_and_path(world: Any, register: Register, ask: Ask) -> None:
    party = register(("age_over_18",), purpose=("Een fiets huren", "Rent a bicycle"), public_body=True)
    party.query = ask(("age_over_18",), ("address", "locality"), ("nationalities", None))
    prompt = party.mount(world.wallet()).open(party.link())
    assert codes(prompt) == ["over_asking"]
    named = [(item.label, item.path) for item in prompt.warnings[0].items]
    assert [path for _, path in named] == [("address", "locality"), ("nationalities", None)]
    text = str(prompt)
    for label, _ in named:
        assert f"- {label} (" in text
    assert "(address.locality)" in text


@pytest.mark.parametrize(
    ("registered", "asked", "over"),
    [
        ([("address",)], [("address", "locality")], False),
        ([("address", "locality")], [("address",)], True),
        ([("nationalities", None)], [("nationalities", 0)], False),
        ([("nationalities", 0)], [("nationalities", None)], True),
    ],
)
@pytest.mark.req("RPRC_21")
def test_over_asking_is_about_places(
    world: Any, register: Register, ask: Ask, registered: Any, asked: Any, over: bool
) -> None:
    party = register(*registered, purpose=("Iets", "Something"))
    party.query = ask(*asked)
    prompt = party.mount(world.wallet()).open(party.link())
    assert codes(prompt) == (["over_asking"] if over else [])


def test_a_registered_parent_type_covers_the_national_one(world: Any, register: Register, ask: Ask) -> None:
    party = register(("family_name",), types=("urn:eudi:pid:1",), purpose=("Iets", "Something"))
    for types in (["urn:eudi:pid:1"], ["urn:eudi:pid:nl:1"]):
        party.query = ask(("family_name",), types=types)
        assert codes(party.mount(world.wallet()).open(party.link())) == []


def test_a_card_that_was_not_registered_at_all(world: Any, register: Register, ask: Ask) -> None:
    party = register(("age_over_18",), types=("urn:example:other",), purpose=("Iets", "Something"))
    party.query = ask()
    prompt = party.mount(world.wallet()).open(party.link())
    assert codes(prompt) == ["over_asking"]
    assert [str(item) for item in prompt.warnings[0].items] == ["Persoonsgegevens"]


def test_policy_reject_leaves_only_refusing(world: Any, register: Register, ask: Ask) -> None:
    party = register()
    party.query = ask(("age_over_18",), ("bsn",))
    prompt = party.mount(world.wallet(over_asking="reject")).open(party.link())
    assert prompt.blocked
    assert prompt.cards == ()
    assert "999991772" not in str(prompt)
    with pytest.raises(ApprovalNotPossible):
        prompt.approve(despite_warnings=True)
    prompt.deny()
    assert party.forms == [{"error": "access_denied", "state": "s-0123456789abcdef"}]


@pytest.mark.parametrize("policy", ["reject", "registered_only", "allow_all"])
def test_no_policy_minds_a_registered_request(world: Any, register: Register, policy: Any) -> None:
    party = register()
    prompt = party.mount(world.wallet(over_asking=policy)).open(party.link())
    assert (prompt.blocked, codes(prompt)) == ("", [])
    prompt.approve()


def test_policy_registered_only_shares_the_rest_where_the_query_allows_it(
    world: Any, register: Register, ask: Ask
) -> None:
    party = register()
    party.query = ask(
        claims=[{"id": "a", "path": ["age_over_18"]}, {"id": "b", "path": ["bsn"]}],
        claim_sets=[["a", "b"], ["a"]],
    )
    prompt = party.mount(world.wallet(over_asking="registered_only")).open(party.link())
    assert codes(prompt) == ["over_asking"]
    assert [claim.path for claim in prompt.cards[0].claims] == [("age_over_18",)]
    assert "laat weg wat niet is aangemeld: Burgerservicenummer" in " ".join(str(prompt).split())
    prompt.approve(despite_warnings=True)
    assert party.received().vp_token.keys() == {"pid"}


def test_policy_registered_only_refuses_where_the_query_does_not_allow_it(
    world: Any, register: Register, ask: Ask
) -> None:
    party = register()
    party.query = ask(("age_over_18",), ("bsn",))
    prompt = party.mount(world.wallet(over_asking="registered_only")).open(party.link())
    assert "aangemeld" in prompt.blocked
    with pytest.raises(ApprovalNotPossible):
        prompt.approve(despite_warnings=True)


def test_a_strict_profile_shares_only_with_the_registered(world: Any, register: Register) -> None:
    party = register(registered=False)
    prompt = party.mount(world.wallet(profile=STRICT)).open(party.link())
    assert (
        prompt.blocked
        == "Uw wallet deelt alleen gegevens met wie een geldig bewijs van aanmelding laat zien."
    )
    with pytest.raises(ApprovalNotPossible):
        prompt.approve(despite_warnings=True)
    fine = register()
    fine.mount(world.wallet(profile=STRICT)).open(fine.link()).approve()


@pytest.mark.parametrize("options", [{"over_asking": "sometimes"}, {"language": "de"}, {"pin": "abc"}])
def test_wrong_options_are_our_own_mistake(world: Any, options: dict[str, Any]) -> None:
    with pytest.raises(LocalError):
        Wallet(anchors=world.anchors, http=HttpClient(), clock=world.clock, **options)


def test_every_warning_of_the_registration_check_has_words() -> None:
    for code in get_args(WarningCode):
        assert f"warning.{code}.title" in TEXTS["nl"]


# The access certificate --------------------------------------------------------------------------


@pytest.mark.parametrize("profile", [HAIP_1_0, STRICT])
def test_a_party_whose_access_certificate_was_revoked_is_refused(
    world: Any, register: Register, profile: Profile
) -> None:
    party = register()
    world.revoked_serials.append(party.chain.leaf.serial)
    wallet = party.mount(world.wallet(profile=profile))
    with pytest.raises(UntrustedCertificate) as refused:
        wallet.open(party.link())
    assert refused.value.code == "certificate_revoked"
    assert wallet.log[-1].reason == "certificate_revoked"


def test_a_list_of_revoked_certificates_that_cannot_be_had(world: Any, register: Register) -> None:
    def registrar(environ: dict[str, Any], start_response: Any) -> Any:
        if environ["PATH_INFO"] == "/access-ca.crl":
            start_response("503 Service Unavailable", [])
            return [b""]
        return world.registrar_app(environ, start_response)

    party = register()
    for profile in (HAIP_1_0, STRICT):
        wallet = party.mount(world.wallet(profile=profile))
        wallet.mount("https://registrar.example", registrar)
        if profile is STRICT:
            with pytest.raises(TransportError):
                wallet.open(party.link())
        else:
            assert codes(wallet.open(party.link())) == []


# The website -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("response_uri", "warned"),
    [
        ("https://rp.example/other", False),
        ("https://RP.example/other", False),
        ("https://sub.rp.example/x", True),
        ("https://rp.example.evil.example/x", True),
    ],
)
def test_another_website_is_told(world: Any, register: Register, response_uri: str, warned: bool) -> None:
    party = register()
    party.changes = {"response_uri": response_uri}
    prompt = party.mount(world.wallet()).open(party.link())
    assert codes(prompt) == (["other_website"] if warned else [])
    if warned:
        assert "rp.example" in prompt.warnings[0].text
        assert prompt.requester.website in prompt.warnings[0].text


def test_a_certificate_without_hosts_says_nothing_about_them(world: Any, register: Register) -> None:
    party = register()
    subject = party.chain.leaf.subject
    service = f"https://registrar.example/wrp/{subject.identifier}/services/main"
    party.chain = world.access.issue(party.key.public, subject, now=world.clock.now(), san_uris=(service,))
    assert codes(party.mount(world.wallet()).open(party.link())) == []


# Login -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("paths", "types", "kind"),
    [
        ([("bsn",)], ["urn:eudi:pid:nl:1"], "login"),
        ([("bsn",), ("given_name",)], ["urn:eudi:pid:nl:1"], "regular"),
        ([("given_name",)], ["urn:eudi:pid:nl:1"], "regular"),
        ([("bsn",)], ["urn:example:card"], "regular"),
    ],
)
def test_a_login_is_only_the_bsn_of_a_pid(
    world: Any, register: Register, ask: Ask, paths: Any, types: list[str], kind: str
) -> None:
    party = register(*paths, types=tuple(types), public_body=True, purpose=("Inloggen", "Log in"))
    party.query = ask(*paths, types=types)
    prompt = party.mount(world.wallet()).open(party.link())
    assert prompt.kind == kind
    assert str(prompt).count("inloggen bij") == (1 if kind == "login" else 0)
