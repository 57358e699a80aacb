"""The docType, the namespace and the elements that are asked of an mdoc, where the document type is described."""

from __future__ import annotations

import difflib

from nlwallet.lint.asked import MSO_MDOC, AskedClaim, AskedCredential, AskedQuery
from nlwallet.lint.finding import Findings, Fix
from nlwallet.lint.members import below, shown
from nlwallet.mdoc import KNOWN_DOCTYPES, DocumentType

_NO_DOCTYPES = {
    "org.iso.18013.5.1": "org.iso.18013.5.1.mDL",
    "eu.europa.ec.eudi.pid": "eu.europa.ec.eudi.pid.1",
}
"""Names that are written where a docType should be."""


def check_mdoc_claims(asked: AskedQuery, log: Findings) -> None:
    """Note what no wallet can have: the answer would be "I do not have this"."""
    for credential in asked.credentials:
        if credential.format != MSO_MDOC or not credential.types:
            continue
        known = KNOWN_DOCTYPES.get(credential.types[0])
        if known is None:
            _check_doctype(credential, log)
            continue
        for claim in credential.claims:
            if len(claim.path) == 2:
                _check_claim(claim, known, log)
        _check_ages(credential, known, log)


def _check_doctype(credential: AskedCredential, log: Findings) -> None:
    doctype = credential.types[0]
    meant = _NO_DOCTYPES.get(doctype) or next(
        iter(difflib.get_close_matches(doctype, KNOWN_DOCTYPES, n=1, cutoff=0.85)), None
    )
    if meant is None:
        return
    log.warning(
        "D-26",
        credential.types_pointer,
        f"{shown(doctype)} is no docType that is described here, but looks like one.",
        Fix(
            f"Did you mean {meant}?",
            ({"op": "replace", "path": credential.types_pointer, "value": meant},),
        ),
    )


def _check_claim(claim: AskedClaim, known: DocumentType, log: Findings) -> None:
    namespace, name = claim.path
    if not isinstance(namespace, str) or not isinstance(name, str):
        return
    place = below(claim.pointer, "path")
    if known.is_domestic(namespace):
        return
    if namespace != known.namespace:
        log.warning(
            "D-27",
            below(place, 0),
            f"{shown(namespace)} is no namespace of {known.doctype}: no wallet will have it.",
            Fix(
                f"It is {known.namespace}.",
                ({"op": "replace", "path": below(place, 0), "value": known.namespace},),
            ),
        )
    if known.element(known.namespace, name) is None:
        meant = known.claim_names.get((name,)) or known.nearest(name)
        log.warning(
            "REQ-10",
            below(place, 1),
            f"{known.doctype} has no element {shown(name)}: no wallet will have it.",
            Fix(
                f"Did you mean {meant}?" if meant else f"It has {', '.join(sorted(known.elements)[:20])}.",
                ({"op": "replace", "path": below(place, 1), "value": meant},) if meant else (),
            ),
            spec=known.spec,
        )


def _check_ages(credential: AskedCredential, known: DocumentType, log: Findings) -> None:
    """What an age check needs is one limit, and the nearest one answers it (ISO/IEC 18013-5 §7.2.5)."""
    limits = [one for one in credential.claims if str(one.path[-1]).startswith("age_over_")]
    if known.age_over and len(limits) > 2:
        log.note(
            "REQ-10",
            credential.pointer,
            f"{len(limits)} age limits are asked, from which an age can be narrowed down.",
            "Ask the one that you need: a wallet that does not have it answers with the nearest.",
            spec="ISO/IEC 18013-5 §7.2.5",
        )
