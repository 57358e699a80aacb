"""ISO/IEC 18013-5 in proximity: engagement, session and its encryption, and what carries them. No I/O."""

from nlwallet.proximity.ble import BleMessage, ble_chunks, ble_ident
from nlwallet.proximity.device_engagement import DeviceEngagement
from nlwallet.proximity.device_session import ENGAGEMENT_LIFETIME, MAX_REQUESTS, DeviceSession, SessionState
from nlwallet.proximity.link import Frames, Link, frame
from nlwallet.proximity.ndef import NdefRecord, encode_ndef, parse_ndef
from nlwallet.proximity.nfc_handover import Carrier, HandoverRequest, HandoverSelect
from nlwallet.proximity.reader_session import READER_LIFETIME, ReaderSession
from nlwallet.proximity.request_query import (
    REGISTRATION_CERTIFICATE,
    items_requests,
    query_of,
    registrations_of,
)
from nlwallet.proximity.retrieval_method import (
    BleRetrieval,
    NfcRetrieval,
    OtherRetrieval,
    RetrievalMethod,
    WifiAwareRetrieval,
)
from nlwallet.proximity.session_keys import SessionKeys
from nlwallet.proximity.session_messages import (
    MAX_MESSAGE_BYTES,
    SessionData,
    SessionEstablishment,
    SessionStatus,
)

__all__ = [
    "ENGAGEMENT_LIFETIME",
    "MAX_MESSAGE_BYTES",
    "MAX_REQUESTS",
    "READER_LIFETIME",
    "REGISTRATION_CERTIFICATE",
    "BleMessage",
    "BleRetrieval",
    "Carrier",
    "DeviceEngagement",
    "DeviceSession",
    "Frames",
    "HandoverRequest",
    "HandoverSelect",
    "Link",
    "NdefRecord",
    "NfcRetrieval",
    "OtherRetrieval",
    "ReaderSession",
    "RetrievalMethod",
    "SessionData",
    "SessionEstablishment",
    "SessionKeys",
    "SessionState",
    "SessionStatus",
    "WifiAwareRetrieval",
    "ble_chunks",
    "ble_ident",
    "encode_ndef",
    "frame",
    "items_requests",
    "parse_ndef",
    "query_of",
    "registrations_of",
]
