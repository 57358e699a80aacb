"""The pytest plugin, from the outside: test files that a user could have written, run by pytest itself."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[3]


def run(pytester: pytest.Pytester, text: str, *options: str) -> pytest.RunResult:
    pytester.makepyfile(text)
    return pytester.runpytest_inprocess(
        "-p", "pytest_nlwallet", "-W", "error", "-rA", "--strict-markers", *options
    )


LOGIN = """
def test_login(edi_wallet, edi_verifier):
    request = edi_verifier.request()
    edi_wallet.open(request.uri).approve()
    assert edi_verifier.result(request).claims("pid") == {"bsn": edi_wallet.pid["bsn"]}
"""


def test_a_wallet_logs_in_without_an_import_and_without_a_pin(pytester: pytest.Pytester) -> None:
    run(pytester, LOGIN).assert_outcomes(passed=1)


def test_the_plugin_is_installed_with_the_library() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    module = project["project"]["entry-points"]["pytest11"]["pytest_nlwallet"]
    assert module == "pytest_nlwallet"  # the same name, so that -p does not load it twice
    assert f"{module}.py" in project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert (ROOT / f"{module}.py").is_file()


def test_a_run_without_our_fixtures_imports_nothing_of_the_library(pytester: pytest.Pytester) -> None:
    text = "import sys\ndef test_it():\n    assert 'nlwallet' not in sys.modules"
    pytester.makepyfile(text)
    command = [sys.executable, "-m", "pytest", "-p", "pytest_nlwallet", "-q"]
    done = subprocess.run(
        command, cwd=pytester.path, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout


def test_one_ecosystem_serves_all_tests_of_a_run(pytester: pytest.Pytester) -> None:
    text = """
    known = []
    def test_a(edi): known.append(edi)
    def test_b(edi): assert known == [edi]
    """
    run(pytester, text).assert_outcomes(passed=2)


def test_what_a_test_does_to_the_ecosystem_is_undone(pytester: pytest.Pytester) -> None:
    text = """
    import time
    import pytest
    from nlwallet.sandbox import pilot

    @pytest.fixture(scope="module")
    def bar(edi):
        return edi.relying_party("cafe-de-vrije-val")

    @pytest.fixture(scope="module")
    def old_wallet(edi):
        return edi.wallet("frouke")

    @pytest.mark.parametrize("time", range(2))
    def test_disturbs(edi, bar, old_wallet, edi_registrar, edi_issuer, edi_clock, time):
        START.append(len(edi_registrar.changes))
        edi.issuer("university.example", configurations=[edi.pid_issuer.configurations[0]])
        edi.relying_party("over-asking")
        request = bar.request()
        old_wallet.open(request.uri).approve()
        assert bar.result(request).claims("pid") == {"age_over_18": True}
        assert [entry.kind for entry in old_wallet.log] == ["issuance", "presentation"]
        for card in edi_issuer.status_lists.credentials():
            edi_issuer.status_lists.revoke(card)
        edi_clock.travel(days=30)
        old_wallet.check_cards()
        assert not old_wallet.cards[0].usable(edi_clock.now())
        edi_registrar.cancel(bar.certificates.record.identifier)
        KEPT.append(request)

    def test_is_not_disturbed(edi, bar, old_wallet, edi_registrar, edi_clock):
        assert abs(edi_clock.now() - time.time()) < 60
        assert {len(edi_registrar.changes)} == set(START)
        assert edi_registrar.record(pilot("over-asking").record.identifier) is None
        assert [entry.kind for entry in old_wallet.log] == ["issuance"]
        with pytest.raises(Exception, match="no such presentation request"):
            bar.result(KEPT[0])
        request = bar.request()
        old_wallet.open(request.uri).approve()
        assert bar.result(request).claims("pid") == {"age_over_18": True}

    START, KEPT = [], []
    """
    run(pytester, text, "-p", "no:randomly").assert_outcomes(passed=3)


def test_time_goes_on_jumps_and_comes_back(pytester: pytest.Pytester) -> None:
    text = """
    import time
    import pytest

    def test_an_old_card(edi_wallet, edi_verifier, edi_clock):
        begun = edi_clock.now()
        assert edi_clock.travel(days=400) >= begun + 400 * 86_400
        assert not edi_wallet.cards[0].usable(edi_clock.now())

    def test_a_session_that_is_over(edi_wallet, edi_verifier, edi_clock):
        request = edi_verifier.request()
        edi_clock.travel(hours=2)
        with pytest.raises(Exception, match="410"):
            edi_wallet.open(request.uri)
        assert edi_verifier.result(request).status == "expired"

    def test_frozen(edi_clock):
        moment = edi_clock.freeze()
        assert edi_clock.travel(minutes=1) == moment + 60
        assert edi_clock.travel_to(1_900_000_000) == 1_900_000_000 == edi_clock.now()
        edi_clock.back()
        assert abs(edi_clock.now() - time.time()) < 60

    def test_back(edi_clock):
        assert abs(edi_clock.now() - time.time()) < 60
    """
    run(pytester, text).assert_outcomes(passed=4)


def test_a_citizen_is_chosen_by_marker_parameter_or_option(pytester: pytest.Pytester) -> None:
    text = """
    import pytest

    from nlwallet.sandbox import pilot

    def outcome(wallet, verifier, query=None):
        wallet.answer(verifier.request(query).uri)
        return wallet.log[-1].outcome

    def test_by_option(edi_wallet, edi_verifier):
        assert outcome(edi_wallet, edi_verifier) == "denied"

    @pytest.mark.edi(citizen="careful")
    def test_by_marker(edi_wallet, edi_verifier):
        assert outcome(edi_wallet, edi_verifier) == "shared"

    @pytest.mark.parametrize(("edi_citizen", "told"), [("careful", "denied"), ("hasty", "shared")],
        indirect=["edi_citizen"])
    @pytest.mark.edi(relying_party="over-asking")
    def test_over_asking(edi_wallet, edi_verifier, told):
        assert outcome(edi_wallet, edi_verifier, pilot("over-asking").query) == told

    def closes(prompt):
        return None

    @pytest.mark.edi(citizen=closes)
    def test_of_ones_own(edi_wallet, edi_verifier):
        assert outcome(edi_wallet, edi_verifier) == "received"  # the PID; nothing was logged since
    """
    pytester.makeini("[pytest]\nedi_citizen = never")
    run(pytester, text).assert_outcomes(passed=5)


def test_the_marker_says_whose_wallet_it_is(pytester: pytest.Pytester) -> None:
    text = """
    import pytest

    @pytest.mark.edi(cards=["pid", "diploma"], language="en", issuer="diploma")
    class TestMarked:
        def test_wallet(self, edi_wallet, edi_issuer):
            assert len(edi_wallet.cards) == 2
            assert edi_wallet.language == "en"
            assert edi_issuer.credential_issuer == "https://diplomas.example"

        @pytest.mark.edi(cards=["diploma"])
        def test_the_closest_marker_counts(self, edi_wallet):
            assert (len(edi_wallet.cards), edi_wallet.language) == (1, "en")
    """
    run(pytester, text).assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("marker", "told"),
    [
        ("colour='red'", "the marker edi has no colour"),
        ("'careful'", "the marker edi takes keywords only"),
        ("profile='nl-wallet-9'", "no profile 'nl-wallet-9'"),
        ("citizen='greedy'", "there is no citizen 'greedy'"),
        ("persona='nobody'", "nobody"),
    ],
)
def test_a_mistake_in_the_marker_is_told_in_one_line(
    pytester: pytest.Pytester, marker: str, told: str
) -> None:
    text = f"import pytest\n@pytest.mark.edi({marker})\ndef test_it(edi_wallet): pass"
    result = run(pytester, text)
    result.assert_outcomes(errors=1)
    assert told in result.stdout.str()
    assert "Traceback" not in result.stdout.str()
    assert "sandbox.py" not in result.stdout.str()


def test_the_profile_of_the_run_is_an_option(pytester: pytest.Pytester) -> None:
    text = """
    import pytest

    def test_the_run(edi, edi_wallet):
        assert (edi.profile.name, edi_wallet.profile.name) == ("strict", "strict")

    @pytest.mark.edi(profile="haip-1.0")
    def test_one_wallet(edi, edi_wallet):
        assert (edi.profile.name, edi_wallet.profile.name) == ("strict", "haip-1.0")
    """
    pytester.makeini("[pytest]\nedi_profile = haip-1.0")
    run(pytester, text, "--edi-profile=strict").assert_outcomes(passed=2)


def test_an_unknown_profile_of_the_run_is_told_in_one_line(pytester: pytest.Pytester) -> None:
    result = run(pytester, "def test_it(edi): pass", "--edi-profile=nothing")
    result.assert_outcomes(errors=1)
    assert "no profile 'nothing'" in result.stdout.str()


FAILING = """
import pytest

