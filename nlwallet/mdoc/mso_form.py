"""How mobile security objects of one kind are written: what they have in common is encoded once (§9.1.2.4)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from nlwallet.crypto import PublicKey
from nlwallet.crypto.cose_key import encode_cose_key
from nlwallet.crypto.encoded_cbor import (
    PLACE,
    fixed,
    numbered_octets_template,
    text,
    text_map,
    text_map_template,
)
from nlwallet.errors import LocalError
from nlwallet.mdoc.element_value import encode_element
from nlwallet.mdoc.mobile_security_object import (
    DIGEST_ALGORITHMS,
    MEMBERS,
    MSO_VERSION,
    REVOCATION_MECHANISMS,
)
from nlwallet.mdoc.tdate import encode_tdate


@dataclass(frozen=True, slots=True)
class MsoForm:
    """A ``MobileSecurityObject`` with places for what each document has of its own."""

    template: bytes
    """In the order of deterministic encoding: status if it has one, validity, digests, device key."""
    namespaces: tuple[str, ...]
    """The order of the digests."""

    def filled(
        self,
        *,
        status: bytes | None,
        validity: bytes,
        digests: Mapping[str, Iterable[bytes]],
        device_key: PublicKey,
    ) -> bytes:
        """The encoded object, without tag 24. The place of a digest among those of its namespace is its digestID."""
        own = [validity] if status is None else [status, validity]
        for namespace in self.namespaces:
            own += digests[namespace]
        own.append(encode_cose_key(device_key))
        return self.template % tuple(own)


@lru_cache(maxsize=256)
def mso_form(
    doctype: str,
    digest_algorithm: str,
    elements: tuple[tuple[str, int], ...],
    further: tuple[tuple[str, bytes], ...],
    *,
    key_authorizations: bytes,
    has_status: bool,
) -> MsoForm:
    """The form for a document type, with so many ``elements`` in each namespace.

    ``further`` members and ``key_authorizations`` are encoded; the latter are empty if there are none. Raises
    :class:`~nlwallet.errors.LocalError`.
    """
    if not MEMBERS.isdisjoint(name for name, _ in further):
        raise LocalError("what is among the further members has a parameter of its own")
    size = hashlib.new(DIGEST_ALGORITHMS[digest_algorithm]).digest_size
    digests = {namespace: numbered_octets_template(count, size) for namespace, count in elements}
    key_info = {"deviceKey": PLACE}
    if key_authorizations:
        key_info["keyAuthorizations"] = fixed(key_authorizations)
    members = {
        "version": fixed(text(MSO_VERSION)),
        "digestAlgorithm": fixed(text(digest_algorithm)),
        "valueDigests": text_map_template(digests),
        "deviceKeyInfo": text_map_template(key_info),
        "docType": fixed(text(doctype)),
        "validityInfo": PLACE,
        **{name: fixed(value) for name, value in further},
        **({"status": PLACE} if has_status else {}),
    }
    return MsoForm(text_map_template(members), tuple(sorted(digests, key=text)))


def encode_validity(signed: int, valid_from: int, valid_until: int, expected_update: int | None) -> bytes:
    """The encoded ``ValidityInfo``."""
    validity = {
        "signed": encode_tdate(signed),
        "validFrom": encode_tdate(valid_from),
        "validUntil": encode_tdate(valid_until),
    }
    if expected_update is not None:
        validity["expectedUpdate"] = encode_tdate(expected_update)
    return text_map(validity)


def encode_status(status: Mapping[str, Any]) -> bytes:
    """The encoded ``status``. Raises :class:`~nlwallet.errors.LocalError`."""
    if status.keys().isdisjoint(REVOCATION_MECHANISMS):
        raise LocalError("status is a status_list or an identifier_list", spec="HAIP 1.0 §5.3.1")
    return encode_element(dict(status))
