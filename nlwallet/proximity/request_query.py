"""One question in two languages: a DCQL query as the items of a DeviceRequest, and back (ISO/IEC 18013-5 §8.3.2.1.2.1).

In proximity everything that is asked for is asked at once: there are no options, values or authorities to choose by;
but for the use cases of the second edition, which are what DCQL calls credential sets.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from nlwallet.dcql import MSO_MDOC, ClaimsQuery, CredentialQuery, CredentialSetQuery, DcqlQuery
from nlwallet.encoding import MAX_MESSAGE_BYTES
from nlwallet.errors import InvalidRequest, LimitExceeded, LocalError
from nlwallet.mdoc import DeviceRequest, DocRequest, ItemsRequest

REGISTRATION_CERTIFICATE: Final = "euWrprc"
"""Where a registration certificate stands in ``requestInfo`` (ETSI TS 119 472-2 §5.3.2)."""
MAX_ASKED: Final = 256
"""How many elements a request may ask for, over all its documents."""

_REGISTERED: Final = "ETSI TS 119 472-2 §5.3.2"
_SPEC: Final = "ISO/IEC 18013-5 §8.3.2.1.2.1"


def items_requests(query: DcqlQuery, *, info: Mapping[str, Any] | None = None) -> tuple[ItemsRequest, ...]:
    """What to ask for ``query``, one document type after another; ``info`` goes into each ``requestInfo``.

    Raises :class:`~nlwallet.errors.LocalError` for a query that cannot be asked so.
    """
    types = [kind for credential in query.credentials for kind in credential.types]
    if query.credential_sets or len(types) != len(set(types)) or len(types) != len(query.credentials):
        raise LocalError("in proximity every document is asked for once, and none is optional", spec=_SPEC)
    return tuple(_items(credential, info or {}) for credential in query.credentials)


def query_of(request: DeviceRequest) -> DcqlQuery:
    """What ``request`` asks, as the wallet's own language has it; ids are ``doc_0`` and so on.

    Raises :class:`~nlwallet.errors.InvalidRequest` when a document is asked for twice, or must be shown to the reader
    in another way than in the clear, which is not known here; or LimitExceeded.
    """
    for place, asked in enumerate(request.doc_requests):
        _check_in_the_clear(asked, f"/docRequests/{place}/itemsRequest/requestInfo")
    types = [one.items.doctype for one in request.doc_requests]
    if len(types) != len(set(types)):
        raise InvalidRequest("one document is asked for twice", spec=_SPEC, pointer="/docRequests")
    if sum(len(each) for one in request.doc_requests for each in one.items.namespaces.values()) > MAX_ASKED:
        raise LimitExceeded(
            f"more than {MAX_ASKED} elements are asked for", spec=_SPEC, pointer="/docRequests"
        )
    return DcqlQuery(
        credentials=tuple(_credential(place, one.items) for place, one in enumerate(request.doc_requests)),
        credential_sets=tuple(
            CredentialSetQuery(
                tuple(tuple(f"doc_{place}" for place in each) for each in one.document_sets), one.mandatory
            )
            for one in request.use_cases
        ),
    )


def registrations_of(request: DeviceRequest) -> tuple[bytes, ...]:
    """The registration certificates that came with ``request``, unverified, each once; one is the rule (RPRC_19).

    They are the octets of a JWT or of a CWT: :func:`~nlwallet.registration.verify_wrprc` reads both.

    The same copy stands in every document's request (ETSI TS 119 472-2 §5.3.2). Raises
    :class:`~nlwallet.errors.InvalidRequest` for one that is no byte string, or too long.
    """
    found: dict[bytes, None] = {}
    for place, one in enumerate(request.doc_requests):
        value = one.items.info.get(REGISTRATION_CERTIFICATE)
        if value is None:
            continue
        pointer = f"/docRequests/{place}/itemsRequest/requestInfo/{REGISTRATION_CERTIFICATE}"
        if not isinstance(value, bytes) or len(value) > MAX_MESSAGE_BYTES:
            raise InvalidRequest(
                "a registration certificate is a byte string", spec=_REGISTERED, pointer=pointer
            )
        found[value] = None
    return tuple(found)


def _credential(place: int, items: ItemsRequest) -> CredentialQuery:
    return CredentialQuery(
        id=f"doc_{place}",
        format=MSO_MDOC,
        types=(items.doctype,),
        claims=tuple(
            ClaimsQuery(path=(namespace, name), intent_to_retain=retained)
            for namespace, elements in items.namespaces.items()
            for name, retained in elements.items()
        ),
        meta={"doctype_value": items.doctype},
    )


def _check_in_the_clear(asked: DocRequest, pointer: str) -> None:
    """Who asks for a proof instead of the document, or for one that the reader cannot read, does not get it."""
    info = asked.items.info
    proof = info.get("zkRequest")
    for name, wanted in (
        ("zkRequest", isinstance(proof, Mapping) and proof.get("zkRequired") is True),
        ("docResponseEncryption", "docResponseEncryption" in info),
    ):
        if wanted:
            raise InvalidRequest(
                f"what {name} asks for is not known here, and the document itself was not asked for",
                code="unsupported_request",
                spec="ISO/IEC 18013-5 second edition, DocRequestInfo",
                pointer=f"{pointer}/{name}",
            )


def _items(credential: CredentialQuery, info: Mapping[str, Any]) -> ItemsRequest:
    narrowed = credential.claim_sets or credential.trusted_authorities or credential.multiple
    if (
        credential.format != MSO_MDOC
        or not credential.claims
        or narrowed
        or any(c.values for c in credential.claims)
    ):
        raise LocalError(
            f"the query {credential.id!r} cannot be asked in proximity",
            spec=_SPEC,
            hint="an mdoc, with the elements that are wanted, and no more conditions",
        )
    namespaces: dict[str, dict[str, bool]] = {}
    for claim in credential.claims:
        namespace, name = claim.path
        namespaces.setdefault(str(namespace), {})[str(name)] = bool(claim.intent_to_retain)
    return ItemsRequest(credential.types[0], namespaces, dict(info))
