"""Hostile relying parties against our own wallet, and against one that believes everything."""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from nlwallet.clock import TravellingClock
from nlwallet.crypto import encrypt_jwe
from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.errors import LocalError, NlWalletError
from nlwallet.http import HttpClient, HttpPolicy
from nlwallet.openid4vp import ClientMetadata
from nlwallet.sandbox import Sandbox
from nlwallet.sandbox.loopback import Loopback
from nlwallet.testing.hostile import (
    Attack,
    CommandWallet,
    HostileParties,
    OwnWallet,
    Verdict,
    WalletOutcome,
    attacks,
    html_page,
    junit_xml,
)
from nlwallet.testing.hostile.cases.wallet_offers import WALLET_OFFERS
from nlwallet.testing.hostile.cases.wallet_queries import good_payment
from nlwallet.testing.hostile.jws_draft import as_json
from nlwallet.testing.hostile.wallet_attempt import WalletAttempt
from nlwallet.testing.hostile.wallet_party import within

REQUESTS = [one for one in attacks("wallet") if one.group != WALLET_OFFERS.title]
URL = re.compile(r"https?://[^\"'<>\s\\]+")


@pytest.fixture(scope="module")
def edi() -> Iterator[Sandbox]:
    with Sandbox(clock=TravellingClock()) as made:
        yield made


@pytest.fixture(scope="module")
def parties(edi: Sandbox) -> HostileParties:
    return HostileParties(edi)


@pytest.fixture(scope="module")
def wallet(edi: Sandbox) -> OwnWallet:
    return OwnWallet(edi.wallet("frouke"))


@pytest.fixture(scope="module")
def liberal(edi: Sandbox) -> OwnWallet:
    return OwnWallet(edi.wallet("frouke", behaves_as="openid4vp-1.0"))


@dataclass
class Gullible:
    """Answers whatever it is asked, goes wherever it is led, and visits every address that it reads."""

    http: HttpClient
    name: str = "a gullible wallet"

    def open(self, link: str, *, agrees: bool = True) -> WalletOutcome:
        fields = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
        if fields.get("request_uri_method") == "post":
            form = b"wallet_nonce=my-own-wallet-nonce"
            reply = self._send("POST", fields["request_uri"], form)
        else:
            reply = self._send("GET", fields["request_uri"])
        claims = _payload(reply[1].decode()) if reply else {}
        for url in URL.findall(json.dumps(claims)):
            if url != claims.get("response_uri"):
                self._send("GET", url)
        guess = json.dumps(claims).encode().find(b'"values": [true]') > 0
        form = b"vp_token=%7B%7D" if agrees else (b"error=access_denied" if guess else b"error=unknown")
        address = str(fields.get("response_uri") or claims.get("response_uri", ""))
        reply = self._send("POST", address, form) if address else None
        while reply is not None and reply[0] in (302, 307, 308):
            reply = self._send("POST", reply[2], form)
        return WalletOutcome("done", goes_to=_goes_to(reply[1]) if reply else "")

    def open_in_browser(self, requests: Sequence[Mapping[str, Any]], *, origin: str) -> WalletOutcome:
        return WalletOutcome("done", data={"vp_token": {}})

    def receive(self, offer: str) -> WalletOutcome:
        return WalletOutcome("done")

    def _send(self, method: str, url: str, body: bytes = b"") -> tuple[int, bytes, str] | None:
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        try:
            reply = self.http.send(method, url, body=body, headers=headers, what="anything")
        except NlWalletError:
            return None
        return reply.status, reply.body, reply.headers.get("location", "")


def _payload(jwt: str) -> dict[str, Any]:
    try:
        value = json.loads(b64url_decode(jwt.split(".")[1]))
    except (ValueError, IndexError, RecursionError, NlWalletError):
        return {}
    return value if isinstance(value, dict) else {}


def _goes_to(body: bytes) -> str:
    try:
        return str(json.loads(body).get("redirect_uri", ""))
    except ValueError:
        return ""


@pytest.fixture(scope="module")
def gullible(edi: Sandbox) -> Gullible:
    http = edi.client()
    http._network = HttpClient(  # the one that reaches this machine, in plain http too
        HttpPolicy(insecure_allow_http=True, insecure_allow_private_addresses=True)
    )._network
    http.policy = HttpPolicy(timeout_seconds=0.5)  # it has been there, and that is enough
    return Gullible(http)


# Our own wallet -----------------------------------------------------------------------------------


def test_the_honest_request_is_answered(parties: HostileParties, wallet: OwnWallet) -> None:
    result = parties.honest(wallet)
    assert result.verdict is Verdict.SURVIVED, result.story()
    assert result.seen == "presented"


def test_the_honest_request_of_a_page_is_answered(edi: Sandbox, wallet: OwnWallet) -> None:
    """So that what is refused through the browser is refused for what is wrong with it."""
    parties = HostileParties(edi)
    for form in ("signed", "multisigned"):
        attempt = WalletAttempt(edi, wallet, parties.party, parties.issuer)
        draft = attempt.request()
        draft.for_browser(parties.party.origin)
        assert attempt.open_in_browser(draft, getattr(draft, form)()).state == "done"
        assert draft.presented


