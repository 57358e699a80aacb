"""Verify an mdoc from outside, or a device response, and list every check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from nlwallet.cli.transcript import transcript_of
from nlwallet.cli.verdict import Verdict
from nlwallet.crypto import Certificate
from nlwallet.errors import (
    InvalidDeviceAuth,
    InvalidSignature,
    LocalError,
    NlWalletError,
    OutsideValidity,
    RemoteError,
    UntrustedCertificate,
)
from nlwallet.mdoc import (
    KNOWN_DOCTYPES,
    MAX_DIGEST_ID,
    DocumentSigners,
    Mdoc,
    MdocPresentation,
    element_faults,
    verify_device_response,
    verify_mdoc,
)
from nlwallet.mdoc.reading import decode
from nlwallet.profiles import Profile

_ISO: Final = "ISO/IEC 18013-5 "
_FORM = (
    "M-01",
    _ISO + "§8.3.2.1.2.2",
    "it has the form of an mdoc, and its strings and maps are deterministic CBOR",
)
_CHAIN = (
    "M-07",
    _ISO + "§9.3.3",
    "the document signer's certificate leads to an anchor, and is one for mdocs",
)
_SIGNATURE = ("M-07", _ISO + "§9.3.1", "the document signer's signature under the mobile security object")
_DIGESTS = (
    "M-07",
    _ISO + "§9.3.1",
    "each element has the digest that was signed; the docType is the signed one",
)
_VALIDITY = ("M-07", _ISO + "§9.3.1", "it is valid at this moment, and was signed while the certificate was")
_COUNTRY = ("M-07", _ISO + "§7.2.1", "issuing_country of an mDL is the country of the document signer")
_DEVICE = ("M-08", _ISO + "§9.1.3", "the device proves the document in this very session")
_AUTHORIZED = ("M-09", _ISO + "§9.1.2.4", "what the device signed itself the issuer lets it sign")
_STATUS = ("M-11", "HAIP 1.0 §5.3.1", "the document was not revoked")

_OF_THE_ISSUER: Final = (_FORM, _CHAIN, _SIGNATURE, _DIGESTS, _VALIDITY, _COUNTRY)
_OF_THE_DEVICE: Final = (_DEVICE, _AUTHORIZED)


def verify_mdoc_octets(
    data: bytes,
    *,
    anchors: Sequence[Certificate],
    rules: Profile,
    now: int,
    request: str = "",
    origin: str = "",
) -> Verdict:
    """Verify an encoded ``IssuerSigned`` or ``DeviceResponse``.

    A response is bound to a ``request``: the request object, or its parameters as JSON; through the browser with the
    page's ``origin``. Raises :class:`~nlwallet.errors.LocalError` when a response comes without one.
    """
    verdict = Verdict("mdoc")
    checks: tuple[tuple[str, str, str], ...] = _OF_THE_ISSUER
    try:
        value = decode(data, what="the document")
        given: dict[str, Any] = {
            "issuer": DocumentSigners(anchors, anchor_in_x5chain=rules.anchor_in_x5c),
            "now": now,
            "algorithms": rules.signing_algorithms,
            "leeway": rules.clock_leeway,
        }
        shown: Sequence[Mdoc | MdocPresentation]
        if isinstance(value, dict) and "documents" in value:
            verdict.kind = "device response"
            checks += _OF_THE_DEVICE
            if not request:
                raise LocalError(
                    "a device response answers a request, and its device signed that session",
                    hint="--request FILE, the request object or its parameters; --origin for the browser",
                )
            shown = verify_device_response(data, session_transcript=transcript_of(request, origin), **given)
        else:
            shown = (verify_mdoc(data, **given),)
    except RemoteError as error:
        failed = _failed(error)
        for made in checks:
            if made is failed:
                verdict.report.failed(made[0], made[2], error)
            else:
                verdict.report.skipped(*made, "the verification ended at another check")
        verdict.error = error
        return verdict
    for document in shown:
        name = f"{document.doctype}: " if len(shown) > 1 else ""
        for id_, spec, what in checks:
            verdict.report.passed(id_, spec, name + what)
        _look_further(verdict, document, name)
    claims: list[Any] = [{"docType": one.doctype, **one.claims} for one in shown]
    verdict.claims = claims[0] if len(claims) == 1 else {"documents": claims}
    return verdict


def _look_further(verdict: Verdict, document: Mdoc | MdocPresentation, name: str) -> None:
    what = f"{name}the elements and their encodings are those of the document type"
    known = KNOWN_DOCTYPES.get(document.doctype)
    if known is None:
        verdict.report.skipped("M-07", _ISO + "§7", what, "the document type is not described here")
    elif faults := element_faults(document.issuer_signed, complete=isinstance(document, Mdoc)):
        verdict.report.warned("M-07", known.spec, what, "; ".join(faults), code="elements")
    else:
        verdict.report.passed("M-07", known.spec, what)
    _look_at_digest_ids(verdict, document, name)
    reason = (
        "it names no status"
        if document.status is None
        else f"it is told by {' and '.join(sorted(document.status))}, and lists are not fetched here"
    )
    verdict.report.skipped(_STATUS[0], _STATUS[1], name + _STATUS[2], reason)


def _look_at_digest_ids(verdict: Verdict, document: Mdoc | MdocPresentation, name: str) -> None:
    what = f"{name}each digestID is smaller than 2^31"
    items = (item for namespace in document.issuer_signed.items.values() for item in namespace.values())
    if too_large := sum(item.digest_id > MAX_DIGEST_ID for item in items):
        said = f"{too_large} are not: readers that keep them in 32 bits with a sign refuse the document"
        verdict.report.warned("M-01", _ISO + "§9.1.2.4", what, said, code="digest_id")
    else:
        verdict.report.passed("M-01", _ISO + "§9.1.2.4", what)


def _failed(error: NlWalletError) -> tuple[str, str, str]:
    if isinstance(error, InvalidDeviceAuth):
        return _DEVICE
    if "/deviceSigned" in error.pointer:
        return _AUTHORIZED
    if isinstance(error, InvalidSignature):
        return _SIGNATURE
    if isinstance(error, UntrustedCertificate) or "x5chain" in error.pointer:
        return _CHAIN
    if isinstance(error, OutsideValidity):
        return _CHAIN if "validityInfo" not in error.pointer else _VALIDITY
    if "validityInfo" in error.pointer:
        return _VALIDITY
    if error.spec.endswith("§7.2.1"):
        return _COUNTRY
    return _DIGESTS if "/nameSpaces" in error.pointer or "/docType" in error.pointer else _FORM
