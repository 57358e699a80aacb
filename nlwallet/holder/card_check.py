"""A received credential, checked before it is kept: signature, chain, key, type, and the metadata of its type.

RFC 9901 §7.2, HAIP 1.0 §6.1.1, SD-JWT VC §4; of an mdoc ISO/IEC 18013-5 §9.3.1.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from nlwallet.claim_path import expand
from nlwallet.crypto import Certificate, SigningKey
from nlwallet.dcql import MSO_MDOC, SD_JWT_VC, CandidateCredential
from nlwallet.encoding import b64url_decode, parse_json
from nlwallet.errors import InvalidCredential, InvalidOffer, TransportError
from nlwallet.holder.card_status import StatusWatch
from nlwallet.holder.copies import CardCopy, Copies, Credential, check_equal, reuse_of
from nlwallet.holder.examine import PID
from nlwallet.holder.issuer_words import IssuerWords
from nlwallet.holder.labels import Labels
from nlwallet.holder.vault import Card
from nlwallet.http import HttpClient, StatusChecker
from nlwallet.mdoc import DocumentSigners, Mdoc, claims_of, verify_mdoc
from nlwallet.openid4vci import OfferedConfiguration
from nlwallet.profiles import Profile
from nlwallet.sdjwt import (
    SdJwtVc,
    TypeMetadata,
    TypeMetadataRegistry,
    X5cIssuer,
    check_against_type_metadata,
    verify_sd_jwt_vc,
)
from nlwallet.trust import PID_TYPES, Anchors, Category, anchors_for_type, status_signers

ATTESTATION_PROVIDERS: Final = (Category.QEAA_PROVIDER, Category.PUB_EAA_PROVIDER, Category.EAA_PROVIDER)
MAX_TYPE_DOCUMENTS: Final = 8


@dataclass(frozen=True, slots=True)
class CardCheck:
    """What a wallet holds a received credential against; ``status_lists`` say whether it was taken back already."""

    anchors: Anchors
    profile: Profile
    types: TypeMetadataRegistry
    status_lists: StatusChecker

    def card(
        self,
        texts: Sequence[str],
        configuration: OfferedConfiguration,
        keys: Sequence[SigningKey],
        *,
        now: int,
    ) -> Card:
        """The card of credentials that each passed every check, and say the same.

        Raises a :class:`~nlwallet.errors.RemoteError`.
        """
        copies = [self._copy(text, configuration, keys, now=now) for text in texts]
        check_equal(copies)
        for one in copies:
            self.watch.check(one.credential, now=now)
        return _as_card(copies, configuration, self.types, now=now)

    def _copy(
        self, text: str, configuration: OfferedConfiguration, keys: Sequence[SigningKey], *, now: int
    ) -> CardCopy:
        verify = self._mdoc if configuration.format == MSO_MDOC else self._sd_jwt_vc
        credential = verify(text, configuration.vct, now)
        key = next((one for one in keys if one.public == credential.holder_key), None)
        if key is None:
            raise InvalidCredential(
                "the credential is not bound to the key that was proven",
                spec="OpenID4VCI 1.0 §8.2",
                pointer="/payload/cnf",
            )
        return CardCopy(credential, key)

    def _sd_jwt_vc(self, text: str, vct: str, now: int) -> SdJwtVc:
        credential = verify_sd_jwt_vc(
            text,
            issuer_key=X5cIssuer(
                self.issuers(vct),
                anchor_in_x5c=self.profile.anchor_in_x5c,
                extended_key_usage=self.profile.issuer_signing_usage,
            ),
            now=now,
            profile=self.profile,
        )
        if credential.vct != vct:
            raise InvalidCredential(
                "the credential is of another type than was offered",
                spec="OpenID4VCI 1.0 §A.3.2",
                pointer="/payload/vct",
            )
        if vct in self.types:
            metadata = self._effective(vct, credential.claims.get("vct#integrity"))
            check_against_type_metadata(
                credential.claims, credential.disclosable_paths(), metadata, complete=True
            )
        return credential

    def _mdoc(self, text: str, doctype: str, now: int) -> Mdoc:
        document = verify_mdoc(
            text,
            issuer=DocumentSigners(self.issuers(doctype), anchor_in_x5chain=self.profile.anchor_in_x5c),
            now=now,
            algorithms=self.profile.signing_algorithms,
            doctype=doctype,
            leeway=self.profile.clock_leeway,
        )
        if doctype in self.types:
            metadata = self._effective(doctype, document.mso.further.get("typeMetadataIntegrity"))
            claims = claims_of(doctype, document.claims)
            # Each element can be withheld, so that ``sd`` says nothing of an mdoc: only what is mandatory counts.
            withheld = [at for one in metadata.claims if one.sd != "never" for at in expand(claims, one.path)]
            check_against_type_metadata(claims, withheld, metadata, complete=True)
        return document

    def _effective(self, vct: str, integrity: object) -> TypeMetadata:
        return self.types.effective(vct, integrity=integrity if isinstance(integrity, str) else None)

    @property
    def watch(self) -> StatusWatch:
        """The status lists of what these anchors vouch for."""
        return StatusWatch(self.status_lists, self.profile, self._status_signers)

    def _status_signers(self, credential: Credential, now: int) -> tuple[Certificate, ...]:
        return status_signers(
            credential.chain,
            self.anchors,
            self._categories(credential.types[0]),
            now=now,
            anchor_in_x5c=self.profile.anchor_in_x5c,
        )

    def issuers(self, vct: str) -> tuple[Certificate, ...]:
        """The anchors of those who may issue this type."""
        return tuple(
            anchor
            for category in self._categories(vct)
            for anchor in anchors_for_type(self.anchors, category, vct)
        )

    def _categories(self, vct: str) -> tuple[Category, ...]:
        if vct.startswith(PID_TYPES) or PID in self.types.ancestors(vct):
            return (Category.PID_PROVIDER,)
        return ATTESTATION_PROVIDERS


def types_with(
    configuration: OfferedConfiguration,
    credential_issuer: str,
    types: TypeMetadataRegistry,
    *,
    http: HttpClient,
) -> TypeMetadataRegistry:
    """``types`` with that of the offered credential: known already, or from the issuer itself.

    No other address is asked: a URL in a credential may lead anywhere (SD-JWT VC §7.1). Raises a
    :class:`~nlwallet.errors.RemoteError`.
    """
    uri = configuration.type_metadata_uri
    if configuration.vct in types or uri is None or _origin(uri) != _origin(credential_issuer):
        return types
    what = "the type metadata"
    reply = http.get(uri, accept="application/json", what=what)
    if reply.status != 200:
        raise TransportError(f"{what} was answered with HTTP status {reply.status}")
    documents = parse_json(reply.body, what=what)
    if (
        not isinstance(documents, list)
        or not 0 < len(documents) <= MAX_TYPE_DOCUMENTS
        or not all(isinstance(document, str) for document in documents)
    ):
        raise InvalidOffer(f"{what} is no array of documents", spec="SD-JWT VC §5.3.2")
    grown = types.adding([b64url_decode(document) for document in documents])
    # Only what this type is made of: an issuer has nothing to say about the types of others.
    return types.adding(grown.documents(configuration.vct))


def _as_card(
    copies: Sequence[CardCopy], configuration: OfferedConfiguration, types: TypeMetadataRegistry, *, now: int
) -> Card:
    credential = copies[0].credential
    chain = credential.chain
    assert chain is not None  # no other way to the issuer's key is taken here
    subject, type_ = chain.leaf.subject, credential.types[0]
    words = IssuerWords.of(configuration)
    return Card(
        candidate=CandidateCredential(
            id=secrets.token_urlsafe(16),
            format=MSO_MDOC if isinstance(credential, Mdoc) else SD_JWT_VC,
            types=credential.types if isinstance(credential, Mdoc) else types.ancestors(type_),
            claims=credential.claims,
            authority_key_ids=chain.authority_key_ids,
            disclosable=credential.disclosable_paths(),
        ),
        issuer=subject.organization or subject.common_name,
        names=Labels(types, {type_: (words,)}).names(type_),
        received_at=now,
        expires_at=credential.expires_at,
        copies=Copies(copies, *reuse_of(configuration)),
        disclosure_policy=configuration.disclosure_policy,
        words=words,
    )


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()
