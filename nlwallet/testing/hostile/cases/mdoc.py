"""An mdoc: what its issuer signed, and who shows it (list of cases, 5.6; the session is in :mod:`mdoc_session`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from nlwallet.crypto import PrivateKey
from nlwallet.mdoc import DOCUMENT_SIGNER, READER_AUTHENTICATION
from nlwallet.testing.hostile.answer import Answer
from nlwallet.testing.hostile.attack import AttackGroup, Severity
from nlwallet.testing.hostile.attempt import Attempt
from nlwallet.testing.hostile.forger import DAY, Forger
from nlwallet.testing.hostile.forging_issuer import ForgingIssuer, category_of
from nlwallet.testing.hostile.mdoc_draft import (
    ALG,
    ES384,
    X5CHAIN,
    MdocDraft,
    content,
    digest,
    item,
    tdate,
)
from nlwallet.trust import Category

MDOC = AttackGroup(
    "Signature and elements of an mdoc",
    spec="ISO/IEC 18013-5 §9.3.1",
    mend="verify the MSO with the document signer's certificate, and every element against its digest in the MSO",
)
_case = MDOC.answer
_ISSUER = "ISO/IEC 18013-5 §9.3.1 step 1, §9.3.3"

# elements ---------------------------------------------------------------------------------------


@_case("ADV-119/value", "The value of an element was changed.", severity=Severity.CRITICAL)
def _changed(answer: Answer) -> None:
    _, items = answer.mdoc.first
    items[0] = item({**content(items[0]), "elementValue": "De Inbreker"})


@_case("ADV-119/absent", "The issuer signed no digest of an element.", severity=Severity.CRITICAL)
def _unsigned(answer: Answer) -> None:
    namespace, items = answer.mdoc.first
    digests = answer.mdoc.mso["valueDigests"][namespace]
    del digests[content(items[0])["digestID"]]
    digests.setdefault(1000, bytes(32))


@_case("ADV-120/twice", "An element is there twice, with two values.", severity=Severity.CRITICAL)
def _twice(answer: Answer) -> None:
    namespace, items = answer.mdoc.first
    answer.mdoc.add(namespace, content(items[0])["elementIdentifier"], "De Inbreker")


@_case("ADV-120/namespace", "An element of another namespace stands in the one that was asked for.")
def _moved(answer: Answer) -> None:
    _, items = answer.mdoc.first
    items[0] = item({**content(items[0]), "digestID": 1000, "elementValue": "De Inbreker"})
    answer.mdoc.mso["valueDigests"]["org.example.elsewhere"] = {1000: digest(items[0])}


_TYPE = "docType is the same in the document, in the MSO and in the query"


@_case("ADV-121/document", "docType of the document is not that of the MSO.", mend=_TYPE)
def _another_document_type(answer: Answer) -> None:
    answer.mdoc.doctype = "org.example.another"


@_case("ADV-121/mso", "docType of the MSO is not that of the document.", mend=_TYPE)
def _another_mso_type(answer: Answer) -> None:
    answer.mdoc.mso["docType"] = "org.example.another"


@MDOC.attempt(
    "ADV-121/query",
    "The document is of another type than was asked for, from an issuer that may issue that type.",
    spec="OpenID4VP 1.0 §8.6, §B.2.3",
    severity=Severity.CRITICAL,
    mend=_TYPE,
)
def _another_type(attempt: Attempt) -> None:
    engagement = attempt.begin()
    answer = engagement.answer()
    answer.mdoc.doctype = answer.mdoc.mso["docType"] = "org.example.another"
    signer = attempt.forger.document_signer(category_of("org.example.another"))
    answer.mdoc.signed_by(signer.key, signer.chain)
    engagement.send(answer)


# times ------------------------------------------------------------------------------------------


@MDOC.attempt("ADV-122/expired", "The document expired yesterday.", spec="ISO/IEC 18013-5 §9.3.1 step 5")
def _expired(attempt: Attempt) -> None:
    _dated(attempt, validFrom=-2, validUntil=-1)


@MDOC.attempt("ADV-122/not-yet", "The document begins tomorrow.", spec="ISO/IEC 18013-5 §9.3.1 step 5")
def _not_yet(attempt: Attempt) -> None:
    _dated(attempt, validFrom=1, validUntil=2)


@MDOC.attempt(
    "ADV-122/signed",
    "The document was signed a year before the certificate of its signer began.",
    spec="ISO/IEC 18013-5 §9.3.1 step 5",
    severity=Severity.MEDIUM,
    mend="signed lies within the validity of the document signer's certificate",
)
def _signed_too_early(attempt: Attempt) -> None:
    _dated(attempt, signed=-365, validFrom=-365)


def _dated(attempt: Attempt, **days: int) -> None:
    engagement = attempt.begin()
    answer, now = engagement.answer(), attempt.forger.now()
    answer.mdoc.mso["validityInfo"].update({name: tdate(now + each * DAY) for name, each in days.items()})
    engagement.send(answer)


# who signed -------------------------------------------------------------------------------------


_Make: TypeAlias = Callable[[Forger, Category], ForgingIssuer]


def _signer(
    id_: str, does: str, severity: Severity = Severity.HIGH, *, mend: str = ""
) -> Callable[[_Make], None]:
    """Let the document signer that the decorated function makes sign an honest document."""

    def add(make: _Make) -> None:
        @MDOC.attempt(id_, does, spec=_ISSUER, severity=severity, mend=mend)
        def run(attempt: Attempt) -> None:
            engagement = attempt.begin()
            answer = engagement.answer()
            signer = make(attempt.forger, category_of(answer.mdoc.doctype))
            answer.mdoc.signed_by(signer.key, signer.chain)
            engagement.send(answer)

    return add


@_signer("ADV-123/untrusted", "The document signer is below a root that nobody trusts.", Severity.CRITICAL)
def _untrusted(forger: Forger, category: Category) -> ForgingIssuer:
    return _below(forger, forger.stranger(category), category)


@_signer("ADV-123/expired", "The document signer's certificate ended yesterday.")
def _past(forger: Forger, category: Category) -> ForgingIssuer:
    now = forger.now()
    return _below(
        forger, forger.document_signer(category), category, not_before=now - 30 * DAY, not_after=now - DAY
    )


_EKU = "the certificate has extended key usage 1.0.18013.5.1.2, and none else will do"


@_signer(
    "ADV-123/usage",
    "The certificate that signed is for readers, not for documents.",
    Severity.HIGH,
    mend=_EKU,
)
def _reader(forger: Forger, category: Category) -> ForgingIssuer:
    usages = (READER_AUTHENTICATION,)
    return _below(forger, forger.document_signer(category), category, extended_key_usages=usages)


@_signer("ADV-123/no-usage", "The certificate that signed is for no use in particular.", mend=_EKU)
def _for_nothing(forger: Forger, category: Category) -> ForgingIssuer:
    return _below(forger, forger.document_signer(category), category, extended_key_usages=())


@_signer(
    "ADV-123/category",
    "The document signer is that of an authority for another kind of document.",
    Severity.CRITICAL,
    mend="keep anchors by what they may vouch for",
)
def _other_category(forger: Forger, category: Category) -> ForgingIssuer:
    mine = category is Category.PID_PROVIDER
    return forger.document_signer(Category.EAA_PROVIDER if mine else Category.PID_PROVIDER)


def _below(forger: Forger, beside: ForgingIssuer, category: Category, **certificate: Any) -> ForgingIssuer:
    options = {"extended_key_usages": (DOCUMENT_SIGNER,), **certificate}
    return ForgingIssuer.below(beside.authority, category, now=forger.now(), **options)


@_case("ADV-123/no-chain", "There is no x5chain.", spec=_ISSUER, severity=Severity.CRITICAL)
def _no_chain(answer: Answer) -> None:
    del answer.mdoc.issuer.unprotected[X5CHAIN]


@MDOC.attempt(
    "ADV-123/key",
    "The certificate is the issuer's, the signature the attacker's.",
    severity=Severity.CRITICAL,
)
def _another_key(attempt: Attempt) -> None:
    engagement = attempt.begin()
    answer = engagement.answer()
    answer.mdoc.signed_by(attempt.forger.other_holder)
    engagement.send(answer)


_COSE = "alg stands in the protected header, fits the key, and is one that you accept"


@_case(
    "ADV-125/unprotected",
    "alg of the issuer's signature stands in the unprotected header.",
    spec="ISO/IEC 18013-5 §9.1.2.4",
    severity=Severity.MEDIUM,
    mend=_COSE,
)
def _unprotected(answer: Answer) -> None:
    issuer = answer.mdoc.issuer
    issuer.unprotected[ALG] = issuer.protected.pop(ALG)


@_case(
    "ADV-125/curve",
    "alg of the issuer's signature does not fit the curve of its key.",
    spec="ISO/IEC 18013-5 §9.1.2.4",
    severity=Severity.MEDIUM,
    mend=_COSE,
)
def _other_curve(answer: Answer) -> None:
    answer.mdoc.issuer.protected[ALG] = ES384


@_case(
    "ADV-125/nil", "The issuer's signature has no payload.", spec="RFC 9052 §4.2", severity=Severity.CRITICAL
)
def _no_payload(answer: Answer) -> None:
    def change(message: list[Any]) -> None:
        message[2] = None

    answer.mdoc.issuer.change = change


@_case("ADV-125/empty", "The issuer's signature is empty.", spec="RFC 9053 §2.1", severity=Severity.CRITICAL)
def _no_signature(answer: Answer) -> None:
    def change(message: list[Any]) -> None:
        message[3] = b""

    answer.mdoc.issuer.change = change


# the holder -------------------------------------------------------------------------------------

_DEVICE = "verify deviceSignature with the deviceKey of the MSO, over the transcript of this session"


def _stolen(draft: MdocDraft) -> None:
    draft.device.sign = PrivateKey.generate().sign


def _device_auth(make: Callable[[bytes], Any]) -> Callable[[MdocDraft], None]:
    def spoil(draft: MdocDraft) -> None:
        draft.device_auth = make

    return spoil


def _forgotten(draft: MdocDraft) -> None:
    draft.change = lambda response: response["documents"][0].pop("deviceSigned")


def _null_signature(draft: MdocDraft) -> None:
    def change(message: list[Any]) -> None:
        message[3] = bytes(64)

    draft.device.change = change


for _variant, _does, _spoil, _severity in (
    ("key", "Somebody who found the document signs with a key of her own.", _stolen, Severity.CRITICAL),
    ("none", "deviceAuth is empty.", _device_auth(lambda _: {}), Severity.CRITICAL),
    ("missing", "The document has no deviceSigned.", _forgotten, Severity.CRITICAL),
    ("zeros", "The device's signature is all zeros.", _null_signature, Severity.CRITICAL),
    (
        "mac",
        "A MAC stands in the place of the device's signature.",
        _device_auth(lambda _: {"deviceMac": [b"\xa1\x01\x05", {}, None, bytes(32)]}),
        Severity.HIGH,
    ),
):

    @_case(f"ADV-124/{_variant}", _does, spec="ISO/IEC 18013-5 §9.1.3", severity=_severity, mend=_DEVICE)
    def _unproven(answer: Answer, spoil: Callable[[MdocDraft], None] = _spoil) -> None:
        spoil(answer.mdoc)


_AUTHORIZED = "believe an element of the device only if KeyAuthorizations of the MSO allow it"


@_case(
    "ADV-126/instead",
    "An element that was asked for is signed by the device, not by the issuer.",
    spec="ISO/IEC 18013-5 §9.1.2.4",
    severity=Severity.CRITICAL,
    mend=_AUTHORIZED,
)
def _own_word(answer: Answer) -> None:
    draft = answer.mdoc
    namespace, items = draft.first
    taken = content(items.pop(0))
    if not items:
        del draft.items[namespace]
    draft.device_signed = _map({namespace: {taken["elementIdentifier"]: taken["elementValue"]}})


@MDOC.attempt(
    "ADV-126/beside",
    "The device signs an element that nobody authorized it to sign.",
    spec="ISO/IEC 18013-5 §9.1.2.4",
    severity=Severity.MEDIUM,
    expects="observed",
    sound="refuses, or lets fall what the device says",
    mend=_AUTHORIZED,
)
def _own_word_beside(attempt: Attempt) -> None:
    engagement = attempt.begin()
    answer = engagement.answer()
    namespace, _ = answer.mdoc.first
    answer.mdoc.device_signed = _map({namespace: {"self_made": "self-made-value"}})
    engagement.send(answer)
    if "self-made-value" in str(engagement.outcome().claims):
        attempt.unsound("its application gets an element that only the device signed")


def _map(value: dict[str, Any]) -> bytes:
    return item(value).value  # type: ignore[no-any-return]
