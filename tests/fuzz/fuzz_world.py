"""Valid messages of every kind, made by our own parties, and the keys to sign them again once they are mutated."""

from __future__ import annotations

import base64
from functools import cached_property
from typing import Any

from fuzz_tokens import parts_of
from lxml import etree
from signxml import SignatureMethod, XMLSigner
from signxml.exceptions import SignXMLException

from nlwallet.claim_path import ClaimPath
from nlwallet.clock import TravellingClock
from nlwallet.crypto import Certificate, CertificateAuthority, CertificateChain, PrivateKey, Subject
from nlwallet.crypto.cbor import dump_cbor
from nlwallet.crypto.cose import TYP, X5CHAIN, sign_cose_sign1, x5chain
from nlwallet.dcql import DcqlQuery
from nlwallet.encoding import b64url_decode, parse_json, parse_json_object
from nlwallet.issuer import persona, pid_claims, pid_configuration
from nlwallet.openid4vp import (
    KNOWN_TRANSACTION_DATA,
    AuthorizationRequestLink,
    KnownClients,
    PreRegisteredClient,
    RequestSigner,
    WalletCapabilities,
    WalletMetadata,
    issue_verifier_attestation,
)
from nlwallet.profiles import OPENID4VP_1_0
from nlwallet.registration import issue_provider_wrprc, issue_wrprc
from nlwallet.sandbox import Sandbox
from nlwallet.sandbox.pilots import pilot
from nlwallet.sdjwt import X5cIssuer, issue_sd_jwt_vc, known_types, verify_sd_jwt_vc
from nlwallet.status import (
    StatusList,
    StatusReference,
    sign_identifier_list,
    sign_status_list_cwt,
    sign_status_list_token,
)
from nlwallet.trust import (
    PID_PROVIDERS,
    Category,
    ListOfTrustedEntities,
    TrustAnchors,
    TrustedEntity,
    TrustedService,
    sign_lote,
)
from nlwallet.verifier import Verifier
from nlwallet.verifier.trust_policy import IssuerByType, TrustPolicy
from nlwallet.verifier.verification import Expectations

NOW = 1_790_000_000
DAY = 86_400
HOST = "cafe.example"
NL_PID = "urn:eudi:pid:nl:1"
LIST_URI = "https://registrar.example/status-lists/1"


