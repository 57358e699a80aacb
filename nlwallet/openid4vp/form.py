"""Forms and query strings (``application/x-www-form-urlencoded``): strict and bounded."""

from __future__ import annotations

from urllib.parse import parse_qsl

from nlwallet.errors import LimitExceeded, MalformedInput

FORM_MEDIA_TYPE = "application/x-www-form-urlencoded"
MAX_FORM_BYTES = 1_048_576
MAX_FORM_FIELDS = 32


def is_form(content_type: str) -> bool:
    """Whether a Content-Type header names a form; a charset, if given, must be UTF-8."""
    media_type, _, parameters = content_type.partition(";")
    if media_type.strip().lower() != FORM_MEDIA_TYPE:
        return False
    for parameter in filter(None, (part.strip() for part in parameters.split(";"))):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset" and value.strip().strip('"').lower() != "utf-8":
            return False
    return True


def parse_form(data: bytes | str, *, what: str, max_bytes: int = MAX_FORM_BYTES) -> dict[str, str]:
    """The fields of a form or query string; a name that comes twice is refused (RFC 6749 §3.1).

    Raises :class:`~nlwallet.errors.MalformedInput` or :class:`~nlwallet.errors.LimitExceeded`.
    """
    pairs = parse_form_pairs(data, what=what, max_bytes=max_bytes)
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise MalformedInput(f"{what} has a parameter twice", spec="RFC 6749 §3.1")
    return fields


def parse_form_pairs(
    data: bytes | str, *, what: str, max_bytes: int = MAX_FORM_BYTES
) -> tuple[tuple[str, str], ...]:
    """Names and values in the order in which they came: for forms in which several boxes have one name.

    Raises :class:`~nlwallet.errors.MalformedInput` or :class:`~nlwallet.errors.LimitExceeded`.
    """
    if len(data) > max_bytes:
        raise LimitExceeded(f"{what} has more than {max_bytes} bytes")
    try:
        text = data.decode("ascii") if isinstance(data, bytes) else data.encode("utf-8").decode("utf-8")
        pairs = parse_qsl(
            text,
            keep_blank_values=True,
            strict_parsing=bool(text),
            encoding="utf-8",
            errors="strict",
            max_num_fields=MAX_FORM_FIELDS,
        )
    except ValueError as error:
        if "fields exceeded" in str(error):
            raise LimitExceeded(f"{what} has more than {MAX_FORM_FIELDS} fields") from None
        raise MalformedInput(f"{what} is not form-encoded UTF-8", spec="OpenID4VP 1.0 §8.2") from None
    return tuple(pairs)
