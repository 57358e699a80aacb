"""DeviceRequest: what a reader asks for, and who it says it is (ISO/IEC 18013-5 §8.3.2.1.2.1, §9.1.4)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from nlwallet.crypto import Certificate, CertificateChain, PrivateKey
from nlwallet.crypto.cbor import dump_cbor
from nlwallet.crypto.encoded_cbor import array, text, text_map, wrapped
from nlwallet.errors import InvalidMdoc, InvalidRequest, LocalError, RemoteError, UntrustedCertificate
from nlwallet.mdoc.device_request_info import MAX_DOC_REQUESTS, UseCase, encode_use_cases, parse_use_cases
from nlwallet.mdoc.document_signer import READER_AUTHENTICATION
from nlwallet.mdoc.reader_auth import (
    READER_AUTH,
    ReaderRules,
    reader_authentication,
    reader_authentication_all,
    sign_as_reader,
)
from nlwallet.mdoc.reading import MAX_NAMESPACES, decode, filled, member, short_text, typed, unwrap

REQUEST_VERSION = "1.0"
SECOND_EDITION = "1.1"
"""The version of a request with members of the second edition."""
MAX_READERS = 8
"""How many signatures over all of it a request may bring."""

_SPEC = "ISO/IEC 18013-5 §8.3.2.1.2.1"


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
    """A request for one document, as received: the reader is who it says only after
    :meth:`DeviceRequest.verify_readers`.
    """

    items: ItemsRequest
    items_bytes: bytes = field(repr=False)
    """The encoded ItemsRequest as sent, without tag 24."""
    reader_auth: list[Any] | None = field(repr=False)

    def _verified(self, rules: ReaderRules, session_transcript: bytes) -> CertificateChain:
        if self.reader_auth is None:
            raise InvalidRequest(
                "the reader does not say who it is",
                code="unsigned_request",
                spec=READER_AUTH,
                pointer="/readerAuth",
            )
        payload = reader_authentication(session_transcript, self.items_bytes)
        return rules.verify(self.reader_auth, payload=payload, pointer="/readerAuth")


@dataclass(frozen=True, slots=True)
class DeviceRequest:
    """What a reader asks for."""

    version: str
    doc_requests: tuple[DocRequest, ...]
    use_cases: tuple[UseCase, ...] = ()
    """Which documents are wanted together (second edition); nothing said: all of them."""
    reader_auth_all: tuple[list[Any], ...] = field(default=(), repr=False)
    """Signatures over the whole request (second edition)."""
    info_bytes: bytes | None = field(default=None, repr=False)
    """The encoded DeviceRequestInfo as sent, without tag 24."""

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
        requests = tuple(_doc_request(one, f"/docRequests/{n}") for n, one in enumerate(listed))
        if version == REQUEST_VERSION:  # there these names mean nothing
            return cls(version, requests)
        info, at = None, "/deviceRequestInfo"
        use_cases: tuple[UseCase, ...] = ()
        if "deviceRequestInfo" in request:
            info = unwrap(request["deviceRequestInfo"], "deviceRequestInfo", at)
            use_cases = parse_use_cases(info, documents=len(requests), pointer=at)
        return cls(version, requests, use_cases, _reader_auth_all(request), info)

    def verify_readers(
        self,
        anchors: Sequence[Certificate],
        *,
        session_transcript: bytes,
        now: int,
        algorithms: Collection[str],
        extended_key_usage: str | None = READER_AUTHENTICATION,
        anchor_in_x5chain: Literal["refused", "accepted"] = "refused",
    ) -> tuple[CertificateChain, ...]:
        """Who asks: of the signatures over all the first that counts, and that of each document that has its own.

        Without a signature over all, each document must have one. Whether they are of one party is for the caller.
        Raises :class:`~nlwallet.errors.InvalidRequest` when a document is not signed, and another
        :class:`~nlwallet.errors.RemoteError` when a signature does not count.
        """
        rules = ReaderRules(anchors, now, algorithms, extended_key_usage, anchor_in_x5chain)
        first: RemoteError | None = None
        payload = reader_authentication_all(
            session_transcript, [one.items_bytes for one in self.doc_requests], self.info_bytes
        )
        for place, signature in enumerate(self.reader_auth_all):
            try:
                of_all = rules.verify(signature, payload=payload, pointer=f"/readerAuthAll/{place}")
            except RemoteError as error:
                if first is None or isinstance(first, UntrustedCertificate):
                    first = error
                continue
            own = (one for one in self.doc_requests if one.reader_auth is not None)
            return (of_all, *(one._verified(rules, session_transcript) for one in own))
        if first is not None:
            raise first
        return tuple(one._verified(rules, session_transcript) for one in self.doc_requests)


def encode_device_request(
    requests: Sequence[ItemsRequest],
    *,
    session_transcript: bytes | None = None,
    key: PrivateKey | None = None,
    chain: CertificateChain | None = None,
    use_cases: Sequence[UseCase] = (),
) -> bytes:
    """The request for these documents; with ``key``, ``chain`` and ``session_transcript`` it is signed.

    ``chain`` goes into ``x5chain`` as it is, without its anchor. With ``use_cases`` it is one of the second edition,
    which says what is wanted together and is signed once, as a whole; otherwise each document is signed. Give them
    where the device says that it takes them. Raises :class:`~nlwallet.errors.LocalError`.
    """
    if not requests:
        raise LocalError("a request asks for a document", spec=_SPEC)
    encoded = [one.encode() for one in requests]
    sign: Callable[[bytes], bytes] | None = None
    if key is not None and chain is not None and session_transcript is not None:
        sign = partial(sign_as_reader, key=key, chain=chain)
    elif any(one is not None for one in (key, chain, session_transcript)):
        raise LocalError("a signed request has a key, its chain and a session transcript", spec=READER_AUTH)
    transcript = session_transcript or b""
    if use_cases:
        members = {"docRequests": array([text_map({"itemsRequest": wrapped(one)}) for one in encoded])}
        info = encode_use_cases(use_cases)
        members["deviceRequestInfo"] = wrapped(info)
        if sign is not None:
            members["readerAuthAll"] = array([sign(reader_authentication_all(transcript, encoded, info))])
        return text_map({"version": text(SECOND_EDITION), **members})
    listed = []
    for items in encoded:
        members = {"itemsRequest": wrapped(items)}
        if sign is not None:
            members["readerAuth"] = sign(reader_authentication(transcript, items))
        listed.append(text_map(members))
    return text_map({"version": text(REQUEST_VERSION), "docRequests": array(listed)})


def _reader_auth_all(request: dict[Any, Any]) -> tuple[list[Any], ...]:
    if "readerAuthAll" not in request:
        return ()
    at = "/readerAuthAll"
    listed = filled(request["readerAuthAll"], list, "readerAuthAll", at, limit=MAX_READERS)
    return tuple(typed(one, list, "a signature", f"{at}/{n}", READER_AUTH) for n, one in enumerate(listed))


def _doc_request(value: Any, pointer: str) -> DocRequest:
    members = typed(value, dict, "a request for a document", pointer, _SPEC)
    at = f"{pointer}/itemsRequest"
    items = unwrap(members.get("itemsRequest"), "itemsRequest", at)
    reader_auth = members.get("readerAuth")
    if reader_auth is not None:
        typed(reader_auth, list, "readerAuth", f"{pointer}/readerAuth", READER_AUTH)
    return DocRequest(ItemsRequest.parse(items, pointer=at), items, reader_auth)


def _plain(namespaces: Mapping[str, Mapping[str, bool]]) -> dict[str, dict[str, bool]]:
    return {namespace: dict(elements) for namespace, elements in namespaces.items()}
