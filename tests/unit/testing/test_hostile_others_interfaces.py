"""The attack kit at our servers with the interfaces of others: their own clients speak to them unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nlwallet.sandbox import Sandbox, pilot
from nlwallet.sandbox.loopback import Loopback
from nlwallet.testing.hostile import EuVerifierParty, HostileWallet, NlVerifierParty, Verdict, attacks
from nlwallet.verifier.eu_server import EuServer, eu_app

QUERY = {
    "credentials": [
        {
            "id": "pid",
            "format": "dc+sd-jwt",
            "meta": {"vct_values": ["urn:eudi:pid:nl:1"]},
            "claims": [{"path": ["age_over_18"]}],
        }
    ]
}
CHOSEN = ("ADV-074", "ADV-100/wrong", "ADV-105/a-year", "ADV-004")
SOME = [one for one in attacks() if one.id in CHOSEN]
THROUGH_BROWSER = [one for one in attacks() if one.id.startswith(("ADV-158", "ADV-159", "ADV-160"))]


class Others:
    """Both servers on ports, with their clients."""

    def __init__(self, folder: Path) -> None:
        hosting = Loopback()
        self.edi = Sandbox(hosting=hosting)
        cafe = pilot("cafe-de-vrije-val")
        served = self.edi.verification_server(
            {"adult": {"pilot": cafe.id, "accept_missing_revocation_status": True}, "strict": cafe.id},
            internal_server={"authentication": {"api_key": "sesame"}},
        )
        eu = self.edi.register(
            pilot("gemeente-amsterdam").record,
            host="eu-verifier.example",
            app=lambda party: eu_app(EuServer(party, clock=self.edi.clock)),
        )
        anchor = folder / "tls.pem"
        anchor.write_text(hosting.tls_anchor_pem)
        at, tls = (served.requester_url, served.public_url), str(anchor)
        self.parties: dict[str, Any] = {
            "nl": NlVerifierParty(*at, "adult", api_key="sesame", tls_anchor=tls),
            "nl, strict": NlVerifierParty(*at, "strict", api_key="sesame", tls_anchor=tls),
            "eu": EuVerifierParty(eu.base_url, QUERY, {"profile": "haip"}, tls_anchor=tls),
        }


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Others]:
    made = Others(tmp_path_factory.mktemp("tls"))
    with made.edi:
        yield made


@pytest.mark.parametrize("kind", ["nl", "eu"])
def test_the_kit_finds_them_sound(kind: str, others: Others) -> None:
    report = HostileWallet(others.edi).report(others.parties[kind], SOME, parallel=2)
    assert report.honest.verdict is Verdict.SURVIVED, report.honest.story()
    assert report.ok, [one.story() for one in report.holes]
    assert report.count(Verdict.SURVIVED) >= len(SOME) - 1


@pytest.mark.req("ADV-158", "ADV-159", "ADV-160")
def test_the_kit_finds_the_browsers_interface_sound(others: Others) -> None:
    report = HostileWallet(others.edi).report(others.parties["eu"], THROUGH_BROWSER, parallel=2)
    assert report.ok, [one.story() for one in report.holes]
    assert report.count(Verdict.SURVIVED) == len(THROUGH_BROWSER) >= 14


def test_an_older_one_has_no_interface_for_browsers(others: Others) -> None:
    eu = others.parties["eu"]
    assert EuVerifierParty(f"{eu.base}/older", QUERY, tls_anchor=eu.tls_anchor).begin_dc_api() is None


def test_a_card_without_a_status_is_refused_unless_the_settings_say_otherwise(others: Others) -> None:
    # The kit's cards name no status list: what makes the difference to the run above is one key of the file.
    honest = HostileWallet(others.edi).honest(others.parties["nl, strict"])
    assert honest.verdict is not Verdict.SURVIVED
    assert "the session is failed" in honest.seen
