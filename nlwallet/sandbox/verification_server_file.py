"""A ``verification_server.toml`` to begin with, from certificates of ``nlwallet pki new``."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterable, Mapping
from typing import Any, Final

from nlwallet.crypto import Certificate
from nlwallet.sandbox.hierarchy import ACCESS, Hierarchy
from nlwallet.sandbox.wallet_provider import CLIENT_ID
from nlwallet.trust import Category
from nlwallet.verifier.nl_server import NL_WALLET

_ISSUERS: Final = (
    Category.PID_PROVIDER,
    Category.PUB_EAA_PROVIDER,
    Category.QEAA_PROVIDER,
    Category.EAA_PROVIDER,
)
_USE_CASE: Final = "adult"


def verification_server_file(
    hierarchy: Hierarchy, *, public_port: int = 8001, requester_port: int = 8002
) -> str:
    """The file, as text: one use case, of the access certificate of ``hierarchy``. It holds its secret key."""
    access = hierarchy.signers[ACCESS]
    record = hierarchy.names.record()
    anchors = hierarchy.anchors
    return to_toml(
        {
            "ephemeral_id_secret": secrets.token_hex(64),
            "issuer_trust_anchors": [text for one in _ISSUERS for text in _base64(anchors.of(one))],
            "wrpac_trust_anchors": _base64(anchors.of(Category.ACCESS_CA)),
            "wrprc_trust_anchors": _base64(anchors.of(Category.REGISTRATION_CERTIFICATE_PROVIDER)),
            "wallet_client_ids": [NL_WALLET, CLIENT_ID],
            "public_url": f"http://localhost:{public_port}/",
            "allow_origins": ["http://localhost:8080"],
            "wallet_server": {"ip": "127.0.0.1", "port": public_port},
            "internal_server": {"ip": "127.0.0.1", "port": requester_port},
            "usecases": {
                _USE_CASE: {
                    "private_key_type": "software",
                    "private_key": base64.b64encode(access.key.der()).decode(),
                    "certificate": _base64([access.chain.leaf])[0],
                    "session_type_return_url": "same_device",
                    "return_url_template": "https://shop.example/return?session_token={session_token}",
                    "dcql_query": record.dcql_for(record.intended_uses[0].id),
                }
            },
        }
    )


def to_toml(members: Mapping[str, Any]) -> str:
    """Settings as TOML: values first, each table after its heading; what is deeper than two tables is inline."""
    lines = [f"{_key(name)} = {_value(value)}" for name, value in members.items() if not _is_table(value)]
    for name, value in members.items():
        if not _is_table(value):
            continue
        if value and all(_is_table(inner) for inner in value.values()):
            for inner_name, inner in value.items():
                lines += ["", f"[{_key(name)}.{_key(inner_name)}]"]
                lines += [f"{_key(key)} = {_value(one)}" for key, one in inner.items()]
        else:
            lines += ["", f"[{_key(name)}]", *(f"{_key(key)} = {_value(one)}" for key, one in value.items())]
    return "\n".join(lines) + "\n"


def _is_table(value: Any) -> bool:
    return isinstance(value, Mapping)


def _key(name: str) -> str:
    plain = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if plain else json.dumps(name, ensure_ascii=False)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(name)} = {_value(one)}" for name, one in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value, ensure_ascii=False)  # its strings, numbers and booleans are TOML's too


def _base64(certificates: Iterable[Certificate]) -> list[str]:
    return [base64.b64encode(one.der).decode() for one in certificates]
