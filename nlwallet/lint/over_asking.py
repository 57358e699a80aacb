"""What the query asks beyond the registration (ARF RPRC_21), and which registered use it fits best."""

from __future__ import annotations

from nlwallet.claim_path import show_path
from nlwallet.dcql import ClaimsQuery, CredentialQuery, DcqlQuery
from nlwallet.lint.asked import SD_JWT_VC, AskedCredential, AskedQuery
from nlwallet.lint.finding import Findings, Fix, Operation
from nlwallet.lint.members import shown
from nlwallet.lint.registered import RegisteredUse, Registration
from nlwallet.registration import OverAsked, over_asked
from nlwallet.registration.over_asking import Ancestors


def best_use(asked: AskedQuery, registration: Registration, *, ancestors: Ancestors) -> RegisteredUse:
    """The intended use beyond which the least is asked."""
    return min(registration.uses, key=lambda use: _how_much(asked, use, ancestors))


def check_over_asking(asked: AskedQuery, use: RegisteredUse, *, ancestors: Ancestors, log: Findings) -> None:
    """Note each type and each claim that ``use`` does not have."""
    for credential in asked.credentials:
        beyond = {name: _beyond(credential, name, use, ancestors) for name in credential.types}
        unregistered = [name for name, found in beyond.items() if any(one.kind == "type" for one in found)]
        for name in unregistered:
            log.error(
                "RPRC_21",
                credential.types_pointer,
                f"The type {shown(name)} was not registered for this use.",
                Fix("Leave it out, or register it.", (_without(unregistered, credential),)),
            )
        paths = {one.path for found in beyond.values() for one in found if one.kind == "claim"}
        for claim in credential.claims:
            if claim.path in paths:
                log.error(
                    "RPRC_21",
                    claim.pointer,
                    f"{show_path(claim.path)[:200]} was not registered for this use.",
                    Fix("Leave it out, or register it.", ({"op": "remove", "path": claim.pointer},)),
                )


def _beyond(
    credential: AskedCredential, name: str, use: RegisteredUse, ancestors: Ancestors
) -> tuple[OverAsked, ...]:
    """What is asked of one type beyond the registration; asked one by one, so that it can be told which."""
    claims = tuple(ClaimsQuery(claim.path) for claim in credential.claims)
    query = DcqlQuery((CredentialQuery("asked", credential.format, (name,), claims),))
    return over_asked(query, use.credentials, ancestors=ancestors)


def _how_much(asked: AskedQuery, use: RegisteredUse, ancestors: Ancestors) -> int:
    """A type that was not registered weighs as much as all its claims."""
    return sum(
        len(credential.claims) + 1 if one.kind == "type" else 1
        for credential in asked.credentials
        for name in credential.types
        for one in _beyond(credential, name, use, ancestors)
    )


def _without(unregistered: list[str], credential: AskedCredential) -> Operation:
    remaining = [name for name in credential.types if name not in unregistered]
    if remaining and credential.format == SD_JWT_VC:
        return {"op": "replace", "path": credential.types_pointer, "value": remaining}
    return {"op": "remove", "path": credential.pointer}
