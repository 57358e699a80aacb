"""A file on the command line that is larger than such a file can be: refused, never read in part."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlwallet.cli.app import run
from nlwallet.crypto import PrivateKey
from nlwallet.errors import LimitExceeded, LocalError
from nlwallet.sandbox import Sandbox
from nlwallet.sandbox.hierarchy_files import MAX_CERTIFICATES, read_certificates
from nlwallet.small_file import SMALL_FILE_BYTES, read_small_file
from nlwallet.trust import Category


def test_exactly_as_large_as_it_may_be(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * 10)
    assert read_small_file(file, what="a key", most=10) == b"x" * 10
    with pytest.raises(LocalError, match="is larger than the 9 bytes that a key may have") as refused:
        read_small_file(file, what="a key", most=9)
    assert refused.value.code == "limit_exceeded"
    assert refused.value.hint


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="cannot be read: No such file or directory") as refused:
        read_small_file(tmp_path / "none", what="a key", hint="make one")
    assert (refused.value.code, refused.value.hint) == ("file", "make one")


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["verify", "card~", "--issuer-key", "BIG"], "a key"),
        (["verify", "token", "--anchor", "BIG"], "a file of certificates"),
        (["eu-verifier", "--certificate", "BIG", "--key", "BIG", "--record", "BIG"], "a certificate"),
        (["eu-verifier", "--pki", "PKI", "--anchor", "BIG"], "a file of anchors"),
        (["eu-verifier", "--pki", "PKI", "--registration-certificate", "BIG"], "a registration certificate"),
        (["eu-verifier", "--pki", "PKI", "--anchor", "FOLDER"], "a file of a hierarchy"),
        (["issuance-server", "--config", "BIG"], "settings"),
        (["verification-server", "--config", "BIG"], "settings"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value,
)
def test_the_command_says_so_in_one_line(
    arguments: list[str], what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, pki = tmp_path / "anchors", tmp_path / "pki"
    folder.mkdir()
    big = folder / "pid_provider.pem"
    good = PrivateKey.generate().pem()
    # Its beginning is a whole key: read in part, it would be taken.
    big.write_bytes(good + b"\n" * (1_048_577 - len(good)))
    assert big.stat().st_size > SMALL_FILE_BYTES
    assert run(["pki", "new", str(pki)]) == 0
    capsys.readouterr()
    assert (
        run([{"BIG": str(big), "FOLDER": str(folder), "PKI": str(pki)}.get(one, one) for one in arguments])
        == 1
    )
    [line] = capsys.readouterr().err.splitlines()
    assert f"{big} is larger than the " in line
    assert f" bytes that {what} may have" in line


def test_no_certificate_of_a_long_file_is_left_out_in_silence() -> None:
    pem = Sandbox().anchors.of(Category.PID_PROVIDER)[0].pem().encode()
    assert len(read_certificates(pem * MAX_CERTIFICATES)) == MAX_CERTIFICATES
    with pytest.raises(LimitExceeded, match=f"{MAX_CERTIFICATES + 1} certificates, of at most"):
        read_certificates(pem * (MAX_CERTIFICATES + 1))
