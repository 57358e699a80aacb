"""``/utilities/…/sdJwtVc``: an SD-JWT VC that did not come through a transaction, read or verified."""

from __future__ import annotations

from typing import Any, Final

from nlwallet.dcql import SD_JWT_VC, DcqlQuery
from nlwallet.errors import (
    InvalidCredential,
    InvalidKeyBinding,
    InvalidSdJwt,
    InvalidSignature,
    NlWalletError,
    OutsideValidity,
    RemoteError,
    UntrustedCertificate,
)
from nlwallet.profiles import Profile
from nlwallet.report import Outcome, Report
from nlwallet.sdjwt import UnverifiedSdJwt, unverified_claims
from nlwallet.verifier.answering import Answering
from nlwallet.verifier.eu_server.refusal import EuRefusal
from nlwallet.verifier.verification import Expectations, UnverifiedResponse

_ONLY: Final = "credential"
_OF_DISCLOSURES: Final = {
    "RFC 9901 §7.1(2)": "ContainsUnsupportedHashingAlgorithm",
    "RFC 9901 §4": "ContainsNonUniqueDisclosures",
    "RFC 9901 §7.1(4)": "ContainsNonUniqueDigests",
    "RFC 9901 §7.1(5)": "ContainsDisclosuresWithNoDigests",
}
"""By the step of the specification that fails."""
NOT_VALID: Final = frozenset({"revoked", "suspended", "status_not_valid"})
"""What a status list says of a credential, where that is not that it is valid."""


def process_sd_jwt_vc(text: str, *, profile: Profile) -> dict[str, Any]:
    """The claims with those that were disclosed, **not verified**. Raises :class:`EuRefusal`."""
    try:
        return unverified_claims(text, algorithms=profile.signing_algorithms)
    except RemoteError as error:
        raise EuRefusal(error.message) from None


def validate_sd_jwt_vc(text: str, *, nonce: str, audience: str, answering: Answering) -> dict[str, Any]:
    """The same, verified as in an answer to a transaction: issuer, validity, status, and the key binding.

    ``audience`` is whom the key binding names: a client identifier, or ``origin:`` and the origin of a page. Raises
    :class:`EuRefusal` with the list of what is wrong.
    """
    report = Report()
    try:
        token = UnverifiedSdJwt.parse(text)
    except RemoteError as error:
        raise _refusal("IsUnparsable", error) from None
    try:
        claims = unverified_claims(token, algorithms=answering.profile.signing_algorithms)
        expected = Expectations(
            audience=audience,
            nonce=nonce,
            issuer=answering.issuer,
            types=answering.types,
            profile=answering.profile,
            status_lists=answering.status_lists,
            trusted_lists=answering.trusted_lists,
        )
        response = UnverifiedResponse(_query_for(claims), {_ONLY: [text]})
        response.verify(expected, now=answering.clock.now(), report=report)
    except NlWalletError as error:
        raise _refusal(name_of_sd_jwt_vc_error(error, report), error) from None
    return claims


def name_of_sd_jwt_vc_error(error: NlWalletError, report: Report) -> str:
    """The interface's name of what is wrong with an SD-JWT VC."""
    failed = {one.id for one in report.checks if one.outcome is Outcome.FAILED}
    if "V-48" in failed:
        return "StatusNotValid" if error.code in NOT_VALID else "StatusCheckFailed"
    if "C-21" in failed:
        return "TypeMetadataValidationFailure"
    if isinstance(error, InvalidKeyBinding):
        if error.spec == "RFC 9901 §7.3(2)":
            return "IsMissingKeyBindingJwt"
        bound = not error.pointer.endswith("/payload/cnf")
        return "ContainsInvalidKeyBindingJwt" if bound else "IsMissingHolderPublicKey"
    if "/payload/cnf" in error.pointer:
        return "UnsupportedHolderPublicKey"
    if error.pointer.endswith("/header/x5c") and isinstance(error, InvalidCredential):
        return "UnableToDetermineVerificationMethod"
    if isinstance(error, UntrustedCertificate):
        return "IssuerCertificateIsNotTrusted"
    if error.spec in _OF_DISCLOSURES:
        return _OF_DISCLOSURES[error.spec]
    if isinstance(error, InvalidSdJwt):
        return "ContainsInvalidDisclosures"
    if isinstance(error, InvalidSignature | OutsideValidity | InvalidCredential):
        return "ContainsInvalidJwt"
    return "IsUnparsable" if isinstance(error, RemoteError) else "UnexpectedError"


def _refusal(name: str, error: NlWalletError) -> EuRefusal:
    return EuRefusal(error.message, body=[{"error": name, "description": error.message}])


def _query_for(claims: dict[str, Any]) -> DcqlQuery:
    """A query that this very credential answers, so that only what is wrong with it is found."""
    vct = claims.get("vct")
    if not isinstance(vct, str):
        raise InvalidCredential("the credential has no vct", spec="SD-JWT VC §2.2.2.1", pointer="/vct")
    return DcqlQuery.parse(
        {"credentials": [{"id": _ONLY, "format": SD_JWT_VC, "meta": {"vct_values": [vct]}}]}
    )
