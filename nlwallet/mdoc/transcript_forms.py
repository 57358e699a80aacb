"""Every session transcript that wallets are known to make of one request, right and wrong.

A form is a structure of some specification or draft. Each of its values has the ways in which wallets get it wrong, and
so has the way in which the values are put together; one candidate has at most two deviations from its form.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Final, TypeAlias
from urllib.parse import urlsplit, urlunsplit

from nlwallet.encoding import b64url_encode
from nlwallet.mdoc.annotated_cbor import Inside, Item, Value
from nlwallet.mdoc.session_facts import SessionFacts

MAX_CANDIDATES: Final = 1024
"""How many transcripts are tried for one response."""

Alternatives: TypeAlias = Sequence[tuple[str, Value]]
"""What may stand in a field: first what the form asks for, under an empty note, then what wallets put there instead."""

_NAMED, _INFO_ARRAY, _TAGGED, _IN_BYTES, _HEX, _BARE, _UNNAMED = (
    "",
    "the handover info is there itself, not hashed",
    "the hash is over the info wrapped in tag 24",
    "the hash is over a byte string of the info",
    "the hash is hex text",
    "the handover is the hash alone, without its array",
    "the handover is the info array, without its name",
)
_WHOLE, _TAG_24, _NO_NULLS, _HANDOVER_ONLY = (
    "",
    "the session transcript is wrapped in tag 24 once more",
    "the handover stands in an array without the two nulls",
    "the session transcript is the handover alone",
)
UNTAGGED: Final = "DeviceAuthentication is signed without tag 24"


@dataclass(frozen=True, slots=True)
class Form:
    """A structure for the handover."""

    id: str
    title: str
    spec: str
    fields: tuple[str, ...]
    handover: str = ""
    """The first member of a handover that is ``[name, hash of the info]``; empty for other structures."""


REDIRECT: Final = Form(
    "openid4vp-1.0-redirect",
    "the handover of OpenID4VP 1.0 for redirects",
    "OpenID4VP 1.0 §B.2.6.1",
    ("clientId", "nonce", "jwkThumbprint", "responseUri"),
    "OpenID4VPHandover",
)
DC_API: Final = Form(
    "openid4vp-1.0-dc-api",
    "the handover of OpenID4VP 1.0 for the Digital Credentials API",
    "OpenID4VP 1.0 §B.2.6.2",
    ("origin", "nonce", "jwkThumbprint"),
    "OpenID4VPDCAPIHandover",
)
DC_API_DRAFT_24: Final = Form(
    "openid4vp-draft-24-dc-api",
    "the handover of OpenID4VP draft 24 for the Digital Credentials API",
    "OpenID4VP draft 24 §B.3.4.1",
    ("origin", "clientId", "nonce"),
    "OpenID4VPDCAPIHandover",
)
ISO_18013_7: Final = Form(
    "iso-18013-7-annex-b",
    "the handover of ISO/IEC TS 18013-7 Annex B, as with OpenID4VP drafts 18 to 24",
    "ISO/IEC TS 18013-7:2024 §B.4.4",
    ("clientId", "mdocGeneratedNonce", "responseUri", "nonce"),
)
ISO_18013_7_DRAFT: Final = Form(
    "iso-18013-7-draft",
    "the handover of a draft of ISO/IEC TS 18013-7 of 2023, where nothing is hashed",
    "ISO/IEC TS 18013-7, draft of 2023, Annex B",
    ("mdocGeneratedNonce", "clientId", "responseUri", "nonce"),
)
FORMS: Final = (REDIRECT, DC_API, ISO_18013_7, DC_API_DRAFT_24, ISO_18013_7_DRAFT)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One transcript that a wallet may have made. ``tagged`` is whether DeviceAuthentication has its tag 24."""

    form: Form
    transcript: Item
    deviations: tuple[tuple[str, str], ...]
    """Field, and what stands there instead."""
    tagged: bool = True


