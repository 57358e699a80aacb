"""The cards of the hostile wallet: of the trusted issuers of a sandbox, with their keys in hand, and of strangers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nlwallet.claim_path import ClaimPath
from nlwallet.crypto import CertificateAuthority, CertificateChain, PrivateKey
from nlwallet.dcql import MSO_MDOC, SD_JWT_VC, CredentialQuery
from nlwallet.holder.proof_of_association import NL_WALLET, prove_association
from nlwallet.issuer import card, card_names
from nlwallet.mdoc import DOCUMENT_SIGNER, issue_mdoc, namespaces_of
from nlwallet.openid4vp import (
    AuthorizationRequest,
    key_binding_claims,
    session_transcript,
)
from nlwallet.profiles import OPENID4VP_1_0
from nlwallet.registration import RelyingPartyRecord
from nlwallet.sandbox import Sandbox
from nlwallet.sdjwt import X5cIssuer, issue_sd_jwt_vc, verify_sd_jwt_vc
from nlwallet.testing.hostile.answer import ENCS, Associate, NotApplicable, PresentationDraft
from nlwallet.testing.hostile.asked import asked_claims, authorised, to_answer
from nlwallet.testing.hostile.forging_issuer import ISSUER_HOST, ForgingIssuer, category_of
from nlwallet.testing.hostile.mdoc_draft import MdocDraft
from nlwallet.testing.hostile.sd_jwt_draft import SdJwtDraft
from nlwallet.trust import PID_TYPES, Category

DAY = 86_400


def reader_record(identifier: str) -> RelyingPartyRecord:
    """A relying party that is registered as it should be, and whose owner turns out to be a thief."""
    return RelyingPartyRecord.of(
        legal_name="Webwinkel De Inbreker B.V.",
        trade_name="Webwinkel De Inbreker",
        identifier=identifier,
        services=[{"nl": "Webwinkel", "en": "Web shop"}],
        website="https://attacker.example",
        support_uri="https://attacker.example/privacy",
        supervisory_authority={"name": "Toezichthouder", "country": "NL", "uri": "https://toezicht.example"},
        intended_uses=[
            {
                "id": "age",
                "purpose": {"nl": "Je leeftijd controleren", "en": "Check your age"},
                "privacy_policy": "https://attacker.example/privacy",
                "retention": {"days": 0},
                "credentials": [{"types": ["urn:eudi:pid:nl:1"], "claims": [["age_over_18"]]}],
            }
        ],
    )


class Forger:
    """Makes the credentials that a request asks for: good ones, as drafts that can be spoiled.

    With ``associates`` it has a key for each card and proves that they belong together, as the NL Wallet does; without,
    one key for all of them.
    """

    def __init__(self, edi: Sandbox, *, person: str = "frouke", associates: bool = False) -> None:
        self.edi = edi
        self.person = person
        self.associates = associates
        self.holder = PrivateKey.generate()
        self.other_holder = PrivateKey.generate()
        self._further_keys: dict[int, PrivateKey] = {}
        self._issuers: dict[Category, ForgingIssuer] = {}
        self._notified_for: set[Category] = set()
        self._document_signers: dict[Category, ForgingIssuer] = {}
        self._access: tuple[PrivateKey, CertificateChain] | None = None

    def now(self) -> int:
        """Seconds since the epoch, by the clock of the sandbox."""
        return self.edi.clock.now()

    def issuer(self, category: Category) -> ForgingIssuer:
        """A trusted issuer of that category; the same one each time."""
        if category not in self._issuers:
            usage = self.edi.profile.issuer_signing_usage
            self._issuers[category] = ForgingIssuer.below(
                self._notified(category),
                category,
                now=self.now(),
                extended_key_usages=() if usage is None else (usage,),
            )
        return self._issuers[category]

    def document_signer(self, category: Category) -> ForgingIssuer:
        """The same for mdocs (ISO/IEC 18013-5 §B.1.4)."""
        if category not in self._document_signers:
            self._document_signers[category] = ForgingIssuer.below(
                self._notified(category),
                category,
                now=self.now(),
                extended_key_usages=(DOCUMENT_SIGNER,),
            )
        return self._document_signers[category]

    def _notified(self, category: Category) -> CertificateAuthority:
        """The authority of a category, in the list of those who are trusted for it."""
        authority = self.edi.authorities.of(category)
        if category is not Category.PID_PROVIDER and category not in self._notified_for:
            self._notified_for.add(category)
            self.edi.authorities.scheme.notify(
                category,
                "Testuitgever",
                authority.certificate,
                url=f"https://{ISSUER_HOST}",
                identifier="NTRNL-90000000",
            )
        return authority

    def stranger(self, category: Category = Category.PID_PROVIDER) -> ForgingIssuer:
        """An issuer below an authority that nobody trusts, and that has the name of the trusted one."""
        trusted = self.edi.authorities.of(category).certificate.subject
        authority = CertificateAuthority.create(
            trusted.common_name, organization=trusted.organization, now=self.now()
        )
        return ForgingIssuer.below(authority, category, now=self.now())

    def access_certificate(self) -> tuple[PrivateKey, CertificateChain]:
        """The access certificate of a relying party of this sandbox, and its key."""
        if self._access is None:
            key = PrivateKey.generate()
            certificates = self.edi.registrar.register(
                reader_record("NTRNL-90000666"), key.public, dns_names=("attacker.example",)
            )
            self._access = key, certificates.access_chain
        return self._access

    def associating(self, request: AuthorizationRequest) -> Associate | None:
        """What makes the proof of association in an answer to ``request``, if this wallet makes one."""
        if not self.associates:
            return None
        return lambda keys: prove_association(
            keys, issuer=NL_WALLET, audience=request.client_id or "", nonce=request.nonce, now=self.now()
        )

    def _key_for(self, query: CredentialQuery, request: AuthorizationRequest) -> PrivateKey:
        if not self.associates:
            return self.holder
        place = [one.id for one in request.dcql_query.credentials].index(query.id)
        return self._further_keys.setdefault(place, PrivateKey.generate()) if place else self.holder

    def presentations(
        self, request: AuthorizationRequest, *, origin: str | None = None
    ) -> dict[str, list[PresentationDraft]]:
        """A good presentation for each credential query that has to be answered. Raises :class:`NotApplicable`."""
        return {
            query.id: [self.present(query, request, origin=origin)] for query in to_answer(request.dcql_query)
        }

    def present(
        self,
        query: CredentialQuery,
        request: AuthorizationRequest,
        *,
        origin: str | None = None,
        **changes: Any,
    ) -> PresentationDraft:
        """A good presentation for ``query``; ``changes`` as in :meth:`sd_jwt`, for an mdoc ``holder`` alone.

        ``origin`` is that of a page that asked through the browser.
        """
        if query.format == MSO_MDOC and changes.keys() <= {"holder"}:
            return self.mdoc(query, request, origin=origin, **changes)
        if query.format != SD_JWT_VC:
            raise NotApplicable(f"it asks for {query.format}")
        if origin is not None:
            changes.setdefault("audience", f"origin:{origin}")
        return self.sd_jwt(query, request, **changes)

    def sd_jwt(
        self,
        query: CredentialQuery,
        request: AuthorizationRequest,
        *,
        issuer: ForgingIssuer | None = None,
        holder: PrivateKey | None = None,
        vct: str | None = None,
        claims: Mapping[str, Any] | None = None,
        shown: Sequence[ClaimPath] | None = None,
        audience: str | None = None,
        nonce: str | None = None,
        issued_at: int | None = None,
        expires_at: int | None = None,
        status: Mapping[str, Any] | None = None,
        hash_algorithm: str = "sha-256",
    ) -> SdJwtDraft:
        """An SD-JWT VC that answers ``query``, presented in ``request``; what is left out is as it should be."""
        type_ = vct or query.types[0]
        signer = issuer or self.issuer(category_of(type_))
        key, now = holder or self._key_for(query, request), self.now()
        paths = [one.path for one in asked_claims(query)] if shown is None else list(shown)
        values = dict(claims) if claims is not None else self.claims_for(query)
        issued = issue_sd_jwt_vc(
            vct=type_,
            claims={"attestation_qualification": signer.qualification, **values},
            disclosable=_disclosable(values),
            key=signer.key,
            chain=signer.chain,
            holder_key=key.public,
            issued_at=now if issued_at is None else issued_at,
            expires_at=now + 90 * DAY if expires_at is None else expires_at,
            issuer=signer.chain.leaf.san_uris[0] if signer.chain.leaf.san_uris else None,
            status=status,
            hash_algorithm=hash_algorithm,
        )
        held = verify_sd_jwt_vc(
            issued,
            issuer_key=X5cIssuer([signer.authority.certificate]),
            now=now if issued_at is None else issued_at,
            profile=OPENID4VP_1_0,
        )
        text = held.present(
            paths,
            holder_key=key,
            audience=audience or request.client_id or "",
            nonce=nonce or request.nonce,
            now=now,
            key_binding_claims=key_binding_claims(authorised(query, request)),
        )
        draft = SdJwtDraft.of(text, issuer_key=signer.key, holder_key=key)
        if not query.require_cryptographic_holder_binding:
            draft.key_binding = None
        return draft

    def mdoc(
        self,
        query: CredentialQuery,
        request: AuthorizationRequest,
        *,
        holder: PrivateKey | None = None,
        origin: str | None = None,
    ) -> MdocDraft:
        """An mdoc that answers ``query``, presented in ``request``; ``origin`` is that of a page that asked for it."""
        namespaces = namespaces_of(query.types[0], self.card(query.types[0]))
        shown: dict[str, set[str]] = {}
        for asked in asked_claims(query):
            namespace, element = str(asked.path[0]), str(asked.path[1])
            if asked.values:
                _set(namespaces, asked.path, asked.values[0])
            elif not _has(namespaces, asked.path):
                _set(namespaces, asked.path, f"een {element}")
            shown.setdefault(namespace, set()).add(element)
        key = holder or self._key_for(query, request)
        draft = self.mdoc_of(query.types[0], namespaces, request, holder=key, origin=origin)
        draft.only(shown)
        return draft

    def mdoc_of(
        self,
        doctype: str,
        namespaces: Mapping[str, Mapping[str, Any]],
        request: AuthorizationRequest,
        *,
        holder: PrivateKey | None = None,
        origin: str | None = None,
    ) -> MdocDraft:
        """An mdoc of any type with these elements, all of them shown in ``request``."""
        signer, key, now = self.document_signer(category_of(doctype)), holder or self.holder, self.now()
        issued = issue_mdoc(
            doctype=doctype,
            namespaces=namespaces,
            key=signer.key,
            chain=signer.chain,
            holder_key=key.public,
            signed_at=now,
            valid_until=now + 90 * DAY,
            further={
                "issuerUri": next(iter(signer.chain.leaf.san_uris), ""),
                "attestationQualification": signer.qualification,
            },
        )
        transcript = session_transcript(request, origin=origin, encs=ENCS)
        return MdocDraft.of(issued, issuer_key=signer.key, holder_key=key, transcript=transcript)

    def claims_for(self, query: CredentialQuery) -> dict[str, Any]:
        """What the person's card of this type says, with something at each path that is asked and not on it."""
        claims = self.card(query.types[0])
        for asked in asked_claims(query):
            if asked.values:
                _set(claims, asked.path, asked.values[0])
            elif not _has(claims, asked.path):
                _set(claims, asked.path, f"een {asked.path[-1]}")
        return claims

    def card(self, type_: str) -> dict[str, Any]:
        """The claims of the person's card of this type; empty for a type that the sandbox does not issue."""
        if type_.startswith(PID_TYPES):
            return dict(card("pid").claims(self.person, now=self.now()))
        for name in card_names():
            if card(name).configuration.vct == type_:
                return dict(card(name).claims(self.person, now=self.now()))
        return {}


def _disclosable(claims: Mapping[str, Any]) -> list[ClaimPath]:
    """Every claim by itself, and every member of an object."""
    tops: list[ClaimPath] = [(name,) for name in claims]
    return tops + [
        (name, member) for name, value in claims.items() if isinstance(value, Mapping) for member in value
    ]


def _has(claims: Mapping[str, Any], path: ClaimPath) -> bool:
    value: Any = claims
    for element in path:
        if isinstance(value, Mapping) and element in value:
            value = value[element]
        elif isinstance(value, list) and value and (element is None or isinstance(element, int)):
            value = value[element or 0] if (element or 0) < len(value) else value[0]
        else:
            return False
    return True


def _set(claims: dict[str, Any], path: ClaimPath, value: Any) -> None:
    """Put ``value`` at ``path``; an array on the way gets one element."""
    name, *rest = path
    if not rest:
        claims[str(name)] = value
    elif isinstance(rest[0], str):
        inner = claims.get(str(name))
        made = dict(inner) if isinstance(inner, Mapping) else {}
        _set(made, tuple(rest), value)
        claims[str(name)] = made
    else:
        claims[str(name)] = [value]
