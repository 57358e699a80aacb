"""ISO/IEC 18013-5 documents: issue, verify on receipt, show in a session, verify what is shown."""

from nlwallet.mdoc.algorithms import (
    DEVICE_MAC_CURVES,
    lists_device_mac,
    lists_signature,
    signature_numbers,
)
from nlwallet.mdoc.device_auth import DeviceMac, DeviceSignature
from nlwallet.mdoc.device_request import DeviceRequest, DocRequest, ItemsRequest, encode_device_request
from nlwallet.mdoc.device_response import (
    MdocPresentation,
    encode_device_response,
    split_device_response,
    verify_device_response,
    verify_mdoc_presentation,
)
from nlwallet.mdoc.document import Mdoc, verify_mdoc
from nlwallet.mdoc.document_signer import (
    DOCUMENT_SIGNER,
    READER_AUTHENTICATION,
    DocumentSignerResolver,
    DocumentSigners,
    PermittedDocumentSigners,
)
from nlwallet.mdoc.element_value import json_of_element
from nlwallet.mdoc.issuance import issue_mdoc, issue_mdoc_batch
from nlwallet.mdoc.issuer_signed import MDL_NAMESPACE
from nlwallet.mdoc.mobile_security_object import KeyAuthorizations, MobileSecurityObject
from nlwallet.mdoc.namespaces import claim_path, claims_of, element_path, namespaces_of
from nlwallet.mdoc.session_facts import SessionFacts
from nlwallet.mdoc.session_transcript import (
    NfcHandover,
    dc_api_session_transcript,
    iso_18013_7_session_transcript,
    proximity_session_transcript,
    redirect_session_transcript,
)
from nlwallet.mdoc.transcript_explainer import TranscriptExplanation, explain_session_transcript

__all__ = [
    "DEVICE_MAC_CURVES",
    "DOCUMENT_SIGNER",
    "MDL_NAMESPACE",
    "READER_AUTHENTICATION",
    "DeviceMac",
    "DeviceRequest",
    "DeviceSignature",
    "DocRequest",
    "DocumentSignerResolver",
    "DocumentSigners",
    "ItemsRequest",
    "KeyAuthorizations",
    "Mdoc",
    "MdocPresentation",
    "MobileSecurityObject",
    "NfcHandover",
    "PermittedDocumentSigners",
    "SessionFacts",
    "TranscriptExplanation",
    "claim_path",
    "claims_of",
    "dc_api_session_transcript",
    "element_path",
    "encode_device_request",
    "encode_device_response",
    "explain_session_transcript",
    "iso_18013_7_session_transcript",
    "issue_mdoc",
    "issue_mdoc_batch",
    "json_of_element",
    "lists_device_mac",
    "lists_signature",
    "namespaces_of",
    "proximity_session_transcript",
    "redirect_session_transcript",
    "signature_numbers",
    "split_device_response",
    "verify_device_response",
    "verify_mdoc",
    "verify_mdoc_presentation",
]
