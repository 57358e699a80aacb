"""An mdoc as a wallet holds it: verified on receipt, kept parsed, shown in parts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nlwallet.claim_path import ClaimPath
from nlwallet.crypto import SigningKey
from nlwallet.crypto.cbor import dump_cbor
from nlwallet.crypto.encoded_cbor import EMPTY_MAP, PLACE, array, text, text_map, text_map_template, wrapped
from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.errors import LocalError
from nlwallet.mdoc.device_auth import DeviceMac, DeviceSignature, device_authentication
from nlwallet.mdoc.device_response import encode_device_response
from nlwallet.mdoc.document_signer import DocumentSignerResolver
from nlwallet.mdoc.element_value import encode_element
from nlwallet.mdoc.issuer_signed import MDL_NAMESPACE, verify_issuer_signed
from nlwallet.mdoc.issuer_signed_item import IssuerSignedItem
from nlwallet.mdoc.reading import decode
from nlwallet.mdoc.verified import Verified

_DOCUMENT = text_map_template(
    {
        "docType": PLACE,
        "deviceSigned": text_map_template({"deviceAuth": PLACE, "nameSpaces": PLACE}),
        "issuerSigned": PLACE,
    }
)
_NOTHING: Mapping[str, Mapping[str, Any]] = {}


@dataclass(frozen=True, slots=True, repr=False)
class Mdoc(Verified):
    """A verified document, kept parsed; made by :func:`verify_mdoc`, by nothing else."""

    data: bytes = field(repr=False)
    """``IssuerSigned`` as issued."""
    issuer_auth: bytes = field(repr=False)
    """``IssuerAuth``, encoded once for all presentations."""

    @property
    def text(self) -> str:
        """The document as issued, base64url (OpenID4VCI 1.0 §A.2.4)."""
        return b64url_encode(self.data)

    def present(
        self,
        paths: Iterable[ClaimPath],
        *,
        holder_key: SigningKey,
        session_transcript: bytes,
        device_namespaces: Mapping[str, Mapping[str, Any]] = _NOTHING,
    ) -> str:
        """A presentation of the elements at ``paths`` and no other for a ``vp_token`` (OpenID4VP 1.0 §B.2.5).

        That is base64url of a DeviceResponse with this one document, signed with ``holder_key``. See
        :meth:`document`. Raises :class:`~nlwallet.errors.LocalError`.
        """
        document = self.document(
            paths,
            session_transcript=session_transcript,
            device_auth=DeviceSignature(holder_key),
            device_namespaces=device_namespaces,
        )
        return b64url_encode(encode_device_response([document]))

    def document(
        self,
        paths: Iterable[ClaimPath],
        *,
        session_transcript: bytes,
        device_auth: DeviceSignature | DeviceMac,
        device_namespaces: Mapping[str, Mapping[str, Any]] = _NOTHING,
    ) -> bytes:
        """The encoded ``Document`` with the elements at ``paths`` and no other, for this session.

        ``paths`` are ``(namespace, element)``. ``device_namespaces`` is what the device signs itself, where its
        KeyAuthorizations allow. Raises :class:`~nlwallet.errors.LocalError`.
        """
        if device_auth.key.public != self.holder_key:
            raise LocalError("this is not the key of the document", spec="ISO/IEC 18013-5 §9.1.3.4")
        shown: dict[Any, dict[str, bytes]] = {}
        for path in paths:
            item = self._item(path)
            shown.setdefault(path[0], {})[item.identifier] = item.encoded
        device = self._device_namespaces(device_namespaces) if device_namespaces else EMPTY_MAP
        authentication = device_authentication(session_transcript, self.doctype, device)
        issuer_signed = {"issuerAuth": self.issuer_auth}
        if shown:
            issuer_signed["nameSpaces"] = text_map(
                {name: array(tuple(items.values())) for name, items in shown.items()}
            )
        return _DOCUMENT % (
            text(self.doctype),
            device_auth.over(authentication, session_transcript),
            wrapped(device),
            text_map(issuer_signed),
        )

    def _item(self, path: ClaimPath) -> IssuerSignedItem:
        items: Mapping[Any, Mapping[Any, IssuerSignedItem]] = self.issuer_signed.items
        if len(path) == 2 and path[1] in items.get(path[0], ()):
            return items[path[0]][path[1]]
        raise LocalError(
            "the document has no such element",
            spec="OpenID4VP 1.0 §7.2",
            hint="a path is (namespace, element); an element is shown as a whole",
        )

    def _device_namespaces(self, namespaces: Mapping[str, Mapping[str, Any]]) -> bytes:
        for namespace, elements in namespaces.items():
            for name in elements:
                if not self.mso.key_authorizations.allow(namespace, name):
                    raise LocalError(
                        f"the issuer does not authorize the device to sign {namespace} {name}",
                        spec="ISO/IEC 18013-5 §9.1.2.4",
                    )
        return text_map(
            {
                namespace: text_map({name: encode_element(value) for name, value in elements.items()})
                for namespace, elements in namespaces.items()
            }
        )


def verify_mdoc(
    document: str | bytes,
    *,
    issuer: DocumentSignerResolver,
    now: int,
    algorithms: Collection[str],
    doctype: str | None = None,
    leeway: int = 0,
    country_namespaces: Collection[str] = (MDL_NAMESPACE,),
) -> Mdoc:
    """Verify a document as a wallet does on receipt: the encoded ``IssuerSigned``, or base64url of it.

    ``issuer``              who may sign documents.
    ``algorithms``          JOSE names of the accepted signatures.
    ``doctype``             the type that was asked for.
    ``leeway``              seconds on validity.
    ``country_namespaces``  where an ``issuing_country`` must be the country of the signer's certificate
                            (ISO/IEC 18013-5 §7.2.1).

    Status is not looked at. Raises a :class:`~nlwallet.errors.RemoteError` whose class says what is wrong.
    """
    data = document if isinstance(document, bytes) else b64url_decode(document)
    issuer_signed = verify_issuer_signed(
        decode(data, what="the document"),
        source=data,
        issuer=issuer,
        now=now,
        algorithms=algorithms,
        doctype=doctype,
        leeway=leeway,
        country_namespaces=country_namespaces,
    )
    return Mdoc(issuer_signed, issuer_signed.claims(), data, dump_cbor(issuer_signed.issuer_auth))
