"""``nlwallet wallet`` as a script or a person without a terminal uses it: one line for bad input, exit codes, JSON."""

from __future__ import annotations

import io
import json
import re
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any, get_args
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from attribute_values import values_found

from nlwallet import Sandbox
from nlwallet.cli.app import run
from nlwallet.cli.issue_desk import IssueOptions, Serving, serving
from nlwallet.cli.wallet_place import attempts_folder, default_wallet
from nlwallet.cli.wallet_words import WORDS
from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateAuthority, DerivationCost, PrivateKey, Subject
from nlwallet.holder import CardStatus, LogOutcome, file_vault
from nlwallet.holder.log import LogKind
from nlwallet.holder.texts import TEXTS
from nlwallet.http import HttpClient, HttpPolicy
from nlwallet.issuer import CredentialConfiguration, Issuer, persona, pid_claims
from nlwallet.registration import CredentialType, RelyingPartyRecord
from nlwallet.sandbox import pilot
from nlwallet.sandbox.browser import PersonaBrowser
from nlwallet.sandbox.loopback import Loopback
from nlwallet.sandbox.provider_registration import provider_record
from nlwallet.testing.cassette import read_cassette
from nlwallet.testing.cassette_story import explain_cassette
from nlwallet.trust import Category

PIN = "112233"
Command = Callable[..., "Done"]


class Done:
    """What a command did."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def last(self) -> str:
        """The last line of standard error."""
        return self.err.rstrip("\n").rpartition("\n")[2]


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own for each test, and PINs that are cheap to try."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(
        file_vault, "DerivationCost", lambda: DerivationCost(memory_kib=8, iterations=1, lanes=1)
    )
    return tmp_path


@pytest.fixture
def wallet(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    def do(*arguments: str, typed: str | io.StringIO = f"{PIN}\n", pin: bool = True) -> Done:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed) if isinstance(typed, str) else typed)
        capsys.readouterr()
        code = run(["wallet", *arguments, *(["--pin-stdin"] if pin else [])])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return Done(code, out, err)

    return do


@pytest.fixture(scope="module")
def desk() -> Iterator[Serving]:
    with serving(IssueOptions("diploma")) as one:
        yield one


def pasted(desk: Serving) -> list[str]:
    """The command that the issuer shows, without ``nlwallet wallet``."""
    return shlex.split(desk.command(desk.offer()))[2:]


@pytest.fixture
def with_diploma(wallet: Command, desk: Serving) -> Done:
    done = wallet(*pasted(desk), "--yes", "--json")
    assert done.code == 0, done.err
    return done


# Receiving ----------------------------------------------------------------------------------------


def test_the_pasted_command_receives_the_card_into_a_new_wallet(with_diploma: Done, desk: Serving) -> None:
    (card,) = with_diploma.json["cards"]
    assert card["type"] == "urn:nlwallet:diploma:1"
    assert card["status"] == "valid"
    assert card["copies"] == card["unused_copies"] > 1
    assert with_diploma.json["promised"] == 0
    assert default_wallet().exists()
    assert list(desk.issuer.issued[-1].events) == ["credential_accepted"]


def test_the_wallet_remembers_whom_to_trust(with_diploma: Done, wallet: Command, desk: Serving) -> None:
    done = wallet("receive", desk.offer().link(), "--local", "--yes")
    assert done.code == 0, done.err
    trusted = {one["category"] for one in wallet("trust", "--json").json}
    assert trusted == {"pub_eaa_provider", "access_ca", "registration_certificate_provider"}


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_holder_is_asked_twice_in_both_languages(wallet: Command, desk: Serving, language: str) -> None:
    yes = WORDS[language]["yes"]  # type: ignore[index]
    done = wallet(*pasted(desk), "--language", language, typed=f"{PIN}\n{yes}\n{yes}\n")
    assert done.code == 0, done.err
    words = WORDS[language]  # type: ignore[index]
    assert done.out.index(words["ask.fetch"]) < done.out.index("Testuniversiteit Waterland")
    assert done.out.index("Testuniversiteit Waterland") < done.out.index(words["ask.keep"])


def test_an_offer_that_is_declined_is_not_used(wallet: Command, desk: Serving) -> None:
    offer = desk.offer()
    arguments = shlex.split(desk.command(offer))[2:]
    issued = len(desk.issuer.issued)
    done = wallet(*arguments, typed=f"{PIN}\nn\n")
    assert done.code == 1
    assert WORDS["nl"]["not.fetched"] in done.out
    assert len(desk.issuer.issued) == issued
    assert wallet(*arguments, "--yes").code == 0


def test_a_card_that_is_not_kept_is_not_there(wallet: Command, desk: Serving) -> None:
    done = wallet(*pasted(desk), typed=f"{PIN}\nj\nn\n")
    assert done.code == 1
    assert wallet("cards", "--json").json == []
    assert list(desk.issuer.issued[-1].events) == ["credential_deleted"]


def test_a_script_without_answers_is_told_to_say_yes(wallet: Command, desk: Serving) -> None:
    done = wallet(*pasted(desk))
    assert done.code == 1
    assert "--yes" in done.last


def test_the_number_of_copies_is_the_holders(wallet: Command, desk: Serving) -> None:
    done = wallet(*pasted(desk), "--yes", "--json", "--batch", "2")
    assert done.json["cards"][0]["copies"] == 2


def test_a_code_that_came_another_way(wallet: Command) -> None:
    with serving(IssueOptions("library-card", tx_code=True)) as desk:
        offer = desk.offer()
        assert offer.tx_code is not None
        assert offer.tx_code not in desk.command(offer)
        arguments = shlex.split(desk.command(offer))[2:]
        wrong = "000000" if offer.tx_code != "000000" else "000001"
        done = wallet(*arguments, "--yes", "--tx-code", wrong)
        assert done.code == 1
        assert done.last.startswith("nlwallet: invalid_grant: ")
        assert wrong not in done.err
        assert wallet(*arguments, "--yes", typed=f"{PIN}\n{offer.tx_code}\n").code == 0


class Typing(io.StringIO):
    """The PIN; then where the holder's browser ended up, which knows the page by then."""

    def __init__(self, visit: Callable[[], str]) -> None:
        super().__init__(f"{PIN}\n")
        self._visit = visit

    def readline(self, size: int | None = -1, /) -> str:
        return super().readline(-1 if size is None else size) or self._visit() + "\n"


