"""The command as a person types it: output, one line for bad input, exit codes."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from nlwallet import Sandbox
from nlwallet.cli.app import run
from nlwallet.crypto import PrivateKey, sign_jws
from nlwallet.encoding import b64url_encode
from nlwallet.issuer import persona, pid_claims
from nlwallet.trust import Category


@pytest.fixture
def holder() -> PrivateKey:
    return PrivateKey.generate()


@pytest.fixture
def edi() -> Sandbox:
    return Sandbox()


@pytest.fixture
def card(edi: Sandbox, holder: PrivateKey) -> str:
    claims = pid_claims(persona("frouke"), now=edi.clock.now())
    return edi.pid_issuer.issue("nl-pid", claims, holder.public)


@pytest.fixture
def anchor(edi: Sandbox, tmp_path: Path) -> str:
    path = tmp_path / "anchor.pem"
    path.write_text(edi.anchors.of(Category.PID_PROVIDER)[0].pem())
    return str(path)


def test_demo_shows_both_pilots(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo"]) == 0
    out = capsys.readouterr().out
    assert "Inloggen bij de gemeente Amsterdam" in out
    assert '{"bsn": "999958379"}' in out
    assert '{"age_over_18": true}' in out
    assert "█" in out


def test_demo_in_english(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "-s", "cafe-de-vrije-val", "--language", "en"]) == 0
    out = capsys.readouterr().out
    assert "Prove 18+ at a café" in out
    assert "Check that you are 18 or older" in out


def test_demo_shows_the_over_asking_shop(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--scenario", "over-asking"]) == 0
    out = capsys.readouterr().out
    assert "access_denied" in out
    assert "vraagt meer dan is aangemeld" in out


def test_demo_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "--json", "--verbose"]) == 0
    scenarios = json.loads(capsys.readouterr().out)
    assert [scenario["scenario"] for scenario in scenarios] == ["gemeente-amsterdam", "cafe-de-vrije-val"]
    steps = {step["step"]: step for step in scenarios[1]["steps"]}
    assert list(steps) == ["register", "issue", "ask", "consent", "present", "verify"]
    assert steps["verify"]["claims"] == {"pid": {"age_over_18": True}}
    assert all(check["outcome"] in {"passed", "skipped"} for check in steps["verify"]["checks"])
    # The relying party looks at the status list before it has answered the wallet.
    sent = [entry["request"].split("/")[:2] for entry in steps["present"]["wire"]]
    assert sent == [["GET ", "status"], ["POST ", "response"]]


def test_demo_verbose_shows_the_wire(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "-v", "-s", "cafe-de-vrije-val"]) == 0
    out = capsys.readouterr().out
    assert "POST /response/" in out
    assert "Request object (OpenID4VP 1.0 §5)" in out


@pytest.mark.parametrize(("typed", "ends"), [("y\n112233\n", "verified"), ("n\n", "refused")])
def test_demo_interactive(
    typed: str, ends: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(typed.split("\n"))
    monkeypatch.setattr("rich.console.Console.input", lambda *_, **__: next(answers))
    assert run(["demo", "-i", "-s", "cafe-de-vrije-val"]) == 0
    assert ends in capsys.readouterr().out


def test_a_wrong_pin_at_the_demo_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["y", "000000"])
    monkeypatch.setattr("rich.console.Console.input", lambda *_, **__: next(answers))
    assert run(["demo", "-i", "-s", "cafe-de-vrije-val"]) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "pin" in err.lower()


def test_decode_a_card_from_standard_input(
    card: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(card.encode())))
    assert run(["decode", "-", "--json"]) == 0
    decoded = json.loads(capsys.readouterr().out)
    assert decoded["kind"] == "SD-JWT VC"
    assert decoded["verified"] is False
    assert {"name": "bsn", "value": "999958379"}.items() <= next(
        item for item in decoded["disclosures"] if item.get("name") == "bsn"
    ).items()


def test_decode_what_else_there_is(edi: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bar = edi.relying_party("cafe-de-vrije-val")
    request = bar.request()
    wrprc = next(iter(bar.certificates.registration_certificates.values()))
    query = json.dumps(bar.certificates.record.dcql_for("leeftijd"))
    pem = tmp_path / "leaf.pem"
    pem.write_text(bar.certificates.access_chain.leaf.pem())
    offer = edi.pid_issuer.offer("nl-pid", pid_claims(persona("frouke"), now=edi.clock.now())).uri
    for text, kind in [
        (request.uri, "Presentation request link"),
        (wrprc, "Registration certificate"),
        (query, "DCQL query"),
        (str(pem), "X.509 certificate"),
        (offer, "Credential offer"),
    ]:
        assert run(["decode", text]) == 0
        out = capsys.readouterr().out
        assert kind in out
        assert "not verified" in out


def test_verify_a_card(card: str, anchor: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "card.txt"
    file.write_text(card + "\n")
    assert run(["verify", str(file), "--anchor", anchor, "--json"]) == 0
    verdict = json.loads(capsys.readouterr().out)
    assert verdict["verified"] is True
    assert verdict["claims"]["bsn"] == "999958379"


def test_verify_a_presentation(
    edi: Sandbox, card: str, holder: PrivateKey, anchor: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from nlwallet.profiles import HAIP_1_0
    from nlwallet.sdjwt import X5cIssuer, verify_sd_jwt_vc

    now = edi.clock.now()
    kept = verify_sd_jwt_vc(
        card, issuer_key=X5cIssuer(edi.anchors.of(Category.PID_PROVIDER)), now=now, profile=HAIP_1_0
    )
    shown = kept.present([("age_over_18",)], holder_key=holder, audience="x509_hash:me", nonce="n-1", now=now)
    right = ["verify", shown, "--anchor", anchor, "--audience", "x509_hash:me", "--nonce", "n-1"]
    assert run(right) == 0
    assert "age_over_18" in capsys.readouterr().out
    assert run([*right[:-1], "n-2"]) == 1
    captured = capsys.readouterr()
    assert "NOT verified" in captured.out
    assert captured.err.count("\n") == 1
    assert "RFC 9901 §7.3" in captured.err


def test_verify_a_registration_certificate(
    edi: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "registration.pem"
    path.write_text(edi.registrar.registration_anchor.pem())
    wrprc = next(iter(edi.relying_party("cafe-de-vrije-val").certificates.registration_certificates.values()))
    assert run(["verify", wrprc, "--anchor", str(path)]) == 0
    assert "Café De Vrije Val" in capsys.readouterr().out


def test_verify_names_what_it_does_not_verify(
    edi: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "registration.pem"
    path.write_text(edi.registrar.registration_anchor.pem())
    assert run(["verify", edi.registrar.status_list_token(), "--anchor", str(path)]) == 1
    said = capsys.readouterr().err
    assert "Status list token" in said
    assert "nlwallet decode" in said


def bad_inputs(card: str, holder: PrivateKey) -> dict[str, str]:
    issuer_jwt, *disclosures = card.split("~")
    header, payload, signature = issuer_jwt.split(".")
    none = b64url_encode(b'{"alg":"none","typ":"dc+sd-jwt"}')
    megabyte = b64url_encode(json.dumps(["salt", "name", "x" * 800_000]).encode())
    many = "~".join([issuer_jwt, *(b64url_encode(f'["{n}","c{n}",1]'.encode()) for n in range(10_000)), ""])
    deep = sign_jws(b'{"vct":"x","a":' + b"[" * 1000 + b"]" * 1000 + b"}", holder, typ="dc+sd-jwt")
    return {
        "truncated": card[: len(card) // 3],
        "wrong signature": "~".join([f"{header}.{payload}.{signature[:-4]}AAAA", *disclosures]),
        "alg none": "~".join([f"{none}.{payload}.", *disclosures]),
        "the same Disclosure twice": "~".join([issuer_jwt, disclosures[0], *disclosures]),
        "a Disclosure of a megabyte": f"{issuer_jwt}~{megabyte}~",
        "ten thousand Disclosures": many,
        "a thousand levels deep": f"{deep}~",
        "no token at all": "hello",
        "empty": " ",
    }


@pytest.mark.parametrize("command", ["decode", "verify"])
def test_bad_input_is_one_line_and_exit_code_1(
    command: str,
    card: str,
    holder: PrivateKey,
    anchor: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, text in bad_inputs(card, holder).items():
        file = tmp_path / "input.txt"
        file.write_text(text)
        code = run([command, str(file), *(["--anchor", anchor] if command == "verify" else [])])
        err = capsys.readouterr().err
        if command == "decode" and name in {"wrong signature", "alg none", "the same Disclosure twice"}:
            assert code == 0, f"{name}: decode shows also what is not valid"
            continue
        assert code == 1, name
        assert err.startswith("nlwallet: "), name
        assert err.count("\n") == 1, name
        assert "Traceback" not in err, name


def test_an_expired_card(card: str, anchor: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["verify", card, "--anchor", anchor, "--at", "1000000000"]) == 1
    assert "not yet valid" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["verify", "x"], ["demo", "--language", "fr"], ["nonsense"], ["decode"], ["qr", "a://b", "--gif"],
     ["demo", "--interactive", "--json"], ["verify", "x", "--anchor", "a.pem", "--nonce", "n"]],
)  # fmt: skip
def test_wrong_usage_is_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(arguments) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_an_unknown_scenario_names_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "-s", "nowhere"]) == 1
    assert "cafe-de-vrije-val" in capsys.readouterr().err


def test_qr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    svg, png = tmp_path / "q.svg", tmp_path / "q.png"
    assert (
        run(
            [
                "qr",
                "openid4vp://?client_id=x&request_uri=https%3A%2F%2Fa.example",
                "--svg",
                str(svg),
                "--png",
                str(png),
            ]
        )
        == 0
    )
    assert svg.read_bytes().lstrip().startswith((b"<?xml", b"<svg"))
    assert png.read_bytes().startswith(b"\x89PNG")
    capsys.readouterr()
    assert run(["qr", "openid4vp://?client_id=x"]) == 0
    assert "█" in capsys.readouterr().out
    assert run(["qr", "not a link"]) == 1
    assert run(["qr", "https://a.example/" + "x" * 3000]) == 1


def test_control_characters_do_not_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    evil = sign_jws({"name": "\x1b[2Jpwned\r\n"}, PrivateKey.generate(), typ="kb+jwt")
    assert run(["decode", evil]) == 0
    out = capsys.readouterr().out
    assert "\x1b[2J" not in out
    assert "\r" not in out
