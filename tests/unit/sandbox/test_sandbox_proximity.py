"""A holder and a bar meet: what passes between them, who is refused, and what stays untold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from nlwallet import Sandbox, Wallet
from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateAuthority, CertificateChain, PrivateKey, Subject
from nlwallet.crypto.cbor import dump_cbor, parse_cbor
from nlwallet.errors import (
    AlgorithmNotAllowed,
    DecryptionFailed,
    InvalidDeviceAuth,
    InvalidEngagement,
    InvalidRequest,
    InvalidResponse,
    InvalidSessionMessage,
    InvalidSignature,
    InvalidStatus,
    LocalError,
    PromptClosed,
    RefusedByWallet,
    RemoteError,
    SessionEnded,
    TransportError,
    UntrustedCertificate,
    WalletLocked,
    WrongPin,
)
from nlwallet.holder import ConsentPrompt
from nlwallet.issuer import persona, pid_claims
from nlwallet.link import InProcessLink, link_pair
from nlwallet.mdoc import DeviceSignature, ItemsRequest, encode_device_request, encode_device_response
from nlwallet.profiles import HAIP_1_0, STRICT, Profile
from nlwallet.proximity import (
    DeviceEngagement,
    ReaderSession,
    SessionData,
    SessionEstablishment,
    SessionStatus,
)
from nlwallet.report import Outcome, Report
from nlwallet.sandbox import pilot
from nlwallet.verifier import Verifier

NOW = 1_790_000_000
PID = "urn:eudi:pid:nl:1"
ADULT = {PID: {"age_over_18": True}}
TERMINATION = SessionData(status=SessionStatus.SESSION_TERMINATION).encode()


class Meeting:
    """A wallet, a bar, and the link between them."""

    def __init__(self, edi: Sandbox, frouke: Wallet, bar: Verifier, **options: Any) -> None:
        self.device_link, self.reader_link = link_pair()
        self.edi, self.frouke, self.bar = edi, frouke, bar
        self.shown = frouke.proximity(self.device_link, **options)

    def asks(self, **options: Any) -> ConsentPrompt:
        self.reading = self.bar.proximity(self.shown.engagement, self.reader_link, **options)
        return self.shown.prompt(0)

    def as_reader(self, make: Callable[[ReaderSession], bytes]) -> ReaderSession:
        """A reader of the test's own; ``make`` gives its request."""
        session = ReaderSession(DeviceEngagement.from_uri(self.shown.engagement), expires_at=NOW + 60)
        self.reader_link.send(session.establish(make(session), now=NOW))
        return session

    def heard(self, link: InProcessLink | None = None) -> list[bytes]:
        """Everything that the reader got."""
        found = []
        try:
            while True:
                found.append((link or self.reader_link).receive(0))
        except TransportError:
            return found


@pytest.fixture(scope="module")
def world() -> Iterator[Sandbox]:
    with Sandbox(clock=TravellingClock(NOW)) as edi:
        yield edi


@pytest.fixture
def frouke(world: Sandbox) -> Wallet:
    return world.wallet("frouke", cards=("pid-mdoc",))


@pytest.fixture
def bar(world: Sandbox) -> Verifier:
    return world.relying_party("strandbar-zonder-bereik")


@pytest.fixture
def meeting(world: Sandbox, frouke: Wallet, bar: Verifier) -> Meeting:
    return Meeting(world, frouke, bar)


def outcomes(report: Report, id_: str) -> list[tuple[Outcome, str]]:
    return [(one.outcome, one.reason) for one in report if one.id == id_]


@pytest.mark.req("OIA_01")
@pytest.mark.parametrize("proof", ["signature", "mac"])
def test_the_bar_sees_18_and_nothing_else(world: Sandbox, frouke: Wallet, bar: Verifier, proof: str) -> None:
    meeting = Meeting(world, frouke, bar, proof=proof)
    meeting.asks().approve(pin=Sandbox.PIN)
    result = meeting.reading.result()
    assert result.claims("pid") == ADULT
    assert result is meeting.reading.result()
    passed = {one.id for one in result.report if one.outcome is Outcome.PASSED}
    assert {"ProxId_01a", "M-07", "M-08", "M-10", "V-48", "V-49"} <= passed


