"""Trusted Authorities Queries: which issuers the verifier will accept (OpenID4VP 1.0 §6.1.1)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from nlwallet.dcql.reading import read_array, read_member, read_object, read_string
from nlwallet.encoding import b64url_decode
from nlwallet.errors import InvalidQuery, MalformedInput

SPEC = "OpenID4VP 1.0 §6.1.1"
MAX_AUTHORITY_VALUES = 256

_WHY_NEVER = {
    "openid_federation": "openid_federation is not evaluated: the wallet resolves no federation trust paths",
    "openid_fed": "openid_fed is the draft name of openid_federation, which is not evaluated",
}


@dataclass(frozen=True, slots=True)
class TrustedAuthority:
    """One entry of ``trusted_authorities``. A credential fits when any value of any entry fits."""

    type: str
    values: tuple[str, ...]

    @classmethod
    def parse(cls, value: Any, *, pointer: str = "") -> TrustedAuthority:
        """Read an entry. Raises :class:`~nlwallet.errors.InvalidQuery`."""
        members = read_object(value, pointer, "a trusted authority", spec=SPEC)
        kind = read_string(
            read_member(members, "type", pointer, spec=SPEC), f"{pointer}/type", "type", spec=SPEC
        )
        at = f"{pointer}/values"
        listed = read_array(
            read_member(members, "values", pointer, spec=SPEC),
            at,
            "values",
            spec=SPEC,
            limit=MAX_AUTHORITY_VALUES,
        )
        values = tuple(
            read_string(item, f"{at}/{n}", "an authority value", spec=SPEC) for n, item in enumerate(listed)
        )
        if kind == "aki":
            for n, item in enumerate(values):
                _key_identifier(item, f"{at}/{n}")
        return cls(kind, values)

    @property
    def evaluated(self) -> bool:
        """Whether this type can be decided here: ``aki`` from the credential, ``etsi_tl`` from lists known before."""
        return self.type in {"aki", "etsi_tl"}

    def accepts(self, authority_key_ids: Collection[bytes], trusted_lists: Collection[str] = ()) -> bool:
        """Whether a credential fits (§6.1.1.1, §6.1.1.2).

        Its chain carries ``authority_key_ids`` (AuthorityKeyIdentifiers), and leads to certificates in the lists
        at the URLs ``trusted_lists``. A list that only the request names is not fetched (§15.10), so it never fits.
        """
        if self.type == "etsi_tl":
            return any(value in trusted_lists for value in self.values)
        return self.type == "aki" and any(b64url_decode(value) in authority_key_ids for value in self.values)

    def why_not(self, authority_key_ids: Collection[bytes]) -> str:
        """Why :meth:`accepts` is false, for people."""
        if not self.evaluated:
            return _WHY_NEVER.get(self.type, f"the authority type {self.type!r} is unknown and never fits")
        if self.type == "etsi_tl":
            return (
                f"etsi_tl: none of the {len(self.values)} lists asked for is known here and holds a certificate of "
                "the chain; a list that a request names is not fetched (§15.10)"
            )
        if not authority_key_ids:
            return "aki: the credential carries no certificate chain with an authority key identifier"
        return f"aki: no certificate of the chain has one of the {len(self.values)} key identifiers asked for"

    def as_json(self) -> dict[str, Any]:
        """The entry as JSON."""
        return {"type": self.type, "values": list(self.values)}


def _key_identifier(value: str, pointer: str) -> bytes:
    try:
        return b64url_decode(value, pointer=pointer)
    except MalformedInput as error:
        raise InvalidQuery(
            "an aki value is not base64url",
            spec="OpenID4VP 1.0 §6.1.1.1",
            pointer=pointer,
            hint="base64url without padding of the KeyIdentifier octets, without their DER header",
        ) from error
