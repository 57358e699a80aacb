"""Was the access certificate of who asks revoked? So it is with a party that was suspended or cancelled (Reg_12)."""

from __future__ import annotations

from typing import Final

from nlwallet.crypto import Certificate, CertificateChain, verify_chain
from nlwallet.errors import RemoteError, UntrustedCertificate
from nlwallet.http import RevocationLists
from nlwallet.profiles import Profile
from nlwallet.report import Report
from nlwallet.trust import Anchors, Category, lives_short, status_anchors

_ID: Final = "RPA_04"
_SPEC: Final = "ARF §6.6.3.2"
_WHAT: Final = "the access certificate was not revoked"


def check_access_revocation(
    chain: CertificateChain,
    *,
    anchors: Anchors,
    lists: RevocationLists,
    now: int,
    profile: Profile,
    report: Report,
) -> RemoteError | None:
    """Why a wallet of this profile stops here, or ``None``.

    The list concerns all parties of the access authority, so its server does not learn who asked. It counts when it is
    signed by one of those whose lists of revoked access certificates count (RPACANot_03b). One that cannot be had, or
    is not named, ends a request only where the profile requires it; a certificate that lives short needs none (RFC
    9608, ETSI EN 319 412-1 §5.2.2). A chain that leads nowhere is told by another check.
    """
    try:
        path = verify_chain(
            chain,
            anchors.of(Category.ACCESS_CA),
            now=now,
            what="access certificate",
            anchor_in_x5c=profile.anchor_in_x5c,
        )
    except RemoteError:
        return None
    required = profile.access_certificate_revocation == "required"
    try:
        answer = lists.look_up(path[0], *_signers(path, anchors), now=now)
    except RemoteError as error:
        if required:
            report.failed(_ID, _WHAT, error)
            return error
        report.skipped(_ID, _SPEC, _WHAT, error.message)
        return None
    if answer == "no_list" and lives_short(path[0], profile):
        report.passed(_ID, _SPEC, "the access certificate lives so short that it is never revoked")
    elif answer == "no_list" and required:
        untold = UntrustedCertificate(
            "nobody can tell whether the access certificate was revoked",
            code="revocation_unknown",
            spec=_SPEC,
            hint="it names a list of revoked certificates, or says noRevAvail and lives short (RFC 9608)",
        )
        report.failed(_ID, _WHAT, untold)
        return untold
    elif answer == "no_list":
        report.skipped(_ID, _SPEC, _WHAT, "it names no list of revoked certificates")
    elif answer == "good":
        report.passed(_ID, _SPEC, _WHAT)
    else:
        revoked = UntrustedCertificate(
            "the access certificate was revoked",
            code="certificate_revoked",
            spec=_SPEC,
            hint="the party was suspended or cancelled; it is to ask its registrar",
        )
        report.failed(_ID, _WHAT, revoked)
        return revoked
    return None


def _signers(path: tuple[Certificate, ...], anchors: Anchors) -> tuple[Certificate, ...]:
    """Who may have signed the list: the issuer of the certificate, where it or an authority above it is an anchor of
    such lists; else the anchors of its name, which are its keys for that.
    """
    counting = status_anchors(anchors, Category.ACCESS_CA)
    issuer = path[1]
    if any(one in counting for one in path[1:]):
        return (issuer,)
    return tuple(one for one in counting if one.subject == issuer.subject)
