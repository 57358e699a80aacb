"""A sandbox that is stopped, and goes on: what another start finds in its database."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlwallet import Sandbox
from nlwallet.errors import LocalError

CAFE = "cafe-de-vrije-val"


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/sandbox.sqlite"


def test_a_result_is_there_after_a_restart(url: str) -> None:
    with Sandbox(database=url) as edi:
        request = edi.relying_party(CAFE).request()
        edi.wallet("frouke").open(request.uri).approve(pin=Sandbox.PIN)
        before = edi.relying_party(CAFE).result(request)
    with Sandbox(database=url) as edi:
        assert edi.relying_party(CAFE).result(request.id) == before
        assert edi.relying_party(CAFE).result(request.id).claims("pid") == {"age_over_18": True}
        with pytest.raises(LocalError, match="no such presentation request"):
            edi.relying_party("gemeente-amsterdam").result(request.id)


def test_a_sandbox_without_a_database_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with Sandbox() as edi:
        edi.relying_party(CAFE).request()
    assert list(tmp_path.iterdir()) == []
