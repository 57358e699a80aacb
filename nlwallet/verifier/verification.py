"""From an unverified response to verified presentations (OpenID4VP 1.0 §8.6), each check in the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from nlwallet.crypto import CertificateChain, PrivateKey, PublicKey
from nlwallet.dcql import CredentialQuery, DcqlQuery, PresentedCredential, check_answer, check_vp_token
from nlwallet.encoding import json_pointer
from nlwallet.errors import (
    InvalidCredential,
    InvalidDeviceAuth,
    InvalidKeyBinding,
    InvalidResponse,
    InvalidSdJwt,
    InvalidSignature,
    InvalidTypeMetadata,
    NlWalletError,
    OutsideValidity,
    UntrustedCertificate,
)
from nlwallet.http import StatusChecker
from nlwallet.http.status_checker import JWT_ONLY, JWT_OR_CWT
from nlwallet.mdoc import MdocPresentation, SessionFacts, verify_mdoc_presentation
from nlwallet.openid4vp import MSO_MDOC, SD_JWT_VC, TransactionData, check, check_authorisation
from nlwallet.profiles import Profile
from nlwallet.report import Check, Outcome, Report
from nlwallet.sdjwt import (
    SdJwtVcPresentation,
    TypeMetadataRegistry,
    check_against_type_metadata,
    verify_sd_jwt_vc_presentation,
)
from nlwallet.status import StatusOutcome
from nlwallet.trust import TrustedLists
from nlwallet.verifier.explaining import explanations
from nlwallet.verifier.met_device import MetDevice
from nlwallet.verifier.presentation import VerifiedPresentation, requested_claims
from nlwallet.verifier.proof_of_association import Association
from nlwallet.verifier.provenance import issuer_of_sd_jwt_vc, provenance_of_mdoc, provenance_of_sd_jwt_vc
from nlwallet.verifier.status_check import StatusLists, check_status
from nlwallet.verifier.trust_policy import IssuerByType

_SIGNATURE = ("S-32", "RFC 9901 §9.1", "the issuer's signature")
_CHAIN = ("V-52", "HAIP 1.0 §6.1.1", "the issuer's certificate leads to an anchor for this type")
_DISCLOSURES = ("V-44", "RFC 9901 §7.1", "every disclosure belongs to the credential")
_TYPE = ("C-01", "SD-JWT VC §2.2", "the credential is an SD-JWT VC of this profile")
_VALIDITY = ("S-24", "RFC 9901 §7.1", "the validity period of the credential")
_BINDING = ("S-30", "RFC 9901 §7.3", "the key binding JWT is made with the holder's key, just now")
_AUDIENCE = ("V-47", "OpenID4VP 1.0 §14.1.2", "aud is our client_id and nonce that of the request")
_SD_HASH = ("S-16", "RFC 9901 §4.3.1", "sd_hash covers exactly what was presented")

_Check: TypeAlias = tuple[str, str, str]

_DOCUMENT_SIGNER = (
    "M-07",
    "ISO/IEC 18013-5 §9.3.1",
    "the document signer's signature, and its way to an anchor",
)
_DIGESTS = (
    "M-10",
    "ISO/IEC 18013-5 §9.3.1",
    "one document, of the type and with the elements that were signed",
)
_DOCUMENT_VALIDITY = ("M-07", "ISO/IEC 18013-5 §9.3.1", "the validity of the document")
_DEVICE = ("M-08", "ISO/IEC 18013-5 §9.1.3", "the device proves the document in this very session")
_OF_MDOC: tuple[_Check, ...] = (_DOCUMENT_SIGNER, _DIGESTS, _DOCUMENT_VALIDITY, _DEVICE)

_OF_THE_CREDENTIAL = (_TYPE, _SIGNATURE, _CHAIN, _DISCLOSURES, _VALIDITY)
_OF_THE_KEY_BINDING = (_BINDING, _AUDIENCE, _SD_HASH)


@dataclass(frozen=True, slots=True)
class Expectations:
    """What a response is held against."""

    audience: str
    """The full client identifier, or ``origin:`` and the origin of the page (§14.8, §A.4)."""
    nonce: str = field(repr=False)
    issuer: IssuerByType
    types: TypeMetadataRegistry
    profile: Profile
    status_lists: StatusChecker | StatusLists | None = None
    transaction_data: tuple[TransactionData, ...] = ()
    trusted_lists: TrustedLists = field(default_factory=TrustedLists)
    session_facts: SessionFacts | None = None
    """What mdocs are bound to; there where the query asks for one (§B.2.6)."""
    met: MetDevice | None = None
    """The same in proximity."""
    reader_key: PrivateKey | None = field(default=None, repr=False)
    """Over the internet the key that a device may have agreed on for a MAC; without it a MAC is refused."""
    association: Association | None = None
    """The proof that the keys of the presentations are in one wallet; ``None``: it is not looked at."""


@dataclass(frozen=True, slots=True)
class UnverifiedResponse:
    """A decrypted answer that belongs to a session. It has nothing to read; :meth:`verify` it."""

    query: DcqlQuery
    vp_token: Any = field(repr=False)

    def verify(self, expected: Expectations, *, now: int, report: Report) -> tuple[VerifiedPresentation, ...]:
        """What :meth:`verify_each` found, without the presentations as they came."""
        return tuple(one.verified for one in self.verify_each(expected, now=now, report=report))

    def verify_each(
        self, expected: Expectations, *, now: int, report: Report
    ) -> tuple[AcceptedPresentation, ...]:
        """Make every check. Raises the :class:`~nlwallet.errors.RemoteError` of what went wrong.

        A presentation that fails is discarded; the answer stands if what is left still answers the query.
        One that is bound to something else (nonce, audience, key) takes the whole response with it (§14.1.2).
        """
        with check(report, "V-42", "OpenID4VP 1.0 §8.1", "vp_token: ids of the query, arrays, counts"):
            received = check_vp_token(self.query, self.vp_token)
        accepted: dict[str, list[AcceptedPresentation]] = {}
        discarded: list[NlWalletError] = []
        for query_id, items in received.items():
            query = self.query.credential(query_id)
            assert query is not None  # check_vp_token refused all other names
            for position, item in enumerate(items):
                own = Report()
                try:
                    one = _Presentation(query, position, expected, now, own).verify(item)
                except NlWalletError as error:
                    if isinstance(error, InvalidKeyBinding | InvalidDeviceAuth):
                        report.checks += own.checks
                        report.explanations += own.explanations
                        raise
                    discarded.append(error)
                else:
                    accepted.setdefault(query_id, []).append(one)
                report.checks += own.checks
        self._check_completeness(accepted, discarded, report)
        self._check_transactions(accepted, expected, report)
        if expected.association is not None:
            expected.association.check(
                {one.holder_key for items in accepted.values() for one in items if one.holder_key},
                audience=expected.audience,
                nonce=expected.nonce,
                algorithms=expected.profile.signing_algorithms,
                now=now,
                report=report,
            )
        return tuple(one for items in accepted.values() for one in items)

    def _check_completeness(
        self,
        accepted: Mapping[str, list[AcceptedPresentation]],
        discarded: list[NlWalletError],
        report: Report,
    ) -> None:
        what = "the presentations answer the query: type, claims, values, required sets"
        answer = {query_id: [one.presented for one in items] for query_id, items in accepted.items()}
        try:
            with check(report, "V-49", "OpenID4VP 1.0 §8.6", what):
                check_answer(self.query, answer)
        except NlWalletError:
            if discarded:
                raise discarded[0] from None
            raise
        if discarded:
            report.checks[:] = [_as_warning(made) for made in report.checks]

    def _check_transactions(
        self, accepted: Mapping[str, list[AcceptedPresentation]], expected: Expectations, report: Report
    ) -> None:
        """Also when nothing was to be authorised: a hash that comes all the same is of something else."""
        given = [(name, one.key_binding) for name, items in accepted.items() for one in items]
        with check(report, "X-08", "OpenID4VP 1.0 §8.4", "all transaction data was authorised, by who may"):
            check_authorisation(expected.transaction_data, given)


@dataclass(frozen=True, slots=True)
class AcceptedPresentation:
    """A presentation that passed, as it came: what the relying party gets, and what the query is held against."""

    item: str = field(repr=False)
    verified: VerifiedPresentation
    presented: PresentedCredential
    key_binding: Mapping[str, Any]
    holder_key: PublicKey | None


class _Presentation:
    """One presentation under verification."""

    def __init__(
        self, query: CredentialQuery, position: int, expected: Expectations, now: int, report: Report
    ) -> None:
        self._query = query
        self._expected = expected
        self._now = now
        self._report = report
        self._pointer = json_pointer(["vp_token", query.id, position])
        self._name = f"{query.id}[{position}]"

    def verify(self, item: str | dict[str, Any]) -> AcceptedPresentation:
        with self._check("V-45", "OpenID4VP 1.0 §8.6", "the format is the one that was asked for"):
            if self._query.format not in (SD_JWT_VC, MSO_MDOC) or not isinstance(item, str):
                raise InvalidResponse(
                    "only compact dc+sd-jwt presentations and mdocs in base64url are read",
                    pointer=self._pointer,
                )
        return self._mdoc(item) if self._query.format == MSO_MDOC else self._sd_jwt_vc(item)

    def _sd_jwt_vc(self, item: str) -> AcceptedPresentation:
        verified = self._verify_sd_jwt_vc(item)
        types = self._check_type_metadata(verified)
        status = self._check_status(verified.claims.get("status"), verified.vct, verified.chain)
        disclosed = frozenset(verified.disclosed_paths)
        return AcceptedPresentation(
            item,
            VerifiedPresentation(
                query_id=self._query.id,
                format=SD_JWT_VC,
                type=verified.vct,
                issuer=issuer_of_sd_jwt_vc(verified),
                claims=requested_claims(self._query, verified.claims, disclosed),
                provenance=provenance_of_sd_jwt_vc(verified, status),
            ),
            PresentedCredential(
                format=SD_JWT_VC,
                types=types,
                claims=verified.claims,
                holder_binding=verified.key_binding is not None,
                authority_key_ids=verified.chain.authority_key_ids if verified.chain else frozenset(),
                trusted_lists=self._expected.trusted_lists.listing(verified.chain),
                known_lists=self._expected.trusted_lists.known,
            ),
            verified.key_binding or {},
            verified.holder_key,
        )

    def _mdoc(self, item: str) -> AcceptedPresentation:
        verified = self._verify_mdoc(item)
        status = self._check_status(verified.status, verified.doctype, verified.chain, JWT_OR_CWT)
        claims = requested_claims(self._query, verified.claims, verified.disclosable_paths())
        return AcceptedPresentation(
            item,
            VerifiedPresentation(
                query_id=self._query.id,
                format=MSO_MDOC,
                type=verified.doctype,
                issuer=verified.chain.leaf.subject.common_name,
                claims={namespace: elements for namespace, elements in claims.items() if elements},
                provenance=provenance_of_mdoc(verified, status),
            ),
            PresentedCredential(
                format=MSO_MDOC,
                types=verified.types,
                claims=verified.claims,
                authority_key_ids=verified.chain.authority_key_ids,
                trusted_lists=self._expected.trusted_lists.listing(verified.chain),
                known_lists=self._expected.trusted_lists.known,
            ),
            {},
            verified.holder_key,
        )

    def _verify_mdoc(self, text: str) -> MdocPresentation:
        met, facts, profile = self._expected.met, self._expected.session_facts, self._expected.profile
        transcript = met.transcript if met else facts.transcript() if facts else None
        assert transcript is not None  # the query asks for an mdoc
        reader_key = met.reader_key if met else self._expected.reader_key
        try:
            verified = verify_mdoc_presentation(
                text,
                issuer=self._expected.issuer.document_signer,
                session_transcript=transcript,
                now=self._now,
                algorithms=profile.signing_algorithms,
                reader_key=reader_key,
                leeway=profile.clock_leeway,
            )
        except NlWalletError as error:
            if isinstance(error, InvalidDeviceAuth) and facts is not None:
                self._report.explanations += explanations(
                    text, facts, algorithms=profile.signing_algorithms, reader_key=reader_key
                )
            self._note_failure(error, _OF_MDOC)
            raise
        for id_, spec, what in _OF_MDOC:
            self._report.passed(id_, spec, f"{self._name}: {what}")
        return verified

    def _verify_sd_jwt_vc(self, text: str) -> SdJwtVcPresentation:
        required = self._query.require_cryptographic_holder_binding
        try:
            verified = verify_sd_jwt_vc_presentation(
                text,
                issuer_key=self._expected.issuer,
                now=self._now,
                profile=self._expected.profile,
                audience=self._expected.audience,
                nonce=self._expected.nonce,
                key_binding_required=required,
            )
        except NlWalletError as error:
            self._note_failure(error, (*_OF_THE_CREDENTIAL, *_OF_THE_KEY_BINDING))
            raise
        for id_, spec, what in _OF_THE_CREDENTIAL:
            self._report.passed(id_, spec, f"{self._name}: {what}")
        for id_, spec, what in _OF_THE_KEY_BINDING:
            if verified.key_binding is not None:
                self._report.passed(id_, spec, f"{self._name}: {what}")
            else:
                self._report.skipped(id_, spec, f"{self._name}: {what}", "the query asked for no key binding")
        return verified

    def _note_failure(self, error: NlWalletError, checks: tuple[_Check, ...]) -> None:
        """Note the check that failed, and that the others of the same call did not come to an end."""
        failed = _failed_check(error) if checks is not _OF_MDOC else _failed_mdoc_check(error)
        error.pointer = self._pointer + error.pointer
        for made in checks:
            if made is failed:
                self._report.failed(made[0], f"{self._name}: {made[2]}", error)
            else:
                self._report.skipped(
                    made[0], made[1], f"{self._name}: {made[2]}", "the verification ended at another check"
                )

    def _check_type_metadata(self, verified: SdJwtVcPresentation) -> tuple[str, ...]:
        """The type and those that it extends, once the credential agrees with their metadata."""
        spec, what = "SD-JWT VC §4", f"{self._name}: the credential agrees with the metadata of its type"
        types, vct = self._expected.types, verified.vct
        if vct not in types:
            self._report.skipped("C-21", spec, what, "no metadata of this type is known here")
            return (vct,)
        integrity = verified.claims.get("vct#integrity")
        try:
            metadata = types.effective(vct, integrity=integrity if isinstance(integrity, str) else None)
        except InvalidTypeMetadata as error:
            # Our copy is not the issuer's. It is then not used at all, so the type inherits from nothing.
            self._report.warned("C-21", spec, what, error.message, code=error.code)
            return (vct,)
        with self._check("C-21", spec, "the credential agrees with the metadata of its type"):
            check_against_type_metadata(verified.claims, verified.disclosed_paths, metadata, complete=False)
        return types.ancestors(vct)

    def _check_status(
        self,
        status: object,
        type_: str,
        chain: CertificateChain | None,
        accepted: Sequence[str] = JWT_ONLY,
    ) -> StatusOutcome | None:
        spec, what = "OpenID4VP 1.0 §8.6", f"{self._name}: the issuer has not revoked the credential"
        lists = self._expected.status_lists
        if lists is None:
            reason = "this verifier was given no way to fetch status lists"
            if status is None:
                reason = "the credential has no status"
            self._report.skipped("V-48", spec, what, reason)
            return None
        try:
            result = check_status(
                status,
                lists=lists,
                anchors=self._expected.issuer.status_anchors_for(type_, chain, now=self._now),
                issuer=chain,
                now=self._now,
                profile=self._expected.profile,
                accepted=accepted,
            )
        except NlWalletError as error:
            self._report.failed("V-48", what, error)
            raise
        if result.outcome is StatusOutcome.VALID:
            self._report.passed("V-48", spec, what)
        elif result.outcome is StatusOutcome.UNDETERMINED:
            self._report.warned("V-48", spec, what, result.reason, code="status_undetermined")
        else:
            self._report.skipped("V-48", spec, what, result.reason)
        return result.outcome

    def _check(self, id_: str, spec: str, what: str) -> Any:
        return check(self._report, id_, spec, f"{self._name}: {what}")


def _failed_check(error: NlWalletError) -> _Check:
    if isinstance(error, InvalidKeyBinding):
        member = error.pointer.rpartition("/")[2]
        return {"aud": _AUDIENCE, "nonce": _AUDIENCE, "sd_hash": _SD_HASH}.get(member, _BINDING)
    kinds: tuple[tuple[type[NlWalletError], _Check], ...] = (
        (InvalidSignature, _SIGNATURE),
        (UntrustedCertificate, _CHAIN),
        (OutsideValidity, _VALIDITY),
        (InvalidSdJwt, _DISCLOSURES),
        (InvalidCredential, _TYPE),
    )
    return next((made for kind, made in kinds if isinstance(error, kind)), _DISCLOSURES)


def _failed_mdoc_check(error: NlWalletError) -> _Check:
    if isinstance(error, InvalidDeviceAuth) or "/deviceSigned" in error.pointer:
        return _DEVICE
    if isinstance(error, UntrustedCertificate | InvalidSignature):
        return _DOCUMENT_SIGNER
    return _DOCUMENT_VALIDITY if isinstance(error, OutsideValidity) else _DIGESTS


def _as_warning(made: Check) -> Check:
    if made.outcome is not Outcome.FAILED:
        return made
    return replace(made, outcome=Outcome.WARNED, reason=f"discarded: {made.reason}")
