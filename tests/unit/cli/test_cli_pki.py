"""``nlwallet pki``: a hierarchy in one command, and what a wallet objects to in one that somebody brings."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from nlwallet import Sandbox
from nlwallet.cli.app import run
from nlwallet.crypto import Certificate, CertificateChain, CertificateRevocationList, PrivateKey, verify_chain
from nlwallet.crypto.extensions import extensions_of
from nlwallet.errors import LocalError
from nlwallet.registration import RelyingPartyRecord
from nlwallet.sandbox import read_anchor_folder, read_hierarchy
from nlwallet.sandbox.hierarchy import SIGNERS
from nlwallet.trust import Category


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("pki") / "mine"
    assert run(["pki", "new", str(made)]) == 0
    return made


def checked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = run(["pki", "check", "--json", *arguments])
    return code, json.loads(capsys.readouterr().out)


def failed(result: dict[str, Any]) -> dict[str, set[str]]:
    return {
        one["file"]: {check["id"] for check in one["checks"] if check["outcome"] == "failed"}
        for one in result["checked"]
        if not one["ok"]
    }


def test_every_category_has_an_anchor_and_every_signer_leads_to_it(folder: Path) -> None:
    hierarchy, anchors = read_hierarchy(folder), read_anchor_folder(folder)
    assert anchors == hierarchy.anchors
    for category in Category:
        assert len(anchors.of(category)) == (0 if category is Category.STATUS_PROVIDER else 1), category
    now = hierarchy.signers["access"].chain.leaf.not_before + 600
    for name, plan in SIGNERS.items():
        signer = hierarchy.signers[name]
        above = hierarchy.authorities[plan.authority].certificate
        assert verify_chain(signer.chain, [above], now=now, what=name)[-1] == above
        assert signer.key.public == signer.chain.leaf.public_key
        jwk = json.loads((folder / "signers" / f"{name}.key.jwk").read_text())
        assert PrivateKey.from_jwk(jwk).public == signer.key.public
        assert "d" not in json.loads((folder / "signers" / f"{name}.jwk").read_text())


def test_a_signer_may_issue_at_any_port_or_path_of_its_host(folder: Path) -> None:
    """``iss`` of a card is a URI of the certificate or at one of its hosts (SD-JWT VC §2.5); EUDIPLO has a path."""
    leaf = read_hierarchy(folder).signers["pid-issuer"].chain.leaf
    assert (leaf.san_uris, leaf.san_dns) == (("https://dienst.example",), ("dienst.example",))


def test_secrets_are_for_their_owner_only_and_nothing_is_overwritten(folder: Path) -> None:
    secret = {"authorities", "signers"}
    keys = [one for one in folder.rglob("*") if ".key." in one.name]
    assert {one.parent.name for one in keys} == secret
    assert {stat.S_IMODE(one.stat().st_mode) for one in keys} == {0o600}
    others = [one for one in folder.rglob("*") if one.is_file() and one not in keys]
    for one in others:
        assert b"PRIVATE" not in one.read_bytes()
    before = {one: one.read_bytes() for one in keys}
    assert run(["pki", "new", str(folder)]) == 1
    assert {one: one.read_bytes() for one in keys} == before


def test_what_is_published_is_what_certificates_point_to(folder: Path) -> None:
    hierarchy = read_hierarchy(folder)
    now = hierarchy.signers["access"].chain.leaf.not_before + 600
    for name, plan in SIGNERS.items():
        leaf, above = hierarchy.signers[name].chain.leaf, hierarchy.authorities[plan.authority].certificate
        found = extensions_of(leaf)
        for url in (*found.crl_urls, *found.ca_issuers):
            content = (folder / "published" / url.removeprefix("https://pki.example/")).read_bytes()
            if url.endswith(".crl"):
                revoked = CertificateRevocationList.from_der(content)
                revoked.verify(above, now=now)
                assert not revoked.revokes(leaf)
            else:
                assert Certificate.from_der(content) == above


def test_what_was_made_passes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for profile in ("haip-1.0", "strict", "nl-wallet-0.6"):
        code, result = checked(capsys, str(folder), "--profile", profile)
        assert (code, failed(result)) == (0, {})
        assert {one["profile"] for one in result["checked"]} >= {
            "pid",
            "access",
            "iaca",
            "document-signer",
            "list",
        }
        assert all("CHAIN" in {check["id"] for check in one["checks"]} for one in result["checked"]
                   if one["file"].startswith("signers"))  # fmt: skip


def test_short_lives_need_no_list(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pki", "new", str(tmp_path / "day"), "--short-lived", "--no-jwk"]) == 0
    assert not list(tmp_path.rglob("*.jwk"))
    leaf = read_hierarchy(tmp_path / "day").signers["access"].chain.leaf
    assert (leaf.crl_uris, leaf.not_after - leaf.not_before) == ((), 86_400)
    code, result = checked(capsys, str(tmp_path / "day"), "--profile", "strict")
    assert (code, failed(result)) == (0, {})
    assert run(["pki", "new", str(tmp_path / "week"), "--short-lived", "--days", "7"]) == 0
    assert checked(capsys, str(tmp_path / "week"))[0] == 0
    code, result = checked(capsys, str(tmp_path / "week"), "--profile", "strict")
    assert code == 1
    assert set.union(*failed(result).values()) == {"REVOCATION", "NO-REVOCATION"}
    assert run(["pki", "new", str(tmp_path / "month"), "--short-lived", "--days", "30"]) == 2
    assert not (tmp_path / "month").exists()


def test_names_of_your_own(tmp_path: Path) -> None:
    names = ["--organization", "Proefdienst", "--identifier", "NTRNL-12345678", "--host", "proef.example"]
    assert run(["pki", "new", str(tmp_path / "own"), *names, "--url", "https://ca.proef.example/"]) == 0
    record = RelyingPartyRecord.of(**json.loads((tmp_path / "own" / "record.json").read_text()))
    leaf = read_hierarchy(tmp_path / "own").signers["access"].chain.leaf
    assert leaf.subject.identifier == record.identifier == "NTRNL-12345678"
    assert "proef.example" in leaf.san_dns
    assert leaf.crl_uris == ("https://ca.proef.example/access_ca.crl",)
    assert run(["pki", "new", str(tmp_path / "bad"), "--identifier", "PNONL-123456782"]) == 1
    assert run(["pki", "new", str(tmp_path / "bad"), "--country", "Nederland"]) == 1
    assert run(["pki", "new", str(tmp_path / "bad"), "--days", "9000"]) == 2
    assert not (tmp_path / "bad").exists()


def test_a_sandbox_of_your_own_hierarchy(folder: Path) -> None:
    hierarchy = read_hierarchy(folder)
    with Sandbox(hierarchy=hierarchy) as edi:
        for category in (
            Category.PID_PROVIDER,
            Category.ACCESS_CA,
            Category.REGISTRATION_CERTIFICATE_PROVIDER,
        ):
            assert edi.anchors.of(category) == hierarchy.anchors.of(category)
        assert edi._wallet_provider.anchor in hierarchy.anchors.of(Category.WALLET_PROVIDER)
        frouke, bar = edi.wallet("frouke"), edi.relying_party("cafe-de-vrije-val")
        request = bar.request()
        frouke.open(request.uri).approve(pin=Sandbox.PIN)
        assert bar.result(request).claims("pid") == {"age_over_18": True}


def test_check_rp_takes_the_anchors_as_a_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    papers = [str(folder / "signers" / "access.pem"), str(folder / "record.json")]
    assert run(["check-rp", *papers, "--anchor", str(folder)]) == 0
    (wrong := folder.parent / "wrong").mkdir(exist_ok=True)
    shutil.copy(folder / "anchors" / "pid_provider.pem", wrong)
    assert run(["check-rp", *papers, "--anchor", str(wrong)]) == 1
    (empty := folder.parent / "empty").mkdir(exist_ok=True)
    assert run(["check-rp", *papers, "--anchor", str(empty)]) == 2


# One that a user brings ------------------------------------------------------------------------------------------

EXTENSIONS = """
[good]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
certificatePolicies=0.4.0.194118.1.2
subjectAltName=URI:https://dienst.example/contact
authorityInfoAccess=caIssuers;URI:https://ca.example/ca.cer
crlDistributionPoints=URI:https://ca.example/ca.crl
[ca]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
"""


class OpenSsl:
    """A hierarchy as somebody makes it by hand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "ext.cnf").write_text(EXTENSIONS)
        self("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "ca.key")
        self("req", "-new", "-key", "ca.key", "-subj", "/C=NL/O=Zelf/CN=Zelf CA", "-out", "ca.csr")
        self("x509", "-req", "-in", "ca.csr", "-signkey", "ca.key", "-days", "900", "-extfile", "ext.cnf",
             "-extensions", "ca", "-out", "ca.pem")  # fmt: skip
        self("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "rp.key")
        subject = "/C=NL/O=Zelf B.V./organizationIdentifier=NTRNL-12345678/CN=Zelf"
        self("req", "-new", "-key", "rp.key", "-subj", subject, "-out", "rp.csr")

    def issue(self, name: str, *options: str) -> Path:
        self(
            "x509",
            "-req",
            "-in",
            "rp.csr",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-days",
            "300",
            *options,
            "-out",
            name,
        )
        return self.folder / name

    def __call__(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)


@pytest.fixture
def openssl(tmp_path: Path) -> OpenSsl:
    if shutil.which("openssl") is None:
        pytest.skip("NO OPENSSL: the command openssl is not there")
    return OpenSsl(tmp_path)


def test_a_good_certificate_of_openssl(openssl: OpenSsl, capsys: pytest.CaptureFixture[str]) -> None:
    made = openssl.issue("rp.pem", "-extfile", "ext.cnf", "-extensions", "good")
    code, result = checked(capsys, str(made), "--anchor", str(openssl.folder / "ca.pem"))
    assert (code, failed(result)) == (0, {})
    assert result["checked"][0]["profile"] == "access"
    openssl("x509", "-in", "rp.pem", "-outform", "der", "-out", "rp.der")
    assert checked(capsys, str(openssl.folder / "rp.der"))[0] == 0
    assert checked(capsys, str(openssl.folder))[0] == 0
    code, result = checked(capsys, str(made), "--as", "pid")
    assert failed(result)["rp.pem"] == {"PID-ISSUER", "PID-TYPE"}
    said = [one for one in result["checked"][0]["checks"] if one["id"] == "PID-TYPE"]
    assert "0.4.0.194126.1.1" in said[0]["remedy"]


def test_what_openssl_makes_by_default(openssl: OpenSsl, capsys: pytest.CaptureFixture[str]) -> None:
    made = openssl.issue("rp.pem")
    code, result = checked(capsys, str(openssl.folder), "--as", "access")
    assert code == 1
    assert {"KEY_USAGE", "POLICY", "CONTACT", "REVOCATION"} <= failed(result)["rp.pem"]
    assert "ca.pem" not in failed(result)  # an authority is judged as one
    assert failed(checked(capsys, str(openssl.folder), "--as", "iaca")[1])["ca.pem"] == {
        "ISO-CA",
        "ISO-CONTACT",
    }
    assert run(["pki", "check", str(made)]) == 1
    told = capsys.readouterr().out
    assert "keyUsage digitalSignature, critical" in told
    assert "--as pid" in told


def test_a_chain_does_not_bring_its_anchor(openssl: OpenSsl, capsys: pytest.CaptureFixture[str]) -> None:
    made = openssl.issue("rp.pem", "-extfile", "ext.cnf", "-extensions", "good")
    both = openssl.folder / "chain.pem"
    both.write_bytes(made.read_bytes() + (openssl.folder / "ca.pem").read_bytes())
    _, result = checked(capsys, str(both), "--anchor", str(openssl.folder / "ca.pem"))
    assert failed(result)["chain.pem"] == {"CHAIN"}
    options = ["--anchor", str(openssl.folder / "ca.pem"), "--profile", "transitional"]
    assert checked(capsys, str(both), *options)[0] == 0


def test_keys_beside_a_certificate(openssl: OpenSsl, capsys: pytest.CaptureFixture[str]) -> None:
    made = openssl.issue("rp.pem", "-extfile", "ext.cnf", "-extensions", "good")
    (openssl.folder / "rp.key").chmod(0o644)
    _, result = checked(capsys, str(made))
    assert {one["id"] for one in result["checked"][0]["checks"] if one["outcome"] == "warned"} >= {"KEY-MODE"}
    shutil.copy(openssl.folder / "ca.key", openssl.folder / "rp.key")
    code, result = checked(capsys, str(made))
    assert (code, failed(result)) == (1, {"rp.pem": {"KEY"}})


def test_what_cannot_be_read(tmp_path: Path, openssl: OpenSsl, capsys: pytest.CaptureFixture[str]) -> None:
    openssl(
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "r.key",
        "-subj",
        "/CN=r",
        "-out",
        "rsa.pem",
    )
    code, result = checked(capsys, str(tmp_path / "rsa.pem"))
    assert (code, failed(result)) == (1, {"rsa.pem": {"READ"}})
    assert result["checked"][0]["checks"][0]["code"] == "algorithm_not_allowed"
    (tmp_path / "cut.pem").write_bytes((tmp_path / "ca.pem").read_bytes()[:200])
    (tmp_path / "cut.der").write_bytes(b"\x30\x82" + bytes(40))
    for name in ("cut.pem", "cut.der"):
        assert checked(capsys, str(tmp_path / name))[0] == 1
    (tmp_path / "big.pem").write_bytes(bytes(262_145))
    (tmp_path / "none").mkdir()
    for wrong in (
        ["big.pem"],
        ["none"],
        ["nothing.pem"],
        ["ca.pem", "--as", "x"],
        ["ca.pem", "--profile", "x"],
    ):
        assert run(["pki", "check", str(tmp_path / wrong[0]), *wrong[1:]]) == 2
    many = tmp_path / "many"
    many.mkdir()
    for number in range(257):
        (many / f"{number}.pem").touch()
    assert run(["pki", "check", str(many)]) == 2


def test_a_damaged_hierarchy_is_told_from_a_whole_one(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="no hierarchy"):
        read_hierarchy(tmp_path)
    shutil.copytree(folder, tmp_path / "copy")
    (tmp_path / "copy" / "signers" / "reader.pem").write_text("nothing")
    with pytest.raises(LocalError, match="no whole hierarchy"):
        read_hierarchy(tmp_path / "copy")
    (tmp_path / "copy" / "manifest.json").write_text("{")
    with pytest.raises(LocalError, match="manifest"):
        read_hierarchy(tmp_path / "copy")
    assert run(["pki", "check", str(tmp_path / "copy")]) == 2


def test_an_intermediate_is_judged_as_an_authority(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from nlwallet.crypto import CertificateAuthority, Subject

    now = read_hierarchy(folder).signers["access"].chain.leaf.not_before + 300
    root = CertificateAuthority.create("Root", now=now)
    middle = root.subordinate("Middle", now=now)
    chain: CertificateChain = middle.issue(
        PrivateKey.generate().public, Subject("x", country="NL", organization="y"), now=now
    )
    (tmp_path / "chain.pem").write_text("".join(one.pem() for one in chain))
    (tmp_path / "root.pem").write_text(root.certificate.pem())
    _, result = checked(
        capsys, str(tmp_path / "chain.pem"), "--as", "list", "--anchor", str(tmp_path / "root.pem")
    )
    ids = [check["id"] for check in result["checked"][0]["checks"]]
    assert "CA-BASIC" in ids
    assert failed(result) == {}
