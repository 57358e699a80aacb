"""Who asks: a reader's signatures over its request (ISO/IEC 18013-5 §9.1.4; over all of it, second edition §12.5)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from nlwallet.crypto import Certificate, CertificateChain, PrivateKey, verify_chain
from nlwallet.crypto.cose import parse_cose_sign1, sign_cose_sign1
from nlwallet.crypto.encoded_cbor import NULL, array, text, wrapped
from nlwallet.errors import InvalidMdoc, LocalError
from nlwallet.mdoc.document_signer import READER_AUTHENTICATION

READER_AUTH = "ISO/IEC 18013-5 §9.1.4"


@dataclass(frozen=True, slots=True)
class ReaderRules:
    """What a reader's signature has to stand up to."""

    anchors: Sequence[Certificate]
    now: int
    algorithms: Collection[str]
    extended_key_usage: str | None = READER_AUTHENTICATION
    anchor_in_x5chain: Literal["refused", "accepted"] = "refused"

    def verify(self, signature: list[Any], *, payload: bytes, pointer: str) -> CertificateChain:
        """Who made the decoded COSE_Sign1 over the detached ``payload``. Raises a RemoteError."""
        message = parse_cose_sign1(signature, algorithms=self.algorithms, what="ReaderAuth")
        chain = message.chain
        if chain is None:
            raise InvalidMdoc(
                "the reader's signature brings no certificate",
                spec=READER_AUTH,
                pointer=f"{pointer}/x5chain",
            )
        verify_chain(
            chain,
            self.anchors,
            now=self.now,
            what="the reader's certificate",
            anchor_in_x5c=self.anchor_in_x5chain,
            extended_key_usage=self.extended_key_usage,
        )
        message.verify(chain.leaf.public_key, payload=payload)
        return chain


def sign_as_reader(payload: bytes, key: PrivateKey, chain: CertificateChain) -> bytes:
    """The encoded COSE_Sign1 over a detached ``payload``. Raises :class:`~nlwallet.errors.LocalError`."""
    if chain.leaf.public_key != key.public:
        raise LocalError("the certificate is not that of the signing key", spec=READER_AUTH)
    return sign_cose_sign1(payload, key, chain=chain, detached=True)


def reader_authentication(session_transcript: bytes, items_request: bytes) -> bytes:
    """``ReaderAuthenticationBytes``: what is signed of a request for one document; all encoded CBOR (§9.1.4.4)."""
    return wrapped(array((text("ReaderAuthentication"), session_transcript, wrapped(items_request))))


def reader_authentication_all(
    session_transcript: bytes, items_requests: Sequence[bytes], info: bytes | None
) -> bytes:
    """``ReaderAuthenticationAllBytes``: what is signed of a whole request; all encoded CBOR (second edition §12.5).

    ``info`` is the encoded DeviceRequestInfo as sent, without its tag 24.
    """
    items = array([wrapped(one) for one in items_requests])
    told = NULL if info is None else wrapped(info)
    return wrapped(array((text("ReaderAuthenticationAll"), session_transcript, items, told)))
