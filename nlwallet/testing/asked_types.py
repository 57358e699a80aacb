"""Which types of cards a page asks for, as a platform reads it to choose a wallet: nothing of it is verified."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nlwallet.dcql import MSO_MDOC, DcqlQuery
from nlwallet.encoding import b64url_decode, parse_json
from nlwallet.errors import RemoteError
from nlwallet.mdoc import DeviceRequest
from nlwallet.openid4vp import ISO_MDOC


def asked_types(request: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """Format and type of every card in the query of one member of ``requests``; none in what cannot be read."""
    try:
        if request["protocol"] == ISO_MDOC:
            asked = DeviceRequest.parse(b64url_decode(request["data"]["deviceRequest"]))
            return frozenset((MSO_MDOC, one.items.doctype) for one in asked.doc_requests)
        query = DcqlQuery.parse(_claims(request["data"])["dcql_query"])
    except (RemoteError, KeyError, TypeError, ValueError, AttributeError):
        return frozenset()
    return frozenset((one.format, kind) for one in query.credentials for kind in one.types)


def _claims(data: Any) -> Any:
    """Of an unsigned request the parameters themselves; of a signed one the payload of either serialization."""
    request = data.get("request")
    if request is None:
        return data
    payload = request["payload"] if isinstance(request, Mapping) else request.split(".")[1]
    return parse_json(b64url_decode(payload))