@pytest.mark.req("RPA_03", "RPRC_19", "RPRC_20")
def test_nothing_leaves_the_wallet_before_its_holder_approves(meeting: Meeting) -> None:
    prompt = meeting.asks()
    assert meeting.heard() == []
    assert "Strandbar Zonder Bereik" in str(prompt)
    assert "Controleren of u 18 jaar of ouder bent" in str(prompt)
    assert [claim.path for card in prompt.cards for claim in card.claims] == [(PID, "age_over_18")]
    assert prompt.report.ok
    assert {"RPA_03", "RPA_04", "RPRC_17", "RPRC_19", "RPRC_21"} <= {one.id for one in prompt.report}
    with pytest.raises(WrongPin):
        prompt.approve(pin="000000")
    assert meeting.heard() == []
    prompt.approve(pin=Sandbox.PIN)
    (answer,) = meeting.heard()
    assert b"age_over_18" not in answer
    with pytest.raises(PromptClosed):
        prompt.approve(pin=Sandbox.PIN)


@pytest.mark.req("DASH_02", "DASH_03", "DASH_03a")
def test_the_log_says_who_asked_what_nearby(meeting: Meeting) -> None:
    meeting.asks().approve(pin=Sandbox.PIN)
    entry = meeting.frouke.log[-1]
    assert (entry.kind, str(entry.outcome)) == ("proximity", "shared")
    assert entry.party.identifier == "NTRNL-90000004"
    assert [claim.path for claim in entry.shared] == [(PID, "age_over_18")]
    assert entry.purpose == "Controleren of u 18 jaar of ouder bent"
    assert meeting.frouke.shared_with("Strandbar Zonder Bereik").claims
    again = meeting.edi.empty_wallet()
    password = "een lang wachtwoord van haar"
    again.import_log(meeting.frouke.export_log(password=password), password=password)
    assert again.log[-1].kind == "proximity"


# What the reader learns without an approval --------------------------------------------------------


def refused(meeting: Meeting) -> None:
    meeting.asks().deny()


def lacking(meeting: Meeting) -> None:
    name = {PID: {"age_over_18": False, "no_such_element": False}}
    meeting.as_reader(lambda session: signed(meeting, session, ItemsRequest(PID, name)))
    prompt = meeting.shown.prompt(0)
    assert prompt.missing
    prompt.deny()


def locked(meeting: Meeting) -> None:
    prompt = meeting.asks()
    for _ in range(3):
        with pytest.raises(WrongPin):
            prompt.approve(pin="000000")
    with pytest.raises(WalletLocked):
        prompt.approve(pin="000000")


def untrusted(meeting: Meeting) -> None:
    authority = CertificateAuthority.create("Somebody", now=NOW)
    meeting.as_reader(lambda session: signed(meeting, session, ASKED, authority=authority))
    with pytest.raises(UntrustedCertificate):
        meeting.shown.prompt(0)


def gone(meeting: Meeting) -> None:
    meeting.asks()
    meeting.shown.close()


ASKED = ItemsRequest(PID, {PID: {"age_over_18": False}})


def signed(
    meeting: Meeting,
    session: ReaderSession,
    *items: ItemsRequest,
    authority: CertificateAuthority | None = None,
    transcript: bytes | None = None,
) -> bytes:
    """A request of the bar itself, or of somebody who only says so."""
    key, chain = meeting.bar._key, meeting.bar.certificates.access_chain
    if authority is not None:
        key = PrivateKey.generate()
        chain = CertificateChain(
            authority.issue(key.public, Subject("Strandbar Zonder Bereik", country="NL"), now=NOW).leaf
        )
    return encode_device_request(
        items, session_transcript=transcript or session.transcript, key=key, chain=chain
    )


@pytest.mark.req("RPA_11")
@pytest.mark.parametrize("reason", [refused, lacking, locked, untrusted, gone])
def test_a_refusal_looks_like_absence(reason: Callable[[Meeting], None], meeting: Meeting) -> None:
    reason(meeting)
    assert meeting.heard() == [TERMINATION]


def test_the_bar_learns_that_it_is_over(meeting: Meeting) -> None:
    meeting.asks().deny()
    result = meeting.reading.result()
    assert (str(result.status), result.presentations) == ("refused", ())
    with pytest.raises(RefusedByWallet):
        result.claims("pid")
    assert str(meeting.frouke.log[-1].outcome) == "denied"


# Several requests in one session -------------------------------------------------------------------


