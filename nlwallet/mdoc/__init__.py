"""ISO/IEC 18013-5 documents: issue, verify on receipt, show in a session, verify what is shown."""

from nlwallet.mdoc.age_over import age_element, age_limit, answering_path, check_ages, is_over
from nlwallet.mdoc.algorithms import (
    DEVICE_MAC_CURVES,
    lists_device_mac,
    lists_signature,
    signature_numbers,
)
from nlwallet.mdoc.browser_exchange import BrowserExchange
from nlwallet.mdoc.device_auth import DeviceMac, DeviceSignature
from nlwallet.mdoc.device_request import DeviceRequest, DocRequest, ItemsRequest, encode_device_request
from nlwallet.mdoc.device_request_info import UseCase
from nlwallet.mdoc.device_response import (
    MdocPresentation,
    encode_device_response,
    issuer_signed_of_each,
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
from nlwallet.mdoc.document_type import DocumentType
from nlwallet.mdoc.element_faults import element_fault, element_faults
from nlwallet.mdoc.element_type import Anything, ElementType, ListOf, MapOf, Of, typed_claims
from nlwallet.mdoc.element_value import json_of_element
from nlwallet.mdoc.eu_pid import EU_PID, EU_PID_DOCTYPE
from nlwallet.mdoc.issuance import issue_mdoc, issue_mdoc_batch
from nlwallet.mdoc.issuer_signed import MDL_NAMESPACE
from nlwallet.mdoc.issuer_signed_item import MAX_DIGEST_ID
from nlwallet.mdoc.known_doctypes import KNOWN_DOCTYPES
from nlwallet.mdoc.mdl import MDL, MDL_DOCTYPE
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
    "EU_PID",
    "EU_PID_DOCTYPE",
    "KNOWN_DOCTYPES",
    "MAX_DIGEST_ID",
    "MDL",
    "MDL_DOCTYPE",
    "MDL_NAMESPACE",
    "READER_AUTHENTICATION",
    "Anything",
    "BrowserExchange",
    "DeviceMac",
    "DeviceRequest",
    "DeviceSignature",
    "DocRequest",
    "DocumentSignerResolver",
    "DocumentSigners",
    "DocumentType",
    "ElementType",
    "ItemsRequest",
    "KeyAuthorizations",
    "ListOf",
    "MapOf",
    "Mdoc",
    "MdocPresentation",
    "MobileSecurityObject",
    "NfcHandover",
    "Of",
    "PermittedDocumentSigners",
    "SessionFacts",
    "TranscriptExplanation",
    "UseCase",
    "age_element",
    "age_limit",
    "answering_path",
    "check_ages",
    "claim_path",
    "claims_of",
    "dc_api_session_transcript",
    "element_fault",
    "element_faults",
    "element_path",
    "encode_device_request",
    "encode_device_response",
    "explain_session_transcript",
    "is_over",
    "iso_18013_7_session_transcript",
    "issue_mdoc",
    "issue_mdoc_batch",
    "issuer_signed_of_each",
    "json_of_element",
    "lists_device_mac",
    "lists_signature",
    "namespaces_of",
    "proximity_session_transcript",
    "redirect_session_transcript",
    "signature_numbers",
    "split_device_response",
    "typed_claims",
    "verify_device_response",
    "verify_mdoc",
    "verify_mdoc_presentation",
]
