"""What a requester posts to begin a session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nlwallet.dcql import DcqlQuery
from nlwallet.encoding import parse_json
from nlwallet.errors import InvalidQuery, RemoteError
from nlwallet.verifier.nl_server.answers import NOT_JSON, Rejected
from nlwallet.verifier.nl_server.ephemeral_id import Version
from nlwallet.verifier.nl_server.return_url import is_return_url_template
from nlwallet.verifier.nl_server.use_case import supported_query

MAX_USE_CASE = 256


@dataclass(frozen=True, slots=True)
class StartRequest:
    """``usecase`` by its name; the other two override what the use case has."""

    use_case: str
    query: DcqlQuery | None = None
    return_url_template: str | None = None

    @classmethod
    def parse(cls, data: bytes, *, version: Version = "0.6", insecure: bool = False) -> StartRequest:
        """Read the JSON, as that version does. ``insecure`` return URLs may have http.

        Raises :class:`Rejected`, or :class:`Refusal` for a query that the NL Wallet's servers do not read.
        """
        try:
            value = parse_json(data, what="the body")
        except RemoteError as error:
            raise Rejected(
                f"Failed to parse the request body as JSON: {error.message}", code=NOT_JSON
            ) from None
        if not isinstance(value, dict):
            raise _wrong("an object is expected", "")
        use_case = value.get("usecase")
        if not isinstance(use_case, str) or len(use_case) > MAX_USE_CASE:
            raise _wrong("usecase is missing", "/usecase")
        return cls(
            use_case,
            _query(value.get("dcql_query"), version),
            _template(value, offers=version == "0.6", insecure=insecure),
        )


def _query(value: Any, version: Version) -> DcqlQuery | None:
    if value is None:
        return None
    try:
        return supported_query(value, version=version)
    except InvalidQuery as error:
        raise _wrong(error.message, error.pointer) from None


def _template(value: dict[str, Any], *, offers: bool, insecure: bool) -> str | None:
    template = value.get("return_url_template")
    if template is None:
        return None
    if not isinstance(template, str) or not is_return_url_template(
        template, offers=offers, insecure=insecure
    ):
        raise _wrong("return_url_template is no URL, or not https", "/return_url_template")
    return template


def _wrong(reason: str, pointer: str) -> Rejected:
    return Rejected(f"Failed to deserialize the JSON body into the target type: {reason}", pointer=pointer)