def test_wrong(edi_wallet, edi_verifier):
    request = edi_verifier.request()
    edi_wallet.open(request.uri).approve()
    assert edi_verifier.result(request).claims("pid")["bsn"] == ""

def test_right(edi_wallet, edi_verifier):
    edi_wallet.answer(edi_verifier.request().uri)
"""


def test_a_failure_says_what_the_wallet_saw_without_a_value(pytester: pytest.Pytester) -> None:
    result = run(pytester, FAILING, "--tb=short")
    text = result.stdout.str()
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(
        [
            "*what the wallet saw*",
            "the wallet of frouke, which behaves as haip-1.0",
            "  1. opened openid4vp:// of x509_hash:* with request_uri https://mijn.amsterdam.example/request/*",
            "  2. GET https://mijn.amsterdam.example/request/* 200 application/oauth-authz-req+jwt",
            "*checked the request: * checks passed*",
            "*asked its holder: Gemeente Amsterdam*",
            "*pid: of urn:eudi:pid:nl:1 bsn*",
            "*POST https://mijn.amsterdam.example/response/* 200 application/json*",
            "*sent: an encrypted response*",
            "*in its log: presentation with Gemeente Amsterdam: shared*",
        ]
    )
    assert text.count("what the wallet saw") == 1  # the test that passed says nothing
    assert "999958379" in text  # of the assertion itself
    assert "999958379" not in text.partition("what the wallet saw")[2].partition("PASSES")[0]


def test_a_failure_says_so_too_where_the_tests_are_spread_over_workers(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(FAILING)
    command = [sys.executable, "-m", "pytest", "-p", "pytest_nlwallet", "-q", "-n", "2"]
    done = subprocess.run(
        command, cwd=pytester.path, capture_output=True, text=True, check=False, timeout=300
    )
    assert "1 failed, 1 passed" in done.stdout
    assert "asked its holder: Gemeente Amsterdam" in done.stdout


def test_a_refused_request_names_the_check_that_failed(pytester: pytest.Pytester) -> None:
    text = """
    def test_it(edi_wallet, edi_verifier, edi_registrar):
        edi_registrar.cancel(edi_verifier.certificates.record.identifier)
        edi_wallet.open(edi_verifier.request().uri)
    """
    result = run(pytester, text, "--tb=short")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*failed * the access certificate was not revoked*", "*refused the request: *"]
    )


def test_a_party_of_ones_own_is_registered_in_one_line(pytester: pytest.Pytester) -> None:
    text = """
    import pytest

    def test_shop(edi, edi_wallet):
        shop = edi.party("shop.example", "family_name", "address.postal_code")
        assert edi.party("shop.example", "family_name", "address.postal_code") is shop
        request = shop.request()
        assert not request.warnings
        prompt = edi_wallet.open(request.uri)
        assert not prompt.warnings
        prompt.approve()
        assert set(shop.result(request).claims("pid")) == {"family_name", "address"}

    def test_town(edi, edi_wallet):
        request = edi.party("town.example", "bsn", public_body=True).request()
        edi_wallet.open(request.uri).approve()

    def test_a_shop_may_not_ask_for_the_bsn(edi, edi_wallet):
        prompt = edi_wallet.open(edi.party("shop.example", "bsn").request().uri)
        with pytest.raises(Exception, match="bsn_outside_government"):
            prompt.approve()

    def test_nothing(edi):
        with pytest.raises(Exception, match="a party asks something"):
            edi.party("shop.example")
    """
    run(pytester, text).assert_outcomes(passed=4)


def test_a_test_with_an_ecosystem_of_its_own_is_left_alone(pytester: pytest.Pytester) -> None:
    text = """
    import pytest
    from nlwallet import Sandbox

    @pytest.fixture
    def edi():
        with Sandbox() as made:
            yield made

    def test_it(edi):
        assert type(edi) is Sandbox
    """
    run(pytester, text).assert_outcomes(passed=1)


def test_the_options_and_the_marker_explain_themselves(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess("-p", "pytest_nlwallet", "--help")
    result.stdout.fnmatch_lines(["*--edi-profile=NAME*", "*edi_profile (string)*", "*edi_citizen (string)*"])
    assert "@pytest.mark.edi(profile, citizen, persona" in str(
        pytester.runpytest_inprocess("-p", "pytest_nlwallet", "--markers").stdout
    )
