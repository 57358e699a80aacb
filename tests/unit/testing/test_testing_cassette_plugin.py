"""Cassettes in somebody's own tests: the option and the fixture."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlwallet.testing.cassette import read_cassette
from nlwallet.testing.cassette_story import explain_cassette

pytest_plugins = ["pytester"]

TESTS = """
import pytest

def test_well(edi_wallet, edi_verifier):
    edi_wallet.open(edi_verifier.request().uri).approve()

@pytest.mark.parametrize("who", ["999958379"])
def test_badly(edi_wallet, edi_verifier, who):
    edi_wallet.open(edi_verifier.request().uri).approve()
    assert edi_wallet.pid["bsn"] != who

def test_badly_too(edi_wallet, edi_verifier):
    edi_wallet.open(edi_verifier.request().uri).deny()
    raise AssertionError
"""


def run(pytester: pytest.Pytester, text: str, *options: str) -> pytest.RunResult:
    pytester.makepyfile(text)
    return pytester.runpytest_inprocess("-p", "pytest_nlwallet", "-W", "error", "-rA", *options)


def test_a_failing_test_leaves_a_cassette(pytester: pytest.Pytester) -> None:
    result = run(pytester, TESTS, "--edi-cassette", "tapes")
    result.assert_outcomes(passed=1, failed=2)
    files = sorted(Path(pytester.path, "tapes").iterdir())
    assert len(files) == 2
    told = {explain_cassette(read_cassette(one.read_bytes())).fault is None for one in files}
    assert told == {True, False}  # each has its own exchange and no other
    for file in files:
        assert "999958379" not in file.read_text() + file.name
        result.stdout.fnmatch_lines([f"nlwallet explain *{file.name}"])
        ended = [one.outcome for one in read_cassette(file.read_bytes()).steps if one.step == "ended"]
        assert len(ended) == 1


def test_without_the_option_there_is_none(pytester: pytest.Pytester) -> None:
    run(pytester, TESTS).assert_outcomes(passed=1, failed=2)
    assert not list(Path(pytester.path).glob("**/*.json"))


def test_a_folder_that_cannot_be_written_is_said(pytester: pytest.Pytester) -> None:
    Path(pytester.path, "file").write_text("in the way")
    result = run(pytester, TESTS, "--edi-cassette", "file")
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(["*the cassette cannot be written*"])


def test_the_fixture_records(pytester: pytest.Pytester) -> None:
    text = """
    from nlwallet.testing.cassette_story import explain_cassette

    def test_it(edi_wallet, edi_verifier, edi_cassette, tmp_path):
        edi_wallet.open(edi_verifier.request().uri).approve()
        cassette = edi_cassette.cassette()
        assert explain_cassette(cassette).fault is None
        assert edi_wallet.pid["bsn"] not in cassette.write(tmp_path / "login.json").read_text()
    """
    run(pytester, text).assert_outcomes(passed=1)