def form_of(facts: SessionFacts) -> Form:
    """The form that the request asks for."""
    if facts.iso_18013_7:
        return ISO_18013_7
    return DC_API if facts.origin else REDIRECT


def expected_transcript(facts: SessionFacts) -> Item:
    """The transcript that the request asks for, item by item."""
    return next(_of_form(form_of(facts), facts, 0)).transcript


def candidates(facts: SessionFacts) -> Iterator[Candidate]:
    """All of them, those with the fewest deviations first; the form that was asked for before the others."""
    asked = form_of(facts)
    forms = (asked, *(form for form in FORMS if form is not asked))
    for deviations in range(3):
        for form in forms:
            if deviations < 2 or form in (asked, ISO_18013_7):
                yield from _of_form(form, facts, deviations)


def _of_form(form: Form, facts: SessionFacts, deviations: int) -> Iterator[Candidate]:
    """The candidates of a form with exactly so many deviations."""
    axes: dict[str, Sequence[str]] = {
        name: [note for note, _ in each] for name, each in _values(form, facts).items()
    }
    axes["Handover"] = (
        (_NAMED, _INFO_ARRAY, _TAGGED, _IN_BYTES, _HEX, _BARE, _UNNAMED) if form.handover else ("",)
    )
    axes["SessionTranscript"] = (_WHOLE, _TAG_24, _NO_NULLS, _HANDOVER_ONLY)
    axes["DeviceAuthentication"] = ("", UNTAGGED)
    values = {name: dict(each) for name, each in _values(form, facts).items()}
    for changed in combinations(axes, deviations):
        for notes in product(*(axes[name][1:] for name in changed)):
            made = dict(zip(changed, notes, strict=True))
            yield Candidate(
                form,
                _transcript(form, values, made),
                tuple(made.items()),
                tagged="DeviceAuthentication" not in made,
            )


def _transcript(form: Form, values: Mapping[str, Mapping[str, Value]], made: Mapping[str, str]) -> Item:
    fields = {
        name: Item(name, values[name][made.get(name, "")], secret=name in {"nonce", "mdocGeneratedNonce"})
        for name in form.fields
    }
    handover = _handover(form, fields, made.get("Handover", ""))
    nulls = (Item("DeviceEngagementBytes", None), Item("EReaderKeyBytes", None))
    whole = made.get("SessionTranscript", "")
    if whole == _HANDOVER_ONLY:
        return handover
    transcript = Item("SessionTranscript", (handover,) if whole == _NO_NULLS else (*nulls, handover))
    return Item("SessionTranscriptBytes", Inside("tag24", transcript)) if whole == _TAG_24 else transcript


def _handover(form: Form, fields: Mapping[str, Item], how: str) -> Item:
    if form is ISO_18013_7:
        generated = fields["mdocGeneratedNonce"]
        hashed = [
            Item(f"{name}Hash", Inside("sha256", Item(f"{name}ToHash", (fields[name], generated))))
            for name in ("clientId", "responseUri")
        ]
        return Item("Handover", (*hashed, fields["nonce"]))
    if not form.handover:
        return Item("Handover", tuple(fields.values()))
    info = Item(f"{form.handover}Info", tuple(fields.values()))
    digest: Value = {
        _INFO_ARRAY: info.value,
        _TAGGED: Inside("sha256", Item("InfoBytes", Inside("tag24", info))),
        _IN_BYTES: Inside("sha256", Item("InfoBytes", Inside("bytes", info))),
        _HEX: Inside("sha256_hex", info),
    }.get(how, Inside("sha256", info))
    hashed_info = Item("HandoverInfoHash", digest)
    if how == _BARE:
        return Item("Handover", digest)
    if how == _UNNAMED:
        return Item("Handover", info.value)
    return Item("Handover", (Item("name", form.handover), hashed_info))


