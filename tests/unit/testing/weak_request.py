"""What the deliberately weak verifier asks, and what it makes of what a wallet says when it fetches that."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from weak_answer import ENCS
from weak_transaction import Order

from nlwallet.crypto import PrivateKey
from nlwallet.http import HttpClient


@dataclass(frozen=True)
class Asking:
    """Everything in a request that is not of one session."""

    query: Mapping[str, Any]
    encrypted: bool
    order: Order | None
    http: HttpClient
    holes: frozenset[str]

    def parameters(self, key: PrivateKey, kid: str) -> dict[str, Any]:
        jwk = {**key.public.jwk(), "use": "enc", "alg": "ECDH-ES", "kid": kid}
        formats = {
            "dc+sd-jwt": {"sd-jwt_alg_values": ["ES256"], "kb-jwt_alg_values": ["ES256"]},
            "mso_mdoc": {"issuerauth_alg_values": [-7], "deviceauth_alg_values": [-7]},
        }
        order = {} if self.order is None else {"transaction_data": list(self.order.entries)}
        return {
            "response_type": "vp_token",
            "response_mode": "direct_post.jwt" if self.encrypted else "direct_post",
            "aud": "https://self-issued.me/v2",
            "dcql_query": self.query,
            "client_metadata": {
                "jwks": {"keys": [jwk]},
                "encrypted_response_enc_values_supported": list(ENCS),
                "vp_formats_supported": formats,
            },
            **order,
        }

    def told(self, fields: Mapping[str, str]) -> dict[str, Any]:
        """What the request object has because of what the wallet said. Raises :class:`ValueError`."""
        nonce, metadata = fields.get("wallet_nonce"), fields.get("wallet_metadata")
        if metadata is not None:
            self._read(metadata)
        if nonce is None:
            return {}
        if "\r" in nonce:
            if "hole: a wallet_nonce goes into a header" in self.holes:
                raise RuntimeError(nonce)
            raise ValueError(nonce)
        return {} if "hole: wallet_nonce is forgotten" in self.holes else {"wallet_nonce": nonce}

    def _read(self, metadata: str) -> None:
        if "hole: forms have no bound" in self.holes:
            return
        value = None
        try:
            value = json.loads(metadata)
        except (ValueError, RecursionError) as error:
            if "hole: wallet_metadata that is no JSON breaks it" in self.holes:
                raise RuntimeError(metadata[:9]) from error
        if not isinstance(value, dict):
            raise ValueError(metadata[:9])
        if "jwks_uri" in value and "hole: it fetches what a wallet names" in self.holes:
            self.http.send("GET", value["jwks_uri"], what="the keys of a wallet")
        if "jwks" in value and "hole: keys of a wallet break it" in self.holes:
            raise RuntimeError("a point that is on no curve")