class World:
    """A sandbox, a relying party in it whose key is known, and an issuer of everything else."""

    def __init__(self) -> None:
        self.now = NOW
        self.profile = OPENID4VP_1_0
        """The profile that reads most, so that most code is reached."""
        self.types = known_types()
        self.edi = Sandbox(clock=TravellingClock(NOW), profile=self.profile)
        self.authority = CertificateAuthority.create("Test CA", now=NOW)
        self.authority_key: PrivateKey = self.authority._key
        self.anchors = (self.authority.certificate,)
        self.key, self.holder = PrivateKey.generate(), PrivateKey.generate()
        self.chain = self.authority.issue(
            self.key.public,
            Subject("Test", "NL", "Test B.V.", "NTRNL-12345678"),
            now=NOW,
            san_dns=("issuer.example",),
        )
        self.party_key = PrivateKey.generate()
        self.record = pilot("cafe-de-vrije-val").record
        self.certificates = self.edi.registrar.register(self.record, self.party_key.public, dns_names=(HOST,))
        self.party = self.relying_party()

    def relying_party(self) -> Verifier:
        """The verifier of the café, with no request yet."""
        return Verifier(
            certificates=self.certificates, key=self.party_key, anchors=self.edi.anchors, base_url=f"https://{HOST}",
            clock=self.edi.clock, types=self.types, profile=self.profile,
        )  # fmt: skip

    # OpenID4VP --------------------------------------------------------------------------------

    @cached_property
    def link(self) -> str:
        return self.party.request().uri

    @cached_property
    def unsigned_link(self) -> str:
        return self.party.request(passing="unsigned", response_mode="direct_post").uri

    @cached_property
    def request_object(self) -> str:
        link = AuthorizationRequestLink.parse(self.party.request(passing="value").uri, by_value=True)
        assert link.request is not None
        return link.request

    def signed_by(self, signer: RequestSigner) -> str:
        """The request object of another client."""
        return signer.sign({**self.request_claims, "client_id": signer.client_id})

    @cached_property
    def attestation(self) -> str:
        return issue_verifier_attestation(
            "verifier.example", self.party_key.public, issuer="https://attester.example", key=self.key,
            expires_at=NOW + DAY, redirect_uris=[self.request_claims["response_uri"]],
        )  # fmt: skip

    @property
    def attested(self) -> RequestSigner:
        return RequestSigner.verifier_attestation("verifier.example", self.party_key, self.attestation)

    def dc_api(self, form: Any) -> dict[str, Any]:
        """A request for the browser's API: ``signed``, ``unsigned`` or ``multisigned``."""
        return self.party.dc_api_request(origins=[f"https://{HOST}"], form=form).as_json()

    @property
    def multisigned(self) -> tuple[Any, Any]:
        """The protected header and the payload of a multi-signed request."""
        request = self.dc_api("multisigned")["data"]["request"]
        one = request["signatures"][0]
        return parts_of(f"{one['protected']}.{request['payload']}.{one['signature']}")

    @cached_property
    def known(self) -> KnownClients:
        uris = frozenset({self.request_claims["response_uri"]})
        return KnownClients(
            pre_registered={"bar": PreRegisteredClient("bar", uris, (self.party_key.public,))},
            attestation_issuers={"https://attester.example": (self.key.public,)},
        )

    @property
    def capabilities(self) -> WalletCapabilities:
        return WalletCapabilities(
            formats=("dc+sd-jwt", "mso_mdoc"),
            scopes={"age": self.asked},
            transaction_types=KNOWN_TRANSACTION_DATA,
        )

    @cached_property
    def wallet_metadata(self) -> dict[str, Any]:
        made = WalletMetadata.of_wallet(self.profile, prefix="x509_hash", key=self.key.public, kid="k")
        return parse_json_object(made.as_form_value())

    @property
    def payment(self) -> dict[str, Any]:
        """Transaction data as the framework's rulebook has it."""
        payee = {"name": "Fietsenwinkel", "id": "NL00TEST0123456789"}
        amounts = {"amount_variable": True, "max_amount": 100.5, "apr": 4}
        recurrence = {"frequency": "MNTH", "start_date": "2026-10-01", "number": 3, "mit_options": amounts}
        payload = {
            "transaction_id": "t-1", "amount": 12.5, "currency": "EUR", "payee": payee, "recurrence": recurrence,
            "date_time": "2026-09-21T12:00:00Z", "sct_inst": True,
        }  # fmt: skip
        return {
            "type": "urn:eudi:sca:payment:1", "credential_ids": ["pid"], "transaction_data_hashes_alg": ["sha-256"],
            "payload": payload,
        }  # fmt: skip

    @cached_property
    def request_claims(self) -> dict[str, Any]:
        return parts_of(self.request_object)[1]

    @property
    def query(self) -> dict[str, Any]:
        """A query that uses every member of DCQL."""
        claims = [
            {"id": name, "path": path}
            for name, path in (("a", ["age_over_18"]), ("b", ["nationalities", None]))
        ]
        one = {
            "id": "pid", "format": "dc+sd-jwt", "meta": {"vct_values": [NL_PID, "urn:eudi:pid:1"]}, "multiple": True,
            "claims": [*claims, {"id": "c", "path": ["address", "country"], "values": ["NL", 1, True]}],
            "claim_sets": [["a", "b"], ["c"]], "require_cryptographic_holder_binding": True,
            "trusted_authorities": [{"type": "aki", "values": ["s9tIpPmhxdiuNkHMEWNpYim8S8Y"]}],
        }  # fmt: skip
        two = {
            "id": "mdl", "format": "mso_mdoc", "meta": {"doctype_value": "org.iso.18013.5.1.mDL"},
            "claims": [{"path": ["org.iso.18013.5.1", "given_name"], "intent_to_retain": False}],
        }  # fmt: skip
        sets = [{"options": [["pid"], ["mdl"]]}, {"options": [["mdl"]], "required": False}]
        return {"credentials": [one, two], "credential_sets": sets}

    @cached_property
    def metadata(self) -> dict[str, Any]:
        formats = {
            **self.request_claims["client_metadata"]["vp_formats_supported"],
            "mso_mdoc": {"issuerauth_alg_values": [-7, -9], "deviceauth_alg_values": [-9, -65537]},
        }
        return {**self.request_claims["client_metadata"], "vp_formats_supported": formats}

    # Credentials ------------------------------------------------------------------------------

    @property
    def pid_claims(self) -> dict[str, Any]:
        return pid_claims(persona("frouke"), now=NOW)

    @cached_property
    def credential(self) -> str:
        claims = self.pid_claims
        paths: list[ClaimPath] = [*pid_configuration().disclosable, ("nationalities", None)]
        return issue_sd_jwt_vc(
            vct=NL_PID, claims=claims, disclosable=paths, key=self.key, chain=self.chain,
            holder_key=self.holder.public, issued_at=NOW, expires_at=NOW + 90 * DAY, issuer="https://issuer.example",
            status=StatusReference(7, LIST_URI).as_json(),
        )  # fmt: skip

    @property
    def issuer(self) -> X5cIssuer:
        return X5cIssuer(self.anchors)

    @cached_property
    def presentation(self) -> str:
        card = verify_sd_jwt_vc(self.credential, issuer_key=self.issuer, now=NOW, profile=self.profile)
        return card.present(
            [("age_over_18",), ("nationalities", 0), ("address", "country")],
            holder_key=self.holder, audience="x509_hash:us", nonce="n-0S6", now=NOW,
        )  # fmt: skip

    @cached_property
    def asked(self) -> DcqlQuery:
        paths = (["age_over_18"], ["nationalities", None], ["address", "country"])
        query = {"id": "pid", "format": "dc+sd-jwt", "meta": {"vct_values": [NL_PID]}, "multiple": True}
        return DcqlQuery.parse({"credentials": [{**query, "claims": [{"path": path} for path in paths]}]})

    @cached_property
    def expectations(self) -> Expectations:
        anchors = self.edi.anchors
        for category in list(Category):
            anchors = anchors.adding(category, *self.anchors)
        return Expectations(
            audience="x509_hash:us",
            nonce="n-0S6",
            issuer=IssuerByType(anchors, policy=TrustPolicy(), types=self.types, profile=self.profile),
            types=self.types,
            profile=self.profile,
            status_lists=lambda _: self.status_token,
        )

    # Status and registration ------------------------------------------------------------------

    @cached_property
    def status_token(self) -> str:
        return sign_status_list_token(
            StatusList(64, bits=2),
            uri=LIST_URI,
            key=self.key,
            chain=self.chain,
            now=NOW,
            expires_at=NOW + DAY,
            ttl=60,
        )

    @cached_property
    def status_cwt(self) -> bytes:
        return sign_status_list_cwt(
            StatusList(64, bits=2),
            uri=LIST_URI,
            key=self.key,
            chain=self.chain,
            now=NOW,
            expires_at=NOW + DAY,
            ttl=60,
        )

    @cached_property
    def identifier_list(self) -> bytes:
        return sign_identifier_list(
            [b"1", b"22"],
            uri=LIST_URI,
            key=self.key,
            chain=self.chain,
            now=NOW,
            expires_at=NOW + DAY,
            ttl=60,
        )

    @cached_property
    def list_key(self) -> PrivateKey:
        return PrivateKey.generate()

    @cached_property
    def list_signers(self) -> tuple[Certificate, ...]:
        subject = Subject("Signer", country="EU", organization="Operator")
        return (self.authority.issue(self.list_key.public, subject, now=NOW).leaf,)

    @cached_property
    def lote(self) -> str:
        services = tuple(
            TrustedService(one, "service", self.anchors)
            for one in (PID_PROVIDERS.issuance, PID_PROVIDERS.revocation)
        )
        entities = (TrustedEntity("Provider", "NL", services),)
        made = ListOfTrustedEntities(PID_PROVIDERS, 7, NOW, NOW + DAY, "Operator", entities)
        return sign_lote(made, key=self.list_key, chain=CertificateChain(*self.list_signers))

    @cached_property
    def xml_key(self) -> PrivateKey:
        return PrivateKey.generate()

    @cached_property
    def xml_signer(self) -> Certificate:
        return self.authority.issue(self.xml_key.public, Subject("XML signer"), now=NOW).leaf

    def sign_xml(self, given: str) -> bytes:
        """Signed, if it is XML at all; else as it is."""
        try:
            root = etree.fromstring(given.encode("utf-8", "surrogatepass"))
            signer = XMLSigner(signature_algorithm=SignatureMethod.ECDSA_SHA256)
            signed = signer.sign(root, key=self.xml_key.pem(), cert=self.xml_signer.pem())
            return bytes(etree.tostring(signed))
        except (etree.LxmlError, SignXMLException, ValueError):
            return given.encode("utf-8", "surrogatepass")

    @cached_property
    def trusted_list_xml(self) -> str:
        certificate = base64.b64encode(self.authority.certificate.der).decode()
        service = (
            "<TSPService><ServiceInformation>"
            "<ServiceTypeIdentifier>http://uri.etsi.org/TrstSvc/Svctype/EAA/Q</ServiceTypeIdentifier>"
            f"<ServiceDigitalIdentity><DigitalId><X509Certificate>{certificate}</X509Certificate></DigitalId>"
            "</ServiceDigitalIdentity>"
            "<ServiceStatus>http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted</ServiceStatus>"
            "</ServiceInformation></TSPService>"
        )
        return (
            '<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#"><SchemeInformation>'
            "<TSLVersionIdentifier>6</TSLVersionIdentifier><TSLSequenceNumber>7</TSLSequenceNumber>"
            "<SchemeTerritory>NL</SchemeTerritory><ListIssueDateTime>2026-01-01T00:00:00Z</ListIssueDateTime>"
            "<NextUpdate><dateTime>2036-01-01T00:00:00Z</dateTime></NextUpdate></SchemeInformation>"
            "<TrustServiceProviderList><TrustServiceProvider><TSPInformation><TSPName><Name>P</Name></TSPName>"
            f"</TSPInformation><TSPServices>{service}</TSPServices></TrustServiceProvider>"
            "</TrustServiceProviderList></TrustServiceStatusList>"
        )

    @cached_property
    def registration_cwt(self) -> bytes:
        claims = parse_json(b64url_decode(self.registration_certificate.split(".")[1]))
        return sign_cose_sign1(
            dump_cbor(claims),
            self.key,
            protected={TYP: "rc-wrp+cwt", X5CHAIN: x5chain(self.chain)},
            tagged=True,
        )

    @cached_property
    def registration_certificate(self) -> str:
        return issue_wrprc(
            self.record, self.record.intended_uses[0].id, key=self.key, chain=self.chain, now=NOW, days=30,
            status=StatusReference(7, LIST_URI), registry_uri="https://registrar.example",
        )  # fmt: skip

    @cached_property
    def provider_registration(self) -> str:
        """What the register says of the PID issuer, signed with the key of this world."""
        record = self.edi.registrar.record("NTRNL-90000099")
        assert record is not None
        return issue_provider_wrprc(
            record, key=self.key, chain=self.chain, now=NOW, days=30,
            status=StatusReference(7, LIST_URI), registry_uri="https://registrar.example",
        )  # fmt: skip

    @property
    def provider_chain(self) -> CertificateChain:
        """The access certificate of the PID issuer."""
        signer = self.edi.pid_issuer._metadata_signer
        assert signer is not None
        return signer.chain

    @property
    def provider_anchors(self) -> TrustAnchors:
        """Those of the sandbox, and the key of this world may register."""
        return self.edi.anchors.adding(Category.REGISTRATION_CERTIFICATE_PROVIDER, *self.anchors)
