"""IssuerSignedItem: an element and its salt, in the octets that the digest is over (ISO/IEC 18013-5 §9.1.2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from nlwallet.errors import InvalidMdoc
from nlwallet.mdoc.reading import member, short_text, typed

MIN_SALT_BYTES = 16
"""``random`` has at least 16 bytes (§9.1.2.5)."""

MAX_DIGEST_ID = 2**31 - 1
"""The largest ``digestID`` that an issuer may give (§9.1.2.4)."""

_MAX_DIGEST_ID_READ = 2**32 - 1
"""The largest that is read: issuers on ``@owf/mdoc`` up to 0.6 draw 32 bits, and nothing but digests hangs on it."""

_SPEC = "ISO/IEC 18013-5 §8.3.2.1.2.2"


@dataclass(frozen=True, slots=True)
class IssuerSignedItem:
    """One element as received. The value is left out of the repr."""

    digest_id: int
    identifier: str
    value: Any = field(repr=False)
    """As CBOR has it: a date is a ``CBORTag``."""
    encoded: bytes = field(repr=False)
    """IssuerSignedItemBytes, tag included: what the digest is over."""

    @classmethod
    def parse(cls, item: Any, encoded: bytes) -> IssuerSignedItem:
        """Read a decoded ``IssuerSignedItem``; ``encoded`` is the IssuerSignedItemBytes that it came in.

        Raises :class:`~nlwallet.errors.InvalidMdoc`, :class:`~nlwallet.errors.MalformedInput` or
        :class:`~nlwallet.errors.LimitExceeded`.
        """
        typed(item, dict, "an element", "")
        digest_id = member(item, "digestID", int, "", _SPEC)
        salt = member(item, "random", bytes, "", _SPEC)
        identifier = short_text(item.get("elementIdentifier"), "elementIdentifier", "")
        if "elementValue" not in item:
            raise InvalidMdoc("elementValue is missing", spec=_SPEC)
        if not 0 <= digest_id <= _MAX_DIGEST_ID_READ:
            raise InvalidMdoc("digestID is out of range", spec=_SPEC, pointer="/digestID")
        if len(salt) < MIN_SALT_BYTES:
            raise InvalidMdoc(
                f"random has fewer than {MIN_SALT_BYTES} bytes: the value could be guessed from its digest",
                spec="ISO/IEC 18013-5 §9.1.2.5",
                pointer="/random",
            )
        return cls(digest_id, identifier, item["elementValue"], encoded)
