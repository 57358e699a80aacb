"""All status lists of an issuer in one document, to be fetched before they are needed (Token Status List §9)."""

from __future__ import annotations

from collections.abc import Sequence

from nlwallet.encoding import dump_json, parse_json_object
from nlwallet.errors import InvalidStatus, LimitExceeded

AGGREGATION_MEDIA_TYPE = "application/json"
MAX_AGGREGATED_LISTS = 10_000


def write_aggregation(uris: Sequence[str]) -> bytes:
    """The document, in JSON (§9.3)."""
    return dump_json({"status_lists": list(uris)})


def read_aggregation(data: bytes) -> tuple[str, ...]:
    """The addresses in a document. Raises a :class:`~nlwallet.errors.RemoteError`."""
    uris = parse_json_object(data, what="the status list aggregation").get("status_lists")
    if not isinstance(uris, list) or not all(isinstance(uri, str) for uri in uris):
        raise InvalidStatus("status_lists is no array of texts", spec="TSL §9.3", pointer="/status_lists")
    if len(uris) > MAX_AGGREGATED_LISTS:
        raise LimitExceeded(f"there are more than {MAX_AGGREGATED_LISTS} lists", pointer="/status_lists")
    return tuple(dict.fromkeys(uris))
