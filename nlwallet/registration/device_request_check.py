"""The registration certificate in an mdoc request: ``requestInfo`` member ``euWrprc`` (ETSI TS 119 472-2 §5.3.2).

It is a byte string with the octets of a JWT or CWT. Every request for a document in a DeviceRequest has the same copy,
since each is signed by itself (ISO/IEC 18013-5 §9.1.4); two different ones are one too many (ARF RPRC_19).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from nlwallet.crypto import CertificateChain
from nlwallet.dcql import MSO_MDOC, ClaimsQuery, CredentialQuery, DcqlQuery
from nlwallet.mdoc import DeviceRequest, ItemsRequest
from nlwallet.profiles import Profile
from nlwallet.registration.over_asking import Ancestors
from nlwallet.registration.request_check import RequestCheck, StatusLists, check_request
from nlwallet.trust import Anchors

EU_WRPRC: Final = "euWrprc"


def registration_certificates_of(request: DeviceRequest) -> tuple[bytes, ...]:
    """The registration certificates in a request, each once: none, one, or what is not allowed.

    One of another type than a byte string comes as no octets at all, which no check takes for a certificate.
    """
    found = (one.items.info[EU_WRPRC] for one in request.doc_requests if EU_WRPRC in one.items.info)
    return tuple(dict.fromkeys(value if isinstance(value, bytes) else b"" for value in found))


def with_registration_certificate(items: ItemsRequest, certificate: str | bytes) -> ItemsRequest:
    """``items`` with the registration certificate, a compact JWT or the octets of a CWT: for who asks."""
    octets = certificate.encode("ascii") if isinstance(certificate, str) else certificate
    return replace(items, info={**items.info, EU_WRPRC: octets})


def query_of_device_request(request: DeviceRequest) -> DcqlQuery:
    """What a request asks, as a query: one credential query for each document, ``document_0`` and on."""
    return DcqlQuery(
        credentials=tuple(
            CredentialQuery(
                id=f"document_{number}",
                format=MSO_MDOC,
                types=(one.items.doctype,),
                meta={"doctype_value": one.items.doctype},
                claims=tuple(
                    ClaimsQuery((namespace, element), intent_to_retain=retained)
                    for namespace, elements in one.items.namespaces.items()
                    for element, retained in elements.items()
                ),
            )
            for number, one in enumerate(request.doc_requests)
        )
    )


def check_device_request(
    request: DeviceRequest,
    *,
    chain: CertificateChain | None,
    anchors: Anchors,
    status_lists: StatusLists,
    now: int,
    profile: Profile,
    ancestors: Ancestors = lambda _: (),
) -> RequestCheck:
    """:func:`~nlwallet.registration.check_request` for an mdoc request. Never raises for what came from outside.

    ``chain`` is what :meth:`~nlwallet.mdoc.DocRequest.verify_reader` returned, the same for every document; ``None``
    for a reader that does not say who it is.
    """
    return check_request(
        registration_certificates_of(request),
        chain=chain,
        query=query_of_device_request(request),
        anchors=anchors,
        status_lists=status_lists,
        now=now,
        profile=profile,
        ancestors=ancestors,
    )
