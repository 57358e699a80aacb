"""Disclosures and digests of an SD-JWT: what was signed, and what is only claimed (list of cases, 5.4)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.testing.hostile.answer import Answer, NotApplicable
from nlwallet.testing.hostile.attack import AttackGroup, Severity
from nlwallet.testing.hostile.jws_draft import as_json
from nlwallet.testing.hostile.sd_jwt_draft import SdJwtDraft, encode_disclosure, sha256_of

SALT = "c2FsdHNhbHRzYWx0c2FsdA"
DISCLOSURES = AttackGroup(
    "Disclosures of an SD-JWT",
    spec="RFC 9901 §7.1",
    mend="process disclosures by the steps of RFC 9901 §7.1, and refuse the token where a step says so",
)
_case = DISCLOSURES.answer


def _draft(change: Callable[[SdJwtDraft], object]) -> Callable[[Answer], None]:
    def spoil(answer: Answer) -> None:
        change(answer.sd_jwt)

    return spoil


def _shown(draft: SdJwtDraft) -> int:
    """The position of a disclosure that is there. Raises :class:`NotApplicable`."""
    if not draft.disclosures:
        raise NotApplicable("it asks for nothing that can be withheld")
    return 0


@_case("ADV-074", "The value in a disclosure is changed.", severity=Severity.CRITICAL)
def _changed_value(answer: Answer) -> None:
    draft = answer.sd_jwt
    position = _shown(draft)
    content = draft.disclosed(position)
    value = not content[-1] if isinstance(content[-1], bool) else "changed"
    draft.disclosures[position] = encode_disclosure([*content[:-1], value])


@_case("ADV-075", "A disclosure is added that nobody signed.", severity=Severity.HIGH)
def _extra(answer: Answer) -> None:
    answer.sd_jwt.disclosures.append(encode_disclosure([SALT, "age_over_21", True]))


@_case("ADV-076", "The same disclosure comes twice.", severity=Severity.LOW)
def _twice(answer: Answer) -> None:
    answer.sd_jwt.disclosures.append(answer.sd_jwt.disclosures[_shown(answer.sd_jwt)])


# digests ----------------------------------------------------------------------------------------


def _digest_twice(draft: SdJwtDraft) -> None:
    digests = draft.issuer.payload.setdefault("_sd", [])
    if not digests:
        raise NotApplicable("it asks for nothing that can be withheld")
    digests.append(digests[0])


def _digest_in_two_objects(draft: SdJwtDraft) -> None:
    shown = {sha256_of(one) for one in draft.disclosures}
    digests = draft.issuer.payload.setdefault("_sd", [])
    if not shown.issuperset(digests):
        withheld = next(one for one in digests if one not in shown)
    else:
        withheld = sha256_of("decoy")
        digests.append(withheld)
    draft.issuer.payload["inner"] = {"_sd": [withheld]}


def _digest_inside(draft: SdJwtDraft) -> None:
    digests = draft.issuer.payload.get("_sd") or [sha256_of("decoy")]
    draft.disclose(SALT, "inner", {"_sd": [digests[0]]})


for _variant, _does, _change in (
    ("array", "A digest stands in the same _sd twice.", _digest_twice),
    ("objects", "A digest stands in the _sd of two objects.", _digest_in_two_objects),
    ("nested", "A digest stands in the payload and within a disclosure.", _digest_inside),
):
    _case(f"ADV-077/{_variant}", _does, spec="RFC 9901 §7.1 step 3.c", severity=Severity.MEDIUM)(
        _draft(_change)
    )

# what a disclosure may hold ---------------------------------------------------------------------


def _discloses(*content: Any) -> Callable[[Answer], None]:
    return _draft(lambda draft: draft.disclose(*content))


for _variant, _name in (("sd", "_sd"), ("dots", "...")):
    _case(f"ADV-078/{_variant}", f"A disclosure is for a claim called {_name}.")(_discloses(SALT, _name, "x"))
for _name, _value in (
    ("iss", "https://attacker.example"),
    ("vct", "urn:example:another-type:1"),
    ("cnf", {"jwk": {}}),
):
    _case(
        f"ADV-079/{_name}",
        f"A disclosure is for {_name}, which is there already.",
        severity=Severity.CRITICAL,
    )(_discloses(SALT, _name, _value))


def _of_elements(*content: Any, in_array: bool = False) -> Callable[[Answer], None]:
    def change(draft: SdJwtDraft) -> None:
        if not in_array:
            draft.disclose(*content)
            return
        encoded = encode_disclosure(content)
        draft.issuer.payload["things"] = [{"...": sha256_of(encoded)}]
        draft.disclosures.append(encoded)

    return _draft(change)


for _variant, _does, _spoil in (
    ("two", "A disclosure of two elements stands for a claim.", _of_elements(SALT, "x")),
    (
        "three",
        "A disclosure of three stands for an array element.",
        _of_elements(SALT, "a", "b", in_array=True),
    ),
    ("one", "A disclosure has one element.", _of_elements(SALT)),
    ("four", "A disclosure has four elements.", _of_elements(SALT, "a", "b", "c")),
):
    _case(f"ADV-080/{_variant}", _does, severity=Severity.MEDIUM)(_spoil)


def _octets(octets: bytes) -> Callable[[Answer], None]:
    return _encoded(b64url_encode(octets))


def _encoded(text: str) -> Callable[[Answer], None]:
    def change(draft: SdJwtDraft) -> None:
        draft.issuer.payload.setdefault("_sd", []).append(sha256_of(text))
        draft.disclosures.append(text)

    return _draft(change)


for _variant, _does, _spoil in (
    ("no-json", "A disclosure is no JSON.", _octets(b"[x")),
    ("object", "A disclosure is an object.", _octets(b"{}")),
    ("not-utf-8", "A disclosure is no UTF-8.", _octets(b'["a","b","\xff"]')),
    (
        "padded",
        "A disclosure is base64url with padding.",
        _encoded(encode_disclosure([SALT, "b", "c1"]) + "=="),
    ),
    ("salt", "The salt of a disclosure is a number.", _discloses(1, "b", "c")),
):
    _case(f"ADV-081/{_variant}", _does, spec="RFC 9901 §4.2", severity=Severity.LOW)(_spoil)


def _payload(**members: Any) -> Callable[[Answer], None]:
    return _draft(lambda draft: draft.issuer.payload.update(members))


for _variant, _does, _spoil in (
    ("string", "_sd is a string.", _payload(inner={"_sd": "digest"})),
    ("number", "_sd has a number in it.", _payload(inner={"_sd": [1]})),
    ("more", "An array element with a digest has other members.", _payload(things=[{"...": "d", "x": 1}])),
):
    _case(f"ADV-082/{_variant}", _does, severity=Severity.LOW)(_spoil)

for _value in ("sha-256-32", "md5", "SHA-256", "nothing"):
    _case(
        f"ADV-083/{_value}",
        f"The hash algorithm is called {_value}.",
        spec="RFC 9901 §4.1.1",
        mend="know sha-256, and refuse an _sd_alg that you do not know",
    )(_payload(_sd_alg=_value))


@_case(
    "ADV-084/absent",
    "There is no _sd_alg, and the digests are SHA-256.",
    sound="accepts",
    spec="RFC 9901 §4.1.1",
    severity=Severity.LOW,
    mend="without _sd_alg the digests are SHA-256",
    expects="accepted",
)
def _no_sd_alg(answer: Answer) -> None:
    answer.sd_jwt.issuer.payload.pop("_sd_alg", None)


def _digested(digest: Callable[[str], str]) -> Callable[[Answer], None]:
    """Replace the digest of what is shown by another way to make one."""

    def change(draft: SdJwtDraft) -> None:
        shown = draft.disclosures[_shown(draft)]
        digests = draft.issuer.payload.get("_sd", [])
        if sha256_of(shown) not in digests:
            raise NotApplicable("what it asks for is not at the top level")
        digests[digests.index(sha256_of(shown))] = digest(shown)

    return _draft(change)


_DIGEST = "the digest is over the base64url text of the disclosure, and is itself base64url (RFC 9901 §4.2.3)"
_case("ADV-085/decoded", "A digest is over the decoded disclosure.", severity=Severity.LOW, mend=_DIGEST)(
    _digested(lambda text: b64url_encode(hashlib.sha256(b64url_decode(text)).digest()))
)
_case("ADV-085/hex", "A digest is hexadecimal.", severity=Severity.LOW, mend=_DIGEST)(
    _digested(lambda text: hashlib.sha256(text.encode("ascii")).hexdigest())
)

# claims that must not be withheld ---------------------------------------------------------------


def _withheld(name: str) -> Callable[[Answer], None]:
    """A claim that the payload has comes as a disclosure instead."""

    def change(draft: SdJwtDraft) -> None:
        if name not in draft.issuer.payload:
            raise NotApplicable(f"the credential has no {name}")
        draft.disclose(SALT, name, draft.issuer.payload.pop(name))

    return _draft(change)


_CLEAR = "refuse a credential in which iss, nbf, exp, cnf, vct or status is a disclosure"
for _name in ("exp", "vct", "iss"):
    _case(
        f"ADV-086/{_name}",
        f"{_name} comes as a disclosure.",
        spec="SD-JWT VC §2.2.2.2",
        severity=Severity.MEDIUM,
        mend=_CLEAR,
    )(_withheld(_name))


@_case(
    "ADV-093",
    "A disclosure is shown without the one that it stands in.",
    spec="RFC 9901 §7.1",
    severity=Severity.LOW,
)
def _without_parent(answer: Answer) -> None:
    draft = answer.sd_jwt
    child = encode_disclosure([SALT, "child", 1])
    parent = draft.disclose(SALT, "parent", {"_sd": [sha256_of(child)]})
    draft.disclosures.remove(parent)
    draft.disclosures.append(child)


# size and depth ---------------------------------------------------------------------------------

_BOUNDS = "bound size, depth and number before you process anything"


@_case("ADV-094/depth", "A disclosure is nested ten thousand deep.", severity=Severity.MEDIUM, mend=_BOUNDS)
def _deep(answer: Answer) -> None:
    octets = b'["s","deep",' + b"[" * 10_000 + b"]" * 10_000 + b"]"
    _octets(octets)(answer)


@_case(
    "ADV-094/chain",
    "Each of two thousand disclosures stands in the one before.",
    severity=Severity.MEDIUM,
    mend=_BOUNDS,
    expects="observed",
    sound="refuses, or accepts in bounded time",
)
def _chain(answer: Answer) -> None:
    draft, inner = answer.sd_jwt, encode_disclosure([SALT, "n", 0])
    draft.disclosures.append(inner)
    for _ in range(2_000):
        inner = encode_disclosure([SALT, "n", {"_sd": [sha256_of(inner)]}])
        draft.disclosures.append(inner)
    draft.issuer.payload["_sd"] = [*draft.issuer.payload.get("_sd", ()), sha256_of(inner)]


@_case(
    "ADV-095",
    "There are a hundred thousand digests.",
    severity=Severity.MEDIUM,
    mend=_BOUNDS,
    expects="observed",
    sound="refuses, or accepts in bounded time",
)
def _many(answer: Answer) -> None:
    digests = answer.sd_jwt.issuer.payload.setdefault("_sd", [])
    digests += [sha256_of(str(number)) for number in range(100_000)]


# JSON -------------------------------------------------------------------------------------------

_JSON = "read JSON with a parser that refuses two members of one name, and numbers that are none"


@_case(
    "ADV-096", "vct stands in the payload twice.", spec="RFC 8725 §2.4", severity=Severity.HIGH, mend=_JSON
)
def _duplicate(answer: Answer) -> None:
    issuer = answer.sd_jwt.issuer
    issuer.octets = b'{"vct":"urn:example:another-type:1",' + as_json(issuer.payload)[1:]


for _variant, _name, _content in (
    ("proto", "__proto__", {"age_over_18": True}),
    ("control", "a\u0000b", "c\u001bd"),
    ("megabyte", "long", "x" * 1_000_000),
    ("html", "note", "<script>alert(1)</script>"),
):
    _case(
        f"ADV-097/{_variant}",
        f"A claim that was not asked for is made to confuse: {_variant}.",
        spec="RFC 8259 §8",
        severity=Severity.MEDIUM,
        expects="observed",
        sound="refuses, or lets the claim fall; never breaks",
        mend="compare names code point by code point, and never copy claims into objects with a prototype",
    )(_discloses(SALT, _name, _content))


@_case(
    "ADV-097/surrogate",
    "A claim has half a surrogate pair.",
    severity=Severity.MEDIUM,
    mend=_JSON,
    expects="observed",
    sound="refuses, or lets the claim fall; never breaks",
)
def _surrogate(answer: Answer) -> None:
    _octets(b'["s","note","\\ud800"]')(answer)
