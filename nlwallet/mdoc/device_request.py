"""DeviceRequest: what a reader asks for, and who it says it is (ISO/IEC 18013-5 §8.3.2.1.2.1, §9.1.4)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from nlwallet.crypto import Certificate, CertificateChain, PrivateKey, verify_chain
from nlwallet.crypto.cbor import dump_cbor
from nlwallet.crypto.cose import parse_cose_sign1, sign_cose_sign1
from nlwallet.crypto.encoded_cbor import array, text, text_map, wrapped
from nlwallet.errors import InvalidMdoc, InvalidRequest, LocalError
from nlwallet.mdoc.document_signer import READER_AUTHENTICATION
from nlwallet.mdoc.reading import MAX_NAMESPACES, decode, filled, member, short_text, typed, unwrap

REQUEST_VERSION = "1.0"
MAX_DOC_REQUESTS = 16

_SPEC = "ISO/IEC 18013-5 §8.3.2.1.2.1"
_AUTH = "ISO/IEC 18013-5 §9.1.4"


@dataclass(frozen=True, slots=True)
class ItemsRequest:
    """One document type, and which elements of it are asked for."""

    doctype: str
    namespaces: Mapping[str, Mapping[str, bool]]
    """Namespace to element to IntentToRetain."""
    info: Mapping[str, Any] = field(default_factory=dict)
    """``requestInfo``, as decoded."""

    def encode(self) -> bytes:
        """The encoded ItemsRequest, without tag 24."""
        members = {"docType": text(self.doctype), "nameSpaces": dump_cbor(_plain(self.namespaces))}
        if self.info:
            members["requestInfo"] = dump_cbor(dict(self.info))
        return text_map(members)

    @classmethod
    def parse(cls, data: bytes, *, pointer: str = "") -> ItemsRequest:
        """Read an encoded ItemsRequest. Raises a RemoteError."""
        members = typed(
            decode(data, what="the items request", pointer=pointer), dict, "itemsRequest", pointer
        )
        doctype = short_text(members.get("docType"), "docType", f"{pointer}/docType")
        at = f"{pointer}/nameSpaces"
        namespaces = filled(members.get("nameSpaces"), dict, "nameSpaces", at, limit=MAX_NAMESPACES)
        for namespace, elements in namespaces.items():
            short_text(namespace, "a namespace", at)
            for name, retained in filled(elements, dict, "a namespace", at).items():
                short_text(name, "an element", at)
                if not isinstance(retained, bool):
                    raise InvalidMdoc("intent to retain is true or false", spec=_SPEC, pointer=at)
        info = members.get("requestInfo", {})
        return cls(doctype, namespaces, typed(info, dict, "requestInfo", f"{pointer}/requestInfo"))


@dataclass(frozen=True, slots=True)
class DocRequest:
    """A request for one document, as received: the reader is who it says only after :meth:`verify_reader`."""

    items: ItemsRequest
    items_bytes: bytes = field(repr=False)
    """The encoded ItemsRequest as sent, without tag 24."""
    reader_auth: list[Any] | None = field(repr=False)

    def verify_reader(
        self,
        anchors: Sequence[Certificate],
        *,
        session_transcript: bytes,
        now: int,
        algorithms: Collection[str],
        extended_key_usage: str | None = READER_AUTHENTICATION,
        anchor_in_x5chain: Literal["refused", "accepted"] = "refused",
    ) -> CertificateChain:
        """Verify ReaderAuth in this session; returns who asks (§9.1.4).

        Raises :class:`~nlwallet.errors.InvalidRequest` when the request is not signed, and another
        :class:`~nlwallet.errors.RemoteError` when the signature does not count.
        """
        if self.reader_auth is None:
            raise InvalidRequest(
                "the reader does not say who it is",
                code="unsigned_request",
                spec=_AUTH,
                pointer="/readerAuth",
            )
        message = parse_cose_sign1(self.reader_auth, algorithms=algorithms, what="ReaderAuth")
        chain = message.chain
        if chain is None:
            raise InvalidMdoc(
                "the reader's signature brings no certificate", spec=_AUTH, pointer="/readerAuth/x5chain"
            )
        verify_chain(
            chain,
            anchors,
            now=now,
            what="the reader's certificate",
            anchor_in_x5c=anchor_in_x5chain,
            extended_key_usage=extended_key_usage,
        )
        message.verify(
            chain.leaf.public_key, payload=reader_authentication(session_transcript, self.items_bytes)
        )
        return chain


@dataclass(frozen=True, slots=True)
class DeviceRequest:
    """What a reader asks for."""

    version: str
    doc_requests: tuple[DocRequest, ...]

    @classmethod
    def parse(cls, data: bytes) -> DeviceRequest:
        """Read an encoded DeviceRequest. Raises a :class:`~nlwallet.errors.RemoteError`."""
        request = typed(decode(data, what="the device request"), dict, "the device request", "", _SPEC)
        version = member(request, "version", str, "", _SPEC)
        if not version.startswith("1."):
            raise InvalidMdoc(
                "the request is of another major version than 1", spec=_SPEC, pointer="/version"
            )
        listed = filled(
            request.get("docRequests"), list, "docRequests", "/docRequests", limit=MAX_DOC_REQUESTS
        )
        return cls(version, tuple(_doc_request(one, f"/docRequests/{n}") for n, one in enumerate(listed)))


def encode_device_request(
    requests: Sequence[ItemsRequest],
    *,
    session_transcript: bytes | None = None,
    key: PrivateKey | None = None,
    chain: CertificateChain | None = None,
) -> bytes:
    """The request for these documents; with ``key``, ``chain`` and ``session_transcript`` each of them signed.

    ``chain`` goes into ``x5chain`` as it is, without its anchor. Raises :class:`~nlwallet.errors.LocalError`.
    """
    if not requests:
        raise LocalError("a request asks for a document", spec=_SPEC)
    if len({session_transcript is None, key is None, chain is None}) != 1:
        raise LocalError("a signed request has a key, its chain and a session transcript", spec=_AUTH)
    return text_map(
        {
            "version": text(REQUEST_VERSION),
            "docRequests": array(
                [_encode_doc_request(one, session_transcript, key, chain) for one in requests]
            ),
        }
    )


def reader_authentication(session_transcript: bytes, items_request: bytes) -> bytes:
    """``ReaderAuthenticationBytes``: the detached payload of the reader's signature (§9.1.4.4); all encoded CBOR."""
    return wrapped(array((text("ReaderAuthentication"), session_transcript, wrapped(items_request))))


