"""A presentation of an mdoc before it is signed, everything in it open to change."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cbor2 import CBORTag

from nlwallet.crypto import CertificateChain, PrivateKey
from nlwallet.crypto.cbor import dump_cbor, parse_cbor
from nlwallet.encoding import b64url_encode
from nlwallet.testing.hostile.jws_draft import Sign

ALG, X5CHAIN = 1, 33
ES256, ES384 = -7, -35
NOTHING = b"\xa0"
"""An empty map: the device itself signs no element."""


@dataclass(slots=True)
class CoseDraft:
    """A COSE_Sign1 that can still be changed (RFC 9052 §4.2)."""

    protected: dict[Any, Any]
    unprotected: dict[Any, Any]
    sign: Sign = field(repr=False)
    change: Callable[[list[Any]], None] | None = field(default=None, repr=False)
    """Changes the array after it was signed."""

    def over(self, payload: bytes, *, detached: bool = False) -> list[Any]:
        """The array, signed as it stands."""
        header = dump_cbor(self.protected)
        signature = self.sign(dump_cbor(["Signature1", header, b"", payload]))
        message = [header, self.unprotected, None if detached else payload, signature]
        if self.change is not None:
            self.change(message)
        return message


@dataclass(slots=True)
class MdocDraft:
    """A DeviceResponse with one document (ISO/IEC 18013-5 §8.3.2.1.2.2, OpenID4VP 1.0 §B.2.5).

    Issuer and device sign when :meth:`text` is called: what was changed until then is signed with good keys, so that
    only a check of *that* can find it.
    """

    doctype: str
    """Of the document and of what the device signs; the MSO has its own."""
    items: dict[str, list[Any]] = field(repr=False)
    """What is shown: namespace to items, each an encoded IssuerSignedItem in tag 24."""
    mso: dict[str, Any] = field(repr=False)
    """The decoded MobileSecurityObject."""
    issuer: CoseDraft
    issuer_key: PrivateKey = field(repr=False)
    device: CoseDraft
    holder_key: PrivateKey = field(repr=False)
    transcript: bytes = field(repr=False)
    """The encoded session transcript."""
    device_signed: bytes = field(default=NOTHING, repr=False)
    """The elements that the device itself signs, encoded."""
    device_auth: Callable[[bytes], Any] | None = field(default=None, repr=False)
    """Makes ``deviceAuth`` of what is to be authenticated, instead of the device's signature."""
    change: Callable[[dict[str, Any]], None] | None = field(default=None, repr=False)
    """Changes the decoded response."""
    encode: Callable[[dict[str, Any]], bytes] = field(default=dump_cbor, repr=False)
    rewrite: Callable[[str], Any] = field(default=lambda text: text, repr=False)
    """A last change, to the base64url of it."""

    @classmethod
    def of(
        cls, issuer_signed: bytes, *, issuer_key: PrivateKey, holder_key: PrivateKey, transcript: bytes
    ) -> MdocDraft:
        """A good document as it was issued, taken apart; all of its elements are shown."""
        document = _decoded(issuer_signed)
        header, unprotected, payload, _ = document["issuerAuth"]
        mso = _decoded(_decoded(payload).value)
        return cls(
            doctype=mso["docType"],
            items=document["nameSpaces"],
            mso=mso,
            issuer=CoseDraft(_decoded(header), unprotected, issuer_key.sign),
            issuer_key=issuer_key,
            device=CoseDraft({ALG: ES256}, {}, holder_key.sign),
            holder_key=holder_key,
            transcript=transcript,
        )

    def text(self) -> Any:
        """The presentation, signed as it stands."""
        authentication = [
            "DeviceAuthentication",
            _decoded(self.transcript),
            self.doctype,
            CBORTag(24, self.device_signed),
        ]
        proven = dump_cbor(CBORTag(24, dump_cbor(authentication)))
        signature = {"deviceSignature": self.device.over(proven, detached=True)}
        signed = self.issuer.over(dump_cbor(CBORTag(24, dump_cbor(self.mso))))
        document = {
            "docType": self.doctype,
            "issuerSigned": {**({"nameSpaces": self.items} if self.items else {}), "issuerAuth": signed},
            "deviceSigned": {
                "nameSpaces": CBORTag(24, self.device_signed),
                "deviceAuth": signature if self.device_auth is None else self.device_auth(proven),
            },
        }
        response = {"version": "1.0", "documents": [document], "status": 0}
        if self.change is not None:
            self.change(response)
        return self.rewrite(b64url_encode(self.encode(response)))

    @property
    def first(self) -> tuple[str, list[Any]]:
        """The first namespace that is shown, and its items."""
        return next(iter(self.items.items()))

    def only(self, shown: dict[str, set[str]]) -> None:
        """Show these elements and no others."""
        kept = {
            namespace: [one for one in items if content(one)["elementIdentifier"] in shown[namespace]]
            for namespace, items in self.items.items()
            if namespace in shown
        }
        self.items = {namespace: items for namespace, items in kept.items() if items}

    def add(self, namespace: str, name: str, value: Any, *, vouched: bool = True) -> Any:
        """Show another element; its digest stands in the MSO if it is ``vouched`` for."""
        digests = self.mso["valueDigests"].setdefault(namespace, {})
        number = max(digests, default=-1) + 1
        made = item(
            {"digestID": number, "random": bytes(32), "elementIdentifier": name, "elementValue": value}
        )
        if vouched:
            digests[number] = digest(made)
        self.items.setdefault(namespace, []).append(made)
        return made

    def signed_by(self, key: PrivateKey, chain: CertificateChain | None = None) -> None:
        """Let ``key`` sign the document, with this chain in ``x5chain``, or the one that is there."""
        self.issuer_key, self.issuer.sign = key, key.sign
        if chain is not None:
            octets = [one.der for one in chain]
            self.issuer.unprotected[X5CHAIN] = octets[0] if len(octets) == 1 else octets


def item(members: dict[str, Any]) -> CBORTag:
    """An IssuerSignedItemBytes of any members."""
    return CBORTag(24, dump_cbor(members))


def content(one: CBORTag) -> dict[str, Any]:
    """The members of an IssuerSignedItemBytes."""
    return _decoded(one.value)  # type: ignore[no-any-return]


def digest(one: CBORTag) -> bytes:
    """What an MSO with SHA-256 has of an item (ISO/IEC 18013-5 §9.1.2.5)."""
    return hashlib.sha256(dump_cbor(one)).digest()


def tdate(seconds: int) -> CBORTag:
    """A moment, as an MSO writes it (§9.1.2.4)."""
    return CBORTag(0, datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))


def _decoded(octets: bytes) -> Any:
    return parse_cbor(octets, what="a draft")
