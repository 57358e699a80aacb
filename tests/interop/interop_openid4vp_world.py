"""The parties of the OpenID4VP flows that are ours: registrar, issuers, verifier and wallet, and whom they know."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import replace
from functools import cached_property
from typing import Any

from interop_openid4vp_cases import ENCRYPTED, Case
from interop_openid4vp_queries import (
    AGE_IN_MDOC,
    CHILD_CLAIMS,
    CITY_IN_MDOC,
    DIPLOMA,
    EUDI_PID,
    ISSUER_OF_PID,
    LIBRARY_CARD,
    LIBRARY_CLAIMS,
    PID,
    QUERIES,
    Asked,
)
from interop_web import Web

from nlwallet import Sandbox
from nlwallet.crypto import CertificateAuthority, PrivateKey, Subject
from nlwallet.dcql import DcqlQuery
from nlwallet.encoding import b64url_encode, dump_json
from nlwallet.holder import SoftwareKeys, Wallet
from nlwallet.issuer import CredentialConfiguration, Issuer, persona, pid_claims
from nlwallet.mdoc import Mdoc
from nlwallet.openid4vp import (
    KnownClients,
    PreRegisteredClient,
    RequestSigner,
    issue_verifier_attestation,
)
from nlwallet.profiles import OPENID4VP_1_0, profile
from nlwallet.registration import (
    IntendedUse,
    LocalizedText,
    RegisteredCredential,
    RelyingPartyCertificates,
    RelyingPartyRecord,
    Retention,
    SupervisoryAuthority,
)
from nlwallet.sandbox import InProcess
from nlwallet.sdjwt import known_types
from nlwallet.trust import Category
from nlwallet.verifier import Verifier

HOST = "rp.example"
ORIGIN = f"https://{HOST}"
DID_HOST = "did.example"
DID_WEB = f"did:web:{DID_HOST}"
LIBRARY = "library.example"
KNOWN_CLIENT = "proef"
KNOWN_UNSIGNED_CLIENT = "proef-unsigned"
KNOWN_REQUEST_ID = "known"
"""A pre-registered client has its URIs in advance."""
ATTESTER = "https://attester.example"
OF_THE_CREDENTIAL = {
    "attestation_qualification",
    "iss",
    "iat",
    "exp",
    "cnf",
    "vct",
    "vct#integrity",
    "status",
}

_LIBRARY_CARD = {
    "vct": LIBRARY_CARD,
    "name": "Library card",
    "display": [{"locale": "en-GB", "name": "Library card"}],
    "claims": [{"path": [name], "sd": "allowed"} for name in LIBRARY_CLAIMS],
}


def record() -> RelyingPartyRecord:
    """A relying party that registered all that the cases ask."""
    claims = (("age_over_18",), ("age_over_21",), ("birthdate",), ("address",), ("nationalities",))
    return RelyingPartyRecord.of(
        legal_name="Proef B.V.",
        trade_name="Proef",
        identifier="NTRNL-90000009",
        services=(LocalizedText(nl="Proeven", en="Trying"),),
        website=f"{ORIGIN}/",
        support_uri=f"{ORIGIN}/delete",
        supervisory_authority=SupervisoryAuthority(
            name="Toezicht", country="NL", uri="https://toezicht.example/melden"
        ),
        intended_uses=(
            IntendedUse(
                id="try",
                purpose=LocalizedText(nl="Proberen", en="To try it"),
                privacy_policy=f"{ORIGIN}/privacy",
                retention=Retention(days=0),
                credentials=(
                    RegisteredCredential(types=(PID,), claims=claims),
                    RegisteredCredential(types=(EUDI_PID,), claims=claims),
                    RegisteredCredential(
                        format="mso_mdoc",
                        types=(PID,),
                        claims=tuple((*each["path"],) for each in (AGE_IN_MDOC, CITY_IN_MDOC)),
                    ),
                    RegisteredCredential(types=(DIPLOMA,), claims=claims),
                    RegisteredCredential(
                        types=(LIBRARY_CARD,), claims=tuple((name,) for name in LIBRARY_CLAIMS)
                    ),
                ),
            ),
        ),
        public_body=False,
    )


def personal(claims: Mapping[str, Any]) -> dict[str, Any]:
    """Claims without those that every presentation carries."""
    return {name: value for name, value in claims.items() if name not in OF_THE_CREDENTIAL}


class KeysThatCanBeGivenAway(SoftwareKeys):
    """For cards that a peer's wallet shows in the place of ours."""

    def generate(self) -> PrivateKey:
        return PrivateKey.generate()