def test_a_good_payment_is_authorised(edi: Sandbox, parties: HostileParties, wallet: OwnWallet) -> None:
    """So that what is refused in one is refused for what is wrong with it."""
    attempt = WalletAttempt(edi, wallet, parties.party, parties.issuer)
    draft = attempt.request()
    draft.claims["transaction_data"] = [b64url_encode(as_json(good_payment(draft)))]
    assert attempt.open(draft).state == "done", attempt.steps
    assert draft.presented


@pytest.mark.parametrize(
    ("id_", "reason"),
    [
        ("ADV-166/field", "does not define"),
        ("ADV-166/parameter", "does not define"),
        ("ADV-166/incomplete", "required member is missing"),
        ("ADV-166/credential", "credential_ids"),
        ("ADV-166/algorithm", "algorithm"),
        ("ADV-170/anchor", "anchor"),
        ("ADV-170/self-signed", "certificate"),
        ("ADV-162/mixed", "certificate"),
    ],
)
def test_it_says_why(id_: str, reason: str, parties: HostileParties, wallet: OwnWallet) -> None:
    (attack,) = attacks("wallet", only=[id_])
    result = parties.attack(wallet, attack)
    assert result.seen == "refused"
    assert any(reason in step.received for step in result.steps), result.story()


def test_of_two_signers_it_believes_the_one_who_signed(parties: HostileParties, wallet: OwnWallet) -> None:
    (attack,) = attacks("wallet", only=["ADV-162/one"])
    assert parties.attack(wallet, attack).verdict is Verdict.OBSERVED


@pytest.mark.parametrize("attack", REQUESTS)
def test_our_wallet_survives(attack: Attack, parties: HostileParties, wallet: OwnWallet) -> None:
    result = parties.attack(wallet, attack)
    result.check()
    assert result.verdict in (Verdict.SURVIVED, Verdict.OBSERVED), result.story()


@pytest.mark.parametrize(
    "attack", attacks("wallet", only=["ADV-171", "ADV-173", "ADV-170", "ADV-168", "ADV-169"])
)
def test_it_survives_where_it_takes_more_kinds_of_clients(
    attack: Attack, parties: HostileParties, liberal: OwnWallet
) -> None:
    """Under HAIP it refuses most prefixes for what they are; here it has to look at what is behind them."""
    parties.attack(liberal, attack).check()


# A wallet that believes everything ----------------------------------------------------------------


HARMLESS = ("ADV-179/html", "ADV-179/huge")
"""There is nothing to fall for but time and memory."""


@pytest.mark.parametrize(
    "attack", [one for one in REQUESTS if one.expects == "refused" and one.id not in HARMLESS]
)
def test_a_gullible_wallet_is_caught(attack: Attack, parties: HostileParties, gullible: Gullible) -> None:
    result = parties.attack(gullible, attack)
    assert result.verdict is Verdict.HOLE, f"{attack.id}: {result.seen}"


@pytest.mark.parametrize("id_", ["ADV-168/parameters", "ADV-156/addresses"])
def test_who_visits_what_a_request_names_is_caught(
    id_: str, parties: HostileParties, gullible: Gullible
) -> None:
    (attack,) = attacks("wallet", only=[id_])
    result = parties.attack(gullible, attack)
    assert (result.verdict, "visits" in result.seen) == (Verdict.HOLE, True)


# The rule -----------------------------------------------------------------------------------------


def test_who_answers_nobody_fails_the_honest_request(edi: Sandbox, parties: HostileParties) -> None:
    report = parties.report(OwnWallet(edi.empty_wallet()), attacks("wallet", only=["ADV-167"]))
    assert (report.ok, report.results) == (False, ())
    assert "not answered" in report.honest.seen


def test_a_report_has_every_case(parties: HostileParties, wallet: OwnWallet) -> None:
    report = parties.report(wallet, attacks("wallet", only=["ADV-174"]))
    assert report.ok
    assert [one.attack.id for one in report.results] == [
        "ADV-174/missing",
        "ADV-174/characters",
        "ADV-174/number",
    ]
    assert "ADV-174/missing" in junit_xml(report)
    assert "ADV-174/missing" in html_page(report)


def test_a_crash_and_a_hang_are_told_apart() -> None:
    never = threading.Event()

    def wait() -> WalletOutcome:
        never.wait()
        return WalletOutcome("refused")

    def crash() -> WalletOutcome:
        raise RecursionError

    assert within(0.01, wait).state == "hung"
    assert within(60, crash) == WalletOutcome("broken", "RecursionError")
    never.set()