def query(*names: str) -> dict[str, Any]:
    claims = [{"path": [PID, name]} for name in names]
    return {
        "credentials": [{"id": "pid", "format": "mso_mdoc", "meta": {"doctype_value": PID}, "claims": claims}]
    }


def test_a_reader_asks_more_in_one_session_and_each_request_is_decided_on(
    world: Sandbox, frouke: Wallet, bar: Verifier
) -> None:
    meeting = Meeting(world, frouke, bar, requests=3)
    before = len(frouke.log)
    first = bar.proximity(meeting.shown.engagement, meeting.reader_link, further=True)
    prompts = meeting.shown.prompts(0)
    next(prompts).approve(pin=Sandbox.PIN)
    assert first.result().claims("pid") == ADULT
    second = first.ask(query("family_name"), intended_use="leeftijd")
    asked = next(prompts)
    assert "over_asking" in [warning.code for warning in asked.warnings]  # checked anew
    assert meeting.heard() == []
    asked.approve(pin=Sandbox.PIN, despite_warnings=[one.code for one in asked.warnings if one.explicit])
    assert second.result().claims("pid") == {PID: {"family_name": "Hofstra"}}
    third = second.ask()
    next(prompts).approve(pin=Sandbox.PIN)
    assert third.result().claims("pid") == ADULT
    assert list(prompts) == []
    with pytest.raises(SessionEnded, match="no further request"):
        third.ask()
    logged = [(str(one.outcome), [claim.path[-1] for claim in one.shared]) for one in frouke.log[before:]]
    adult = ("shared", ["age_over_18"])
    assert logged == [adult, ("shared", ["family_name"]), adult]


def test_a_reader_that_wants_no_more_ends_it_and_that_is_no_failure(
    world: Sandbox, frouke: Wallet, bar: Verifier
) -> None:
    for further in (False, True):
        meeting = Meeting(world, frouke, bar, requests=2)
        before = len(frouke.log)
        with bar.proximity(meeting.shown.engagement, meeting.reader_link, further=further) as reading:
            prompts = meeting.shown.prompts(0)
            next(prompts).approve(pin=Sandbox.PIN)
            assert reading.result().claims("pid") == ADULT
        assert list(prompts) == []
        assert [str(one.outcome) for one in frouke.log[before:]] == ["shared"]
        with pytest.raises(RemoteError):
            meeting.shown.prompt(0)


def test_a_no_ends_a_session_of_several_requests(world: Sandbox, frouke: Wallet, bar: Verifier) -> None:
    meeting = Meeting(world, frouke, bar, requests=2)
    first = bar.proximity(meeting.shown.engagement, meeting.reader_link, further=True)
    prompts = meeting.shown.prompts(0)
    next(prompts).approve(pin=Sandbox.PIN)
    with pytest.raises(LocalError, match="before the next"):
        first.ask()
    assert first.result().claims("pid") == ADULT
    second = first.ask()
    next(prompts).deny()
    assert list(prompts) == []
    assert str(second.result().status) == "refused"
    with pytest.raises(SessionEnded):
        second.ask()


def test_a_device_that_takes_one_request_is_asked_once(meeting: Meeting) -> None:
    meeting.asks(further=True).approve(pin=Sandbox.PIN)
    assert meeting.reading.result().claims("pid") == ADULT
    with pytest.raises(SessionEnded, match="no further request"):
        meeting.reading.ask()


def test_a_further_request_of_another_reader_ends_the_session(
    world: Sandbox, frouke: Wallet, bar: Verifier
) -> None:
    """It does not have the keys, and what it says is not put to the holder."""
    meeting = Meeting(world, frouke, bar, requests=2)
    first = bar.proximity(meeting.shown.engagement, meeting.reader_link, further=True)
    prompts = meeting.shown.prompts(0)
    next(prompts).approve(pin=Sandbox.PIN)
    first.result()
    meeting.reader_link.send(SessionData(b"x" * 64).encode())
    with pytest.raises(DecryptionFailed):
        next(prompts)
    assert meeting.heard() == [SessionData(status=SessionStatus.SESSION_ENCRYPTION_ERROR).encode()]
    assert str(frouke.log[-1].outcome) == "failed"


def test_a_reading_of_one_request_asks_no_more(meeting: Meeting) -> None:
    meeting.asks().approve(pin=Sandbox.PIN)
    meeting.reading.result()
    with pytest.raises(LocalError, match="further=True"):
        meeting.reading.ask()


