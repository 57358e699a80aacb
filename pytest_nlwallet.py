"""The pytest plugin of nlwallet: a whole ecosystem, and a wallet in it, in a relying party's own tests.

Installed with the library; nothing is to be imported. See docs/testing.md. Whatever it needs is imported when a
fixture is used, so that test runs without one do not pay for it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from nlwallet import Issuer, Registrar, Verifier
    from nlwallet.testing import Citizen
    from nlwallet.testing.cassette_recorder import Recorder
    from nlwallet.testing.ecosystem import Ecosystem, WatchedWallet
    from nlwallet.testing.time_machine import TimeMachine

SECTION = "what the wallet saw"
CITIZENS = ("careful", "hasty", "never")
_FIXTURES = frozenset(
    {"edi", "edi_wallet", "edi_registrar", "edi_issuer", "edi_verifier", "edi_clock", "edi_cassette"}
)
_OPTIONS = frozenset(
    {"profile", "citizen", "persona", "cards", "language", "over_asking", "relying_party", "issuer"}
)
_ECOSYSTEM = pytest.StashKey["Ecosystem"]()

_MARKER = (
    "edi(profile, citizen, persona, cards, language, over_asking, relying_party, issuer): what the fixtures of "
    "nlwallet are like here: the wallet's profile (nl-wallet-0.6), who holds it (careful, hasty, never, a function), "
    "of which persona, with which cards, in which language, its policy on over-asking; which pilot edi_verifier is, "
    "and of which card edi_issuer"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the command line and of the ini file."""
    group = parser.getgroup("nlwallet", "the EDI ecosystem in your tests (nlwallet)")
    group.addoption(
        "--edi-profile",
        metavar="NAME",
        help="the profile of the ecosystem and its wallets, such as haip-1.0, haip-strict or nl-wallet-0.6",
    )
    group.addoption(
        "--edi-cassette",
        metavar="DIR",
        help="keep a cassette of each test that fails in this folder: what its wallets did, without values or keys",
    )
    parser.addini(
        "edi_profile", "the profile of the ecosystem, unless --edi-profile says so", default="haip-1.0"
    )
    parser.addini("edi_citizen", f"who holds the wallet: {', '.join(CITIZENS)}", default="careful")
    parser.addini("edi_persona", "whose wallet edi_wallet is", default="frouke")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", _MARKER)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to a failure what the wallets of the test saw, step by step."""
    report = yield
    ecosystem = item.config.stash.get(_ECOSYSTEM, None)
    if ecosystem is not None and report.failed and call.when in ("setup", "call") and _uses_edi(item):
        seen = [str(wallet.seen) for wallet in ecosystem.wallets if wallet.seen]
        if seen:
            report.sections.append((SECTION, "\n\n".join(seen)))
        if folder := item.config.getoption("--edi-cassette"):
            report.sections += _kept_cassettes(ecosystem, item.nodeid, folder)
    return report


# Fixtures -----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def edi(pytestconfig: pytest.Config) -> Iterator[Ecosystem]:
    """The whole ecosystem: registrar, PID issuer, authorities; in process. One for the run, or for each worker of it.

    What a test does to it is undone after the test; what a fixture of a wider scope sets up stays.
    """
    from nlwallet.testing.ecosystem import Ecosystem

    name = pytestconfig.getoption("--edi-profile") or pytestconfig.getini("edi_profile")
    with _usage():
        made = Ecosystem(profile=name)
    with made:
        pytestconfig.stash[_ECOSYSTEM] = made
        if pytestconfig.getoption("--edi-cassette"):
            from nlwallet.testing.cassette_recorder import Recorder

            made.wallet_made = lambda wallet: wallet.watchers.append(Recorder(wallet, made.clock.now))
        yield made
        del pytestconfig.stash[_ECOSYSTEM]


@pytest.fixture(autouse=True)
def _edi_undone(request: pytest.FixtureRequest) -> Iterator[None]:
    """First of the fixtures of a test that uses the ecosystem: leaves it as it found it."""
    if not _uses_edi(request.node):
        yield
        return
    used = request.getfixturevalue("edi")
    ecosystem = request.config.stash.get(_ECOSYSTEM, None)
    if ecosystem is None or used is not ecosystem:  # the test has an `edi` of its own
        yield
        return
    with ecosystem.undone():
        yield


