"""The key binding JWT: whether the one who shows a credential is its holder, here and now (list of cases, 5.5)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from nlwallet.testing.hostile.answer import Answer, NotApplicable
from nlwallet.testing.hostile.attack import AttackGroup, Severity
from nlwallet.testing.hostile.attempt import Attempt
from nlwallet.testing.hostile.jws_draft import JwsDraft, hmac_of_public_key, unsigned
from nlwallet.testing.hostile.sd_jwt_draft import sha256_of

YEAR = 365 * 86_400

KEY_BINDING = AttackGroup(
    "Key binding JWT",
    spec="RFC 9901 §7.3",
    mend="verify the key binding JWT as RFC 9901 §7.3 lists it: typ, alg, signature by cnf, iat, aud, nonce, sd_hash",
)
_case = KEY_BINDING.answer


def binding(answer: Answer) -> JwsDraft:
    """The key binding JWT of the answer. Raises :class:`NotApplicable`."""
    if answer.sd_jwt.key_binding is None:
        raise NotApplicable("it asks for no key binding")
    return answer.sd_jwt.key_binding


def _claim(name: str, value: Any) -> Callable[[Answer], None]:
    def spoil(answer: Answer) -> None:
        binding(answer).payload[name] = value

    return spoil


def _without(name: str) -> Callable[[Answer], None]:
    def spoil(answer: Answer) -> None:
        binding(answer).payload.pop(name, None)
        if name == "sd_hash":
            answer.sd_jwt.hash_of = None

    return spoil


def _header(name: str, value: Any) -> Callable[[Answer], None]:
    def spoil(answer: Answer) -> None:
        if value is None:
            del binding(answer).header[name]
        else:
            binding(answer).header[name] = value

    return spoil


# nonce and audience -----------------------------------------------------------------------------

_NONCE = "compare nonce with the one of this very request, as a string"
for _variant, _does, _spoil in (
    ("wrong", "The nonce is that of no request.", _claim("nonce", "n-0S6_WzA2Mj-of-somebody-else")),
    ("missing", "There is no nonce.", _without("nonce")),
    ("number", "The nonce is a number.", _claim("nonce", 1)),
    ("empty", "The nonce is an empty string.", _claim("nonce", "")),
):
    _case(
        f"ADV-100/{_variant}",
        _does,
        spec="RFC 9901 §7.3 step 5.g; OpenID4VP 1.0 §14.1.2",
        severity=Severity.CRITICAL,
        mend=_NONCE,
    )(_spoil)

_AUD = "compare aud with your full client_id, prefix included, as one string"
for _variant, _does, _spoil in (
    (
        "wrong",
        "The audience is another party.",
        _claim("aud", "x509_hash:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
    ),
    ("missing", "There is no audience.", _without("aud")),
):
    _case(
        f"ADV-101/{_variant}",
        _does,
        spec="RFC 9901 §7.3; OpenID4VP 1.0 §14.1.2",
        severity=Severity.CRITICAL,
        mend=_AUD,
    )(_spoil)


# sd_hash ----------------------------------------------------------------------------------------

_SD_HASH = "compute sd_hash over everything up to and with the last ~, and compare"


def _hashed(hash_of: Callable[[str], str]) -> Callable[[Answer], None]:
    def spoil(answer: Answer) -> None:
        binding(answer)
        answer.sd_jwt.hash_of = hash_of

    return spoil


def _hexadecimal(shown: str) -> str:
    return hashlib.sha256(shown.encode("ascii")).hexdigest()


_wrong, _hex = _hashed(lambda _: sha256_of("something else")), _hashed(_hexadecimal)
for _variant, _does, _spoil in (
    ("wrong", "sd_hash is the digest of something else.", _wrong),
    ("missing", "There is no sd_hash.", _without("sd_hash")),
    ("hex", "sd_hash is hexadecimal and not base64url.", _hex),
):
    _case(f"ADV-102/{_variant}", _does, spec="RFC 9901 §4.3.1", mend=_SD_HASH)(_spoil)


@_case(
    "ADV-103/removed",
    "A disclosure is taken out after the holder signed.",
    spec="RFC 9901 §4.3.1",
    mend=_SD_HASH,
)
def _removed_after_signing(answer: Answer) -> None:
    def rewrite(text: str) -> str:
        jwt, *disclosures, key_binding = text.split("~")
        if not disclosures:
            raise NotApplicable("it asks for nothing that can be withheld")
        return "~".join((jwt, *disclosures[:-1], key_binding))

    binding(answer)
    answer.sd_jwt.disclose("c2FsdA", "nickname", "Frouk")
    answer.sd_jwt.rewrite = rewrite


@_case(
    "ADV-103/added",
    "A disclosure that the holder did not show is added after she signed.",
    spec="RFC 9901 §4.3.1",
    mend=_SD_HASH,
)
def _added_after_signing(answer: Answer) -> None:
    binding(answer)
    draft = answer.sd_jwt
    withheld = draft.disclose("c2FsdA", "nickname", "Frouk")
    draft.disclosures.remove(withheld)

    def rewrite(text: str) -> str:
        *shown, key_binding = text.split("~")
        return "~".join((*shown, withheld, key_binding))

    draft.rewrite = rewrite


@KEY_BINDING.attempt(
    "ADV-104",
    "The key binding belongs to another credential of the same holder.",
    spec="RFC 9901 §7.3",
    mend=_SD_HASH,
)
def _of_another_credential(attempt: Attempt) -> None:
    engagement = attempt.begin()
    answer, other = engagement.answer(), engagement.answer()
    binding(answer)
    stolen = other.sd_jwt.text().rpartition("~")[2]
    answer.sd_jwt.rewrite = lambda text: f"{text.rpartition('~')[0]}~{stolen}"
    engagement.send(answer)


# iat and the other times ------------------------------------------------------------------------

_IAT = "take a key binding JWT only if its iat is within some minutes of now"


def _moved(name: str, seconds: int) -> Callable[[Answer], None]:
    def spoil(answer: Answer) -> None:
        payload = binding(answer).payload
        payload[name] = payload["iat"] + seconds

    return spoil


for _id, _does, _spoil in (
    ("ADV-105/a-year", "The key binding was made a year ago.", _moved("iat", -YEAR)),
    ("ADV-106/a-year", "The key binding is made in a year.", _moved("iat", YEAR)),
    ("ADV-107/missing", "The key binding does not say when it was made.", _without("iat")),
    ("ADV-107/string", "iat is a string.", _claim("iat", "now")),
    ("ADV-114/expired", "The key binding expired an hour ago.", _moved("exp", -3600)),
    ("ADV-114/not-yet", "The key binding is not valid for another hour.", _moved("nbf", 3600)),
):
    _case(_id, _does, spec="RFC 9901 §7.3 step 5.e", mend=_IAT)(_spoil)

_case(
    "ADV-105/two-hours",
    "The key binding was made two hours ago.",
    spec="RFC 9901 §7.3 step 5.e",
    mend=_IAT,
    expects="observed",
    sound="decides how old a key binding may be; minutes are enough",
)(_moved("iat", -7200))
_case(
    "ADV-106/skew",
    "The clock of the wallet is ten seconds ahead.",
    sound="accepts",
    severity=Severity.LOW,
    mend="allow for a small difference between clocks",
    expects="accepted",
)(_moved("iat", 10))


# header and signature ---------------------------------------------------------------------------

for _variant, _does, _value in (
    ("missing", "The key binding has no typ.", None),
    ("jwt", "typ of the key binding is JWT.", "JWT"),
    ("credential", "typ of the key binding is that of a credential.", "dc+sd-jwt"),
):
    _case(f"ADV-108/{_variant}", _does, spec="RFC 9901 §4.3", mend="require typ kb+jwt")(
        _header("typ", _value)
    )

_ALG = "choose the algorithms that you accept, by the type of the cnf key, before you look at alg"


@_case(
    "ADV-109/none",
    "alg of the key binding is none, and it has no signature.",
    severity=Severity.CRITICAL,
    mend=_ALG,
)
def _alg_none(answer: Answer) -> None:
    binding(answer).header["alg"] = "none"
    binding(answer).sign = unsigned


@_case(
    "ADV-109/hs256",
    "The key binding is signed with HS256, and the public key as its secret.",
    severity=Severity.CRITICAL,
    mend=_ALG,
)
def _hs256(answer: Answer) -> None:
    binding(answer).header["alg"] = "HS256"
    binding(answer).sign = hmac_of_public_key(answer.sd_jwt.holder_key)


_case("ADV-109/other", "alg of the key binding does not fit the key.", mend=_ALG)(_header("alg", "ES384"))


@KEY_BINDING.attempt(
    "ADV-110/other-key",
    "Somebody who found the credential signs with a key of her own.",
    severity=Severity.CRITICAL,
    mend="verify with the key in cnf of the credential, and with no other",
)
def _other_key(attempt: Attempt) -> None:
    engagement = attempt.begin()
    answer = engagement.answer()
    binding(answer).sign = attempt.forger.other_holder.sign
    engagement.send(answer)


@KEY_BINDING.attempt(
    "ADV-110/jwk",
    "Somebody who found the credential signs with a key of her own, and brings it along in the header.",
    severity=Severity.CRITICAL,
    mend="verify with the key in cnf of the credential; a jwk in the header is a claim of the attacker",
)
def _own_jwk(attempt: Attempt) -> None:
    engagement = attempt.begin()
    answer = engagement.answer()
    binding(answer).sign = attempt.forger.other_holder.sign
    binding(answer).header["jwk"] = attempt.forger.other_holder.public.jwk()
    engagement.send(answer)


# cnf --------------------------------------------------------------------------------------------

_CNF = "without a key in cnf nobody is bound: refuse the credential where holder binding was asked for"


@_case("ADV-111/missing", "The credential names no key of a holder.", severity=Severity.CRITICAL, mend=_CNF)
def _no_cnf(answer: Answer) -> None:
    binding(answer)
    del answer.sd_jwt.issuer.payload["cnf"]


@KEY_BINDING.attempt(
    "ADV-111/disclosed",
    "The key of the holder comes as a disclosure.",
    spec="SD-JWT VC §2.2.2.2",
    severity=Severity.CRITICAL,
    mend="refuse a credential in which cnf, exp, nbf, iss, vct or status is a disclosure",
)
def _disclosed_cnf(attempt: Attempt) -> None:
    engagement = attempt.begin()
    answer = engagement.answer()
    binding(answer).sign = attempt.forger.other_holder.sign
    del answer.sd_jwt.issuer.payload["cnf"]
    answer.sd_jwt.disclose("c2FsdA", "cnf", {"jwk": attempt.forger.other_holder.public.jwk()})
    engagement.send(answer)


@_case("ADV-111/kid", "cnf has a kid that nobody knows.", spec="RFC 7800 §3.4", mend=_CNF)
def _unknown_kid(answer: Answer) -> None:
    binding(answer)
    answer.sd_jwt.issuer.payload["cnf"] = {"kid": "nobody"}


@_case(
    "ADV-112",
    "cnf.jwk has the four members that it needs and no other.",
    sound="accepts",
    severity=Severity.LOW,
    mend="do not require alg, use or kid in cnf.jwk",
    expects="accepted",
)
def _minimal_jwk(answer: Answer) -> None:
    binding(answer)
    jwk = answer.sd_jwt.issuer.payload["cnf"]["jwk"]
    answer.sd_jwt.issuer.payload["cnf"] = {"jwk": {name: jwk[name] for name in ("kty", "crv", "x", "y")}}


@_case(
    "ADV-113/private",
    "cnf.jwk has the private key in it.",
    spec="RFC 7517 §9.3",
    severity=Severity.MEDIUM,
    mend="refuse a cnf.jwk that has a member d: everybody who sees it can sign",
)
def _private_cnf(answer: Answer) -> None:
    binding(answer)
    answer.sd_jwt.issuer.payload["cnf"] = {"jwk": dict(answer.sd_jwt.holder_key.private_jwk())}


@_case(
    "ADV-113/off-curve",
    "The key in cnf is no point of its curve.",
    spec="RFC 7518 §6.2.1",
    severity=Severity.MEDIUM,
    mend="read keys with a library that checks the point",
)
def _off_curve(answer: Answer) -> None:
    binding(answer)
    jwk = answer.sd_jwt.issuer.payload["cnf"]["jwk"]
    answer.sd_jwt.issuer.payload["cnf"] = {"jwk": {**jwk, "y": jwk["x"]}}