@dataclass
class Encrypting(Gullible):
    """Says no in a JWE, as the library of the EU's reference wallet does, and gives no reason or one that tells."""

    reason: bool = False

    def open(self, link: str, *, agrees: bool = True) -> WalletOutcome:
        uri = parse_qs(urlsplit(link).query)["request_uri"][0]
        reply = self._send("GET", uri)
        claims = _payload(reply[1].decode()) if reply else {}
        target = ClientMetadata.model_validate(claims["client_metadata"]).encryption_target(encs=("A128GCM",))
        refusal = {"error": "access_denied", "state": claims["state"]}
        if self.reason:
            refusal["error_description"] = json.dumps(claims["dcql_query"])
        jwe = encrypt_jwe(json.dumps(refusal).encode(), target.key, enc=target.enc, kid=target.kid)
        self._send("POST", claims["response_uri"], b"response=" + jwe.encode())
        return WalletOutcome("refused")


@pytest.mark.parametrize("reason", [False, True])
def test_a_refusal_that_is_encrypted_is_judged_by_what_is_in_it(
    reason: bool, parties: HostileParties, gullible: Gullible
) -> None:
    (attack,) = (one for one in REQUESTS if one.id == "ADV-178")
    result = parties.attack(Encrypting(gullible.http, reason=reason), attack)
    assert result.verdict is (Verdict.HOLE if reason else Verdict.SURVIVED), result.story()


@dataclass
class Ending(Gullible):
    """Ends as it is told to."""

    outcome: WalletOutcome = field(default_factory=lambda: WalletOutcome("refused"))

    def open(self, link: str, *, agrees: bool = True) -> WalletOutcome:
        return self.outcome


@pytest.mark.parametrize(
    ("outcome", "seen"),
    [
        (WalletOutcome("broken", "KeyError"), "it breaks: KeyError"),
        (WalletOutcome("hung"), "time limit"),
        (WalletOutcome("done"), "it says that it shared"),
        (WalletOutcome("refused", goes_to=" JavaScript:alert(1)"), "sends its holder to javascript:"),
    ],
)
def test_what_is_a_hole_though_nothing_arrives(
    edi: Sandbox, parties: HostileParties, outcome: WalletOutcome, seen: str
) -> None:
    (attack,) = attacks("wallet", only=["ADV-172"])
    result = parties.attack(Ending(edi.client(), outcome=outcome), attack)
    assert result.verdict is Verdict.HOLE
    assert seen in result.seen


@pytest.mark.parametrize(
    ("code", "state"), [("0", "done"), ("1", "refused"), ("125", "refused"), ("126", "broken")]
)
def test_a_wallet_behind_a_command(tmp_path: Path, code: str, state: str) -> None:
    script = tmp_path / "wallet.py"
    script.write_text(
        "import sys\nprint('https://shop.example/' + sys.argv[2][:3])\nsys.exit(int(sys.argv[1]))\n"
    )
    command = f"{sys.executable} {script} {code} {{link}}"
    outcome = CommandWallet(command).open("openid4vp://?x='\"; $(rm)")
    assert outcome.state == state
    assert outcome.goes_to == ("" if state == "broken" else "https://shop.example/ope")
    with pytest.raises(LocalError, match="no command"):
        CommandWallet(command).receive("openid-credential-offer://")
    with pytest.raises(LocalError):
        CommandWallet("/nowhere/at/all {link}").open("x")


def test_a_command_that_kills_itself_is_broken(tmp_path: Path) -> None:
    script = tmp_path / "wallet.py"
    script.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
    assert CommandWallet(f"{sys.executable} {script} {{link}}").open("x").state == "broken"


def test_over_the_network_with_a_wallet_of_another_process(tmp_path: Path) -> None:
    """The parties are on real ports: what a command sends there is seen, and so is that it sends nothing."""
    script = tmp_path / "wallet.py"
    script.write_text(
        "import json, ssl, sys, base64, urllib.request as web\n"
        "from urllib.parse import parse_qs, urlsplit\n"
        "tls = ssl.create_default_context(cafile=sys.argv[1])\n"
        "link = parse_qs(urlsplit(sys.argv[2]).query)\n"
        "part = web.urlopen(link['request_uri'][0], context=tls).read().split(b'.')[1]\n"
        "claims = json.loads(base64.urlsafe_b64decode(part + b'=='))\n"
        "if 'redirect_uri' in claims: sys.exit(1)\n"
        "web.urlopen(claims['response_uri'], b'vp_token=%7B%7D', context=tls)\n"
    )
    place = Loopback()
    with Sandbox(hosting=place) as edi:
        anchor = tmp_path / "tls.pem"
        anchor.write_text(place.tls_anchor_pem)
        wallet = CommandWallet(f"{sys.executable} {script} {anchor} {{link}}")
        report = HostileParties(edi).report(wallet, attacks("wallet", only=["ADV-172", "ADV-167/none"]))
    assert report.honest.verdict is Verdict.SURVIVED, report.honest.story()
    verdicts = {one.attack.id: one.verdict for one in report.results}
    assert verdicts == {"ADV-172": Verdict.SURVIVED, "ADV-167/none": Verdict.HOLE}
