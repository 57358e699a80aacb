"""``/utilities/validations/msoMdoc/deviceResponse``: documents that did not come through a transaction.

There is no session then that the device could have signed, so the issuer's part is verified and the device's is not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from cbor2 import CBORTag

from nlwallet.encoding import b64url_decode
from nlwallet.errors import (
    AlgorithmNotAllowed,
    InvalidSignature,
    NlWalletError,
    OutsideValidity,
    RemoteError,
    UntrustedCertificate,
)
from nlwallet.http.status_checker import JWT_OR_CWT
from nlwallet.mdoc import issuer_signed_of_each, json_of_element
from nlwallet.mdoc.element_value import FULL_DATE_TAG, TDATE_TAG
from nlwallet.mdoc.issuer_signed import IssuerSigned, verify_issuer_signed
from nlwallet.mdoc.reading import decode
from nlwallet.verifier.answering import Answering
from nlwallet.verifier.eu_server.refusal import EuRefusal
from nlwallet.verifier.eu_server.sd_jwt_vc_validation import NOT_VALID
from nlwallet.verifier.status_check import check_status

_UNDECODABLE: Final = "CannotBeDecoded"


def validate_device_response(text: str, *, answering: Answering) -> list[dict[str, Any]]:
    """The documents of a response in base64url, with their elements. Raises :class:`EuRefusal` with what is wrong."""
    documents, invalid = [], []
    data, each = _taken_apart(text)
    for index, (doctype, value) in enumerate(each):
        try:
            documents.append(_document(_verified(doctype, value, data, answering)))
        except NlWalletError as error:
            name = name_of_document_error(error)
            if name == _UNDECODABLE:
                raise _refusal(_UNDECODABLE) from None
            invalid.append({"index": index, "documentType": doctype, "errors": [name]})
    if invalid:
        raise _refusal("InvalidDocuments", invalidDocuments=invalid)
    return documents


def name_of_document_error(error: NlWalletError) -> str:
    """The interface's name of what is wrong with a document."""
    if error.pointer.startswith("/status"):
        return "DocumentHasBeenRevoked" if error.code in NOT_VALID else "DocumentStatusCheckFailed"
    if "/validityInfo" in error.pointer:
        return "ExpiredValidityInfo" if isinstance(error, OutsideValidity) else "MissingValidityInfo"
    if isinstance(error, InvalidSignature):
        return "InvalidIssuerSignature"
    if isinstance(error, AlgorithmNotAllowed):
        return "IssuerKeyIsNotEC"
    if isinstance(error, UntrustedCertificate | OutsideValidity) or "x5chain" in error.pointer:
        return "X5CNotTrusted"
    if "/deviceKey" in error.pointer:
        return "DevicePublicKeyCannotBeParsed"
    if error.pointer == "/docType":
        return "DocumentTypeNotMatching"
    return "InvalidIssuerSignedItems" if "/nameSpaces" in error.pointer else _UNDECODABLE


def _verified(doctype: str, value: Any, data: bytes, answering: Answering) -> IssuerSigned:
    now, profile = answering.clock.now(), answering.profile
    verified = verify_issuer_signed(
        value,
        source=data,
        issuer=answering.issuer.document_signer,
        now=now,
        algorithms=profile.signing_algorithms,
        doctype=doctype,
        leeway=profile.clock_leeway,
    )
    if answering.status_lists is None:
        return verified
    try:
        check_status(
            verified.mso.status,
            lists=answering.status_lists,
            anchors=answering.issuer.status_anchors_for(doctype, verified.chain, now=now),
            issuer=verified.chain,
            now=now,
            profile=profile,
            accepted=JWT_OR_CWT,
        )
    except NlWalletError as error:
        error.pointer = "/status"
        raise
    return verified


def _taken_apart(text: str) -> tuple[bytes, Sequence[tuple[str, Any]]]:
    """The octets, and the type and unverified ``IssuerSigned`` of each document."""
    try:
        data = b64url_decode(text.rstrip("="))
        response = decode(data, what="the device response")
        status = response.get("status") if isinstance(response, dict) else None
        failed = type(status) is int and status != 0
        nothing = failed or (status == 0 and not response.get("documents"))
        each = () if nothing else issuer_signed_of_each(data)
    except RemoteError:
        raise _refusal(_UNDECODABLE) from None
    if failed:
        raise _refusal("NotOkDeviceResponseStatus", deviceResponseStatus=status)
    return data, each


def _document(verified: IssuerSigned) -> dict[str, Any]:
    return {
        "docType": verified.mso.doctype,
        "attributes": {
            namespace: {name: _value(item.value) for name, item in elements.items()}
            for namespace, elements in verified.items.items()
        },
    }


def _value(value: Any) -> Any:
    """An element as the interface has it: a date is the milliseconds since 1970 of its beginning in UTC."""
    if isinstance(value, CBORTag) and value.tag in (TDATE_TAG, FULL_DATE_TAG):
        return _milliseconds(value.value)
    if isinstance(value, list | tuple):
        return [_value(one) for one in value]
    if isinstance(value, Mapping):
        return {name: _value(one) for name, one in value.items() if isinstance(name, str)}
    return json_of_element(value)


def _milliseconds(text: Any) -> Any:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return json_of_element(text)
    return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000)


def _refusal(kind: str, **members: Any) -> EuRefusal:
    return EuRefusal(f"the device response is refused: {kind}", body={"type": kind, **members})
