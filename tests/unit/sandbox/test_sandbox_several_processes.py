"""Several sandboxes on one database: what one of them changes the others know, and none loses what another did."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from kill_step import KILL_STEP

from nlwallet import Sandbox
from nlwallet.errors import UntrustedCertificate
from nlwallet.sandbox.pilots import PILOTS
from nlwallet.trust import LIST_KINDS, PUB_EAA_PROVIDERS, Category

CAFE, CITY = "cafe-de-vrije-val", "gemeente-amsterdam"
PATIENCE = 60


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Sandbox]]:
    """Two that were started at the same moment, on connections of their own."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('shared')}/sandbox.sqlite"
    else:
        url = str(request.getfixturevalue("postgresql")())
    opened = together([lambda: Sandbox(database=url)] * 2)
    yield opened
    for one in opened:
        one.close()


def together(work: list[Callable[[], Any]]) -> list[Any]:
    start = threading.Barrier(len(work))

    def run(one: Callable[[], Any]) -> Any:
        start.wait(PATIENCE)
        return one()

    with ThreadPoolExecutor(len(work)) as pool:
        return [done.result(PATIENCE) for done in [pool.submit(run, one) for one in work]]


def test_two_that_start_at_once_are_the_same_and_lose_nothing_of_each_other(pair: list[Sandbox]) -> None:
    one, two = pair
    # Both enter the same party, and each one of its own; then each stops one of the other.
    parties = together([lambda edi=edi: edi.relying_party(CAFE) for edi in pair])
    assert parties[0].client_id == parties[1].client_id
    names = [pilot.id for pilot in PILOTS if pilot.id != CAFE and not pilot.withdrawn][:2]
    own = together([lambda n=n: pair[n].relying_party(names[n]).certificates for n in (0, 1)])
    together([lambda n=n: pair[n].registrar.cancel(own[1 - n].record.identifier) for n in (0, 1)])
    cafe = parties[0].certificates.record.identifier
    for edi in pair:
        assert edi.registrar.record(cafe) is not None
        assert [edi.registrar.record(each.record.identifier) for each in own] == [None, None]
        assert all(edi.registrar.is_revoked(each.access_chain.leaf) for each in own)
    assert one.registrar.changes == two.registrar.changes
    log = [(line.identifier, line.what) for line in one.registrar.changes]
    assert log.count((cafe, "registered")) == 1
    assert [log.count((each.record.identifier, "cancelled")) for each in own] == [1, 1]
    # Whoever pinned a key of one of them can read the other.
    assert one.registrar.lists.signer == two.registrar.lists.signer
    assert one.registrar.answers.jwks() == two.registrar.answers.jwks()
    assert one._identities.attester.public == two._identities.attester.public
    assert all(one.anchors.of(each) == two.anchors.of(each) for each in Category)
    for kind in LIST_KINDS.values():
        assert one.registrar.lists.token(kind) == two.registrar.lists.token(kind)


def test_a_wallet_at_one_knows_of_a_party_that_was_stopped_at_the_other(pair: list[Sandbox]) -> None:
    one, two = pair
    one.relying_party(CAFE)
    cafe, frouke = two.relying_party(CAFE), two.wallet("frouke")
    request = cafe.request()
    frouke.open(request.uri).approve(pin=Sandbox.PIN)
    assert one.relying_party(CAFE).result(request.id).claims("pid") == {"age_over_18": True}
    one.registrar.suspend(cafe.certificates.record.identifier, reason="at the other one")
    with pytest.raises(UntrustedCertificate) as refused:
        two.wallet("cor").open(cafe.request().uri)
    assert refused.value.code == "certificate_revoked"


def test_an_issuer_of_one_is_on_the_list_of_the_other(pair: list[Sandbox]) -> None:
    one, two = pair
    one.issuer("diploma")
    assert one.registrar.lists.entities(PUB_EAA_PROVIDERS) == two.registrar.lists.entities(PUB_EAA_PROVIDERS)
    assert len(two.registrar.lists.entities(PUB_EAA_PROVIDERS)) == 2


def test_a_registrar_that_is_killed_keeps_all_or_nothing_of_a_change_and_processes_race_for_none(
    tmp_path: Path,
) -> None:
    memory = Path("/dev/shm")
    place = memory if memory.is_dir() and os.access(memory, os.W_OK) else tmp_path
    with tempfile.TemporaryDirectory(dir=place) as folder:
        done = subprocess.run(
            [sys.executable, str(Path(__file__).parent / "register_processes.py"), folder, str(KILL_STEP)],
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
    assert done.returncode == 0, done.stderr[-3000:]
    assert int(done.stdout) * KILL_STEP > 10
