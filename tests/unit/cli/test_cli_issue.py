"""``nlwallet issue``: what it offers, what it writes, when it stops, and that nothing of it is left."""

from __future__ import annotations

import json
import shlex
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from nlwallet.cli import issue_desk
from nlwallet.cli.app import run
from nlwallet.cli.issue_desk import IssueOptions, Serving, serving
from nlwallet.cli.issuer_identity import IssuerIdentity
from nlwallet.clock import SystemClock
from nlwallet.crypto import Certificate, CertificateRevocationList
from nlwallet.errors import LocalError
from nlwallet.holder import Wallet
from nlwallet.http import HttpClient, HttpPolicy
from nlwallet.issuer import OfferStatus, card_names
from nlwallet.registration import CERTIFICATE_PROFILES
from nlwallet.report import Outcome
from nlwallet.sandbox import read_anchor_folder
from nlwallet.sandbox.wallet_provider import SandboxWalletProvider
from nlwallet.status import Status

OWN_TYPE = {
    "vct": "urn:example:bridge-pass:1",
    "display": [{"locale": "nl", "name": "Brugpas"}, {"locale": "en", "name": "Bridge pass"}],
    "claims": [{"path": ["bridge"], "sd": "allowed", "display": [{"locale": "nl", "label": "Brug"}]}],
}


@pytest.fixture
def own_card(tmp_path: Path) -> tuple[str, str]:
    """A type and claims that nobody has heard of."""
    document, claims = tmp_path / "type.json", tmp_path / "claims.json"
    document.write_text(json.dumps(OWN_TYPE))
    claims.write_text(json.dumps({"bridge": "Magere Brug"}))
    return str(document), str(claims)


def holder(desk: Serving, provider: SandboxWalletProvider | None = None) -> Wallet:
    """A wallet that trusts this issuer, as the command that is shown lets it."""
    policy = HttpPolicy(insecure_allow_private_addresses=True, tls_anchors_pem=desk.tls_anchor.read_text())
    return Wallet(
        anchors=read_anchor_folder(desk.anchors),
        http=HttpClient(policy),
        provider=provider or SandboxWalletProvider(SystemClock()),
    )


def watched(desk: Serving, offer: Any, *, agrees: bool = True) -> Iterator[str]:
    return desk.watch(offer, stop=Event(), decide=lambda: agrees)


# What is offered ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", card_names())
def test_every_ready_made_card_is_received(name: str) -> None:
    with serving(IssueOptions(name)) as desk:
        offer = desk.offer()
        (card,) = holder(desk).receive(offer.link())
        assert card.type == desk.ware.configuration.vct
        assert list(watched(desk, offer)) == ["fetched", "credential_accepted"]


@pytest.mark.parametrize(
    ("name", "mdoc", "type_"),
    [
        ("eu-pid", False, "urn:eudi:pid:1"),
        ("eu-pid", True, "eu.europa.ec.eudi.pid.1"),
        ("driving-licence", True, "org.iso.18013.5.1.mDL"),
        ("pid", True, "urn:eudi:pid:nl:1"),
    ],
)
def test_a_card_is_of_the_type_that_relying_parties_ask_for(name: str, mdoc: bool, type_: str) -> None:
    with serving(IssueOptions(name, mdoc=mdoc)) as desk:
        (card,) = holder(desk).receive(desk.offer().link())
    assert (card.type, card.format) == (type_, "mso_mdoc" if mdoc else "dc+sd-jwt")
    assert "Frouke" in str(card.claims)


def test_a_card_of_ones_own(own_card: tuple[str, str]) -> None:
    document, claims = own_card
    with serving(IssueOptions(document, claims=claims)) as desk:
        assert str(desk.ware.category) == "eaa_provider"
        (card,) = holder(desk).receive(desk.offer().link())
        assert card.claims == {"bridge": "Magere Brug"}
        assert card.name("en") == "Bridge pass"


def test_another_person_and_fewer_copies() -> None:
    with serving(IssueOptions("pid", person="yusuf", batch=2)) as desk:
        (card,) = holder(desk).receive(desk.offer().link())
        assert card.claims["given_name"] == "Yusuf"
        assert len(card.copies) == 2


def test_one_copy_of_what_is_used_once_where_there_are_more() -> None:
    """``once_only`` needs a batch (ARF ISSU_43): a single copy is for a limited time."""
    with serving(IssueOptions("pid", batch=1)) as desk:
        (described,) = desk.issuer.issuer_metadata()["credential_configurations_supported"].values()
        (option,) = described["credential_metadata"]["credential_reuse_policy"]["options"]
        assert option["details"] == ["limited_time"]
        assert "reissue_trigger_unused" not in option
        (card,) = holder(desk).receive(desk.offer().link())
        assert len(card.copies) == 1