@pytest.fixture
def edi_citizen(request: pytest.FixtureRequest) -> Citizen:
    """Who holds the wallet where the test itself does not decide: see ``edi_wallet.answer(link)``.

    ``careful`` (does what the prompt advises), ``hasty`` (shares whatever can be shared), ``never``, or a function
    that is shown the prompt. From the parameter (``indirect``), else the marker, else the ini option.
    """
    chosen = getattr(request, "param", None) or _options(request).get("citizen")
    return _citizen(request, chosen or request.config.getini("edi_citizen"))


@pytest.fixture
def edi_wallet(request: pytest.FixtureRequest, edi: Ecosystem, edi_citizen: Citizen) -> WatchedWallet:
    """A new wallet of a person with an NL PID in it. It has no PIN; ``mount`` lets it reach your application."""
    options = _options(request)
    chosen = {name: options[name] for name in ("cards", "language", "over_asking") if name in options}
    with _usage():
        wallet = edi.wallet(
            options.get("persona") or request.config.getini("edi_persona"),
            behaves_as=options.get("profile"),
            **chosen,
        )
    wallet.citizen = edi_citizen
    return wallet


@pytest.fixture
def edi_cassette(edi: Ecosystem, edi_wallet: WatchedWallet) -> Iterator[Recorder]:
    """Records what ``edi_wallet`` does: ``edi_cassette.cassette().write(path)``."""
    from nlwallet.testing.cassette_recorder import record

    with record(edi_wallet, clock=edi.clock.now) as recorder:
        yield recorder


@pytest.fixture
def edi_registrar(edi: Ecosystem) -> Registrar:
    """Who registers relying parties, and can take that back. ``edi.register`` also gives what they need to ask."""
    return edi.registrar


@pytest.fixture
def edi_issuer(request: pytest.FixtureRequest, edi: Ecosystem) -> Issuer:
    """The issuer of the PID, or of the ready-made card that the marker names (``issuer="diploma"``)."""
    with _usage():
        return edi.issuer(_options(request).get("issuer", "pid"))


@pytest.fixture
def edi_verifier(request: pytest.FixtureRequest, edi: Ecosystem) -> Verifier:
    """A relying party that is registered: the city of Amsterdam, or the pilot in the marker's ``relying_party``."""
    with _usage():
        return edi.relying_party(_options(request).get("relying_party", "gemeente-amsterdam"))


@pytest.fixture
def edi_clock(edi: Ecosystem) -> TimeMachine:
    """The time of the ecosystem: ``travel(days=400)``. After the test it is back where it was."""
    return edi.clock


# --------------------------------------------------------------------------------------------------


def _uses_edi(item: pytest.Item) -> bool:
    return not _FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))


def _kept_cassettes(ecosystem: Ecosystem, test: str, folder: str) -> Iterator[tuple[str, str]]:
    """Written beside a failure; that it cannot be written is said, and is no failure more."""
    from nlwallet import LocalError
    from nlwallet.testing.cassette_recorder import Recorder

    recorders = [
        one for wallet in ecosystem.wallets for one in wallet.watchers if isinstance(one, Recorder) and one
    ]
    for number, recorder in enumerate(recorders, 1):
        try:
            made = recorder.cassette(test=test)
            name = "".join(each if each.isalnum() or each in "-_" else "-" for each in made.test)[-150:]
            yield "cassette", f"nlwallet explain {made.write(Path(folder) / f'{name}-{number}.json')}"
        except LocalError as error:
            yield "cassette", str(error)


def _options(request: pytest.FixtureRequest) -> Mapping[str, Any]:
    """What the markers say; of several, what stands closest to the test counts."""
    options: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers("edi"))):
        if marker.args:
            _wrong("the marker edi takes keywords only: @pytest.mark.edi(profile=…)")
        options |= marker.kwargs
    if unknown := sorted(options.keys() - _OPTIONS):
        _wrong(f"the marker edi has no {', '.join(unknown)}; it has {', '.join(sorted(_OPTIONS))}")
    return options


def _citizen(request: pytest.FixtureRequest, chosen: str | Callable[..., Any]) -> Citizen:
    from nlwallet import testing

    if callable(chosen):
        return chosen
    if chosen not in CITIZENS:
        _wrong(f"there is no citizen {chosen!r}: {', '.join(CITIZENS)}, or a function")
    return getattr(testing, chosen)  # type: ignore[no-any-return]


@contextmanager
def _usage() -> Iterator[None]:
    """A mistake in an option or a marker is told without a traceback through the library."""
    from nlwallet import LocalError

    try:
        yield
    except LocalError as error:
        _wrong(str(error))


def _wrong(text: str) -> NoReturn:
    pytest.fail(text, pytrace=False)