# Hostile readers -----------------------------------------------------------------------------------


@pytest.mark.req("RPA_03")
def test_a_reader_under_an_unknown_authority_gets_no_question(meeting: Meeting) -> None:
    untrusted(meeting)
    entry = meeting.frouke.log[-1]
    assert (entry.kind, str(entry.outcome), entry.reason) == ("proximity", "failed", "untrusted_certificate")
    assert entry.party.identifier == ""  # nobody vouches for what it says of itself


HOSTILE: dict[str, tuple[Callable[[Meeting, ReaderSession], bytes], type[RemoteError]]] = {
    "not signed": (lambda m, s: encode_device_request([ASKED]), InvalidRequest),
    "signed in another session": (
        lambda m, s: signed(m, s, ASKED, transcript=b"\x83\xf6\xf6\xf6"),
        InvalidSignature,
    ),
    "one document twice": (lambda m, s: signed(m, s, ASKED, ASKED), InvalidRequest),
    "no registration as it should be": (
        lambda m, s: signed(m, s, ItemsRequest(PID, {PID: {"age_over_18": False}}, {"euWrprc": "text"})),
        InvalidRequest,
    ),
    "no request": (lambda m, s: b"\xa0", RemoteError),
    "no CBOR": (lambda m, s: b"\xff", RemoteError),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_request_ends_in_a_typed_error(case: str, meeting: Meeting) -> None:
    make, kind = HOSTILE[case]
    meeting.as_reader(lambda session: make(meeting, session))
    with pytest.raises(kind):
        meeting.shown.prompt(0)
    assert meeting.heard() == [TERMINATION]
    assert str(meeting.frouke.log[-1].outcome) == "failed"
    with pytest.raises(RemoteError):
        meeting.shown.prompt(0)


def test_two_documents_are_asked_for_by_one_party(meeting: Meeting) -> None:
    """A second party could else ride on the question of the first."""
    other = meeting.edi.registrar.register(
        pilot("strandbar-zonder-bereik").record.model_copy(update={"identifier": "NTRNL-90000077"}),
        (key := PrivateKey.generate()).public,
        dns_names=("other.example",),
    )
    second = ItemsRequest("org.example.other", {"ns": {"x": False}})

    def both(session: ReaderSession) -> bytes:
        mine = parse_cbor(signed(meeting, session, ASKED), what="it")
        theirs = encode_device_request(
            [second], session_transcript=session.transcript, key=key, chain=other.access_chain
        )
        joined = [*mine["docRequests"], *parse_cbor(theirs, what="it")["docRequests"]]
        return dump_cbor({**mine, "docRequests": joined})

    meeting.as_reader(both)
    with pytest.raises(InvalidRequest, match="different parties"):
        meeting.shown.prompt(0)
    assert meeting.heard() == [TERMINATION]


@pytest.mark.parametrize("octets", [b"", b"\xff" * 40, b"\xa0", b"x" * 1_000_000])
def test_noise_on_the_link_ends_in_a_typed_error(octets: bytes, meeting: Meeting) -> None:
    meeting.reader_link.send(octets)
    with pytest.raises(RemoteError):
        meeting.shown.prompt(0)
    assert meeting.heard() == [SessionData(status=SessionStatus.CBOR_DECODING_ERROR).encode()]


def test_a_request_that_was_changed_on_the_way_is_not_read(meeting: Meeting) -> None:
    tap, bar_link = link_pair()
    meeting.bar.proximity(meeting.shown.engagement, bar_link)
    established = SessionEstablishment.parse(tap.receive(0))
    changed = replace(established, data=established.data[:-1] + bytes((established.data[-1] ^ 1,)))
    meeting.reader_link.send(changed.encode())
    with pytest.raises(DecryptionFailed):
        meeting.shown.prompt(0)
    assert meeting.heard() == [SessionData(status=SessionStatus.SESSION_ENCRYPTION_ERROR).encode()]


def test_a_code_serves_one_reader(meeting: Meeting) -> None:
    meeting.asks().approve(pin=Sandbox.PIN)
    assert meeting.reading.result().claims("pid") == ADULT
    with pytest.raises(TransportError):
        meeting.bar.proximity(meeting.shown.engagement, meeting.reader_link)
    with pytest.raises(RemoteError):
        meeting.shown.prompt(0)


def test_more_than_is_registered_is_told_and_may_be_refused(world: Sandbox, bar: Verifier) -> None:
    asked = {
        "credentials": [
            {
                "id": "pid",
                "format": "mso_mdoc",
                "meta": {"doctype_value": PID},
                "claims": [{"path": [PID, "age_over_18"]}, {"path": [PID, "bsn"]}],
            }
        ]
    }
    frouke = world.wallet("frouke", cards=("pid-mdoc",), over_asking="reject")
    meeting = Meeting(world, frouke, bar)
    prompt = meeting.asks(query=asked, intended_use="leeftijd")
    assert "over_asking" in [warning.code for warning in prompt.warnings]
    assert prompt.blocked
    assert [warning.code for warning in meeting.reading.warnings]
    prompt.deny()
    assert str(meeting.reading.result().status) == "refused"


# Hostile devices ------------------------------------------------------------------------------------


def as_device(meeting: Meeting) -> tuple[Any, bytes]:
    """The wallet's session and the reader's question in it, for a device of the test's own."""
    meeting.reading = meeting.bar.proximity(meeting.shown.engagement, meeting.reader_link)
    session = meeting.shown._session
    session.receive(meeting.device_link.receive(0), now=NOW)
    return session, session.transcript


def shown(meeting: Meeting, transcript: bytes, key: Any = None, *names: str) -> bytes:
    copy = meeting.frouke.cards[0].copies.all[0]
    return copy.credential.document(  # type: ignore[no-any-return, union-attr]
        [(PID, name) for name in names or ("age_over_18",)],
        session_transcript=transcript,
        device_auth=DeviceSignature(key or copy.key),
    )


def test_a_device_of_the_right_session_is_believed(meeting: Meeting) -> None:
    session, transcript = as_device(meeting)
    meeting.device_link.send(session.respond(encode_device_response([shown(meeting, transcript)]), now=NOW))
    assert meeting.reading.result().claims("pid") == ADULT


@pytest.mark.req("M-08")
def test_a_document_of_another_session_is_not_believed(meeting: Meeting) -> None:
    session, _ = as_device(meeting)
    relayed = shown(meeting, b"\x83\xf6\xf6\xf6")
    meeting.device_link.send(session.respond(encode_device_response([relayed]), now=NOW))
    result = meeting.reading.result()
    assert isinstance(result.error, InvalidDeviceAuth)
    assert result.presentations == ()


def test_more_than_was_asked_is_left_behind(meeting: Meeting) -> None:
    session, transcript = as_device(meeting)
    much = shown(meeting, transcript, None, "age_over_18", "bsn", "family_name")
    meeting.device_link.send(session.respond(encode_device_response([much]), now=NOW))
    assert meeting.reading.result().claims("pid") == ADULT


NO_ANSWER: dict[str, Callable[[Meeting, bytes], bytes]] = {
    "no documents": lambda m, t: encode_device_response([]),
    "no elements": lambda m, t: encode_device_response([shown(m, t, None, "family_name")]),
    "the document twice": lambda m, t: encode_device_response([shown(m, t)] * 2),
    "another document": lambda m, t: encode_device_response(
        [shown(m, t).replace(PID.encode(), b"urn:eudi:pid:xx:1")]
    ),
    "no CBOR": lambda m, t: b"\xff",
}


@pytest.mark.parametrize("case", NO_ANSWER)
def test_what_is_no_answer_gives_no_claims(case: str, meeting: Meeting) -> None:
    session, transcript = as_device(meeting)
    meeting.device_link.send(session.respond(NO_ANSWER[case](meeting, transcript), now=NOW))
    result = meeting.reading.result()
    assert (str(result.status), result.presentations) == ("failed", ())
    with pytest.raises(RemoteError):
        result.claims("pid")
    if case == "another document":
        assert isinstance(result.error, InvalidResponse)


@pytest.mark.parametrize(
    ("message", "status"),
    [
        (b"\xff\xff", "failed"),
        (SessionData(b"x" * 64).encode(), "failed"),
        (SessionData(status=10).encode(), "failed"),
        (TERMINATION, "refused"),
    ],
)
def test_a_device_that_says_something_else(message: bytes, status: str, meeting: Meeting) -> None:
    as_device(meeting)
    meeting.device_link.send(message)
    result = meeting.reading.result()
    assert str(result.status) == status
    assert not result.report.ok


# Time ------------------------------------------------------------------------------------------------


def test_time_runs_out_for_both(frouke: Wallet, bar: Verifier) -> None:
    clock = TravellingClock(NOW)
    with Sandbox(clock=clock) as edi:
        wallet, party = (
            edi.wallet("frouke", cards=("pid-mdoc",)),
            edi.relying_party("strandbar-zonder-bereik"),
        )
        late = Meeting(edi, wallet, party)
        prompt = late.asks()
        clock.travel(301)
        with pytest.raises(PromptClosed):
            prompt.approve(pin=Sandbox.PIN)
        late.shown.close()
        assert str(late.reading.result().status) == "expired"
        silent = Meeting(edi, wallet, party)
        silent.asks()
        assert str(silent.reading.result(0).status) == "expired"
        with pytest.raises(TransportError) as nobody:
            Meeting(edi, wallet, party).shown.prompt(0)
        assert nobody.value.code == "link_timeout"
        before = len(wallet.log)
        too_late = Meeting(edi, wallet, party)
        party.proximity(too_late.shown.engagement, too_late.reader_link, lifetime=3600)
        clock.travel(301)
        with pytest.raises(SessionEnded):
            too_late.shown.prompt(0)
        assert len(wallet.log) == before + 1


# Offline ---------------------------------------------------------------------------------------------


@pytest.mark.req("VCR_14")
def test_offline_what_was_not_checked_is_told(world: Sandbox, frouke: Wallet, bar: Verifier) -> None:
    meeting = Meeting(world, frouke, bar, offline=True)
    prompt = meeting.asks(offline=True)
    assert outcomes(prompt.report, "RPRC_01a") == [(Outcome.SKIPPED, "not checked: offline")]
    assert (Outcome.SKIPPED, "not checked: offline") in outcomes(prompt.report, "RPA_04")
    assert [(warning.code, warning.explicit) for warning in prompt.warnings] == [("offline", False)]
    prompt.approve(pin=Sandbox.PIN)
    assert meeting.reading.result().claims("pid") == ADULT


@pytest.mark.parametrize("profile", [HAIP_1_0, STRICT], ids=lambda one: one.name)
def test_what_the_wallet_fetched_of_the_registrar_before_counts_offline_until_it_expires(
    profile: Profile,
) -> None:
    clock = TravellingClock(NOW)
    with Sandbox(clock=clock, profile=profile) as edi:
        wallet = edi.wallet("frouke", cards=("pid-mdoc",))
        party = edi.relying_party("strandbar-zonder-bereik")
        Meeting(edi, wallet, party).asks().deny()
        clock.travel(3000)
        edi.anchors.refresh()
        prompt = Meeting(edi, wallet, party, offline=True).asks(offline=True)
        for id_ in ("RPRC_01a", "RPA_04"):
            assert {outcome for outcome, _ in outcomes(prompt.report, id_)} == {Outcome.PASSED}
        assert prompt.warnings == ()
        prompt.deny()
        clock.travel(601)  # the status list lives for an hour
        later = Meeting(edi, wallet, party, offline=True)
        if profile is STRICT:
            with pytest.raises(TransportError) as ended:
                later.asks(offline=True)
            assert ended.value.code == "offline"
        else:
            prompt = later.asks(offline=True)
            assert outcomes(prompt.report, "RPRC_01a") == [(Outcome.SKIPPED, "not checked: offline")]
            assert [warning.code for warning in prompt.warnings] == ["offline"]
            prompt.deny()


def test_a_party_that_was_suspended_is_refused_offline_from_a_list_that_is_known() -> None:
    with Sandbox(clock=TravellingClock(NOW)) as edi:
        wallet = edi.wallet("frouke", cards=("pid-mdoc", "pid"))
        party = edi.relying_party("strandbar-zonder-bereik")
        edi.registrar.suspend(party.certificates.record.identifier, reason="looked into")
        # The list is that of the access authority: it comes with any other request.
        wallet.open(edi.relying_party("cafe-de-vrije-val").request().uri).deny()
        with pytest.raises(RemoteError) as refused:
            Meeting(edi, wallet, party, offline=True).asks(offline=True)
        assert refused.value.code == "certificate_revoked"


def test_a_status_list_that_was_fetched_before_counts_offline() -> None:
    with Sandbox(clock=TravellingClock(NOW)) as edi:
        wallet, party = (
            edi.wallet("frouke", cards=("pid-mdoc",)),
            edi.relying_party("strandbar-zonder-bereik"),
        )

        def read(*, offline: bool) -> list[tuple[Outcome, str]]:
            meeting = Meeting(edi, wallet, party, offline=True)
            meeting.asks(offline=offline).approve(pin=Sandbox.PIN)
            result = meeting.reading.result()
            assert result.claims("pid") == ADULT
            return outcomes(result.report, "V-48")

        assert read(offline=True) == [(Outcome.WARNED, "not checked: offline")]
        assert read(offline=False) == [(Outcome.PASSED, "")]
        assert read(offline=True) == [(Outcome.PASSED, "")]


def test_a_card_that_was_taken_back_is_refused_from_a_list_that_is_known() -> None:
    with Sandbox(clock=TravellingClock(NOW)) as edi:
        wallet = edi.empty_wallet()
        offer = edi.pid_issuer.offer("nl-pid-mdoc", pid_claims(persona("frouke"), now=NOW))
        wallet.receive(offer.uri)
        assert offer.credential_id is not None
        edi.pid_issuer.status_lists.revoke(offer.credential_id)
        party = edi.relying_party("strandbar-zonder-bereik")
        for offline in (False, True):
            meeting = Meeting(edi, wallet, party, offline=True)
            meeting.asks(offline=offline).approve(pin=Sandbox.PIN)
            assert isinstance(meeting.reading.result().error, InvalidStatus)


def test_a_strict_profile_does_without_neither_list() -> None:
    assert HAIP_1_0.offline_status == "told"
    with Sandbox(clock=TravellingClock(NOW), profile=STRICT) as edi:
        wallet, party = (
            edi.wallet("frouke", cards=("pid-mdoc",)),
            edi.relying_party("strandbar-zonder-bereik"),
        )
        meeting = Meeting(edi, wallet, party, offline=True)
        with pytest.raises(TransportError) as ended:
            meeting.asks()
        assert ended.value.code == "offline"
        online = Meeting(edi, wallet, party)
        online.asks(offline=True).approve(pin=Sandbox.PIN)
        result = online.reading.result()
        assert str(result.status) == "failed"
        assert result.error is not None
        assert result.error.code == "offline"


# Use ---------------------------------------------------------------------------------------------------


def test_what_a_reader_cannot_do_is_said_at_once(world: Sandbox, meeting: Meeting) -> None:
    with pytest.raises(InvalidEngagement):
        meeting.bar.proximity("openid4vp://?request_uri=x", meeting.reader_link)
    with pytest.raises(LocalError):  # its registered query is for another format
        world.relying_party("cafe-de-vrije-val").proximity(meeting.shown.engagement, meeting.reader_link)
    other = DeviceEngagement.create(PrivateKey.generate("P-384").public)
    assert meeting.bar.proximity(other.uri, meeting.reader_link).purpose["en"]
    with pytest.raises(AlgorithmNotAllowed):
        meeting.shown.prompt(0)  # a reader on the curve of that other device
    assert "▄" in Meeting(world, meeting.frouke, meeting.bar).shown.qr()


def test_a_reader_that_walks_away_ends_the_session(meeting: Meeting) -> None:
    prompt = meeting.asks()
    with meeting.reading:
        pass
    with pytest.raises(SessionEnded):
        prompt.approve(pin=Sandbox.PIN)
    entry = meeting.frouke.log[-1]
    assert (str(entry.outcome), entry.reason, entry.shared) == ("failed", "session_terminated", ())
    card = meeting.frouke.cards[0]
    assert card.copies.unused == len(card.copies)  # none was spent on somebody who did not wait


def test_a_reader_that_asks_again_before_it_was_answered_gets_nothing(meeting: Meeting) -> None:
    tap, bar_link = link_pair()
    meeting.bar.proximity(meeting.shown.engagement, bar_link)
    message = tap.receive(0)
    meeting.reader_link.send(message)
    prompt = meeting.shown.prompt(0)
    meeting.reader_link.send(message)
    with pytest.raises(InvalidSessionMessage):
        prompt.approve(pin=Sandbox.PIN)
    assert meeting.heard() == [TERMINATION]