@pytest.mark.req("I-06", "I-24")
def test_only_keys_that_a_known_provider_attests(tmp_path: Path) -> None:
    provider, anchor = SandboxWalletProvider(SystemClock()), tmp_path / "provider.pem"
    anchor.write_text(provider.anchor.pem())
    with serving(IssueOptions("pid", batch=2, wallet_anchors=(anchor,), attested_keys=True)) as desk:
        (described,) = desk.issuer.issuer_metadata()["credential_configurations_supported"].values()
        kinds = described["proof_types_supported"]
        assert {kind: terms["key_attestations_required"] for kind, terms in kinds.items()} == {
            "jwt": {},
            "attestation": {},
        }
        (card,) = holder(desk, provider).receive(desk.offer().link())
        assert len(card.copies) == 2


def test_the_command_names_the_anchors_and_not_the_code() -> None:
    with serving(IssueOptions("pid", tx_code=True)) as desk:
        offer = desk.offer()
        words = shlex.split(desk.command(offer))
        assert words[:4] == ["nlwallet", "wallet", "receive", offer.link()]
        assert words[words.index("--anchor") + 1] == str(desk.anchors)
        trusted = {path.stem for path in desk.anchors.iterdir()}
        assert trusted == {"pid_provider", "access_ca", "registration_certificate_provider"}
        assert (desk.anchors / "pid_provider.pem").read_bytes() == desk.issuer_anchor.read_bytes()
        assert words[words.index("--tls-anchor") + 1] == str(desk.tls_anchor)
        assert offer.tx_code is not None
        assert offer.tx_code not in desk.command(offer)


# What becomes of it ----------------------------------------------------------------------------------


def test_a_promise_waits_for_the_person_here() -> None:
    with serving(IssueOptions("pid", deferred=True)) as desk:
        offer, wallet = desk.offer(), holder(desk)
        assert wallet.receive(offer.link()) == ()
        told = watched(desk, offer)
        assert [next(told), next(told)] == ["waiting", "approved"]
        refusing, other = desk.offer(), holder(desk)
        other.receive(refusing.link())
        assert list(watched(desk, refusing, agrees=False)) == ["waiting", "denied"]


def test_a_wallet_that_says_nothing_is_waited_for_in_vain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issue_desk, "PATIENCE_SECONDS", 2 * issue_desk.LOOK_SECONDS)
    with serving(IssueOptions("pid")) as desk:
        offer = desk.offer()
        holder(desk).open_offer(offer.link()).fetch()
        assert list(watched(desk, offer)) == ["fetched", "untold"]


