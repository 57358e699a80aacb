"""A relying party whose requests are good, so that each test spoils one thing; and what a report says."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nlwallet.crypto import Certificate, CertificateAuthority, CertificateChain, PrivateKey, Subject, sign_jws
from nlwallet.lint import LintReport
from nlwallet.openid4vp import REQUEST_OBJECT_TYPE, x509_hash_client_id
from nlwallet.registration import RelyingPartyRecord

NOW = 1_790_000_000
NL_PID = "urn:eudi:pid:nl:1"
NONCE = "n0S6_WzA2MjqP4vTzK8xYw"  # 22 characters of base64url: 128 bits


def sd_jwt(*paths: list[Any], name: str = "pid", **changes: Any) -> dict[str, Any]:
    """A credential query for the Dutch PID."""
    members: dict[str, Any] = {
        "id": name,
        "format": "dc+sd-jwt",
        "meta": {"vct_values": [NL_PID]},
        "claims": [{"path": path} for path in paths],
    }
    members.update(changes)
    return {name: value for name, value in members.items() if value is not None}


def mdoc(*paths: list[Any], doctype: str = "org.iso.18013.5.1.mDL", **changes: Any) -> dict[str, Any]:
    """A credential query for an mdoc."""
    members: dict[str, Any] = {
        "id": "mdl",
        "format": "mso_mdoc",
        "meta": {"doctype_value": doctype},
        "claims": [{"path": path} for path in paths],
    }
    members.update(changes)
    return {name: value for name, value in members.items() if value is not None}


def query(*credentials: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A query of these."""
    return {"credentials": list(credentials or (sd_jwt(["age_over_18"]),)), **members}


def record(
    *claims: list[Any],
    purpose: str = "Een contract sluiten",
    days: int = 30,
    public_body: bool = False,
    **credential: Any,
) -> RelyingPartyRecord:
    """A registration of these claims of the Dutch PID."""
    return RelyingPartyRecord.of(
        legal_name="Voorbeeld B.V.",
        trade_name="Voorbeeld",
        identifier="NTRNL-12345678",
        services=({"nl": "Iets", "en": "Something"},),
        website="https://rp.example/",
        support_uri="https://rp.example/verwijderen",
        supervisory_authority={"name": "Toezicht", "country": "NL", "email": "meld@toezicht.example"},
        public_body=public_body,
        intended_uses=(
            {
                "id": "doel",
                "purpose": {"nl": purpose, "en": purpose},
                "privacy_policy": "https://rp.example/privacy",
                "retention": {"days": days},
                "credentials": ({"types": [NL_PID], "claims": list(claims), **credential},),
            },
        ),
    )


def checks(report: LintReport) -> set[tuple[str, str]]:
    """Check and pointer of each finding."""
    return {(finding.check, finding.pointer) for finding in report.findings}


def ids(report: LintReport, *, severity: str = "") -> list[str]:
    """The checks of the findings, sorted; only those of a severity, if one is given."""
    return sorted(one.check for one in report.findings if not severity or one.severity == severity)


@dataclass(frozen=True)
class Party:
    """Who signs requests in these tests."""

    key: PrivateKey
    chain: CertificateChain
    anchor: Certificate
    encryption_key: PrivateKey
    header: Mapping[str, Any] = field(default_factory=dict)

    @property
    def client_id(self) -> str:
        return x509_hash_client_id(self.chain.leaf)

    def claims(self, **changes: Any) -> dict[str, Any]:
        """The claims of a good request; ``None`` as a change takes a claim away."""
        algorithms = {"sd-jwt_alg_values": ["ES256"], "kb-jwt_alg_values": ["ES256"]}
        claims: dict[str, Any] = {
            "client_id": self.client_id,
            "response_type": "vp_token",
            "response_mode": "direct_post.jwt",
            "response_uri": "https://rp.example/response/1",
            "nonce": NONCE,
            "state": NONCE[::-1],
            "dcql_query": query(),
            "client_metadata": {
                "jwks": {
                    "keys": [{**self.encryption_key.public.jwk(), "kid": "1", "alg": "ECDH-ES", "use": "enc"}]
                },
                "encrypted_response_enc_values_supported": ["A128GCM", "A256GCM"],
                "vp_formats_supported": {
                    "dc+sd-jwt": algorithms,
                    "mso_mdoc": {"issuerauth_alg_values": [-7, -9], "deviceauth_alg_values": [-7, -9]},
                },
            },
            "aud": "https://self-issued.me/v2",
            "iat": NOW,
            "exp": NOW + 600,
        }
        claims.update(changes)
        return copy.deepcopy({name: value for name, value in claims.items() if value is not None})

    def sign(
        self,
        claims: Mapping[str, Any] | None = None,
        *,
        header: Mapping[str, Any] | None = None,
        typ: str = REQUEST_OBJECT_TYPE,
        key: PrivateKey | None = None,
    ) -> str:
        """A request object; ``header`` replaces ``x5c``."""
        own = {"x5c": self.chain.x5c()} if header is None else header
        return sign_jws(self.claims() if claims is None else claims, key or self.key, typ=typ, header=own)


def make_party(
    *,
    san_dns: tuple[str, ...] = ("rp.example",),
    days: int = 365,
    now: int = NOW,
    subject: Subject | None = None,
) -> Party:
    """A party with an access certificate of its own."""
    authority = CertificateAuthority.create("Access CA", now=now)
    key = PrivateKey.generate()
    name = subject or Subject(
        "Café De Vrije Val", "NL", organization="Café B.V.", organization_identifier="NTRNL-12345678"
    )
    chain = authority.issue(key.public, name, now=now, days=days, san_dns=san_dns)
    return Party(key, chain, authority.certificate, PrivateKey.generate())
