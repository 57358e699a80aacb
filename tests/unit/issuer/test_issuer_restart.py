"""An issuer that was stopped, or killed, and goes on: nothing that it gave out is lost, and nothing is given twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from issuer_crash import STORIES
from issuer_world import BASE, BATCH, Asked, Client, World, cards_of, identifier_of, sender
from kept_in import address, issuer_store
from kill_step import KILL_STEP

from nlwallet.crypto import PrivateKey, Subject
from nlwallet.errors import LocalError
from nlwallet.issuer import InMemoryIssuerStore, SqlIssuerStore
from nlwallet.issuer.deferral import DEFERRAL_LIFETIME
from nlwallet.openid4vci import PRE_AUTHORIZED_CODE, CredentialOffer
from nlwallet.status import Status
from nlwallet.store import Database

HERE = Path(__file__).parent


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "issuer.sqlite"


# Killed ------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """In memory where there is such a place: it is processes that die here, not the machine."""
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK):
        with tempfile.TemporaryDirectory(dir=memory) as found:
            yield Path(found)
    else:
        yield tmp_path


@pytest.mark.req("ADV-189", "ADV-191", "ADV-192", "T-24")
@pytest.mark.parametrize("story", STORIES)
def test_an_issuer_that_is_killed_loses_no_status_and_issues_nothing_twice(story: str, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, str(HERE / "issuer_crash.py"), story, str(folder), str(KILL_STEP)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    kills = json.loads(done.stdout)
    responses = sum(stage.play.__name__.startswith(("credential", "fetch")) for stage in STORIES[story])
    assert kills["sign"] >= responses * BATCH
    assert kills["answer"] >= 4
    assert kills["sql"] * KILL_STEP > 30


# Stopped -----------------------------------------------------------------------------------------


def test_what_was_begun_is_finished_by_another_start(world: World, path: Path) -> None:
    """Each step at an issuer that was just started, all with the same file."""

    def started() -> Any:
        database = Database(address(path))
        issuer = world.issuer(SqlIssuerStore(database))
        client.use(sender(issuer))
        return issuer, sender(issuer), database

    client = Client(world, lambda _: pytest.fail("not started"))
    issuer, send, database = started()
    made = issuer.offer("nl-pid", world.claims)
    request_uri = send(client.push(scope="later")).body["request_uri"]
    database.close()

    issuer, send, database = started()
    found = send(Asked("GET", made.reference.removeprefix(BASE))).body
    assert CredentialOffer.from_json(found) == made.offer
    token = send(client.exchange_offer(found["grants"][PRE_AUTHORIZED_CODE]["pre-authorized_code"])).body[
        "access_token"
    ]
    agreed = send(client.agree(request_uri))
    asked_before = client.credential(token)  # with nonces of this start
    database.close()

    issuer, send, database = started()
    reply = send(asked_before)
    assert (reply.status, len(cards_of(reply))) == (200, 1)
    code = agreed.headers["location"].partition("code=")[2].partition("&")[0]
    later = send(client.exchange_code(code)).body
    asked = client.credential(later["access_token"], identifier=identifier_of(later))
    transaction = send(asked).body["transaction_id"]
    database.close()

    issuer, send, database = started()
    assert send(asked_before).status == 401
    issuer.waiting[0].approve()
    database.close()

    issuer, send, database = started()
    assert len(cards_of(send(client.deferred(later["access_token"], transaction)))) == 1
    assert send(client.notify(token, reply.body["notification_id"])).status == 204
    database.close()

    issuer, send, database = started()
    first, second = issuer.issued
    assert list(first.events) == ["credential_accepted"]
    assert [issuer.status_lists.status_of(one.credential_id) for one in (first, second)] == [Status.VALID] * 2
    assert first.credential_id == made.credential_id
    database.close()


def test_a_wallet_goes_on_with_the_metadata_that_it_has(world: World, path: Path) -> None:
    keys = []
    for _ in range(2):
        with issuer_store(path) as store:
            metadata = world.issuer(store).issuer_metadata()["credential_request_encryption"]
            keys.append(metadata["jwks"])
    assert keys[0] == keys[1]
    assert (
        keys[0]
        != world.issuer(InMemoryIssuerStore()).issuer_metadata()["credential_request_encryption"]["jwks"]
    )


def test_a_store_is_of_one_issuer(world: World, path: Path) -> None:
    other, key = "https://other-issuer.example", PrivateKey.generate()
    chain = world.root.issue(key.public, Subject("Other"), now=world.clock.now(), san_uris=(other,))
    with issuer_store(path) as store:
        world.issuer(store)
        world.issuer(store)
        world.chain, world.key = chain, key
        with pytest.raises(LocalError, match="another issuer") as refused:
            world.issuer(store, credential_issuer=other)
        assert refused.value.code == "store"


# What is in the file -----------------------------------------------------------------------------


def test_no_secret_and_no_claim_that_is_not_needed_is_in_the_file(world: World, path: Path) -> None:
    with issuer_store(path) as store:
        issuer = world.issuer(store)
        client = Client(world, sender(issuer))
        made = issuer.offer("nl-pid", world.claims, tx_code=True)
        code = made.offer.pre_authorized_code or ""
        secrets = [code, made.name, f'"{made.tx_code}"']
        assert kept(store, world.claims["bsn"])  # it must be issued from somewhere
        send = sender(issuer)
        token = send(client.exchange_offer(code, tx_code=made.tx_code)).body["access_token"]
        reply = send(client.credential(token)).body
        secrets += [token, reply["notification_id"]]
        by_code = client.token(scope="later")
        access = by_code["access_token"]
        secrets += [access, by_code["refresh_token"]]
        asked = client.credential(access, identifier=identifier_of(by_code))
        transaction = send(asked).body["transaction_id"]
        secrets.append(transaction)
        assert kept(store, world.claims["bsn"])  # of what was promised
        issuer.waiting[0].approve()
        assert send(client.deferred(access, transaction)).status == 200
        # The tokens still live, and there is nothing to be had for them.
        assert issuer._server.grant(access).datasets
        assert not kept(store, world.claims["bsn"])
        assert not kept(store, world.claims["family_name"])
        assert [secret for secret in secrets if kept(store, secret)] == []


def test_what_expired_while_nobody_worked_goes_at_the_next_start(world: World, path: Path) -> None:
    with issuer_store(path) as store:
        world.issuer(store).offer("nl-pid", world.claims)
    world.clock.travel(600)
    with issuer_store(path) as store:
        assert kept(store, world.claims["bsn"])
        world.issuer(store)
        assert not kept(store, world.claims["bsn"])


def kept(store: SqlIssuerStore, text: str) -> bool:
    tables = "SELECT kind, name, value FROM issuer_kept UNION SELECT kind, name, x'' FROM issuer_used"
    with store._database.read() as connection:
        rows = connection.exec_driver_sql(tables).all()
    return any(text in str(part) for row in rows for part in row)


def test_what_was_denied_is_not_kept(world: World, path: Path) -> None:
    with issuer_store(path) as store:
        issuer = world.issuer(store)
        client = Client(world, sender(issuer))
        token = client.token(scope="later")
        asked = client.credential(token["access_token"], identifier=identifier_of(token))
        transaction = sender(issuer)(asked).body["transaction_id"]
        issuer.waiting[0].deny()
        assert not kept(store, world.claims["bsn"])
        reply = sender(issuer)(client.deferred(token["access_token"], transaction))
        assert (reply.status, reply.error) == (400, "credential_request_denied")


def test_a_decision_that_comes_too_late_is_told(world: World, path: Path) -> None:
    with issuer_store(path) as store:
        issuer = world.issuer(store)
        client = Client(world, sender(issuer))
        token = client.token(scope="later")
        sender(issuer)(client.credential(token["access_token"], identifier=identifier_of(token)))
        (promise,) = issuer.waiting
        world.clock.travel(DEFERRAL_LIFETIME)
        assert issuer.waiting == ()
        with pytest.raises(LocalError, match="decided before, or it has ended"):
            promise.approve()
        assert promise.decision == "pending"


def test_claims_that_are_no_json_are_not_offered(world: World) -> None:
    store = InMemoryIssuerStore()
    issuer = world.issuer(store)
    with pytest.raises(LocalError):
        issuer.offer("nl-pid", {**world.claims, "age_in_years": 2**70})
    assert store.all("pre_authorized_code", now=world.clock.now()) == ()