def test_an_offer_expires(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(IssueOptions("pid")) as desk:
        monkeypatch.setattr(type(desk.issuer), "offer_status", lambda *_: OfferStatus.EXPIRED)
        assert list(watched(desk, desk.offer())) == ["expired"]


def test_somebody_stops_it() -> None:
    with serving(IssueOptions("pid")) as desk:
        stop = Event()
        stop.set()
        assert list(desk.watch(desk.offer(), stop=stop, decide=lambda: True)) == []


# What is left ----------------------------------------------------------------------------------------


def test_nothing_is_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with serving(IssueOptions("pid")) as desk:
        port = int(desk.issuer.credential_issuer.rpartition(":")[2])
        assert desk.issuer_anchor.is_file()
        assert list(tmp_path.iterdir()) != []
    assert list(tmp_path.iterdir()) == []
    with socket.socket() as free, pytest.raises(ConnectionRefusedError):
        free.connect(("127.0.0.1", port))


def test_anchors_stay_where_somebody_wants_them(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "anchors"
    with serving(IssueOptions("pid", anchors_folder=folder)):
        pass
    assert sorted(one.name for one in folder.iterdir()) == ["anchors", "issuer-ca.pem", "tls-ca.pem"]
    files = [one for one in folder.rglob("*") if one.is_file()]
    assert len(files) == 5
    for one in files:
        assert b"PRIVATE" not in one.read_bytes()


def test_an_issuer_that_is_kept_goes_on_where_it_was(tmp_path: Path) -> None:
    store = tmp_path / "issuer.sqlite"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = IssueOptions("pid", by_page=False, store=store, port=port, anchors_folder=tmp_path / "anchors")
    with serving(options) as desk:
        wallet = holder(desk)
        wallet.receive(desk.offer().link())
        before = desk.issuer_anchor.read_text()
        credential_id = desk.issuer.issued[-1].credential_id
    assert stat.S_IMODE(store.with_name("issuer.sqlite.keys").stat().st_mode) == 0o600
    with serving(options) as desk:
        assert desk.issuer_anchor.read_text() == before
        assert [one.credential_id for one in desk.issuer.issued] == [credential_id]
        assert wallet.check_cards() == ()  # the same address, TLS authority and status list
        wallet.receive(desk.offer().link())  # and the same registrar
        desk.issuer.status_lists.revoke(credential_id)
    with serving(options) as desk:
        assert desk.issuer.status_lists.status_of(credential_id) == Status.INVALID


def test_an_issuer_that_was_kept_before_it_was_registered_gets_a_registrar(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    IssuerIdentity.kept(path, "De School", url="https://localhost:4433")
    boundary = b"-----END OF A PART-----\n"
    path.write_bytes(boundary.join(path.read_bytes().split(boundary)[:3]))
    first, second = (IssuerIdentity.kept(path, "De School", url="https://localhost:4433") for _ in range(2))
    assert first.access.certificate == second.access.certificate
    assert first.registration.certificate == second.registration.certificate
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("card", "kind"), [("pid", "pid"), ("diploma", "eaa")])
def test_its_certificates_keep_to_their_profile_and_name_a_list_that_is_there(card: str, kind: str) -> None:
    with serving(IssueOptions(card)) as desk:
        signer, now = desk.issuer._signer, SystemClock().now()
        anchor = Certificate.from_pem(desk.issuer_anchor.read_bytes())
        policy = HttpPolicy(
            insecure_allow_private_addresses=True, tls_anchors_pem=desk.tls_anchor.read_text()
        )
        assert signer.document_signer is not None
        leaves = {kind: signer.chain.leaf, "document-signer": signer.document_signer.chain.leaf}
        for profile, leaf in leaves.items():
            (url,) = leaf.crl_uris
            with HttpClient(policy) as http:
                reply = http.get(url, accept="application/pkix-crl", what="the list")
            listed = CertificateRevocationList.from_der(reply.body)
            listed.verify(anchor, now=now)
            assert not listed.revokes(leaf)
            results = CERTIFICATE_PROFILES[profile].check(leaf, issuer=anchor, now=now)
            assert [one.rule.id for one in results if one.outcome is Outcome.FAILED] == []


def test_keys_that_are_none_are_refused(tmp_path: Path) -> None:
    store = tmp_path / "issuer.sqlite"
    store.with_name("issuer.sqlite.keys").write_text("hello")
    with (
        pytest.raises(LocalError, match="does not hold the keys"),
        serving(IssueOptions("pid", store=store, port=1)),
    ):
        pass


# At the command line ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["nonsense"], 1, "no ready-made card"),
        (["pid", "--persona", "eline"], 1, "no_such_card"),
        (["pid", "--persona", "nobody"], 1, "no persona"),
        (["pid", "--claims", "x.json"], 1, "leave out --claims"),
        (["/none.json", "--claims", "{}"], 1, "no file"),
        (["pid", "--store", "s.sqlite"], 1, "--port"),
        (["pid", "--tx-code", "--authorization-code"], 2, "exclude"),
        (["pid", "--port", "70000"], 2, "--port"),
        (["pid", "--batch", "0"], 2, "--batch"),
        (["pid", "--out-anchors", "/proc/none"], 1, "/proc/none"),
        (["pid", "--wallet-anchor", "/none.pem"], 1, "cannot be read"),
        (["pid", "--attested-keys"], 1, "--wallet-anchor"),
        ([], 2, "CARD"),
    ],
)
def test_wrong_use_is_told(
    arguments: list[str], code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["issue", *arguments]) == code
    out, err = capsys.readouterr()
    assert says in err
    assert "Traceback" not in out + err
    if code == 1:
        assert err.count("\n") == 1


def test_a_port_that_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert run(["issue", "pid", "--port", str(taken.getsockname()[1])]) == 1
    err = capsys.readouterr().err
    assert err.startswith("nlwallet: port_taken: ")
    assert err.count("\n") == 1


def test_claims_that_do_not_fit_the_type(
    own_card: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document, _ = own_card
    wrong = tmp_path / "wrong.json"
    wrong.write_text('["no object"]')
    assert run(["issue", document, "--claims", str(wrong)]) == 1
    assert "JSON object" in capsys.readouterr().err
    (tmp_path / "no-type.json").write_text("{}")
    assert run(["issue", str(tmp_path / "no-type.json"), "--claims", "{}"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