@pytest.fixture(scope="module")
def desk_with_page() -> Iterator[Serving]:
    with serving(IssueOptions("pid", by_page=True)) as one:
        yield one


@pytest.fixture
def yusuf(desk_with_page: Serving) -> Iterator[PersonaBrowser]:
    policy = HttpPolicy(
        insecure_allow_private_addresses=True, tls_anchors_pem=desk_with_page.tls_anchor.read_text()
    )
    with HttpClient(policy) as client:
        yield PersonaBrowser(client, "yusuf")


def test_the_browser_comes_back_from_the_page_of_an_issuer_by_itself(
    wallet: Command, desk_with_page: Serving, yusuf: PersonaBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages: list[str] = []
    back: list[httpx.Response] = []
    browsing = Thread(target=lambda: back.append(httpx.get(yusuf(pages[0]))))

    def opened(page: str) -> None:
        pages.append(page)
        browsing.start()

    monkeypatch.setattr("webbrowser.open", opened)
    done = wallet(*pasted(desk_with_page), "--yes", "--json", "--open-browser")
    browsing.join()
    assert done.code == 0, done.err
    assert pages[0] in done.err.replace("\n", "")
    assert WORDS["nl"]["page.done"] in back[0].text
    card = wallet("show", "1", "--json").json
    assert card["claims"]["given_name"] == "Yusuf"
    # What came by a page can be renewed.
    renewed = wallet("renew", "1", "--local", "--yes", "--json")
    assert renewed.code == 0, renewed.err
    (only,) = wallet("cards", "--json").json
    assert only["id"] == renewed.json["cards"][0]["id"] != card["id"]


@pytest.mark.parametrize(
    "back", [[], ["--redirect-uri", "org.example.wallet:/back"], ["--redirect-uri", "https://wallet.test/b"]]
)
def test_or_the_address_where_it_ended_up_is_pasted(
    back: list[str],
    wallet: Command,
    desk_with_page: Serving,
    yusuf: PersonaBrowser,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    cassette = tmp_path / "received.json"
    ended_up: list[str] = []

    def visit() -> str:
        (page,) = re.findall(r"^https://\S+$", capsys.readouterr().err, re.MULTILINE)
        ended_up.append(yusuf(page))
        return ended_up[0]

    done = wallet(
        *(*pasted(desk_with_page), "--yes", "--json", "--record", str(cassette), *back),
        typed=Typing(visit),
    )
    assert done.code == 0, done.err
    assert ended_up[0].startswith(back[1] if back else "https://wallet.example/back")
    assert len(done.json["cards"]) == 1
    code = parse_qs(urlsplit(ended_up[0]).query)["code"][0]
    assert code not in cassette.read_text() + done.err


def test_nobody_is_sent_back_to_just_anywhere(wallet: Command, desk_with_page: Serving) -> None:
    done = wallet(*pasted(desk_with_page), "--yes", "--redirect-uri", "http://elsewhere.example/back")
    assert done.code == 1
    assert done.last.startswith("nlwallet: ")
    assert "redirect_uri" in done.last


def test_a_promised_card_is_collected_later(wallet: Command) -> None:
    with serving(IssueOptions("pid", deferred=True)) as desk:
        done = wallet(*pasted(desk), "--yes", "--json")
        assert done.code == 0
        assert (done.json["cards"], done.json["promised"]) == ([], 1)
        early = wallet("collect", "--local")
        assert early.code == 1
        assert "seconden" in early.out
    assert wallet("collect", "--local", "--json").json == {"cards": [], "promised": 1}


def test_a_promised_card_that_has_come_is_asked_about(
    wallet: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(IssueOptions("pid", deferred=True)) as desk:
        assert wallet(*pasted(desk), "--yes").code == 0
        desk.issuer.waiting[0].approve()
        for module in ("open_wallet", "wallet_exchange"):  # the issuer wants to be asked in five seconds
            monkeypatch.setattr(
                f"nlwallet.cli.{module}.SystemClock", lambda: TravellingClock(int(time.time()) + 6)
            )
        done = wallet("collect", "--local", typed=f"{PIN}\nj\n")
        assert done.code == 0, done.err
        assert WORDS["nl"]["ask.keep"] in done.out
        assert wallet("cards", "--json").json[0]["type"] == "urn:eudi:pid:nl:1"
        assert list(desk.issuer.issued[-1].events) == ["credential_accepted"]


def test_collecting_nothing(wallet: Command, with_diploma: Done) -> None:
    done = wallet("collect", "--local")
    assert done.code == 1
    assert WORDS["nl"]["collect.nothing"] in done.out


def test_an_mdoc_is_received_kept_and_shown(wallet: Command) -> None:
    with serving(IssueOptions("pid", mdoc=True)) as desk:
        done = wallet(*pasted(desk), "--yes", "--json")
        assert done.code == 0, done.err
        (card,) = done.json["cards"]
        assert (card["format"], card["type"]) == ("mso_mdoc", "urn:eudi:pid:nl:1")
    shown = wallet("show", "1", "--json").json
    assert shown["unused_copies"] == card["copies"] > 1
    assert "Hofstra" in json.dumps(shown["claims"])
    assert {"label": "Achternaam", "value": "Hofstra"} in shown["lines"]
    assert "Eerste Vriendschapsstraat" in wallet("show", "1").out


def test_a_card_in_two_formats_is_listed_once_with_both(wallet: Command) -> None:
    for mdoc in (False, True):
        with serving(IssueOptions("pid", batch=1, mdoc=mdoc)) as desk:
            done = wallet(*pasted(desk), "--yes", "--json")
            assert done.code == 0, done.err
    (card,) = wallet("cards", "--json").json
    assert (card["format"], card["formats"]) == ("dc+sd-jwt", ["dc+sd-jwt", "mso_mdoc"])
    assert wallet("show", "1", "--json").json["formats"] == card["formats"]


# What goes wrong is one line -----------------------------------------------------------------------


def test_an_anchor_that_is_not_there_is_what_the_line_says(wallet: Command, tmp_path: Path) -> None:
    done = wallet("receive", "openid-credential-offer://?x=y", "--anchor", str(tmp_path / "gone.pem"))
    assert done.code == 1
    assert done.last.startswith(f"nlwallet: file: {tmp_path / 'gone.pem'} cannot be read")


def test_without_local_this_machine_is_not_reached(wallet: Command, desk: Serving) -> None:
    arguments = [one for one in pasted(desk) if one != "--local"]
    done = wallet(*arguments, "--yes")
    assert done.code == 1
    assert done.last.startswith("nlwallet: private_address: ")
    assert "--local" in done.last


@pytest.mark.parametrize(
    ("command", "link"),
    [
        ("receive", "openid-credential-offer://?credential_offer_uri=http%3A%2F%2Flocalhost%3A1%2Foffer"),
        ("open", "openid4vp://?client_id=x509_hash:a&request_uri=http%3A%2F%2Flocalhost%3A1%2Frequest"),
    ],
)
def test_http_with_this_machine_is_spoken_only_when_told_so(wallet: Command, command: str, link: str) -> None:
    assert wallet("create").code == 0
    for options in ([], ["--local"]):
        done = wallet(command, link, *options)
        assert done.code == 1
        assert done.last.startswith("nlwallet: https_required: ")
        assert "--insecure-local" in done.last
    done = wallet(command, link, "--insecure-local")
    assert done.code == 1
    assert done.last.startswith("nlwallet: transport: localhost does not accept the connection")


def test_an_unknown_tls_certificate_says_which_anchor(wallet: Command, desk: Serving) -> None:
    done = wallet("receive", desk.offer().link(), "--local", "--yes")
    assert done.code == 1
    assert "--tls-anchor" in done.last


@pytest.mark.parametrize(("card", "category"), [("pid", "pid_provider"), ("diploma", "eaa_provider")])
def test_an_untrusted_issuer_says_which_anchor(wallet: Command, card: str, category: str) -> None:
    with serving(IssueOptions(card)) as desk:
        arguments = ["receive", desk.offer().link(), "--local", "--tls-anchor", str(desk.tls_anchor)]
        done = wallet(*arguments, "--yes")
        assert (done.code, list(desk.issuer.issued)) == (1, [])
        assert done.last.startswith("nlwallet: no_access_certificate: ")
        assert "--category access_ca" in done.last
        done = wallet(*arguments, "--yes", "--insecure-unregistered-issuer")
        assert done.code == 1
        assert WORDS["nl"]["issuer.untrusted"].split(".")[0] in " ".join(done.out.split())
        assert done.last.startswith("nlwallet: untrusted_certificate: ")
        assert f"--category {category}" in done.last
        assert list(desk.issuer.issued[-1].events) == ["credential_failure"]


def test_an_anchor_of_another_kind_vouches_for_nothing(wallet: Command, desk: Serving) -> None:
    arguments = pasted(desk)
    arguments[arguments.index("--anchor") + 1] = str(desk.issuer_anchor)
    arguments += ["--category", "pid_provider", "--insecure-unregistered-issuer"]
    done = wallet(*arguments, "--yes")
    assert done.code == 1
    assert done.last.startswith("nlwallet: untrusted_certificate: ")


def test_an_issuer_that_is_gone(wallet: Command) -> None:
    with serving(IssueOptions("pid")) as desk:
        arguments = ["receive", desk.offer().link(), "--local", "--yes"]
    done = wallet(*arguments)
    assert done.code == 1
    assert done.last.startswith("nlwallet: transport: ")
    assert done.err.count("\n") == 1


def test_an_issuer_that_wants_to_know_the_wallet(wallet: Command, tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    other.write_text(CertificateAuthority.create("Another provider", now=1_790_000_000).certificate.pem())
    with serving(IssueOptions("pid", wallet_anchors=(other,))) as desk:
        done = wallet(*pasted(desk), "--yes")
        assert done.code == 1
        assert "nlwallet wallet provider" in done.last
    own = tmp_path / "own.pem"
    own.write_text(wallet("provider").out)
    with serving(IssueOptions("pid", wallet_anchors=(own,))) as desk:
        assert wallet(*pasted(desk), "--yes").code == 0
        done = wallet(*pasted(desk), "--yes", "--anonymous")
        assert done.code == 1


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["receive", "no offer", "--yes"], 1, "invalid_offer"),
        (["receive", "openid-credential-offer://?credential_offer=%7B", "--yes"], 1, "malformed"),
        (["open", "no request"], 1, "nlwallet: "),
        (["show", "7"], 1, "no_such_card"),
        (["show", ""], 1, "no_such_card"),
        (["delete", "\x1b[31m"], 1, "no_such_card"),
        (["renew", "1"], 1, "no_such_card"),
        (["receive", "x", "--anchor", __file__], 2, "--category"),
        (["receive", "x", "--anchor", "a.pem", "--category", "friends"], 2, "--category"),
        (["receive", "x", "--anchor", "/none.pem", "--category", "pid_provider"], 1, "cannot be read"),
        (["receive", "x", "--language", "fy"], 2, "--language"),
        (["receive", "x", "--profile", "none"], 1, "no profile"),
        (["receive", "x", "--batch", "0"], 2, "--batch"),
        (["trust", __file__], 2, "--category"),
        (["nonsense"], 2, "nonsense"),
    ],
)
def test_wrong_use_and_bad_input(wallet: Command, arguments: list[str], code: int, says: str) -> None:
    assert wallet("create").code == 0
    done = wallet(*arguments)
    assert done.code == code
    assert says in done.err
    if code == 1:
        assert done.err.count("\n") == 1
        assert "\x1b" not in done.err


def test_a_file_that_is_no_certificate_is_not_trusted(wallet: Command, tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("hello")
    assert wallet("create").code == 0
    done = wallet("trust", str(tmp_path / "no.pem"), "--category", "access_ca")
    assert done.code == 1
    assert "PEM" in done.last
    assert wallet("trust", "--json").json == []


# The PIN and the file ------------------------------------------------------------------------------


def test_a_wrong_pin_counts_and_locks(wallet: Command) -> None:
    assert wallet("create").code == 0
    for left in (3, 2, 1):
        done = wallet("cards", typed="000000\n")
        assert done.code == 1
        assert f"{left} of 4 attempts left" in done.last
    assert "wallet_locked" in wallet("cards", typed="000000\n").last
    done = wallet("cards")
    assert done.code == 1
    assert "wait " in done.last


def test_a_damaged_file_is_refused_and_costs_no_attempt(wallet: Command) -> None:
    assert wallet("create").code == 0
    data = bytearray(default_wallet().read_bytes())
    data[150] ^= 1
    default_wallet().write_bytes(data)
    for _ in range(5):
        done = wallet("cards")
        assert done.code == 1
        assert "vault_damaged" in done.last


def test_no_wallet_yet(wallet: Command) -> None:
    done = wallet("cards")
    assert done.code == 1
    assert "nlwallet wallet create" in done.last


def test_a_wallet_is_not_made_twice(wallet: Command) -> None:
    assert wallet("create").code == 0
    assert "vault_exists" in wallet("create").last


def test_no_terminal_and_no_pipe(wallet: Command) -> None:
    assert wallet("create").code == 0
    done = wallet("cards", pin=False)
    assert done.code == 1
    assert "--pin-stdin" in done.last


def test_what_is_no_pin_makes_no_wallet(wallet: Command) -> None:
    assert wallet("create", typed="abc\n").code == 1
    assert not default_wallet().exists()


def test_a_wallet_of_ones_own_place(wallet: Command, tmp_path: Path) -> None:
    place = str(tmp_path / "elsewhere" / "w")
    assert wallet("create", "--wallet", place).code == 0
    assert Path(place).exists()
    assert not default_wallet().exists()
    assert wallet("cards", "-w", place, "--json").json == []


def test_the_places_are_those_of_xdg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for ignored in ("", "relative/path"):
        monkeypatch.setenv("XDG_DATA_HOME", ignored)
        monkeypatch.setenv("XDG_STATE_HOME", ignored)
        assert default_wallet() == tmp_path / ".local/share/nlwallet/wallet.vault"
        assert attempts_folder() == tmp_path / ".local/state/nlwallet/attempts"


# Looking and throwing away --------------------------------------------------------------------------


def test_cards_are_listed_shown_and_thrown_away(wallet: Command, with_diploma: Done) -> None:
    listed = wallet("cards")
    assert "Testregister Diploma's" in listed.out
    assert max(map(len, listed.out.splitlines())) <= 80
    (card,) = wallet("cards", "--json").json
    shown = wallet("show", "1", "--language", "en")
    assert "Testuniversiteit Waterland" in shown.out
    assert f"{card['copies']} of {card['copies']}" in shown.out
    if not card["id"].startswith("-"):
        assert wallet("show", card["id"][:6], "--json").json["claims"]["family_name"] == "Hofstra"
    assert wallet("delete", "1", typed=f"{PIN}\nn\n").code == 1
    assert len(wallet("cards", "--json").json) == 1
    assert wallet("delete", "1", "--yes").code == 0
    assert wallet("cards", "--json").json == []
    outcomes = [entry["outcome"] for entry in wallet("log", "--json").json]
    assert outcomes == ["received", "deleted"]
    assert "weggegooid" in wallet("log").out


def test_a_card_that_was_taken_back_is_seen(wallet: Command, desk: Serving, with_diploma: Done) -> None:
    (same,) = wallet("check", "--local", "--json").json
    assert (same["status"], same["changed"]) == ("valid", False)
    # The status list is kept by nobody here: each command is a wallet that has just begun.
    desk.issuer.status_lists.revoke(desk.issuer.issued[-1].credential_id)
    (back,) = wallet("check", "--local", "--json").json
    assert (back["status"], back["changed"]) == ("revoked", True)
    assert "ingetrokken" in wallet("cards").out


def test_every_word_is_there_in_both_languages() -> None:
    assert WORDS["nl"].keys() == WORDS["en"].keys()
    for key, text in WORDS["nl"].items():
        names = {part.partition("}")[0] for part in text.split("{")[1:]}
        assert names == {part.partition("}")[0] for part in WORDS["en"][key].split("{")[1:]}


def test_whatever_is_logged_has_a_word() -> None:
    for name in (*get_args(LogKind), *LogOutcome):
        assert f"log.{name}" in WORDS["nl"]
    for status in (*get_args(CardStatus), "expired"):
        assert f"status.{status}" in WORDS["nl"]


# Sharing --------------------------------------------------------------------------------------------


class Street:
    """A sandbox on ports: a PID issuer and relying parties."""

    def __init__(self, folder: Path) -> None:
        self.hosting = Loopback()
        self.edi = Sandbox(hosting=self.hosting)
        self.folder = folder
        self.tls = self._file("tls", self.hosting.tls_anchor_pem)

    def anchor(self, category: Category) -> str:
        return self._file(str(category), self.edi.anchors.of(category)[0].pem())

    def folder_of(self, *categories: Category) -> str:
        for category in categories:
            (self.folder / "anchors").mkdir(exist_ok=True)
            (self.folder / "anchors" / f"{category}.pem").write_text(Path(self.anchor(category)).read_text())
        return str(self.folder)

    def _file(self, name: str, text: str) -> str:
        path = self.folder / f"{name}.pem"
        path.write_text(text)
        return str(path)


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Street]:
    one = Street(tmp_path_factory.mktemp("street"))
    yield one
    one.edi.close()


@pytest.fixture
def frouke(wallet: Command, street: Street) -> Command:
    """Her wallet, with a PID, that trusts the street."""
    assert wallet("create").code == 0
    folder = street.folder_of(
        Category.PID_PROVIDER, Category.ACCESS_CA, Category.REGISTRATION_CERTIFICATE_PROVIDER
    )
    assert wallet("trust", folder).code == 0
    claims = pid_claims(persona("frouke"), now=street.edi.clock.now())
    offer = street.edi.pid_issuer.offer("nl-pid", claims).uri
    record = ("--record", str(street.folder / "pid.json"))
    done = wallet("receive", offer, "--local", "--tls-anchor", street.tls, "--yes", "--anonymous", *record)
    assert done.code == 0, done.err
    return wallet


@pytest.fixture(scope="module")
def foreign(street: Street) -> Issuer:
    """An issuer of another ecosystem: it is registered nowhere, and its card would be trusted."""
    key, host = PrivateKey.generate(), "foreign.example"
    origin = street.edi._hosting.origin(host)
    chain = street.edi.authorities.of(Category.EAA_PROVIDER).issue(
        key.public, Subject("Vreemd", organization="Vreemd"), now=street.edi.clock.now(), san_uris=(origin,)
    )
    document = {"vct": "urn:example:foreign-pass:1", "claims": [{"path": ["number"], "sd": "always"}]}
    issuer = Issuer(
        key=key,
        chain=chain,
        credential_issuer=origin,
        configurations=[CredentialConfiguration.from_type_metadata(document)],
        clock=street.edi.clock,
        types=street.edi.types,
    )
    street.edi.serve(host, issuer.app)
    return issuer


@pytest.mark.parametrize("profile", ["haip-1.0", "strict"])
def test_cards_of_registered_issuers_only_are_taken_and_what_to_do_is_said(
    frouke: Command, street: Street, foreign: Issuer, profile: str
) -> None:
    claims = pid_claims(persona("frouke"), now=street.edi.clock.now())
    offer = street.edi.pid_issuer.offer("nl-pid", claims).uri
    done = frouke(
        "receive", offer, "--local", "--yes", "--anonymous", "--profile", profile, "--json", "-l", "en"
    )
    assert done.code == 0, done.err
    assert done.json["offer"]["entitlement"] == "PID_Provider"
    assert "The register says that Testuitgever" in done.err
    eaa = Category.EAA_PROVIDER
    assert frouke("trust", street.anchor(eaa), "--category", str(eaa)).code == 0
    link = foreign.offer("urn:example:foreign-pass:1", {"number": "7"}).uri
    receive = ("receive", link, "--local", "--yes", "--profile", profile, "-l", "en")
    issued = len(foreign.issued)
    done = frouke(*receive)
    assert (done.code, len(foreign.issued)) == (1, issued)
    assert "Your wallet does not get this card." in done.out
    assert done.last.startswith("nlwallet: no_access_certificate: ")
    assert done.last.endswith("--insecure-unregistered-issuer takes it with a warning")
    done = frouke(*receive, "--insecure-unregistered-issuer")
    assert (done.code, len(foreign.issued)) == (0, issued + 1)
    assert "This website does not show whose it is." in " ".join(done.out.split())


def test_a_register_that_is_not_trusted_can_be(wallet: Command, street: Street) -> None:
    assert wallet("create").code == 0
    for category in (Category.PID_PROVIDER, Category.ACCESS_CA):
        assert wallet("trust", street.anchor(category), "--category", str(category)).code == 0
    claims = pid_claims(persona("frouke"), now=street.edi.clock.now())
    offer = street.edi.pid_issuer.offer("nl-pid", claims).uri
    given = ("--local", "--tls-anchor", street.tls, "--yes", "--anonymous", "--profile", "strict")
    done = wallet("receive", offer, *given)
    assert done.code == 1
    assert done.last.startswith("nlwallet: untrusted_registrar: ")
    assert done.last.endswith("--category registration_certificate_provider")
    register = Category.REGISTRATION_CERTIFICATE_PROVIDER
    done = wallet("receive", offer, *given, "--anchor", street.anchor(register), "--category", str(register))
    assert done.code == 0, done.err


@pytest.mark.parametrize("profile", ["haip-1.0", "strict"])
def test_the_issuer_of_the_other_terminal_is_registered(wallet: Command, desk: Serving, profile: str) -> None:
    done = wallet(*pasted(desk), "--yes", "-l", "nl", "--json", "--profile", profile)
    assert done.code == 0, done.err
    assert "Let op" not in done.err
    assert (done.json["offer"]["entitlement"], done.json["offer"]["reasons"]) == ("PUB_EAA_Provider", [])


@pytest.fixture(scope="module")
def unregistered_type(street: Street) -> Issuer:
    """A school that is registered for another card than it offers."""

    def for_another(*given: Any, **more: Any) -> RelyingPartyRecord:
        record = provider_record(*given, **more)
        other = {"provides_attestations": (CredentialType(types=("urn:example:other:1",)),)}
        return record.model_copy(update={"services": (record.services[0].model_copy(update=other),)})

    document = {"vct": "urn:example:school-pass:1", "claims": [{"path": ["number"], "sd": "always"}]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nlwallet.sandbox.issuer_authorities.provider_record", for_another)
        return street.edi.issuer(
            "school.example", configurations=[CredentialConfiguration.from_type_metadata(document)]
        )


@pytest.mark.parametrize("language", ["nl", "en"])
def test_who_may_not_issue_it_brings_a_question_more_in_the_transition(
    frouke: Command, street: Street, unregistered_type: Issuer, language: str
) -> None:
    eaa = Category.EAA_PROVIDER
    assert frouke("trust", street.anchor(eaa), "--category", str(eaa)).code == 0

    def receive(*options: str, typed: str = f"{PIN}\n") -> Done:
        offer = unregistered_type.offer("urn:example:school-pass:1", {"number": "7"}).uri
        receiving = ("receive", offer, "--local", "--anonymous", "-l", language)
        return frouke(*receiving, *options, typed=typed)

    for options in ((), ("--despite-warnings",), ("--insecure-unregistered-issuer",)):
        done = receive("--yes", *options)
        assert (done.code, done.last.split(": ")[1]) == (1, "attestation_type_not_registered")
    warned = ("--profile", "transitional")
    done = receive("--yes", *warned)
    assert (done.code, done.last.partition(": ")[2].partition(":")[0]) == (1, "warnings_not_acknowledged")
    yes, no = WORDS[language]["yes"], WORDS[language]["no"]  # type: ignore[index]
    assert receive(*warned, typed=f"{PIN}\n{no}\n").code == 1
    done = receive(*warned, typed=f"{PIN}\n{yes}\n{yes}\n{yes}\n")
    assert done.code == 0, done.err
    assert TEXTS[language]["provider.confirm"] in " ".join(done.out.split())  # type: ignore[index]
    assert receive("--yes", "--despite-warnings", *warned).code == 0


def test_a_request_is_shown_and_answered(frouke: Command, street: Street) -> None:
    bar = street.edi.relying_party("cafe-de-vrije-val")
    request = bar.request()
    cassette = street.folder / "bar.json"
    done = frouke("open", request.uri, "--local", "--record", str(cassette), typed=f"{PIN}\nj\n")
    assert done.code == 0, done.err
    assert "Café De Vrije Val" in done.out
    assert str(cassette) in done.out.replace("\n", "")
    for path, told in ((cassette, "discloses age_over_18"), (street.folder / "pid.json", "whether to fetch")):
        text = path.read_text()
        assert not values_found(text)
        assert PIN not in text
        story = explain_cassette(read_cassette(text))
        assert (told in str(story), story.fault) == (True, None)
    assert bar.result(request).claims("pid") == {"age_over_18": True}
    (card,) = frouke("cards", "--json").json
    assert card["unused_copies"] == card["copies"] - 1


def test_a_request_is_refused(frouke: Command, street: Street) -> None:
    bar = street.edi.relying_party("cafe-de-vrije-val")
    request = bar.request()
    nowhere = ("--record", "/dev/null/bar.json")
    assert "cassette cannot be written" in frouke("open", "openid4vp://?x", "--local", *nowhere).last
    done = frouke("open", request.uri, "--local", "--json", typed=f"{PIN}\nn\n")
    assert done.code == 1
    assert done.json == {"shared": False, "redirect_uri": None}
    assert bar.result(request).status == "refused"


def test_yes_does_not_share_despite_warnings(frouke: Command, street: Street) -> None:
    shop = street.edi.relying_party("over-asking")
    request = shop.request(pilot("over-asking").query)
    done = frouke("open", request.uri, "--local", "--yes")
    assert done.code == 1
    assert "--despite-warnings" in done.last
    assert shop.result(request).status == "pending"
    done = frouke("open", request.uri, "--local", "--yes", "--despite-warnings", "--json")
    assert done.code == 0, done.err
    assert done.json["shared"] is True


def test_an_untrusted_requester_says_which_anchor(
    wallet: Command, street: Street, with_diploma: Done
) -> None:
    bar = street.edi.relying_party("cafe-de-vrije-val")
    done = wallet("open", bar.request().uri, "--local", "--tls-anchor", street.tls)
    assert done.code == 1
    assert "--category access_ca" in done.last


def test_a_missing_card_shares_nothing(wallet: Command, street: Street, with_diploma: Done) -> None:
    bar = street.edi.relying_party("cafe-de-vrije-val")
    request = bar.request()
    access = street.anchor(Category.ACCESS_CA)
    done = wallet(
        *("open", request.uri, "--local", "--tls-anchor", street.tls),
        *("--anchor", access, "--category", "access_ca"),
    )
    assert done.code == 1
    assert WORDS["nl"]["not.shared"] in done.out
