"""Sessions in a database: read as they were written, there after a restart, and nothing of them in a message."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from kill_step import KILL_STEP
from sqlalchemy import create_engine, text

from nlwallet.crypto import PrivateKey
from nlwallet.dcql import DcqlQuery
from nlwallet.errors import InvalidResponse, LimitExceeded, LocalError, RefusedByWallet
from nlwallet.openid4vp import encode_transaction_data
from nlwallet.report import Report
from nlwallet.status import StatusOutcome
from nlwallet.store import Database
from nlwallet.verifier import Provenance, Session, SqlSessionStore, VerifiedPresentation
from nlwallet.verifier.kept_report import KeptExplanation
from nlwallet.verifier.session import State, hash_of
from nlwallet.verifier.session_json import read_session, write_session

NOW = 1_790_000_000
QUERY = DcqlQuery.parse(
    {
        "credentials": [
            {
                "id": "pid",
                "format": "dc+sd-jwt",
                "meta": {"vct_values": ["urn:eudi:pid:1"]},
                "claims": [{"path": ["nationalities", None]}, {"path": ["age_over_18"], "values": [True]}],
            },
        ]
    }
)
CLAIMS: dict[str, Any] = {"family_name": "Hofstra \ud83d", "number": 2**70, "list": [1.5, None, True, {}]}


def whole() -> Session:
    """A session of which no field has its default: one that was forgotten would have it when it is read again."""
    report = Report()
    report.passed("V-01", "OpenID4VP 1.0 §5", "something")
    report.failed("V-02", "something else", InvalidResponse("no", pointer="/state"))
    report.explanations.append(KeptExplanation("one line", "several\nlines", {"summary": "one line"}))
    return Session(
        id="transaction-id",
        request_id="request-id",
        flow="same_device",
        query=QUERY,
        client_id="x509_hash:x",
        response_mode="direct_post.jwt",
        nonce="nonce",
        state_parameter="state",
        encryption_key=PrivateKey.generate(),
        encryption_kid="kid",
        registration_certificate="ey.ey.ey",
        created_at=NOW,
        expires_at=NOW + 600,
        redirect_uri="https://rp.example/done",
        scope="pid",
        transaction_data=(
            encode_transaction_data({"type": "payment", "credential_ids": ["pid"], "amount": 1}, query=QUERY),
        ),
        origins=("https://rp.example",),
        browser_session_hash=hash_of("cookie"),
        needs_confirmation=True,
        fetched=True,
        state=State.VERIFIED,
        presentations=(
            VerifiedPresentation(
                query_id="pid",
                format="dc+sd-jwt",
                type="urn:eudi:pid:1",
                issuer="https://pid.example",
                claims=CLAIMS,
                provenance=Provenance(
                    issuer_uri="https://pid.example",
                    ca="CA",
                    authority_key_ids=(b"\x00\xff",),
                    qualification="EAA",
                    issued_at=NOW - 3,
                    valid_from=NOW - 2,
                    valid_until=NOW + 5,
                    status=StatusOutcome.VALID,
                ),
            ),
        ),
        error=RefusedByWallet("no", code="access_denied", hint="ask again"),
        report=report,
        rejected=(Report(), report),
        response_code_hash=hash_of("code"),
        wrong_response_codes=2,
        taken_at=NOW + 9,
        revision=7,
    )


def members(session: Session) -> dict[str, Any]:
    """What can be compared: keys and errors have no equality of their own."""
    found = {one.name: getattr(session, one.name) for one in fields(session)}
    found["encryption_key"] = session.encryption_key and session.encryption_key.private_jwk()
    found["error"] = session.error and session.error.diagnostics()
    return found


def test_a_session_is_read_as_it_was_written() -> None:
    session = whole()
    for value in (session, *(one.provenance for one in session.presentations)):
        for one in fields(value):
            assert getattr(value, one.name) != one.default, one.name
    assert members(read_session(write_session(session))) == members(session)
    assert isinstance(read_session(write_session(session)).error, RefusedByWallet)
    bare = replace(
        session, encryption_key=None, error=None, transaction_data=(), presentations=(), client_id=None
    )
    assert members(read_session(write_session(bare))) == members(bare)
    explained = read_session(write_session(session)).report.explanations[0]
    assert (explained.summary, str(explained)) == ("one line", "several\nlines")


def test_a_failure_that_no_specification_has_can_be_read_too() -> None:
    error, report = LimitExceeded("it is nested too deep"), Report()
    report.failed("V-59", "the message holds one response", error)
    for failure in (error, LimitExceeded("")):
        session = replace(whole(), report=report, rejected=(report,), error=failure)
        assert members(read_session(write_session(session))) == members(session)
    assert not error.spec


@pytest.mark.parametrize(
    "kept",
    [b"", b"{}", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"version":1}', b'{"version":2}'],
    ids=lambda kept: repr(kept[:14]),
)
def test_what_was_damaged_is_our_mistake_and_says_nothing_of_what_is_in_it(kept: bytes) -> None:
    with pytest.raises(LocalError) as refused:
        read_session(kept)
    assert refused.value.code == "store"


def test_no_member_can_be_damaged_unnoticed() -> None:
    good = write_session(whole())
    for wrong in (b'"query":', b'"report":', b'"presentations":', b'"state":'):
        with pytest.raises(LocalError):
            read_session(good.replace(wrong, b'"other":'))
    with pytest.raises(LocalError) as refused:
        read_session(good.replace(b'"state":"verified"', b'"state":"Hofstra"'))
    assert "Hofstra" not in str(refused.value)


# A restart ---------------------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/sessions.sqlite"
    return str(request.getfixturevalue("postgresql")())


@pytest.fixture
def world_on(make_world: Callable[..., Any], url: str) -> Iterator[Callable[[], Any]]:
    """Gives a verifier that was just started on the same database."""
    opened: list[Database] = []

    def start() -> Any:
        for one in opened:
            one.close()
        opened.append(Database(url))
        return make_world(store=SqlSessionStore(opened[-1], owner="cafe"))

    yield start
    for one in opened:
        one.close()


def test_what_was_finished_is_there_after_a_restart(world_on: Callable[[], Any]) -> None:
    before = world_on()
    request, refused = before.verifier.request(), before.verifier.request()
    asked, other = before.fetch(request), before.fetch(refused)
    assert before.answer(asked).status_code == 200
    assert before.answer(other, {"pid": [before.presentation(other, nonce="another")]}).status_code == 400
    good, bad = before.verifier.result(request), before.verifier.result(refused)
    after = world_on().verifier
    assert after.result(request.id) == good
    assert after.result(request.id).claims("pid") == {"age_over_18": True}
    again = after.result(refused.id)
    assert (again.status, again.report) == ("failed", bad.report)
    with pytest.raises(type(bad.error)) as caught:
        again.claims("pid")
    assert str(caught.value) == str(bad.error)


def test_what_was_open_goes_on_after_a_restart(world_on: Callable[[], Any]) -> None:
    before = world_on()
    made, fetched, late = (before.verifier.request() for _ in range(3))
    asked = before.fetch(fetched)
    after = world_on()
    assert [after.verifier.result(one.id).status for one in (made, fetched)] == ["pending", "pending"]
    assert after.answer(asked).status_code == 200
    assert after.answer(after.fetch(made)).status_code == 200
    assert [after.verifier.result(one.id).status for one in (made, fetched)] == ["verified", "verified"]
    after.clock.travel(300)
    assert after.verifier.result(late.id).status == "expired"


def test_a_result_is_released_once_also_after_a_restart(world_on: Callable[[], Any]) -> None:
    before = world_on()
    request = before.verifier.request(flow="same_device", redirect_uri="https://cafe.example/done")
    code = before.answer(before.fetch(request)).json()["redirect_uri"].partition("response_code=")[2]
    after = world_on().verifier
    assert after.result(request.id).status == "pending"
    assert after.result(request.id, response_code=code).claims("pid") == {"age_over_18": True}
    with pytest.raises(InvalidResponse):
        world_on().verifier.result(request.id, response_code=code)


def test_a_verifier_does_not_find_the_sessions_of_another(world_on: Callable[[], Any], url: str) -> None:
    world = world_on()
    request = world.verifier.request()
    with Database(url) as database:
        another = SqlSessionStore(database, owner="museum")
        found = world.verifier._store.by_id(request.id)
        assert another.by_id(request.id) is None
        assert another.by_request_id(found.request_id) is None
        assert not another.replace(found, found.taken(now=NOW))
        assert len(another) == 0
        assert (
            another.by_id("no\0name") is another.by_id("ünïcode") is another.by_request_id("\ud83d") is None
        )


# What is at rest ---------------------------------------------------------------------------------


def test_the_file_is_for_its_owner_only_and_what_is_over_leaves_it(tmp_path: Path) -> None:
    path = tmp_path / "sessions.sqlite"
    session = replace(whole(), id="t", request_id="r")
    with Database(f"sqlite:///{path}") as database:
        store = SqlSessionStore(database)
        store.add(session, now=NOW)
        for one in tmp_path.iterdir():
            assert stat.S_IMODE(one.stat().st_mode) == 0o600, one.name
        store.add(replace(session, id="t2", request_id="r2", presentations=()), now=session.expires_at + 600)
        assert store.by_id("t") is None
    assert b"Hofstra" not in path.read_bytes()


def test_no_message_tells_what_is_kept(url: str) -> None:
    with Database(url) as database:
        store, session = SqlSessionStore(database), whole()
        store.add(session, now=NOW)
        with pytest.raises(LocalError) as refused:
            store.add(session, now=NOW)
        assert refused.value.code == "store"
        for secret in ("Hofstra", session.id, session.request_id):
            assert secret not in str(refused.value)


def test_a_newer_store_and_another_database_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "sessions.sqlite"
    with Database(f"sqlite:///{path}") as database:
        SqlSessionStore(database)
        with database.write() as connection:
            connection.execute(text("UPDATE nlwallet_parts SET version = 99"))
    with Database(f"sqlite:///{path}") as database, pytest.raises(LocalError, match="version 99"):
        SqlSessionStore(database)
    path.write_bytes(b"no database at all, but a text of some length " * 20)
    with pytest.raises(LocalError) as refused:
        Database(f"sqlite:///{path}")
    assert refused.value.code == "store"
    with pytest.raises(LocalError):
        Database(f"sqlite:///{tmp_path}/nowhere/sessions.sqlite")


@pytest.mark.parametrize(
    "address",
    ["", "sqlite://", "sqlite:///", "mysql://host/name", "/tmp/x.sqlite", "postgresql+asyncpg://host/x", ":"],
)
def test_what_is_no_address_of_a_database_is_refused(address: str) -> None:
    with pytest.raises(LocalError, match="not the address"):
        Database(address)


def test_a_server_that_is_not_there_is_our_mistake_and_no_password_is_told() -> None:
    with pytest.raises(LocalError) as refused:
        Database("postgresql://somebody:geheim@127.0.0.1:1/nowhere")
    assert refused.value.code == "store"
    assert "geheim" not in str(refused.value)


def test_the_database_is_one_that_others_can_read(tmp_path: Path) -> None:
    """Nothing in it is a format of our own but the session itself, which is JSON."""
    path = tmp_path / "sessions.sqlite"
    with Database(f"sqlite:///{path}") as database:
        SqlSessionStore(database, owner="cafe").add(whole(), now=NOW)
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        row = connection.execute(text("SELECT owner, id, revision FROM verifier_session")).one()
    engine.dispose()
    assert tuple(row) == ("cafe", "transaction-id", 7)


# Killed ------------------------------------------------------------------------------------------


def test_a_verifier_that_is_killed_loses_no_finished_session_and_releases_nothing_twice(
    tmp_path: Path,
) -> None:
    memory = Path("/dev/shm")
    place = memory if memory.is_dir() and os.access(memory, os.W_OK) else tmp_path
    with tempfile.TemporaryDirectory(dir=place) as folder:
        done = subprocess.run(
            [sys.executable, str(Path(__file__).parent / "session_crash.py"), folder, str(KILL_STEP)],
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    assert told.pop("kills") * KILL_STEP > 20
    # Every state was met, also that of a session whose verifier died while it verified.
    assert set(told) == {str(one) for one in State} - {"refused"}
