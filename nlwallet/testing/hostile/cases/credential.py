"""The credential itself: its times, its type, and how it is written (list of cases, 5.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nlwallet.testing.hostile.answer import Answer
from nlwallet.testing.hostile.attack import AttackGroup, Severity
from nlwallet.testing.hostile.jws_draft import as_json

CREDENTIAL = AttackGroup(
    "Validity, type and form of an SD-JWT VC",
    spec="RFC 9901 §7.1; SD-JWT VC §2",
    mend="check exp, nbf and vct of every credential, and read nothing but the compact form that you asked for",
)
_case = CREDENTIAL.answer
DAY = 86_400


def _moved(name: str, seconds: int) -> Callable[[Answer], None]:
    def spoil(answer: Answer) -> None:
        payload = answer.sd_jwt.issuer.payload
        payload[name] = payload["iat"] + seconds

    return spoil


def _payload(name: str, value: Any) -> Callable[[Answer], None]:
    def spoil(answer: Answer) -> None:
        answer.sd_jwt.issuer.payload[name] = value

    return spoil


_TIMES = "refuse a credential after exp and before nbf, with a small allowance for clocks"
_case("ADV-088/expired", "The credential expired yesterday.", spec="RFC 7519 §4.1.4", mend=_TIMES)(
    _moved("exp", -DAY)
)
_case("ADV-088/not-yet", "The credential begins tomorrow.", spec="RFC 7519 §4.1.5", mend=_TIMES)(
    _moved("nbf", DAY)
)
_case(
    "ADV-088/a-minute",
    "The credential expired a minute ago.",
    spec="RFC 7519 §4.1.4",
    severity=Severity.LOW,
    mend=_TIMES,
    expects="observed",
    sound="refuses, or allows for clocks that differ by a minute",
)(_moved("exp", -60))


@_case(
    "ADV-087",
    "When the credential ends is in a disclosure that is not shown; it ended yesterday.",
    spec="RFC 9901 §7.1, §9.7",
    severity=Severity.MEDIUM,
    expects="observed",
    sound="may require exp of every credential; an issuer that lets it be hidden breaks SD-JWT VC §2.2.2.2",
    mend=_TIMES,
)
def _hidden_end(answer: Answer) -> None:
    payload = answer.sd_jwt.issuer.payload
    payload.pop("exp", None)
    hidden = answer.sd_jwt.disclose("c2FsdA", "exp", payload["iat"] - DAY)
    answer.sd_jwt.disclosures.remove(hidden)


def _written(name: str, literal: str) -> Callable[[Answer], None]:
    """A claim with a value that no JSON library would write."""

    def spoil(answer: Answer) -> None:
        issuer = answer.sd_jwt.issuer
        issuer.payload[name] = "@@"
        issuer.octets = as_json(issuer.payload).replace(b'"@@"', literal.encode("ascii"))

    return spoil


for _variant, _literal in (
    ("string", '"tomorrow"'),
    ("negative", "-1"),
    ("infinite", "1e400"),
    ("nan", "NaN"),
    ("null", "null"),
    ("boolean", "true"),
):
    _case(
        f"ADV-089/{_variant}",
        f"exp is {_literal}.",
        spec="RFC 7519 §2",
        severity=Severity.MEDIUM,
        mend="exp is a JSON number in the future; refuse every other thing",
    )(_written("exp", _literal))
_case(
    "ADV-089/huge",
    "exp is 2^63.",
    spec="RFC 7519 §2",
    severity=Severity.LOW,
    expects="observed",
    sound="refuses, or accepts; never breaks",
    mend="compare times as numbers of any size",
)(_written("exp", str(2**63)))

_VCT = "vct is a string that is one of vct_values"


@_case("ADV-091/missing", "The credential has no vct.", spec="SD-JWT VC §2.2.2.1", mend=_VCT)
def _no_vct(answer: Answer) -> None:
    del answer.sd_jwt.issuer.payload["vct"]


_case("ADV-091/array", "vct is an array.", spec="SD-JWT VC §2.2.2.1", mend=_VCT)(
    lambda answer: answer.sd_jwt.issuer.payload.update(vct=[answer.sd_jwt.issuer.payload["vct"]])
)
_case("ADV-091/nul", "vct is the right one, and a NUL.", spec="SD-JWT VC §2.2.2.1", mend=_VCT)(
    lambda answer: answer.sd_jwt.issuer.payload.update(vct=answer.sd_jwt.issuer.payload["vct"] + "\0")
)


def _rewritten(change: Callable[[str], Any]) -> Callable[[Answer], None]:
    def spoil(answer: Answer) -> None:
        answer.sd_jwt.rewrite = change

    return spoil


def _shaped(change: Callable[[str], str]) -> Callable[[Answer], None]:
    def spoil(answer: Answer) -> None:
        answer.sd_jwt.shape = change

    return spoil


_FORM = "parse <jwt>~<disclosure>~…~<kb-jwt> strictly (RFC 9901 §4)"
for _variant, _does, _spoil in (
    ("dots", "There are dots too many.", _shaped(lambda shown: shown.replace("~", ".~", 1))),
    ("empty", "There is an empty disclosure.", _shaped(lambda shown: shown.replace("~", "~~", 1))),
    ("newline", "There is a line break within.", _shaped(lambda shown: shown.replace("~", "~\n", 1))),
    ("space", "There is a space at the end.", _rewritten(lambda text: text + " ")),
    ("cut", "Half of it is missing.", _rewritten(lambda text: text[: len(text) // 2])),
):
    _case(f"ADV-092/{_variant}", _does, spec="RFC 9901 §4", severity=Severity.LOW, mend=_FORM)(_spoil)


def _json_serialization(text: str) -> dict[str, Any]:
    jwt, *disclosures, key_binding = text.split("~")
    protected, payload, signature = jwt.split(".")
    return {
        "payload": payload,
        "protected": protected,
        "signature": signature,
        "header": {"disclosures": disclosures, "kb_jwt": key_binding},
    }


_case(
    "ADV-098",
    "The presentation is in JSON serialization.",
    spec="RFC 9901 §8",
    severity=Severity.LOW,
    expects="observed",
    sound="refuses clearly, or accepts it if it says that it does",
    mend=_FORM,
)(_rewritten(_json_serialization))