def _encode_doc_request(
    request: ItemsRequest,
    session_transcript: bytes | None,
    key: PrivateKey | None,
    chain: CertificateChain | None,
) -> bytes:
    items = request.encode()
    members = {"itemsRequest": wrapped(items)}
    if key is not None and chain is not None and session_transcript is not None:
        if chain.leaf.public_key != key.public:
            raise LocalError("the certificate is not that of the signing key", spec=_AUTH)
        signed = sign_cose_sign1(
            reader_authentication(session_transcript, items),
            key,
            chain=chain,
            detached=True,
        )
        members["readerAuth"] = signed
    return text_map(members)


def _doc_request(value: Any, pointer: str) -> DocRequest:
    members = typed(value, dict, "a request for a document", pointer, _SPEC)
    at = f"{pointer}/itemsRequest"
    items = unwrap(members.get("itemsRequest"), "itemsRequest", at)
    reader_auth = members.get("readerAuth")
    if reader_auth is not None:
        typed(reader_auth, list, "readerAuth", f"{pointer}/readerAuth", _AUTH)
    return DocRequest(ItemsRequest.parse(items, pointer=at), items, reader_auth)


def _plain(namespaces: Mapping[str, Mapping[str, bool]]) -> dict[str, dict[str, bool]]:
    return {namespace: dict(elements) for namespace, elements in namespaces.items()}
