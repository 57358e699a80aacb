"""The parties of the OpenID4VCI flows that are ours: issuer and wallet, who attests wallets, and whom they know."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from interop_openid4vci_cases import (
    ATTESTATION,
    DENIED,
    ENCRYPTED,
    JWT,
    LATER,
    SIGNED,
    Case,
)
from interop_web import Web
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from nlwallet.clock import TravellingClock
from nlwallet.crypto import CertificateAuthority, CertificateChain, PrivateKey, Subject
from nlwallet.holder import Wallet
from nlwallet.issuer import CredentialConfiguration, Issuer, MetadataSigner
from nlwallet.mdoc import DOCUMENT_SIGNER
from nlwallet.openid4vci import KeyAttestationsRequired
from nlwallet.profiles import HAIP_1_0, OPENID4VP_1_0
from nlwallet.sandbox import InProcess
from nlwallet.sandbox.wallet_provider import SandboxWalletProvider
from nlwallet.sdjwt import known_types
from nlwallet.trust import Category, TrustAnchors

OURS = "https://issuer.example"
THEIRS = "https://peer.example"
CREDO_ISSUER = f"{THEIRS}/desk"
PAGE = "https://login.example"
"""Where Credo sends whoever comes to its authorization endpoint."""
CLAIMS: dict[str, dict[str, Any]] = {
    "library-card": {"number": "B-42", "branch": {"city": "Utrecht", "floors": [1, 2]}},
    "museum-card": {"number": "M-7", "visits": 3},
}
PERSON = "frouke"
ISSUER_STATE = "from the counter"
PEER_CLIENT = "https://wallet.peer.example"
BACK = f"{PEER_CLIENT}/back"
STORED_SAFELY = KeyAttestationsRequired(("iso_18045_moderate",), ("iso_18045_moderate",))


def vct(configuration_id: str) -> str:
    return f"urn:example:{configuration_id}"


def type_documents() -> dict[str, dict[str, Any]]:
    """The type metadata, by type."""
    return {
        vct(name): {
            "vct": vct(name),
            "name": name,
            "display": [{"locale": "en-GB", "name": name}],
            "claims": [{"path": [claim], "sd": "allowed"} for claim in claims],
        }
        for name, claims in CLAIMS.items()
    }


@dataclass(frozen=True)
class Signer:
    """A key with its certificate, for a peer that signs with it."""

    key: PrivateKey
    chain: CertificateChain

    def as_json(self) -> dict[str, Any]:
        return {"jwk": self.key.private_jwk(), "x5c": list(self.chain.x5c())}


@dataclass
class World:
    """Everything of ours for one flow."""

    clock: TravellingClock = field(default_factory=TravellingClock)
    web: Web = field(default_factory=Web)
    pushed: list[Any] = field(default_factory=list)
    """The authorization requests that :data:`PERSON` agreed to at our page."""

    def __post_init__(self) -> None:
        self.types = known_types().adding([json.dumps(one).encode() for one in type_documents().values()])
        self.issuing = self._authority("Test EAA Provider CA")
        self.attesting = self._authority("Test Peer Wallet CA")
        self.provider = SandboxWalletProvider(self.clock)
        self.web.apps[PAGE] = _page()

    # Our issuer ----------------------------------------------------------------------------------

    def issuer(self, case: Case) -> Issuer:
        """Our issuer, as the case wants it."""
        key = PrivateKey.generate()
        # Wallets authenticate where their attestations can be checked, so elsewhere nobody may attest them.
        anchors = (self.attesting.certificate,) if case.attested or case.proof != JWT else ()
        chain = self._certified(self.issuing, key, "Testbibliotheek", OURS)
        issuer = Issuer(
            key=key,
            chain=chain,
            credential_issuer=OURS,
            configurations=[self._configuration(name, case) for name in CLAIMS],
            clock=self.clock,
            types=self.types,
            attributes=lambda _person, name: CLAIMS[name],
            login=self._agreed,
            wallet_anchors=anchors,
            anonymous_access=not case.attested,
            encryption_required=case.gets == ENCRYPTED,
            metadata_signer=MetadataSigner(key, chain) if case.gets == SIGNED else None,
        )
        self.web.apps[OURS] = issuer.app
        return issuer

    def _configuration(self, name: str, case: Case) -> CredentialConfiguration:
        return CredentialConfiguration(
            id=name,
            vct=vct(name),
            scope=f"{name}-scope",
            disclosable=tuple((claim,) for claim in CLAIMS[name]),
            batch_size=case.copies,
            key_attestations_required=None if case.proof == JWT else STORED_SAFELY,
            deferred=case.gets in {LATER, DENIED},
            format="mso_mdoc" if case.mdoc else "dc+sd-jwt",
        )

    def _agreed(self, pushed: Any) -> str:
        self.pushed.append(pushed.request)
        return PERSON

    # Our wallet ----------------------------------------------------------------------------------

    def wallet(self, case: Case) -> Wallet:
        """Our wallet; it asks for as many copies as the case says."""
        return Wallet(
            anchors=TrustAnchors().adding(Category.EAA_PROVIDER, self.issuing.certificate),
            http=InProcess().client(),
            clock=self.clock,
            types=self.types,
            provider=self.provider,
            batch_size=case.copies,
            insecure_unregistered_issuers=True,  # the peers know of no registrar
            profile=OPENID4VP_1_0 if case.by_details else HAIP_1_0,
        )

    # What the peers are given --------------------------------------------------------------------

    @cached_property
    def peer_provider(self) -> Signer:
        """Who attests the wallets of peers, and their keys."""
        key = PrivateKey.generate()
        return Signer(key, self._certified(self.attesting, key, "Peer Wallet", PEER_CLIENT))

    @cached_property
    def peer_issuer(self) -> Signer:
        """A peer as issuer, whom our wallet trusts."""
        key = PrivateKey.generate()
        return Signer(key, self._certified(self.issuing, key, "Peer Issuer", THEIRS, CREDO_ISSUER))

    @property
    def issuers(self) -> list[str]:
        """The anchors of issuers, PEM."""
        return [self.issuing.certificate.pem()]

    def configurations(self, case: Case) -> dict[str, dict[str, Any]]:
        """The configurations of a peer's issuer, as in its metadata."""
        terms: dict[str, Any] = {"proof_signing_alg_values_supported": ["ES256"]}
        if case.proof != JWT:
            terms["key_attestations_required"] = STORED_SAFELY.as_json()
        return {
            name: {
                **(
                    {"format": "mso_mdoc", "doctype": vct(name)}
                    if case.mdoc
                    else {"format": "dc+sd-jwt", "vct": vct(name)}
                ),
                # What has no scope is asked for by authorization_details.
                **({} if case.by_details and case.by_code else {"scope": f"{name}-scope"}),
                "cryptographic_binding_methods_supported": ["cose_key" if case.mdoc else "jwk"],
                "credential_signing_alg_values_supported": [-7 if case.mdoc else "ES256"],
                "proof_types_supported": {"attestation" if case.proof == ATTESTATION else "jwt": terms},
                "credential_metadata": {"display": [{"name": name, "locale": "en"}]},
            }
            for name in CLAIMS
        }

    # ----------------------------------------------------------------------------------------------

    def _authority(self, name: str) -> CertificateAuthority:
        return CertificateAuthority.create(name, organization="Test", country="NL", now=self.clock.now())

    def _certified(
        self, authority: CertificateAuthority, key: PrivateKey, name: str, *urls: str
    ) -> CertificateChain:
        subject = Subject(name, country="NL", organization=name)
        usages = (DOCUMENT_SIGNER,) if authority is self.issuing else ()
        return authority.issue(
            key.public, subject, now=self.clock.now(), san_uris=urls, extended_key_usages=usages
        )


def _page() -> Starlette:
    """An authorization server where everybody agrees at once: the one behind Credo's."""

    def metadata(_: Request) -> Response:
        return JSONResponse(
            {
                "issuer": PAGE,
                "authorization_endpoint": f"{PAGE}/authorize",
                "token_endpoint": f"{PAGE}/token",
            }
        )

    def authorize(request: Request) -> Response:
        asked = request.query_params
        answer = urlencode({"code": "agreed", "state": asked["state"]})
        return RedirectResponse(f"{asked['redirect_uri']}?{answer}", status_code=303)

    def token(_: Request) -> Response:
        return JSONResponse({"access_token": "of-no-use", "token_type": "Bearer"})

    return Starlette(
        routes=[
            Route("/.well-known/oauth-authorization-server", metadata),
            Route("/authorize", authorize),
            Route("/token", token, methods=["POST"]),
        ]
    )
