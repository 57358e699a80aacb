"""The encrypted answer: what a recipient decides before it decrypts, and after (list of cases, 5.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nlwallet.crypto import JweDraft, PrivateKey
from nlwallet.encoding import b64url_encode
from nlwallet.testing.hostile.answer import Answer
from nlwallet.testing.hostile.attack import AttackGroup, Severity
from nlwallet.testing.hostile.attempt import Attempt
from nlwallet.testing.hostile.cases.key_binding import binding
from nlwallet.testing.hostile.jws_draft import as_json

ENCRYPTION = AttackGroup(
    "Encrypted answers",
    spec="OpenID4VP 1.0 §8.3",
    mend="decide on alg, enc, kid and the rest of the header before any key is used",
)
_case = ENCRYPTION.answer


def _header(**members: Any) -> Callable[[Answer], None]:
    """Encrypt as the changed header says; a member that is ``None`` is left out."""

    def spoil(answer: Answer) -> None:
        answer.encrypted()
        changed = {**answer.jwe_header, **members}
        answer.jwe_header = {name: value for name, value in changed.items() if value is not None}

    return spoil


def _changed(change: Callable[[JweDraft], str | None]) -> Callable[[Answer], None]:
    def spoil(answer: Answer) -> None:
        answer.encrypted()
        answer.change_jwe = change

    return spoil


def _plaintext(make: Callable[[Answer], bytes]) -> Callable[[Answer], None]:
    def spoil(answer: Answer) -> None:
        answer.encrypted()
        answer.plaintext = make(answer)

    return spoil


# to which key -----------------------------------------------------------------------------------


@_case(
    "ADV-031",
    "The answer is encrypted to another key, under the kid of the right one.",
    severity=Severity.MEDIUM,
    mend="decrypt with the key that kid names, and refuse what does not decrypt",
)
def _another_key(answer: Answer) -> None:
    answer.encrypted()
    answer.encryption_key = PrivateKey.generate().public


@ENCRYPTION.attempt(
    "ADV-032",
    "The answer is encrypted to the key of an earlier session.",
    spec="HAIP 1.0 §5",
    mend="use a new encryption key for each request, and keep it with the session",
)
def _key_of_an_earlier_session(attempt: Attempt) -> None:
    earlier = attempt.begin().answer()
    earlier.encrypted()
    engagement = attempt.begin()
    answer = engagement.answer()
    if earlier.encryption_key == answer.encryption_key:
        attempt.unsound("two requests have the same encryption key")
    answer.encryption_key, answer.jwe_header = earlier.encryption_key, earlier.jwe_header
    engagement.send(answer)


_case("ADV-033/unknown", "kid names a key that nobody knows.", severity=Severity.LOW)(_header(kid="nobody"))
_case(
    "ADV-033/missing",
    "The header has no kid.",
    expects="observed",
    sound="may refuse, or try the key of the session",
)(_header(kid=None))

# alg and enc ------------------------------------------------------------------------------------

_ALG = "take ECDH-ES and nothing else"
for _variant, _alg in (("rsa", "RSA-OAEP"), ("dir", "dir"), ("key-wrap", "ECDH-ES+A256KW"), ("none", "none")):
    _case(f"ADV-034/{_variant}", f"alg of the JWE is {_alg}.", mend=_ALG)(_header(alg=_alg))
for _enc in ("A192GCM", "A128CBC-HS256"):
    _case(
        f"ADV-035/{_enc}",
        f"The content is encrypted with {_enc}, which was not offered.",
        severity=Severity.MEDIUM,
        mend="take only an enc of encrypted_response_enc_values_supported",
    )(_header(enc=_enc))


def _epk(**members: Any) -> Callable[[Answer], None]:
    def change(draft: JweDraft) -> None:
        draft.header["epk"] = {**draft.header["epk"], **members}

    return _changed(change)


_EPK = "read the ephemeral key with a library that checks the point, and compare its curve with yours"
_ZEROS = b64url_encode(bytes(32))
for _variant, _does, _members in (
    (
        "off-curve",
        "The ephemeral key is no point of its curve.",
        {"x": _ZEROS, "y": b64url_encode(b"\1" * 32)},
    ),
    (
        "other-curve",
        "The ephemeral key is on another curve.",
        dict(PrivateKey.generate("P-384").public.jwk()),
    ),
    ("infinity", "The ephemeral key is the point at infinity.", {"x": _ZEROS, "y": _ZEROS}),
):
    _case(f"ADV-036/{_variant}", _does, spec="RFC 7518 §4.6.1.1", severity=Severity.MEDIUM, mend=_EPK)(
        _epk(**_members)
    )

# traps in the header ----------------------------------------------------------------------------


@_case(
    "ADV-037/bomb",
    "The content is compressed, and has fifty megabytes when it is not.",
    spec="RFC 8725 §3.6",
    severity=Severity.MEDIUM,
    mend="refuse zip in an answer",
)
def _bomb(answer: Answer) -> None:
    answer.encrypted()
    answer.jwe_header["zip"] = "DEF"
    answer.plaintext = b"{" + b" " * 50_000_000 + as_json(answer.built_members())[1:]


_case(
    "ADV-037/small",
    "The content is compressed.",
    spec="RFC 8725 §3.6",
    severity=Severity.LOW,
    mend="refuse zip in an answer",
)(_header(zip="DEF"))
_case(
    "ADV-038",
    "alg is PBES2 with two thousand million rounds.",
    spec="RFC 8725 §3.2",
    severity=Severity.MEDIUM,
    mend=_ALG,
)(_header(alg="PBES2-HS256+A128KW", p2c=2**31, p2s=b64url_encode(b"salt" * 4)))
_case(
    "ADV-039",
    "crit names a header member that nobody knows.",
    spec="RFC 7516 §4.1.13",
    severity=Severity.MEDIUM,
    mend="refuse a crit that you do not understand",
)(_header(crit=["urn:nobody:knows"], **{"urn:nobody:knows": True}))


@_case(
    "ADV-040/present",
    "apu and apv are there, and part of the key derivation.",
    sound="accepts",
    spec="RFC 7518 §4.6.1.2",
    severity=Severity.LOW,
    mend="hand apu and apv to the key derivation, and give them no other meaning",
    expects="accepted",
)
def _with_apu(answer: Answer) -> None:
    answer.encrypted()
    answer.jwe_header |= {"apu": b64url_encode(b"wallet"), "apv": b64url_encode(b"party")}


@_case("ADV-040/changed", "apu is changed after the encryption.", severity=Severity.MEDIUM)
def _changed_apu(answer: Answer) -> None:
    def change(draft: JweDraft) -> None:
        draft.header["apu"] = b64url_encode(b"somebody else")

    _with_apu(answer)
    answer.change_jwe = change


# tampering --------------------------------------------------------------------------------------


def _flip(name: str) -> Callable[[JweDraft], None]:
    def change(draft: JweDraft) -> None:
        octets = bytearray(getattr(draft, name))
        octets[0] ^= 1
        setattr(draft, name, bytes(octets))

    return change


def _short_tag(draft: JweDraft) -> None:
    draft.tag = draft.tag[:4]


for _part in ("ciphertext", "iv", "tag"):
    _case(f"ADV-041/{_part}", f"One bit of the {_part} is flipped.")(_changed(_flip(_part)))
_case("ADV-041/short-tag", "The tag has four bytes.", spec="RFC 7518 §5.3", mend="require a tag of 128 bits")(
    _changed(_short_tag)
)

# what is inside ---------------------------------------------------------------------------------


def _doubled(answer: Answer) -> bytes:
    members = as_json(answer.built_members())
    return b'{"vp_token":{},' + members[1:]


def _nested(answer: Answer) -> bytes:
    header = b64url_encode(as_json({"alg": "none"}))
    return f"{header}.{b64url_encode(as_json(answer.built_members()))}.".encode("ascii")


_INSIDE = "read the content as one JSON object, and refuse every other thing"
for _variant, _does, _make in (
    ("array", "The content is an array.", lambda answer: as_json([answer.built_members()])),
    ("nested-jws", "The content is an unsigned JWT.", _nested),
    ("empty", "There is no content.", lambda _: b""),
    ("not-utf-8", "The content is no UTF-8.", lambda answer: b"\xff" + as_json(answer.built_members())),
    ("duplicate", "vp_token stands in the content twice.", _doubled),
):
    _case(
        f"ADV-042/{_variant}",
        _does,
        severity=Severity.MEDIUM if _variant == "duplicate" else Severity.LOW,
        mend=_INSIDE,
    )(_plaintext(_make))


def _json_serialization(draft: JweDraft) -> str:
    names = ("protected", "encrypted_key", "iv", "ciphertext", "tag")
    return as_json({name: part for name, part in zip(names, draft.parts(), strict=True) if part}).decode()


_case("ADV-043", "The JWE is in JSON serialization.", severity=Severity.LOW, mend="take compact JWEs only")(
    _changed(_json_serialization)
)


@_case(
    "ADV-044",
    "response is an unsigned JWT and no JWE.",
    mend="an answer to direct_post.jwt is a JWE; refuse a JWS",
)
def _unsecured(answer: Answer) -> None:
    answer.encrypted()
    inside = _nested(answer).decode("ascii")
    answer.change_jwe = lambda _: inside


@ENCRYPTION.attempt(
    "ADV-045",
    "Somebody in between puts the presentation of another session into the answer, and encrypts it again.",
    spec="OpenID4VP 1.0 §14.1.2",
    severity=Severity.CRITICAL,
    mend="compare nonce and aud of each presentation with those of the session",
)
def _encrypted_again(attempt: Attempt) -> None:
    victim = attempt.begin()
    foreign = attempt.begin().answer()
    answer = victim.answer()
    answer.encrypted()
    binding(answer)
    answer.vp_token = foreign.built_vp_token()
    victim.send(answer)
