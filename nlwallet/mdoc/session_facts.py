"""What a verifier knows of one request, from which the session transcript follows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from nlwallet.crypto import PublicKey
from nlwallet.mdoc.session_transcript import (
    dc_api_session_transcript,
    iso_18013_7_session_transcript,
    redirect_session_transcript,
)


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """The values of one request, exactly as it has them.

    ``origin`` is that of the page, where the request came through the browser, else empty. ``mdoc_generated_nonce``
    is what the answer's JWE has as ``apu``, decoded: wallets of ISO/IEC TS 18013-7 put their nonce there.
    ``further_uris`` are other addresses of the same request, which a wallet might have taken instead.
    """

    nonce: str = field(repr=False)
    client_id: str = ""
    response_uri: str = ""
    origin: str = ""
    encryption_key: PublicKey | None = None
    mdoc_generated_nonce: bytes = field(default=b"", repr=False)
    iso_18013_7: bool = False
    """Whether the request was made for a wallet of ISO/IEC TS 18013-7:2024 Annex B."""
    further_uris: tuple[str, ...] = ()

    def transcript(self) -> bytes:
        """The encoded session transcript that the device must have signed (OpenID4VP 1.0 §B.2.6)."""
        if self.iso_18013_7:
            return iso_18013_7_session_transcript(
                client_id=self.client_id,
                nonce=self.nonce,
                response_uri=self.response_uri,
                mdoc_generated_nonce=self.mdoc_generated_nonce.decode("utf-8", "replace"),
            )
        if self.origin:
            return dc_api_session_transcript(
                origin=self.origin, nonce=self.nonce, encryption_key=self.encryption_key
            )
        return redirect_session_transcript(
            client_id=self.client_id,
            nonce=self.nonce,
            response_uri=self.response_uri,
            encryption_key=self.encryption_key,
        )

    def answered_with(self, mdoc_generated_nonce: bytes) -> SessionFacts:
        """The same, with what the answer itself said."""
        return replace(self, mdoc_generated_nonce=mdoc_generated_nonce)
