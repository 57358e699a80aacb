"""ISO/IEC 18013-5 documents as OpenID4VP presents them. So far: session transcripts, algorithms."""

from nlwallet.mdoc.algorithms import DEVICE_MAC_CURVES, lists_device_mac, lists_signature
from nlwallet.mdoc.session_transcript import (
    dc_api_session_transcript,
    iso_18013_7_session_transcript,
    redirect_session_transcript,
)

__all__ = [
    "DEVICE_MAC_CURVES",
    "dc_api_session_transcript",
    "iso_18013_7_session_transcript",
    "lists_device_mac",
    "lists_signature",
    "redirect_session_transcript",
]
