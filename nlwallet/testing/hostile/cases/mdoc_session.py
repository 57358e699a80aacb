"""An mdoc: the session that it is shown in, and how the response is written (list of cases, 5.2 and 5.6)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cbor2
from cbor2 import CBORTag

from nlwallet.crypto import PrivateKey
from nlwallet.crypto.cbor import dump_cbor
from nlwallet.encoding import b64url_encode
from nlwallet.mdoc import SessionFacts
from nlwallet.openid4vp import session_facts
from nlwallet.testing.hostile.answer import ENCS, Answer, NotApplicable
from nlwallet.testing.hostile.attack import AttackGroup, Severity
from nlwallet.testing.hostile.attempt import Attempt
from nlwallet.testing.hostile.mdoc_draft import content

MDOC_SESSION = AttackGroup(
    "Session and form of an mdoc",
    spec="OpenID4VP 1.0 §B.2.6.1",
    mend="make the session transcript from your own request alone, and verify the device's signature over it",
)
_case = MDOC_SESSION.answer


def facts_of(answer: Answer) -> SessionFacts:
    """What the transcript of an honest answer is made of."""
    return session_facts(answer.request, origin=None, encs=ENCS)


def _facts(**changes: Any) -> Callable[[Answer], None]:
    def spoil(answer: Answer) -> None:
        answer.mdoc.transcript = replace(facts_of(answer), **changes).transcript()

    return spoil


for _variant, _does, _changes in (
    ("nonce", "The document was shown with another nonce.", {"nonce": "nonce-of-another-session"}),
    (
        "client-id",
        "The document was shown to another relying party.",
        {"client_id": "x509_hash:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
    ),
    (
        "response-uri",
        "The document was shown at another response_uri.",
        {"response_uri": "https://attacker.example/response"},
    ),
):
    _case(f"ADV-115/{_variant}", _does, severity=Severity.CRITICAL)(_facts(**_changes))


@MDOC_SESSION.attempt(
    "ADV-115/replay",
    "A document that was shown in another session of the same party is shown again.",
    spec="OpenID4VP 1.0 §14.1",
    severity=Severity.CRITICAL,
)
def _replayed(attempt: Attempt) -> None:
    earlier, engagement = attempt.begin(), attempt.begin()
    answer, first = engagement.answer(), earlier.answer()
    answer.mdoc.transcript = first.mdoc.transcript
    engagement.send(answer)


# the key that the answer is encrypted to --------------------------------------------------------

_KEY = "put the thumbprint of the key that you gave for this request into the transcript, as 32 bytes"


@_case(
    "ADV-046",
    "Somebody between took the answer with a key of her own, and encrypted it again to the party's.",
    spec="OpenID4VP 1.0 §B.2.6.1, §14.5",
    severity=Severity.HIGH,
    mend=_KEY,
)
def _in_between(answer: Answer) -> None:
    answer.encrypted()
    _facts(encryption_key=PrivateKey.generate().public)(answer)


@_case(
    "ADV-116/null",
    "The transcript has no thumbprint, though the answer is encrypted.",
    severity=Severity.MEDIUM,
    mend=_KEY,
)
def _no_thumbprint(answer: Answer) -> None:
    answer.encrypted()
    _facts(encryption_key=None)(answer)


@_case(
    "ADV-116/surplus",
    "The transcript has a thumbprint, though the answer is not encrypted.",
    severity=Severity.MEDIUM,
    mend="without encryption the thumbprint in the transcript is null",
)
def _needless_thumbprint(answer: Answer) -> None:
    if answer.encryption_key is not None:
        raise NotApplicable("its answers are encrypted")
    _facts(encryption_key=PrivateKey.generate().public)(answer)


@_case(
    "ADV-116/hex",
    "The thumbprint in the transcript is hexadecimal text.",
    severity=Severity.LOW,
    mend=_KEY,
)
def _hexadecimal(answer: Answer) -> None:
    facts = facts_of(answer)
    if facts.encryption_key is None:
        raise NotApplicable("it takes answers that are not encrypted")
    info = [facts.client_id, facts.nonce, facts.encryption_key.thumbprint().hex(), facts.response_uri]
    answer.mdoc.transcript = _transcript("OpenID4VPHandover", info)


# other handovers --------------------------------------------------------------------------------


@_case(
    "ADV-117/dc-api",
    "The document was shown through the browser's API to a page of the party.",
    spec="OpenID4VP 1.0 §B.2.6.1, §B.2.6.2",
    mend="use the handover of the way that the request went",
)
def _through_the_browser(answer: Answer) -> None:
    _facts(origin="/".join((answer.request.response_uri or "").split("/")[:3]))(answer)


@_case(
    "ADV-118",
    "The document was shown as ISO/IEC TS 18013-7 Annex B has it, with a nonce of the wallet.",
    spec="OpenID4VP 1.0 §B.2.6.1; ISO/IEC TS 18013-7:2024 §B.4.4",
    severity=Severity.LOW,
    mend="take the handover of Annex B only in a request for wallets of Annex B",
)
def _annex_b(answer: Answer) -> None:
    nonce = b"nonce-of-the-wallet-1"
    _facts(iso_18013_7=True, mdoc_generated_nonce=nonce)(answer)
    if answer.encryption_key is not None:
        answer.jwe_header |= {
            "apu": b64url_encode(nonce),
            "apv": b64url_encode(answer.request.nonce.encode("ascii")),
        }


def _transcript(kind: str, info: list[Any]) -> bytes:
    return dump_cbor([None, None, [kind, hashlib.sha256(cbor2.dumps(info)).digest()]])


# the response -----------------------------------------------------------------------------------

_RESPONSE = "take one DeviceResponse with status 0 and one document for each presentation"


def _response(change: Callable[[dict[str, Any]], None]) -> Callable[[Answer], None]:
    def spoil(answer: Answer) -> None:
        answer.mdoc.change = change

    return spoil


def _no_documents(response: dict[str, Any]) -> None:
    del response["documents"]


for _variant, _does, _change in (
    (
        "two",
        "There are two documents in one response.",
        lambda response: response["documents"].append(response["documents"][0]),
    ),
    ("status", "The response says that something went wrong.", lambda response: response.update(status=10)),
    ("none", "There is no document in the response.", _no_documents),
    ("empty", "There is an empty array of documents.", lambda response: response.update(documents=[])),
    ("version", "The response is of another version.", lambda response: response.update(version="9.0")),
):
    _case(
        f"ADV-127/{_variant}",
        _does,
        spec="HAIP 1.0 §5.3.1; ISO/IEC 18013-5 §8.3.2.1.2.2",
        severity=Severity.CRITICAL if _variant in ("none", "empty") else Severity.LOW,
        mend=_RESPONSE,
    )(_response(_change))

# CBOR -------------------------------------------------------------------------------------------

_BOUNDED = "read CBOR with bounds on size, depth and count, and refuse what is not deterministic"


def _open_ended(response: dict[str, Any]) -> bytes:
    pairs = b"".join(dump_cbor(name) + dump_cbor(value) for name, value in response.items())
    return b"\xbf" + pairs + b"\xff"


def _doubled(response: dict[str, Any]) -> bytes:
    encoded = dump_cbor(response)
    return bytes([encoded[0] + 1]) + encoded[1:] + dump_cbor("documents") + dump_cbor(response["documents"])


def _tagged(response: dict[str, Any]) -> bytes:
    return b"\xd8\x18" * 100_000 + dump_cbor(response)


for _variant, _does, _encode, _severity in (
    ("indefinite", "The response leaves its length open.", _open_ended, Severity.LOW),
    ("twice", "documents is in the response twice.", _doubled, Severity.MEDIUM),
    ("tags", "A hundred thousand tags stand before the response.", _tagged, Severity.MEDIUM),
    (
        "length",
        "The response says that it is an array of 2^62.",
        lambda response: b"\x9b\x40" + bytes(7) + dump_cbor(response),
        Severity.MEDIUM,
    ),
    (
        "octets",
        "The response says that it is a string of 2^62 bytes.",
        lambda response: b"\x5b\x40" + bytes(7) + dump_cbor(response),
        Severity.MEDIUM,
    ),
    (
        "depth",
        "The response is within ten thousand arrays.",
        lambda response: b"\x81" * 10_000 + dump_cbor(response),
        Severity.MEDIUM,
    ),
    (
        "trailing",
        "There is something behind the end of the response.",
        lambda response: dump_cbor(response) + b"\x00",
        Severity.LOW,
    ),
    ("empty", "The response is empty.", lambda _: b"", Severity.LOW),
):

    @_case(f"ADV-128/{_variant}", _does, spec="RFC 8949 §3, §5", severity=_severity, mend=_BOUNDED)
    def _malformed(answer: Answer, encode: Callable[[dict[str, Any]], bytes] = _encode) -> None:
        answer.mdoc.encode = encode


@_case(
    "ADV-128/inside",
    "The value of an element is within ten thousand arrays.",
    spec="RFC 8949 §5",
    severity=Severity.MEDIUM,
    mend=_BOUNDED,
)
def _deep_element(answer: Answer) -> None:
    _, items = answer.mdoc.first
    name = content(items[0])["elementIdentifier"]
    deep = dump_cbor({"digestID": 1000, "random": bytes(32), "elementIdentifier": name})
    members = bytes([deep[0] + 1]) + deep[1:] + dump_cbor("elementValue") + b"\x81" * 10_000 + b"\x01"
    items[0] = CBORTag(24, members)


_TAG = "an IssuerSignedItem is in tag 24, and a presentation is base64url without padding"


@_case("ADV-129/tag", "An element is not in tag 24.", spec="OpenID4VP 1.0 §B.2.5", mend=_TAG)
def _untagged(answer: Answer) -> None:
    draft = answer.mdoc
    namespace, items = draft.first
    bare = content(items[0])
    items[0] = bare
    draft.mso["valueDigests"][namespace][bare["digestID"]] = hashlib.sha256(dump_cbor(bare)).digest()


for _variant, _does, _rewrite in (
    ("padding", "The presentation has padding.", lambda text: text + "=" * (-len(text) % 4 or 1)),
    (
        "alphabet",
        "The presentation is in base64, not in base64url.",
        lambda text: text.replace("-", "+").replace("_", "/"),
    ),
    ("newline", "There is a line break in the presentation.", lambda text: f"{text[:76]}\n{text[76:]}"),
    ("json", "The presentation is an object.", lambda text: {"deviceResponse": text}),
):

    @_case(f"ADV-129/{_variant}", _does, spec="OpenID4VP 1.0 §B.2.5", severity=Severity.LOW, mend=_TAG)
    def _written(answer: Answer, rewrite: Callable[[str], Any] = _rewrite) -> None:
        answer.mdoc.rewrite = rewrite
