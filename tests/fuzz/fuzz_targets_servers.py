"""What comes to the servers with an interface of somebody else's, and the files that they are set up by."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from fuzz_bytes import mutated_bytes
from fuzz_targets_mdoc import response
from fuzz_tokens import Hostile, json_bytes, json_text, multisigned, octets, query_string, sd_jwt, text
from fuzz_world import NL_PID, World
from PIL import Image

from nlwallet.clock import TravellingClock
from nlwallet.encoding import b64url_encode, parse_json
from nlwallet.profiles import HAIP_1_0
from nlwallet.qr import QrCode
from nlwallet.sandbox.issuance_settings import IssuanceSettings
from nlwallet.sandbox.pages.code_in_picture import text_in_picture
from nlwallet.sandbox.pages.upload import parse_upload
from nlwallet.sandbox.pages.wallet_links import WalletLink
from nlwallet.sandbox.verification_server_file import to_toml
from nlwallet.verifier.answering import Answering
from nlwallet.verifier.eu_server import TransactionRequest
from nlwallet.verifier.eu_server.device_response_validation import validate_device_response
from nlwallet.verifier.eu_server.sd_jwt_vc_validation import validate_sd_jwt_vc
from nlwallet.verifier.nl_server import EphemeralIds, ServerSettings
from nlwallet.verifier.nl_server.start_request import StartRequest
from nlwallet.verifier.proof_of_association import POA_TYPE, ProofOfAssociation
from nlwallet.verifier.store import InMemorySessionStore

QUERY = {
    "credentials": [
        {
            "id": "pid",
            "format": "dc+sd-jwt",
            "meta": {"vct_values": [NL_PID]},
            "claims": [{"path": ["bsn"]}],
        }
    ]
}
START = {
    "usecase": "login",
    "dcql_query": QUERY,
    "return_url_template": "https://rp.example/{session_token}?a=b#c",
}
TRANSACTION = {
    "dcql_query": QUERY,
    "nonce": "n-1",
    "response_mode": "direct_post.jwt",
    "jar_mode": "by_reference",
    "request_uri_method": "post",
    "wallet_response_redirect_uri_template": "https://rp.example/{RESPONSE_CODE}",
    "transaction_data": [{"type": "payment", "credential_ids": ["pid"]}],
    "authorization_request_scheme": "eudi-wallet",
    "intended_use_id": "login",
    "profile": "haip",
}
THROUGH_BROWSER = {
    "dcql_query": QUERY,
    "nonce": "n-1",
    "origin": "https://rp.example",
    "expected_origins": ["https://rp.example", "https://www.rp.example"],
    "registration_certificate": "a.b.c",
}
IDS = EphemeralIds(bytes(32))


def members(w: World) -> dict[str, Any]:
    """The settings of a server, with the certificate of the party of this world."""
    anchor = [base64.b64encode(one.der).decode() for one in w.chain][:1]
    return {
        "ephemeral_id_secret": "ab" * 32,
        "issuer_trust_anchors": anchor,
        "wrpac_trust_anchors": anchor,
        "wrprc_trust_anchors": anchor,
        "allow_origins": ["https://shop.example"],
        "public_url": "https://rp.example/",
        "internal_server": {"ip": "127.0.0.1", "port": 8002, "authentication": {"api_key": "k"}},
        "storage": {"url": "memory://", "expiration_minutes": 30},
        "extending_vct_values": {"urn:eudi:pid:1": [NL_PID]},
        "usecases": {
            "login": {
                "certificate": base64.b64encode(w.chain.leaf.der).decode(),
                "private_key": base64.b64encode(w.key.der()).decode(),
                "private_key_type": "software",
                "session_type_return_url": "both",
                "return_url_template": START["return_url_template"],
                "dcql_query": QUERY,
                "disclosure_base_deep_link": "eu-eaap://",
                "accept_undetermined_revocation_status": False,
            }
        },
    }


def toml(w: World) -> str:
    """The same as a file: JSON's strings, arrays and inline tables are TOML's, but for the colon."""
    lines = []
    for name, value in members(w).items():
        if isinstance(value, dict):
            lines += [f"[{name}]", *(f"{json.dumps(key)} = {_inline(inner)}" for key, inner in value.items())]
        else:
            lines.insert(0, f"{name} = {_inline(value)}")
    return "\n".join(lines)


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_inline(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return json.dumps(value)


def issuance_members(w: World) -> dict[str, Any]:
    """The settings of an issuance server, with the certificate of the party of this world for everything."""
    whole = members(w)
    case = whole.pop("usecases")["login"]
    pair = {name: case[name] for name in ("certificate", "private_key", "private_key_type")}
    for name in ("ephemeral_id_secret", "allow_origins"):
        del whole[name]
    return whole | {
        "wia_trust_anchors": whole["wrpac_trust_anchors"],
        "type_metadata": ["diploma.json"],
        "batch_size": 4,
        "status_lists": {"list_size": 100, "expiry_in_hours": 24, "ttl_in_minutes": 5, "serve": True},
        "credential_metadata_keypair": pair,
        "disclosure_settings": {
            "login": {
                **pair,
                "dcql_query": QUERY,
                "attestation_url_config": {
                    "base_url": "https://rp.example/cards",
                    "trust_anchors": whole["wrpac_trust_anchors"],
                },
            }
        },
        "credential_configurations": {
            "diploma": {
                **pair,
                "format": "dc+sd-jwt",
                "attestation_type": "com.example.diploma",
                "valid_days": 365,
                "attestation_qualification": "EAA",
                "certificate_san": f"https://{w.chain.leaf.san_dns[0]}",
                "status_list": {**pair, "group_name": "a", "context_path": "/tsl", "publish_dir": "/tsl"},
            }
        },
    }


def issuance_settings_of(text: str) -> object:
    """Any JSON in the place of those settings."""
    value = parse_json(text)
    return IssuanceSettings.of(value if isinstance(value, dict) else {"type_metadata": value})


def settings_of(text: str) -> object:
    """Any JSON in the place of the settings."""
    value = parse_json(text)
    return ServerSettings.of(value if isinstance(value, dict) else {"usecases": value})


def proof_of_association(w: World) -> Hostile:
    """Of one key, so that its mutations are signed again by all."""
    claims = {"iss": "w", "aud": "us", "nonce": "n-1", "iat": 1_790_000_000, "jwks": [w.holder.public.jwk()]}
    return multisigned({"alg": "ES256", "typ": POA_TYPE}, claims, w.holder)


def proven(text: str, w: World) -> object:
    expected: dict[str, Any] = {"audience": "us", "nonce": "n-1", "issuers": ("w",), "algorithms": {"ES256"}}
    proof = ProofOfAssociation.parse(parse_json(text))
    proof.verify([w.holder.public], **expected, now=1_790_000_000)
    return proof


def answering(w: World) -> Answering:
    """How a verifier that trusts the issuer of this world takes answers."""
    known = w.expectations
    return Answering(
        InMemorySessionStore(),
        TravellingClock(w.now),
        known.profile,
        known.issuer,
        known.types,
        known.status_lists,
        known.trusted_lists,
    )


UPLOAD = "multipart/form-data; boundary=x"


def uploaded(w: World) -> bytes:
    """A form with a picture of a code."""
    head = b'--x\r\nContent-Disposition: form-data; name="picture"; filename="a.png"\r\n\r\n'
    return head + photo(w) + b"\r\n--x--\r\n"


def photo(w: World) -> bytes:
    """As a JPEG: it has no checksums, so that what is mutated gets to the decoder."""
    made = io.BytesIO()
    Image.open(io.BytesIO(QrCode(w.link).png())).convert("L").save(made, "JPEG")
    return made.getvalue()


def raw(valid: bytes) -> Hostile:
    """Octets that are no text."""
    return Hostile(valid, mutated_bytes(valid))


TARGETS: dict[str, Callable[[World], tuple[Hostile, Callable[[Any], object]]]] = {
    "ServerSettings.parse": lambda w: (octets(toml(w)), ServerSettings.parse),
    "ServerSettings.of": lambda w: (json_text(members(w)), settings_of),
    "parse_upload": lambda w: (raw(uploaded(w)), lambda given: parse_upload(UPLOAD, given)),
    "text_in_picture": lambda w: (raw(photo(w)), text_in_picture),
    "IssuanceSettings.parse": lambda w: (
        octets(to_toml(issuance_members(w))),
        IssuanceSettings.parse,
    ),
    "IssuanceSettings.of": lambda w: (json_text(issuance_members(w)), issuance_settings_of),
    "WalletLink.parse": lambda w: (text(w.link), lambda t: WalletLink.parse(t, profile=HAIP_1_0).website),
    "StartRequest.parse": lambda _: (json_bytes(START), StartRequest.parse),
    "ProofOfAssociation.parse": lambda w: (proof_of_association(w), lambda t: proven(t, w)),
    "TransactionRequest.parse": lambda _: (json_bytes(TRANSACTION), TransactionRequest.parse),
    "TransactionRequest.parse_for_browser": lambda _: (
        json_bytes(THROUGH_BROWSER),
        TransactionRequest.parse_for_browser,
    ),
    "validate_sd_jwt_vc": lambda w: (
        sd_jwt(w.presentation, issuer=w.key, holder=w.holder),
        lambda t: validate_sd_jwt_vc(t, nonce="n-0S6", audience="x509_hash:us", answering=answering(w)),
    ),
    "validate_device_response": lambda w: (
        response(w).made(b64url_encode),
        lambda t: validate_device_response(t, answering=replace(answering(w), status_lists=None)),
    ),
    "EphemeralIds.check": lambda _: (
        query_string(IDS.parameters("t", "cross_device", goes_stale=True, now=1_790_000_000)),
        lambda t: IDS.check("t", dict(parse_qsl(t)), now=1_790_000_000),
    ),
}
