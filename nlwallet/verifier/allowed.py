"""What a profile and the specification let a verifier ask, before anything is made of it."""

from __future__ import annotations

from collections.abc import Sequence

from nlwallet.dcql import DcqlQuery
from nlwallet.errors import InvalidRequest, LocalError
from nlwallet.openid4vp import ResponseMode, check_origin, presentation_definition
from nlwallet.profiles import Profile
from nlwallet.verifier.asking import Passing


def check_allowed(profile: Profile, response_mode: ResponseMode, passing: Passing = "reference") -> None:
    """The profile has this response mode and this way of passing. Raises :class:`~nlwallet.errors.LocalError`."""
    if response_mode not in profile.response_modes:
        raise LocalError(
            f"the profile {profile.name} has no response mode {response_mode}",
            hint=f"it has {', '.join(sorted(profile.response_modes))}",
        )
    if passing != "reference" and not profile.request_by_value:
        raise LocalError(
            f"the profile {profile.name} passes requests by reference",
            spec="HAIP 1.0 §5.1",
            hint="profile openid4vp-1.0 allows the others",
        )
    if passing == "unsigned" and "redirect_uri" not in profile.client_id_prefixes:
        raise LocalError(f"the profile {profile.name} has no unsigned requests")


def check_iso_18013_7(profile: Profile, query: DcqlQuery, transaction_data: Sequence[object]) -> None:
    """Under their profile, that wallets of ISO/IEC TS 18013-7 Annex B can be asked this.

    Raises :class:`~nlwallet.errors.LocalError`.
    """
    if not profile.iso_18013_7:
        return
    presentation_definition(query, algorithms=())
    if transaction_data:
        raise LocalError(
            "older wallets authorise no transaction data", spec="ISO/IEC TS 18013-7:2024 Annex B"
        )


def check_origins(origins: Sequence[str]) -> None:
    """The pages that may ask are given as browsers write them (§A.2). Raises :class:`~nlwallet.errors.LocalError`."""
    if isinstance(origins, str) or not origins:
        raise LocalError("say which pages may ask", spec="OpenID4VP 1.0 §A.2", hint="origins=['https://…']")
    for origin in origins:
        try:
            check_origin(origin)
        except InvalidRequest as error:
            raise LocalError(f"{origin!r}: {error.message}", spec=error.spec, hint=error.hint) from None
