"""Who signed the credential: algorithm, signature, certificate, and whether that one may (list of cases, 5.4)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from typing import Any

from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.testing.hostile.answer import Answer
from nlwallet.testing.hostile.attack import AttackGroup, Severity
from nlwallet.testing.hostile.attempt import Attempt
from nlwallet.testing.hostile.forger import DAY, Forger
from nlwallet.testing.hostile.forging_issuer import ForgingIssuer, category_of
from nlwallet.testing.hostile.jws_draft import der, hmac_of_public_key, unsigned
from nlwallet.trust import Category

ISSUER_SIGNATURE = AttackGroup(
    "Signature and issuer of an SD-JWT VC",
    spec="RFC 9901 §7.1; HAIP 1.0 §6.1.1",
    mend="verify the issuer's signature with the leaf of x5c, and the way from there to an anchor for this type",
)
_case = ISSUER_SIGNATURE.answer
_ALG = "choose the algorithms that you accept before you look at alg; none and HS256 are never among them"


@_case("ADV-064", "alg is none, and the signature is empty.", severity=Severity.CRITICAL, mend=_ALG)
def _alg_none(answer: Answer) -> None:
    answer.sd_jwt.issuer.header["alg"] = "none"
    answer.sd_jwt.issuer.sign = unsigned


@_case(
    "ADV-065",
    "The credential is signed with HS256, and the issuer's public key as the secret.",
    spec="RFC 8725 §2.1",
    severity=Severity.CRITICAL,
    mend=_ALG,
)
def _hs256(answer: Answer) -> None:
    answer.sd_jwt.issuer.header["alg"] = "HS256"
    answer.sd_jwt.issuer.sign = hmac_of_public_key(answer.sd_jwt.issuer_key)


def _signature(make: Callable[[PrivateKey, bytes], bytes]) -> Callable[[Answer], None]:
    def spoil(answer: Answer) -> None:
        key = answer.sd_jwt.issuer_key
        answer.sd_jwt.issuer.sign = lambda octets: make(key, octets)

    return spoil


for _variant, _does, _make, _severity in (
    ("zeros", "r and s of the signature are zero.", lambda _, __: bytes(64), Severity.CRITICAL),
    ("der", "The signature is in DER.", lambda key, octets: der(key)(octets), Severity.LOW),
    ("short", "The signature is a byte short.", lambda key, octets: key.sign(octets)[:-1], Severity.MEDIUM),
    ("empty", "The signature is empty.", lambda _, __: b"", Severity.CRITICAL),
):
    _case(f"ADV-066/{_variant}", _does, spec="RFC 7518 §3.4", severity=_severity)(_signature(_make))


@ISSUER_SIGNATURE.attempt(
    "ADV-067",
    "The credential is signed below a root that the attacker made, under the name of the real one.",
    severity=Severity.CRITICAL,
    mend="build the chain to an anchor that you were given; a name proves nothing",
)
def _untrusted(attempt: Attempt) -> None:
    _signed_by(attempt, attempt.forger.stranger)


def _header_key(**header: Any) -> Callable[[Attempt], None]:
    def run(attempt: Attempt) -> None:
        engagement = attempt.begin()
        answer, key = engagement.answer(), attempt.forger.other_holder
        answer.sd_jwt.signed_by(key)
        values = {"jwk": key.public.jwk(), **header}
        answer.sd_jwt.issuer.header.update({name: values[name] for name in header or ("jwk",)})
        engagement.send(answer)

    return run


_OWN = "ignore jwk, jku and x5u of a header, and fetch nothing that they name"
for _variant, _named in (
    ("jwk", {}),
    ("jku", {"jku": "https://attacker.example/keys"}),
    ("x5u", {"x5u": "https://attacker.example/chain"}),
):
    ISSUER_SIGNATURE.attempt(
        f"ADV-068/{_variant}",
        f"The attacker signs, and names the key in {_variant} of the header.",
        spec="RFC 8725 §3.10",
        severity=Severity.CRITICAL,
        mend=_OWN,
    )(_header_key(**_named))


@ISSUER_SIGNATURE.attempt(
    "ADV-069", "The certificate is the issuer's, the signature the attacker's.", severity=Severity.CRITICAL
)
def _by_another_key(attempt: Attempt) -> None:
    engagement = attempt.begin()
    answer = engagement.answer()
    answer.sd_jwt.signed_by(attempt.forger.other_holder)
    engagement.send(answer)


# certificates -----------------------------------------------------------------------------------


def _signed_by(attempt: Attempt, make: Callable[[Category], ForgingIssuer]) -> None:
    """Send an honest answer with a credential that the issuer of ``make`` signed."""
    engagement = attempt.begin()
    answer = engagement.answer()
    issuer = make(category_of(str(answer.sd_jwt.issuer.payload["vct"])))
    answer.sd_jwt.signed_by(issuer.key, issuer.chain.x5c())
    engagement.send(answer)


@ISSUER_SIGNATURE.attempt(
    "ADV-070/self-signed",
    "x5c is one certificate that signed itself.",
    spec="HAIP 1.0 §6.1.1",
    severity=Severity.CRITICAL,
)
def _self_signed(attempt: Attempt) -> None:
    engagement = attempt.begin()
    answer = engagement.answer()
    pem = CertificateAuthority.create("Testuitgever", now=attempt.forger.now()).pem()
    key = PrivateKey.from_pem(pem[pem.find(b"-----BEGIN PRIVATE") :])
    certificate = CertificateAuthority.from_pem(pem).certificate
    answer.sd_jwt.signed_by(key, [_base64(certificate.der)])
    engagement.send(answer)


@ISSUER_SIGNATURE.attempt(
    "ADV-070/anchor",
    "x5c has the anchor in it, against HAIP.",
    spec="HAIP 1.0 §6.1.1",
    severity=Severity.LOW,
    expects="observed",
    sound="may refuse: the issuer breaks a rule, the verifier need not look",
)
def _with_anchor(attempt: Attempt) -> None:
    engagement = attempt.begin()
    answer = engagement.answer()
    vct = str(answer.sd_jwt.issuer.payload["vct"])
    anchor = attempt.forger.edi.authorities.of(category_of(vct)).certificate
    answer.sd_jwt.issuer.header["x5c"] = [*answer.sd_jwt.issuer.header["x5c"], _base64(anchor.der)]
    engagement.send(answer)


def _certificate(
    id_: str, does: str, make: Callable[[Forger, Category], ForgingIssuer], severity: Severity = Severity.HIGH
) -> None:
    @ISSUER_SIGNATURE.attempt(
        id_,
        does,
        spec="RFC 5280 §6.1",
        severity=severity,
        mend="validate the whole chain: dates, CA flags, path length, key usage, order",
    )
    def run(attempt: Attempt) -> None:
        _signed_by(attempt, lambda category: make(attempt.forger, category))


def _dated(begin: int, end: int) -> Callable[[Forger, Category], ForgingIssuer]:
    def make(forger: Forger, category: Category) -> ForgingIssuer:
        now, authority = forger.now(), forger.edi.authorities.of(category)
        return ForgingIssuer.below(
            authority, category, now=now, not_before=now + begin * DAY, not_after=now + end * DAY
        )

    return make


def _authority_signs(forger: Forger, category: Category) -> ForgingIssuer:
    """The leaf is itself an authority."""
    below = forger.edi.authorities.of(category).subordinate("Testuitgever", now=forger.now())
    pem = below.pem()
    key = PrivateKey.from_pem(pem[pem.find(b"-----BEGIN PRIVATE") :])
    chain = below.issue(key.public, Subject("x"), now=forger.now())
    return ForgingIssuer(below, key, type(chain)(chain.intermediates[0], chain.intermediates[1:]), category)


def _leaf_signs(forger: Forger, category: Category) -> ForgingIssuer:
    """A good leaf certificate issues another one."""
    good = ForgingIssuer.below(forger.edi.authorities.of(category), category, now=forger.now())
    false_authority = CertificateAuthority(good.chain.leaf, good.key, tuple(good.chain))
    return ForgingIssuer.below(false_authority, category, now=forger.now(), name="De Inbreker")


def _too_long(forger: Forger, category: Category) -> ForgingIssuer:
    """Below an authority that may have none below it there is one."""
    last = forger.edi.authorities.of(category).subordinate("One", now=forger.now(), path_length=0)
    return ForgingIssuer.below(last.subordinate("Two", now=forger.now()), category, now=forger.now())


def _wrong_order(forger: Forger, category: Category) -> ForgingIssuer:
    good = ForgingIssuer.below(forger.edi.authorities.of(category), category, now=forger.now())
    turned = type(good.chain)(forger.stranger(category).chain.leaf, (good.chain.leaf,))
    return ForgingIssuer(good.authority, good.key, turned, category)


_certificate("ADV-071/expired", "The issuer's certificate ended yesterday.", _dated(-30, -1))
_certificate("ADV-071/not-yet", "The issuer's certificate begins tomorrow.", _dated(1, 30))
_certificate(
    "ADV-071/authority",
    "The signing certificate is that of an authority (CA:true).",
    _authority_signs,
    Severity.MEDIUM,
)
_certificate(
    "ADV-071/leaf-as-authority",
    "The certificate was issued with another issuer's certificate, which is no authority's.",
    _leaf_signs,
    Severity.CRITICAL,
)
_certificate("ADV-071/path-length", "The chain is longer than an authority in it allows.", _too_long)
_certificate(
    "ADV-071/order",
    "x5c begins with somebody else's certificate, and has the signer's second.",
    _wrong_order,
    Severity.MEDIUM,
)

# who may issue what -----------------------------------------------------------------------------

_ROLE = (
    "keep anchors by what they may vouch for: neither an access CA nor an attestation provider issues a PID"
)


@ISSUER_SIGNATURE.attempt(
    "ADV-072",
    "The credential is signed with the access certificate of a relying party, from a trusted CA.",
    spec="ARF topic 31; RFC 8725 §3.8",
    severity=Severity.CRITICAL,
    mend=_ROLE,
)
def _access_certificate(attempt: Attempt) -> None:
    engagement = attempt.begin()
    answer, forger = engagement.answer(), attempt.forger
    key, chain = forger.access_certificate()
    answer.sd_jwt.signed_by(key, chain.x5c())
    engagement.send(answer)


@ISSUER_SIGNATURE.attempt(
    "ADV-073/category",
    "An issuer that is trusted for another kind of credential issues this one.",
    spec="SD-JWT VC §3.5; ARF OIA_12 to OIA_15",
    severity=Severity.CRITICAL,
    mend=_ROLE,
)
def _another_category(attempt: Attempt) -> None:
    def other(category: Category) -> ForgingIssuer:
        mine = category is Category.PID_PROVIDER
        return attempt.forger.issuer(Category.EAA_PROVIDER if mine else Category.PID_PROVIDER)

    _signed_by(attempt, other)


# the header -------------------------------------------------------------------------------------


def _header(name: str, value: Any) -> Callable[[Answer], None]:
    def spoil(answer: Answer) -> None:
        answer.sd_jwt.issuer.header[name] = value
        if value is None:
            del answer.sd_jwt.issuer.header[name]

    return spoil


_TYP = "require typ dc+sd-jwt"
for _variant, _does, _value in (
    ("missing", "The credential has no typ.", None),
    ("jwt", "typ of the credential is JWT.", "JWT"),
    ("example", "typ of the credential is that of a plain SD-JWT.", "example+sd-jwt"),
):
    _case(f"ADV-090/{_variant}", _does, spec="SD-JWT VC §2.2.1", severity=Severity.MEDIUM, mend=_TYP)(
        _header("typ", _value)
    )
_case(
    "ADV-090/vc",
    "typ of the credential is vc+sd-jwt, as in drafts.",
    spec="SD-JWT VC §2.2.1",
    severity=Severity.LOW,
    expects="observed",
    sound="refuses, or accepts it for older wallets",
    mend=_TYP,
)(_header("typ", "vc+sd-jwt"))


@_case(
    "ADV-099/crit",
    "crit names a header member that nobody knows.",
    spec="RFC 7515 §4.1.11",
    severity=Severity.MEDIUM,
    mend="refuse a crit that you do not understand",
)
def _crit(answer: Answer) -> None:
    answer.sd_jwt.issuer.header |= {"crit": ["urn:nobody:knows"], "urn:nobody:knows": True}


@_case(
    "ADV-099/b64",
    "The payload is not base64url (b64 is false).",
    spec="RFC 7797 §6",
    severity=Severity.MEDIUM,
    mend="refuse a crit that you do not understand",
)
def _unencoded(answer: Answer) -> None:
    answer.sd_jwt.issuer.header |= {"crit": ["b64"], "b64": False}


def _base64(der_octets: bytes) -> str:
    return b64encode(der_octets).decode("ascii")
