"""One Disclosure: a salted claim of an object, or a salted element of an array (RFC 9901 §4.2)."""

from __future__ import annotations

from typing import Any, NamedTuple

from nlwallet.encoding import b64url_decode
from nlwallet.errors import InvalidSdJwt, LimitExceeded, MalformedInput
from nlwallet.sdjwt.signed_json import parse_unambiguous_json

MAX_DISCLOSURES = 1024
"""How many Disclosures an SD-JWT may carry."""

MAX_DISCLOSURE_LENGTH = 524_288
"""How long one encoded Disclosure may be, in characters; room for a portrait."""

MAX_CLAIM_DEPTH = 32
"""How deep claims may nest when every Disclosure is in its place."""

RESERVED_NAMES = frozenset({"_sd", "..."})
_NEVER_DISCLOSED = RESERVED_NAMES | {"_sd_alg"}


class Disclosure(NamedTuple):
    """A decoded Disclosure. ``name`` is ``None`` for an array element. ``encoded`` is what is hashed and sent.

    ``value`` is as issued: what is selectively disclosable inside it is still a digest.
    """

    encoded: str
    salt: str
    name: str | None
    value: Any

    @classmethod
    def parse(cls, encoded: str, *, pointer: str = "") -> Disclosure:
        """Decode the base64url text of a Disclosure.

        Raises :class:`~nlwallet.errors.InvalidSdJwt` or :class:`~nlwallet.errors.LimitExceeded`.
        """
        if len(encoded) > MAX_DISCLOSURE_LENGTH:
            raise LimitExceeded(
                f"a Disclosure has more than {MAX_DISCLOSURE_LENGTH} characters",
                spec="RFC 9901 §4.2",
                pointer=pointer,
            )
        try:
            content = parse_unambiguous_json(b64url_decode(encoded), what="Disclosure")
        except MalformedInput as error:
            raise InvalidSdJwt(
                f"a Disclosure cannot be read: {error.message}",
                spec="RFC 9901 §4.2",
                pointer=pointer,
                hint="base64url without padding, of a JSON array in UTF-8",
            ) from None
        except LimitExceeded as error:
            raise LimitExceeded(error.message, spec="RFC 9901 §4.2", pointer=pointer) from None
        if type(content) is list and len(content) == 3:
            salt, name, value = content
            if type(salt) is str and type(name) is str and name not in _NEVER_DISCLOSED:
                return cls(encoded, salt, name, value)
        if not isinstance(content, list) or not 2 <= len(content) <= 3 or not isinstance(content[0], str):
            raise InvalidSdJwt(
                "a Disclosure is [salt, name, value] or [salt, value]",
                spec="RFC 9901 §4.2",
                pointer=pointer,
                hint="the salt is a string",
            )
        if len(content) == 2:
            return cls(encoded, content[0], None, content[1])
        name = content[1]
        if not isinstance(name, str):
            raise InvalidSdJwt(
                "the claim name of a Disclosure is no string", spec="RFC 9901 §4.2.1", pointer=pointer
            )
        if name in RESERVED_NAMES:
            raise InvalidSdJwt(
                f"a Disclosure takes the reserved claim name {name}",
                spec="RFC 9901 §7.1(3.3.2.2)",
                pointer=pointer,
            )
        raise InvalidSdJwt(
            "a Disclosure takes the claim name _sd_alg",
            spec="RFC 9901 §4.1.1",
            pointer=pointer,
            hint="_sd_alg stands in the payload that the issuer signed",
        )

    def __repr__(self) -> str:  # no value, no salt: a repr ends up in logs
        return f"<Disclosure {self.name!r}>"