def _values(form: Form, facts: SessionFacts) -> dict[str, list[tuple[str, Value]]]:
    made = {
        "clientId": _client_ids,
        "nonce": _nonces,
        "jwkThumbprint": _thumbprints,
        "responseUri": _response_uris,
        "origin": _origins,
        "mdocGeneratedNonce": _generated_nonces,
    }
    return {name: _distinct(made[name](facts)) for name in form.fields}


def _client_ids(facts: SessionFacts) -> Alternatives:
    prefix, colon, rest = facts.client_id.partition(":")
    without: Alternatives = (
        [(f"without its prefix {prefix}:", rest)] if colon else [("with a prefix", f"x509_san_dns:{prefix}")]
    )
    if not facts.client_id:  # an unsigned request in the browser
        of_page = (f"web-origin:{facts.origin}", f"origin:{facts.origin}", facts.origin, "")
        return [("", of_page[0]), ("with origin:", of_page[1]), ("the origin", of_page[2]), ("empty", "")]
    of_origin: Alternatives = (
        [("the origin with web-origin:", f"web-origin:{facts.origin}"), ("the origin", facts.origin)]
        if facts.origin
        else []
    )
    return [
        ("", facts.client_id),
        *without,
        *of_origin,
        ("a byte string", facts.client_id.encode()),
        ("the response_uri", facts.response_uri),
    ]


def _nonces(facts: SessionFacts) -> Alternatives:
    return [("", facts.nonce), ("a byte string", facts.nonce.encode()), ("empty", "")]


def _thumbprints(facts: SessionFacts) -> Alternatives:
    if facts.encryption_key is None:
        return [("", None), ("empty bytes, not null", b""), ("empty text, not null", "")]
    digest = facts.encryption_key.thumbprint()
    return [
        ("", digest),
        ("null, though the answer is encrypted", None),
        ("base64url text", b64url_encode(digest)),
        ("hex text", digest.hex()),
        ("the bytes of the base64url text", b64url_encode(digest).encode()),
    ]


def _response_uris(facts: SessionFacts) -> Alternatives:
    uri = facts.response_uri
    if not uri:  # through the browser there is none
        return [("", facts.origin), ("empty", ""), ("null", None)]
    parts = urlsplit(uri)
    return [
        ("", uri),
        ("without its last slash", uri[:-1]) if uri.endswith("/") else ("with a slash at its end", f"{uri}/"),
        ("without its query", urlunsplit(parts._replace(query="", fragment=""))),
        ("the origin of the address alone", f"{parts.scheme}://{parts.netloc}"),
        ("a byte string", uri.encode()),
        *(("another address of the request", other) for other in facts.further_uris[:4]),
        ("the client_id", facts.client_id),
    ]


def _origins(facts: SessionFacts) -> Alternatives:
    parts = urlsplit(facts.response_uri)
    origin = facts.origin or f"{parts.scheme}://{parts.netloc}"
    return [
        ("", origin),
        ("with the prefix origin:", f"origin:{origin}"),
        ("with the prefix web-origin:", f"web-origin:{origin}"),
        ("with a slash at its end", f"{origin}/"),
        ("the host alone", urlsplit(origin).netloc),
        ("the client_id", facts.client_id),
    ]


def _generated_nonces(facts: SessionFacts) -> Alternatives:
    generated = facts.mdoc_generated_nonce
    return [
        ("", generated.decode("utf-8", "replace")),
        ("as the header has it, not decoded", b64url_encode(generated)),
        ("a byte string", generated),
        ("empty", ""),
        ("the nonce of the request", facts.nonce),
        ("null", None),
    ]


def _distinct(values: Alternatives) -> list[tuple[str, Value]]:
    """Without values that are there already: each transcript is tried once, each note stands for one value."""
    found: dict[str, Value] = {}
    for note, value in values:
        # Text and bytes of nothing are two values, so the type belongs to the comparison.
        if not any(type(value) is type(other) and value == other for other in found.values()):
            found.setdefault(note, value)
    return list(found.items())
