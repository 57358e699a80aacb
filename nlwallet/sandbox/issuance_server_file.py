"""An ``issuance_server.toml`` to begin with, from certificates of ``nlwallet pki new``."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from nlwallet.crypto import Certificate, CertificateAuthority, CertificateChain, PrivateKey, Subject
from nlwallet.mdoc import DOCUMENT_SIGNER
from nlwallet.profiles import NL_WALLET_STATUS_SIGNING
from nlwallet.registration.issuer_registration import ISSUER_REGISTRATION, issuer_registration
from nlwallet.sandbox.hierarchy import ACCESS, Hierarchy, good_since
from nlwallet.sandbox.issuer_authorities import REGISTERED_AS
from nlwallet.sandbox.verification_server_file import to_toml
from nlwallet.sandbox.wallet_provider import CLIENT_ID
from nlwallet.trust import Category
from nlwallet.verifier.nl_server import NL_WALLET

TYPE: Final = "com.example.membership"
METADATA_FILE: Final = "membership.json"
USE_CASE: Final = "membership"
_SERVER_AUTHENTICATION: Final = "1.3.6.1.5.5.7.3.1"
_ISSUERS: Final = (
    Category.PID_PROVIDER,
    Category.PUB_EAA_PROVIDER,
    Category.QEAA_PROVIDER,
    Category.EAA_PROVIDER,
)


def issuance_server_members(
    hierarchy: Hierarchy,
    *,
    now: int,
    public_url: str,
    attestation_url: str,
    attestation_anchors: Iterable[Certificate],
    metadata_file: str = METADATA_FILE,
) -> dict[str, Any]:
    """The settings: one use case, one card, with keys of their own below the authorities of ``hierarchy``."""
    access = hierarchy.signers[ACCESS]
    record = hierarchy.names.record()
    anchors = hierarchy.anchors

    def pair(usage: str) -> dict[str, str]:
        key = PrivateKey.generate()
        subject = hierarchy.names.subject("Test Membership Issuer")
        registration = issuer_registration(subject, **REGISTERED_AS)
        chain = hierarchy.authorities[Category.EAA_PROVIDER].issue(
            key.public,
            subject,
            now=now,
            not_before=good_since(now),
            san_uris=(public_url,),
            extended_key_usages=(usage,),
            identifier_twice=True,
            texts={ISSUER_REGISTRATION: registration} if usage == DOCUMENT_SIGNER else {},
        )
        return _pair(key, chain)

    return {
        "issuer_trust_anchors": [text for one in _ISSUERS for text in _base64(anchors.of(one))],
        "wrpac_trust_anchors": _base64(anchors.of(Category.ACCESS_CA)),
        "wrprc_trust_anchors": _base64(anchors.of(Category.REGISTRATION_CERTIFICATE_PROVIDER)),
        "wia_trust_anchors": _base64(anchors.of(Category.WALLET_PROVIDER)),
        "wallet_client_ids": [NL_WALLET, CLIENT_ID],
        "public_url": public_url,
        "type_metadata": [metadata_file],
        "batch_size": 4,
        "wallet_server": {"ip": "127.0.0.1", "port": 8001},
        "internal_server": {"ip": "127.0.0.1", "port": 8002},
        "credential_metadata_keypair": _pair(access.key, access.chain),
        "disclosure_settings": {
            USE_CASE: {
                **_pair(access.key, access.chain),
                "dcql_query": record.dcql_for(record.intended_uses[0].id),
                "attestation_url_config": {
                    "base_url": attestation_url,
                    "trust_anchors": _base64(attestation_anchors),
                },
            }
        },
        "credential_configurations": {
            TYPE: {
                "format": "dc+sd-jwt",
                "attestation_type": TYPE,
                "valid_days": 365,
                **pair(DOCUMENT_SIGNER),
                "status_list": {
                    "group_name": TYPE,
                    "context_path": "/tsl",
                    "publish_dir": "/srv/html/tsl",
                    **pair(NL_WALLET_STATUS_SIGNING),
                },
            }
        },
    }


def issuance_server_files(
    hierarchy: Hierarchy, *, now: int, name: str = "issuance_server.toml"
) -> dict[str, str]:
    """The settings of a server on this machine as ``name``, and what they need, by file name.

    ``tls.pem`` has a certificate with its key for localhost, for this server and for the one that it asks;
    ``tls-ca.pem`` is who vouches for that.
    """
    authority, key = CertificateAuthority.create("Test TLS CA", now=now), PrivateKey.generate()
    chain = authority.issue(
        key.public,
        Subject("localhost"),
        now=now,
        san_dns=("localhost",),
        extended_key_usages=(_SERVER_AUTHENTICATION,),
    )
    members = issuance_server_members(
        hierarchy,
        now=now,
        public_url="https://localhost:8001/",
        attestation_url="https://localhost:8003/",
        attestation_anchors=[authority.certificate],
    )
    return {
        name: to_toml(members),
        METADATA_FILE: json.dumps(membership_metadata(), indent=2, ensure_ascii=False),
        "tls.pem": chain.leaf.pem() + key.pem().decode(),
        "tls-ca.pem": authority.certificate.pem(),
    }


def membership_metadata() -> Mapping[str, Any]:
    """The type metadata of the card of :func:`issuance_server_members`."""
    labels = {"name": ("Naam", "Name"), "member_number": ("Lidnummer", "Member number")}
    return {
        "vct": TYPE,
        "name": "Membership",
        "display": [
            {"locale": "nl-NL", "name": "Lidmaatschap", "description": "Lid van een vereniging"},
            {"locale": "en-US", "name": "Membership", "description": "Member of a club"},
        ],
        "claims": [
            {
                "path": [name],
                "sd": "always",
                "mandatory": True,
                "display": [{"locale": "nl-NL", "label": nl}, {"locale": "en-US", "label": en}],
            }
            for name, (nl, en) in labels.items()
        ],
    }


def _pair(key: PrivateKey, chain: CertificateChain) -> dict[str, str]:
    return {
        "private_key_type": "software",
        "private_key": base64.b64encode(key.der()).decode(),
        "certificate": _base64([chain.leaf])[0],
    }


def _base64(certificates: Iterable[Certificate]) -> list[str]:
    return [base64.b64encode(one.der).decode() for one in certificates]
