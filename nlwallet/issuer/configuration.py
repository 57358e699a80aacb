"""What an issuer can issue: one credential configuration for each type (OpenID4VCI 1.0 §12.2.4)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypedDict, Unpack

from nlwallet.claim_path import ClaimPath
from nlwallet.errors import LocalError
from nlwallet.issuer.credential_metadata import check_reuse, credential_metadata, reuse_policy
from nlwallet.issuer.type_document import TypeDocument, documents_of
from nlwallet.mdoc import KNOWN_DOCTYPES, ElementType, element_path, namespaces_of, typed_claims
from nlwallet.openid4vci import KeyAttestationsRequired
from nlwallet.registration import DisclosurePolicy
from nlwallet.sdjwt import TypeMetadata, TypeMetadataRegistry, disclosable_paths
from nlwallet.trust import PID_TYPES

PROOF_ALGORITHMS = ("ES256",)
"""JOSE algorithms of key proofs that an issuer takes (HAIP 1.0 §7)."""

_ES256 = -7
"""What COSE calls it (RFC 9053 §2.1)."""

_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")


class ConfigurationOptions(TypedDict, total=False):
    """What a type does not say, and an issuer decides; each as in :class:`CredentialConfiguration`."""

    lifetime_days: int
    batch_size: int
    attestation_qualification: str | None
    reuse_methods: tuple[str, ...]
    renew_at_unused: int | None
    renew_before_end: int | None
    key_attestations_required: KeyAttestationsRequired | None
    revocable: bool
    deferred: bool
    disclosure_policy: DisclosurePolicy | None
    elements: Mapping[ClaimPath, ElementType | str]


@dataclass(frozen=True, slots=True)
class CredentialConfiguration:
    """An SD-JWT VC of type ``vct``, or an mdoc whose docType that is. ``disclosable`` are the claim paths that its
    holder may withhold; of an mdoc that is each element.

    :meth:`from_type_metadata` makes one from the document that describes the type, :meth:`as_mdoc` one from its twin.
    """

    id: str
    vct: str
    scope: str
    disclosable: tuple[ClaimPath, ...]
    lifetime_days: int = 365
    batch_size: int = 1
    """How many credentials a wallet may get at once; each has its own salts and its own key."""
    attestation_qualification: str | None = None
    """A claim that the NL Wallet wants of attestations: ``QEAA``, ``PuB-EAA`` or ``EAA``; left out when ``None``."""
    reuse_methods: tuple[str, ...] = ()
    """How wallets are to use copies, the preferred way first (ARF ISSU_40): one of ``once_only`` and ``limited_time``,
    and besides it ``rotating-batch`` or ``per-relying-party``."""
    renew_at_unused: int | None = None
    """With how many unused copies left a wallet fetches new ones (ISSU_45): one, where a method needs it."""
    renew_before_end: int | None = None
    """How many seconds before its end a wallet fetches a new one (ISSU_50, ISSU_54): a week or half its life, whichever
    is shorter, where a method needs it."""
    key_attestations_required: KeyAttestationsRequired | None = None
    """What a wallet provider must attest of the keys; ``None`` takes keys that nobody vouches for."""
    revocable: bool = True
    """Whether each copy has an entry in a status list (HAIP 1.0 §6.1); what lives a day or less can do without."""
    deferred: bool = False
    """Whether somebody at the issuer decides on each request first (:attr:`Issuer.waiting`)."""
    disclosure_policy: DisclosurePolicy | None = None
    """To whom wallets are to show the card (ARF EDP_01, EDP_09); not for a PID. An issuer that starts with another one
    revokes the cards that it issued before (EDP_11)."""
    type_documents: tuple[bytes, ...] = field(default=(), repr=False)
    """The metadata of the type and of what it extends, for issuers whose registry does not have it."""
    format: Literal["dc+sd-jwt", "mso_mdoc"] = "dc+sd-jwt"
    """The credential format identifier; from the same claims comes an SD-JWT VC or an mdoc."""
    elements: Mapping[ClaimPath, ElementType | str] = field(default_factory=dict, hash=False)
    """What a claim looks like, in the words of CDDL: ``{("since",): "full-date"}``. Claims of another form are not
    issued, in either format, and in an mdoc the value is encoded as that type; the rest is as JSON has it."""
    twin_of: str = ""
    """Of an mdoc whose elements have names of their own: the ``vct`` whose claims its data sets have."""

    @classmethod
    def from_type_metadata(
        cls,
        document: TypeDocument,
        *,
        types: TypeMetadataRegistry | None = None,
        configuration_id: str | None = None,
        scope: str | None = None,
        in_the_clear: Collection[ClaimPath] = (),
        **options: Unpack[ConfigurationOptions],
    ) -> CredentialConfiguration:
        """A configuration for the type that ``document`` describes (SD-JWT VC §5).

        ``document`` is JSON as a dictionary or as the octets that are served, the ``Path`` of a file with these, or
        the ``vct`` of a type in ``types``. ``types`` has what it extends; the types of this library when left out.
        ``configuration_id`` is the ``vct`` and ``scope`` the id when left out. What the document lets the issuer
        choose (``sd`` is ``allowed``) becomes selectively disclosable, without the paths in ``in_the_clear``.

        Raises :class:`~nlwallet.errors.InvalidTypeMetadata` or :class:`~nlwallet.errors.LimitExceeded` for a document
        that is wrong, with a pointer into it, and :class:`~nlwallet.errors.LocalError` for a call that is.
        """
        documents, metadata = documents_of(document, types)
        id_ = metadata.vct if configuration_id is None else configuration_id
        return cls(
            id=id_,
            vct=metadata.vct,
            scope=id_ if scope is None else scope,
            disclosable=disclosable_paths(metadata, in_the_clear=in_the_clear),
            type_documents=documents,
            **options,
        )

    def __post_init__(self) -> None:
        if not self.id or not self.vct or self.lifetime_days < 1 or self.batch_size < 1:
            raise LocalError(
                "a credential configuration has an id and a type, lasts a day or more, and its batch has at least one"
            )
        check_reuse(
            self.reuse_methods,
            batch_size=self.batch_size,
            unused_left=self.renew_at_unused,
            lifetime_left=self.renew_before_end,
        )
        vouched_for = self.vct.startswith(PID_TYPES) or self.attestation_qualification in ("QEAA", "PuB-EAA")
        if vouched_for and not self.revocable and self.lifetime_days > 1:
            raise LocalError(
                "a PID, QEAA or PuB-EAA that lasts longer than a day can be revoked",
                spec="ARF VCR_01, VCR_01b",
                hint="revocable=True, or lifetime_days=1",
            )
        if self.disclosure_policy is not None and self.vct.startswith(PID_TYPES):
            raise LocalError("a PID has no disclosure policy", spec="ARF EDP_01")
        if not _SCOPE.fullmatch(self.scope):
            raise LocalError(
                f"{self.scope!r} is no scope",
                spec="RFC 6749 §3.3",
                hint="ASCII without spaces and quotes: scope=…",
            )

    def as_mdoc(
        self, *, configuration_id: str | None = None, scope: str | None = None, doctype: str | None = None
    ) -> CredentialConfiguration:
        """The same card as an mdoc, laid out as :func:`~nlwallet.mdoc.namespaces_of` does.

        ``configuration_id`` is that of this one with ``-mdoc`` behind it and ``scope`` the id when left out.
        ``doctype`` is the ``vct`` when left out, or a document type that a specification describes
        (:data:`~nlwallet.mdoc.KNOWN_DOCTYPES`): the claims of this card then come under the names that they have
        there. Raises :class:`~nlwallet.errors.LocalError` for another one.
        """
        id_ = f"{self.id}-mdoc" if configuration_id is None else configuration_id
        twin = replace(self, id=id_, scope=id_ if scope is None else scope, format="mso_mdoc")
        if doctype in {None, self.vct}:
            return twin
        if doctype not in KNOWN_DOCTYPES:
            raise LocalError(
                f"how the claims of {self.vct} are called in {doctype} is not known",
                hint=f"one of {', '.join(KNOWN_DOCTYPES)}, or a configuration of its own",
            )
        return replace(twin, vct=doctype, twin_of=self.vct, disclosable=(), elements={}, type_documents=())

    @property
    def card(self) -> str:
        """What it is a format of: configurations of one issuer with the same one are twins."""
        return self.twin_of or self.vct

    def own_claims(self, claims: Mapping[str, Any]) -> Mapping[str, Any]:
        """The claims under the names that they have in this format: the data sets of twins are one."""
        return KNOWN_DOCTYPES[self.vct].renamed(claims) if self.twin_of else claims

    def namespaces(self, claims: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """The elements of an mdoc of these claims, each value as it is encoded.

        Raises :class:`~nlwallet.errors.LocalError` with the code ``invalid_claims``, a pointer and a hint.
        """
        known = KNOWN_DOCTYPES.get(self.vct)
        if known is not None:
            return known.typed(self.own_claims(claims))
        return namespaces_of(self.vct, typed_claims(claims, self.elements))

    def metadata(self, types: TypeMetadataRegistry, *, type_metadata_uri: str) -> dict[str, Any]:
        """The entry of ``credential_configurations_supported``."""
        known = types.effective(self.vct)
        mdoc = self.format == "mso_mdoc"
        return {
            "format": self.format,
            **({"doctype": self.vct} if mdoc else {"vct": self.vct}),
            "scope": self.scope,
            "cryptographic_binding_methods_supported": ["cose_key" if mdoc else "jwk"],
            "credential_signing_alg_values_supported": [_ES256 if mdoc else "ES256"],
            "proof_types_supported": self._proof_types(),
            "credential_metadata": credential_metadata(
                _with_elements(known) if mdoc else known,
                reuse_policy(
                    self.reuse_methods,
                    batch_size=self.batch_size,
                    unused_left=self.renew_at_unused,
                    lifetime_left=self.renew_before_end,
                    lifetime_days=self.lifetime_days,
                ),
            ),
            **(
                {}
                if self.disclosure_policy is None
                else {"disclosure_policy": self.disclosure_policy.identified().as_json()}
            ),
            # Not in OpenID4VCI: how the NL Wallet gets the documents behind vct#integrity.
            "type_metadata_uri": type_metadata_uri,
        }

    def _proof_types(self) -> dict[str, Any]:
        terms: dict[str, Any] = {"proof_signing_alg_values_supported": list(PROOF_ALGORITHMS)}
        if self.key_attestations_required is None:
            return {"jwt": terms}
        terms["key_attestations_required"] = self.key_attestations_required.as_json()
        return {"jwt": terms, "attestation": terms}


def _with_elements(known: TypeMetadata) -> TypeMetadata:
    """The claims as the elements of an mdoc; an object of which each member is an element is none itself."""
    of_members = known.vct not in KNOWN_DOCTYPES
    around = {
        claim.path[:1]
        for claim in known.claims
        if of_members and len(claim.path) > 1 and isinstance(claim.path[1], str)
    }
    claims = (
        replace(claim, path=element_path(known.vct, claim.path))
        for claim in known.claims
        if claim.path not in around
    )
    return replace(known, claims=tuple(claims))