class World:
    """Everything of ours under one profile; the citizen has a PID and two library cards."""

    def __init__(self, profile_name: str) -> None:
        self.profile = (
            replace(OPENID4VP_1_0, name=ENCRYPTED, encrypted_request_objects=True)
            if profile_name == ENCRYPTED
            else profile(profile_name)
        )
        self.hosting = InProcess()
        self.edi = Sandbox(profile=self.profile, hosting=self.hosting)
        self.edi.types = known_types().adding([json.dumps(_LIBRARY_CARD).encode()])
        self.library = self._open_library()
        self.key, self.attester = PrivateKey.generate(), PrivateKey.generate()
        self.web = Web({one.credential_issuer: one.app for one in (self.edi.pid_issuer, self.library)})
        self._publish_did()

    def close(self) -> None:
        self.edi.close()

    # The relying party, whoever plays it ---------------------------------------------------------------

    @cached_property
    def certificates(self) -> RelyingPartyCertificates:
        return self.edi.registrar.register(record(), self.key.public, dns_names=(HOST,))

    def identity(self, client: str) -> RequestSigner:
        """The relying party as ``client`` says, in the words of the table."""
        chain = self.certificates.access_chain
        if client == "x509_hash":
            return RequestSigner.x509_hash(self.key, chain)
        if client == "x509_san_dns":
            return RequestSigner.x509_san_dns(self.key, chain, HOST)
        if client == "decentralized_identifier (did:jwk)":
            return RequestSigner.did_jwk(self.key)
        if client == "decentralized_identifier (did:web)":
            return RequestSigner.did(DID_WEB, self.key, kid=f"{DID_WEB}#key-1")
        if client == "verifier_attestation":
            attestation = issue_verifier_attestation(
                HOST,
                self.key.public,
                issuer=ATTESTER,
                key=self.attester,
                expires_at=self.edi.clock.now() + 3600,
            )
            return RequestSigner.verifier_attestation(HOST, self.key, attestation)
        if client == "openid_federation":
            return RequestSigner(f"openid_federation:{ORIGIN}", self.key, {"kid": "1"})
        assert client == "pre-registered"
        return RequestSigner.pre_registered(KNOWN_CLIENT, self.key)

    def query(self, case: Case) -> tuple[Asked, dict[str, Any]]:
        """What the case asks; and the query itself, with the identifiers of this world in it."""
        asked = QUERIES[case.asks]
        leaf = self.citizen.cards[0].credential.chain.leaf
        text = json.dumps(asked.query).replace(ISSUER_OF_PID, b64url_encode(leaf.authority_key_id))
        return asked, json.loads(text)

    def verifier(self, case: Case) -> Verifier:
        """Our verifier, as the case wants it, at :data:`ORIGIN`."""
        unsigned = case.prefix in {"redirect_uri", "origin"}
        verifier = Verifier(
            certificates=self.certificates,
            key=self.key,
            anchors=self.edi.anchors,
            base_url=ORIGIN,
            clock=self.edi.clock,
            types=self.edi.types,
            profile=self.profile,
            signer=None if unsigned else self.identity(case.client),
            cosigners=(RequestSigner.did_jwk(self.key),) if "multi" in case.request else (),
            request_uri_method="post" if case.request.startswith("by reference, post") else None,
            scopes=self.scopes,
        )
        self.web.apps[ORIGIN] = verifier.app
        return verifier

    # The citizen ---------------------------------------------------------------------------------------

    @cached_property
    def scopes(self) -> dict[str, DcqlQuery]:
        """The queries that wallets here know by name."""
        return {each.scope: DcqlQuery.parse(each.query) for each in QUERIES.values() if each.scope}

    @cached_property
    def citizen(self) -> Wallet:
        """A wallet of ours with the cards; also the source of the cards of a peer's wallet."""
        wallet = Wallet(
            anchors=self.edi.anchors,
            http=self.hosting.client(),
            clock=self.edi.clock,
            profile=self.profile,
            types=self.edi.types,
            pin=Sandbox.PIN,
            known_clients=self._known_clients(),
            scopes=self.scopes,
            keys=KeysThatCanBeGivenAway(),
            insecure_unregistered_issuers=True,  # the library is of another ecosystem
        )
        claims = pid_claims(persona("frouke"), now=self.edi.clock.now())
        wallet.receive(self.edi.pid_issuer.offer("nl-pid", claims).uri)
        wallet.receive(self.edi.pid_issuer.offer("nl-pid-mdoc", claims).uri)
        for card in (LIBRARY_CLAIMS, CHILD_CLAIMS):
            wallet.receive(self.library.offer("library-card", card).uri)
        return wallet

    def citizen_who_accepts(self, case: Case) -> Wallet:
        """The citizen's wallet; where the case says so, one that takes request_uri as the audience of a request."""
        if not case.aud_is_request_uri:
            return self.citizen
        wallet = copy(self.citizen)
        wallet.profile = replace(wallet.profile, request_uri_as_audience=True)
        return wallet

    @property
    def type_documents(self) -> dict[str, Any]:
        """Type metadata by type, for a peer that looks at it."""
        return {vct: json.loads(self.edi.types.raw(vct)) for vct in (PID, EUDI_PID, LIBRARY_CARD)}

    @property
    def cards(self) -> list[dict[str, Any]]:
        """The cards as a peer's wallet gets them: made by our issuers, each with its key."""
        copies = [card.copies.first for card in self.citizen.in_every_format]
        return [
            {
                "mdoc" if isinstance(one.credential, Mdoc) else "sdJwt": one.credential.text,
                "jwk": one.key.private_jwk(),
            }
            for one in copies
        ]

    @property
    def trust(self) -> dict[str, Any]:
        """Whom a peer's wallet trusts: the same as ours does."""
        return {
            "anchors": _pem(self.edi.anchors.of(Category.ACCESS_CA)),
            "clients": {KNOWN_CLIENT: self.key.public.jwk()},
            "attesters": [self.attester.public.jwk()],
        }

    @property
    def issuers(self) -> list[str]:
        """The anchors of our issuers, PEM."""
        of = self.edi.anchors.of
        return _pem((*of(Category.PID_PROVIDER), *of(Category.EAA_PROVIDER)))

    def _known_clients(self) -> KnownClients:
        uris = frozenset({f"{ORIGIN}/response/{KNOWN_REQUEST_ID}"})
        return KnownClients(
            pre_registered={
                KNOWN_CLIENT: PreRegisteredClient(KNOWN_CLIENT, uris, (self.key.public,)),
                KNOWN_UNSIGNED_CLIENT: PreRegisteredClient(KNOWN_UNSIGNED_CLIENT, uris),
            },
            attestation_issuers={ATTESTER: (self.attester.public,)},
        )

    # Others --------------------------------------------------------------------------------------------

    def _publish_did(self) -> None:
        method = {
            "id": f"{DID_WEB}#key-1",
            "type": "JsonWebKey",
            "controller": DID_WEB,
            "publicKeyJwk": self.key.public.jwk(),
        }
        document = dump_json({"id": DID_WEB, "verificationMethod": [method]})

        async def app(_scope: Any, _receive: Any, send: Any) -> None:
            headers = [(b"content-type", b"application/did+json")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": document})

        self.hosting.serve(DID_HOST, app)
        self.web.apps[f"https://{DID_HOST}"] = app

    def _open_library(self) -> Issuer:
        authority = CertificateAuthority.create(
            "Test EAA Provider CA", organization="Bibliotheek", now=self.edi.clock.now()
        )
        self.edi.anchors = self.edi.anchors.adding(Category.EAA_PROVIDER, authority.certificate)
        key, url = PrivateKey.generate(), self.hosting.origin(LIBRARY)
        subject = Subject("Testbibliotheek", country="NL", organization="Testbibliotheek")
        library = Issuer(
            key=key,
            chain=authority.issue(key.public, subject, now=self.edi.clock.now(), san_uris=(url,)),
            credential_issuer=url,
            configurations=(
                CredentialConfiguration(
                    id="library-card",
                    vct=LIBRARY_CARD,
                    scope="library-card",
                    disclosable=(
                        *((name,) for name in LIBRARY_CLAIMS),
                        *(("branch", name) for name in ("city", "floors")),
                        ("loans", None),
                        *(("loans", None, name) for name in ("title", "due")),
                    ),
                ),
            ),
            clock=self.edi.clock,
            types=self.edi.types,
        )
        self.hosting.serve(LIBRARY, library.app)
        return library


def _pem(certificates: Iterable[Any]) -> list[str]:
    return [certificate.pem() for certificate in certificates]
