"""Issue mdocs: one, or a batch that cannot be linked by what it shares (ISO/IEC 18013-5 §9.1.2)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nlwallet.crypto import CertificateChain, PrivateKey, PublicKey
from nlwallet.crypto.cose import sign_cose_sign1
from nlwallet.crypto.encoded_cbor import array, text_map, wrapped
from nlwallet.errors import LocalError
from nlwallet.mdoc.element_value import encode_element
from nlwallet.mdoc.mobile_security_object import DIGEST_ALGORITHMS, NOTHING_AUTHORIZED, KeyAuthorizations
from nlwallet.mdoc.mso_form import encode_status, encode_validity, mso_form
from nlwallet.mdoc.reading import MAX_ELEMENTS
from nlwallet.mdoc.salted_items import encode_elements, salted_items


def issue_mdoc(
    *,
    doctype: str,
    namespaces: Mapping[str, Mapping[str, Any]],
    key: PrivateKey,
    chain: CertificateChain,
    holder_key: PublicKey,
    signed_at: int,
    valid_until: int,
    valid_from: int | None = None,
    expected_update: int | None = None,
    status: Mapping[str, Any] | None = None,
    digest_algorithm: str = "SHA-256",
    key_authorizations: KeyAuthorizations = NOTHING_AUTHORIZED,
    further: Mapping[str, Any] | None = None,
) -> bytes:
    """Issue a document of type ``doctype``: the encoded ``IssuerSigned``; times are seconds since the epoch.

    ``namespaces``  namespace to element to value: text, number, boolean, bytes, ``date`` (full-date), aware
                    ``datetime`` (tdate), list or mapping of these.
    ``chain``       goes into ``x5chain`` as it is, without its anchor; its leaf holds the public key of ``key`` and
                    has extended key usage :data:`~nlwallet.mdoc.DOCUMENT_SIGNER`.
    ``valid_from``  ``signed_at`` by default.
    ``status``      the ``status`` of the MSO, as a :class:`~nlwallet.status.StatusReference` gives it.
    ``further``     members of the MSO that an ecosystem adds, such as ``issuerUri``.

    OpenID4VCI carries it as base64url (§A.2.4). Raises :class:`~nlwallet.errors.LocalError`.
    """
    (document,) = _copies(
        (holder_key,),
        None if status is None else (status,),
        doctype=doctype,
        namespaces=namespaces,
        key=key,
        chain=chain,
        signed_at=signed_at,
        valid_until=valid_until,
        valid_from=signed_at if valid_from is None else valid_from,
        expected_update=expected_update,
        digest_algorithm=digest_algorithm,
        key_authorizations=key_authorizations,
        further=further,
    )
    return document


def issue_mdoc_batch(
    holder_keys: Sequence[PublicKey],
    *,
    chain: CertificateChain,
    signed_at: int,
    valid_until: int,
    valid_from: int | None = None,
    statuses: Sequence[Mapping[str, Any]] | None = None,
    rounded_to: int = 86_400,
    **document: Any,
) -> tuple[bytes, ...]:
    """One document per holder key, alike in everything else (ARF ISSU_35 to ISSU_37).

    Verifiers who put their presentations side by side must not find what they share, so each has its own key, salts,
    order and status entry, and times are rounded down to whole ``rounded_to`` seconds; ``signed`` to no moment before
    the signer's certificate. ``statuses`` holds one ``status`` per key. The remaining arguments are those of
    :func:`issue_mdoc`. Raises :class:`~nlwallet.errors.LocalError`.
    """
    if len(set(holder_keys)) != len(holder_keys):
        raise LocalError("each document of a batch has its own key", spec="ISO/IEC 18013-5 §9.1.3.4")
    if "status" in document or (statuses is not None and len(statuses) != len(holder_keys)):
        raise LocalError(
            "each document of a batch has its own status entry", spec="HAIP 1.0 §5.3.1", hint="use statuses"
        )
    if statuses and any(status in statuses[:index] for index, status in enumerate(statuses)):
        raise LocalError("two documents of a batch share a status entry", spec="HAIP 1.0 §5.3.1")
    signed = max(signed_at - signed_at % rounded_to, chain.leaf.not_before)
    begins = signed if valid_from is None else max(valid_from - valid_from % rounded_to, signed)
    return tuple(
        _copies(
            holder_keys,
            statuses,
            chain=chain,
            signed_at=signed,
            valid_until=valid_until - valid_until % rounded_to,
            valid_from=begins,
            **document,
        )
    )


def _copies(
    holder_keys: Sequence[PublicKey],
    statuses: Sequence[Mapping[str, Any]] | None,
    *,
    doctype: str,
    namespaces: Mapping[str, Mapping[str, Any]],
    key: PrivateKey,
    chain: CertificateChain,
    signed_at: int,
    valid_until: int,
    valid_from: int,
    expected_update: int | None = None,
    digest_algorithm: str = "SHA-256",
    key_authorizations: KeyAuthorizations = NOTHING_AUTHORIZED,
    further: Mapping[str, Any] | None = None,
) -> Iterator[bytes]:
    """A document for each key, with its status; what they have in common is checked and encoded once."""
    _check(namespaces, key, chain, signed_at, valid_from, valid_until, digest_algorithm)
    digest = getattr(hashlib, DIGEST_ALGORITHMS[digest_algorithm])
    elements = {namespace: encode_elements(each) for namespace, each in namespaces.items()}
    form = mso_form(
        doctype,
        digest_algorithm,
        tuple((namespace, len(each)) for namespace, each in elements.items()),
        tuple((name, encode_element(value)) for name, value in (further or {}).items()),
        key_authorizations=key_authorizations.encode(),
        has_status=statuses is not None,
    )
    validity = encode_validity(signed_at, valid_from, valid_until, expected_update)
    for copy, holder_key in enumerate(holder_keys):
        items: dict[str, bytes] = {}
        value_digests: dict[str, list[bytes]] = {}
        for namespace, encoded in elements.items():
            salted, value_digests[namespace] = salted_items(encoded, digest)
            items[namespace] = array(salted)
        mso = form.filled(
            status=None if statuses is None else encode_status(statuses[copy]),
            validity=validity,
            digests=value_digests,
            device_key=holder_key,
        )
        issuer_auth = sign_cose_sign1(wrapped(mso), key, chain=chain)
        yield text_map({"nameSpaces": text_map(items), "issuerAuth": issuer_auth})


def _check(
    namespaces: Mapping[str, Mapping[str, Any]],
    key: PrivateKey,
    chain: CertificateChain,
    signed: int,
    valid_from: int,
    valid_until: int,
    digest_algorithm: str,
) -> None:
    if not namespaces or not all(namespaces.values()):
        raise LocalError(
            "a document has elements in each of its namespaces", spec="ISO/IEC 18013-5 §8.3.2.1.2.2"
        )
    if max(map(len, namespaces.values())) > MAX_ELEMENTS:
        raise LocalError(f"a namespace has at most {MAX_ELEMENTS} elements")
    if digest_algorithm not in DIGEST_ALGORITHMS:
        raise LocalError(
            f"no digest algorithm {digest_algorithm!r}",
            spec="ISO/IEC 18013-5 §9.1.2.5",
            hint=f"one of {', '.join(DIGEST_ALGORITHMS)}",
        )
    leaf = chain.leaf
    if leaf.public_key != key.public:
        raise LocalError("the certificate is not that of the signing key", spec="ISO/IEC 18013-5 §9.1.2.4")
    if not leaf.not_before <= signed <= leaf.not_after:
        raise LocalError(
            "it would be signed outside the validity of the signer's certificate",
            spec="ISO/IEC 18013-5 §9.3.1",
        )
    if not signed <= valid_from < valid_until:
        raise LocalError(
            "a document is signed, then becomes valid, then ends", spec="ISO/IEC 18013-5 §9.1.2.4"
        )
