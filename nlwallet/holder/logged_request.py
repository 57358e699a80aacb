"""The log entries of requests: of one that was put to the holder, and of one that could not be (DASH_03)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from nlwallet.crypto import Certificate
from nlwallet.errors import RemoteError
from nlwallet.holder.facts import Party, Registered, RequestFacts
from nlwallet.holder.log import Counterparty, LogEntry, LoggedClaim, LogKind, LogOutcome
from nlwallet.holder.texts import LANGUAGES, Language
from nlwallet.openid4vp import AuthenticRequest
from nlwallet.registration import contact_uris, service_of, trade_name_of

MAX_ASKED: Final = 1024
"""Claims that are written down of what was asked for and not shared; so many another wallet reads (:mod:`log_import`).

Who asks chooses how many there are, and how long their names: the log of a wallet must not be full after one request.
"""
MAX_NAME: Final = 512
"""Characters of the name of a type or claim that is not on a card of this wallet; no card is of a longer type."""
MAX_ASKED_LENGTH: Final = 65_536
"""Characters of all those names together."""

_SHARED = frozenset({LogOutcome.SHARED, LogOutcome.POSSIBLY_SHARED})


def entry_of_request(
    facts: RequestFacts,
    outcome: LogOutcome,
    *,
    now: int,
    language: Language,
    reason: str = "",
    kind: LogKind = "presentation",
) -> LogEntry:
    """The log entry of a request, without a single value (DASH_03, DASH_03a).

    Of transaction data the types are logged, and what the specification of the type wants logged (DASH_03d).
    """
    registered = facts.registered
    spoken, purpose = _purpose(registered, language)
    sharing = facts.sharing if outcome in _SHARED else ()
    shared = tuple(claim for share in sharing for claim in share.logged)
    return LogEntry(
        time=now,
        kind=kind,
        outcome=outcome,
        party=_counterparty(facts.party, registered),
        purpose=purpose,
        language=spoken,
        intended_use=registered.intended_use if registered else "",
        requested=tuple(_asked(facts.asked, shared=frozenset(shared))),
        shared=shared,
        types=tuple(one.type for one in _asked((LoggedClaim(one, ()) for one in facts.types), shared=())),
        transactions=tuple(one.data.type for one in facts.transactions),
        terms=tuple(pair for one in facts.transactions for pair in one.type.to_log(one.data.members)),
        warnings=tuple(finding.code for finding in facts.findings),
        reason=reason,
    )


def entry_of_failure(authentic: AuthenticRequest | None, error: RemoteError, now: int) -> LogEntry:
    """The log entry of a request that was not put to the holder, with what is known of who sent it."""
    party = Counterparty()
    if authentic is not None and authentic.client.chain is not None:
        party = counterparty_of_certificate(authentic.client.chain.leaf)
    elif authentic is not None:
        party = Counterparty(identifier=authentic.client.identifier.full[:MAX_NAME])
    return LogEntry(time=now, kind="presentation", outcome=LogOutcome.FAILED, party=party, reason=error.code)


def entry_of_failed_meeting(leaf: Certificate | None, error: RemoteError, now: int) -> LogEntry:
    """The same of a reader; ``leaf`` is its certificate, once the chain of it was verified."""
    party = Counterparty() if leaf is None else counterparty_of_certificate(leaf)
    return LogEntry(time=now, kind="proximity", outcome=LogOutcome.FAILED, party=party, reason=error.code)


def counterparty_of_certificate(certificate: Certificate, *, host: str = "") -> Counterparty:
    """Whom a certificate names; its chain was verified."""
    subject = certificate.subject
    person = " ".join(part for part in (subject.given_name, subject.surname) if part)
    return Counterparty(
        trade_name=trade_name_of(certificate),
        legal_name=subject.organization or person,
        identifier=subject.identifier,
        country=subject.country,
        verified=True,
        host=host,
        registry=registry_of(certificate),
        service_id=service_of(certificate),
        contacts=contacts_of(certificate),
    )


def contacts_of(certificate: Certificate) -> tuple[str, ...]:
    """Where the certificate says that its holder can be reached (ETSI TS 119 411-8: the subjectAltName)."""
    return (*contact_uris(certificate), *certificate.san_emails)


def registry_of(certificate: Certificate) -> str:
    """Where the certificate says that its holder stands in a register; empty where it does not (DASH_05 g)."""
    contact = contact_uris(certificate)
    return next((uri for uri in certificate.san_uris if uri not in contact), "")


def _asked(claims: Iterable[LoggedClaim], *, shared: Collection[LoggedClaim]) -> Iterator[LoggedClaim]:
    """What was asked for, in its order: all that was shared, and of the rest as much as a log has room for."""
    count = length = 0
    for one in claims:
        if one in shared:
            yield one
            continue
        path = tuple(step[:MAX_NAME] if isinstance(step, str) else step for step in one.path)
        cut = LoggedClaim(one.type[:MAX_NAME], path)
        count += 1
        length += len(cut.type) + sum(len(str(step)) for step in path)
        if count <= MAX_ASKED and length <= MAX_ASKED_LENGTH:
            yield cut


def _counterparty(party: Party, registered: Registered | None) -> Counterparty:
    if registered is None:
        registered = Registered({})
    # Only the registration certificate has all contacts (RPRC_11); the access certificate may know more (TS7 1.0).
    deletion = dict.fromkeys((*registered.deletion_contacts, *party.contacts))
    return Counterparty(
        trade_name=party.own_name or party.trade_name,
        legal_name=party.legal_name,
        identifier=party.identifier,
        country=party.country,
        verified=party.verified,
        host=party.host,
        registrar=registered.registrar,
        registry=registered.registry,
        service_id=party.service_id,
        service_name=party.service_name,
        intermediary=party.intermediary,
        deletion_contacts=tuple(deletion),
        supervisory_authority=registered.supervisory_authority,
        supervisory_country=registered.supervisory_country,
        supervisory_contacts=registered.supervisory_contacts,
        privacy_policy=registered.privacy_policy,
    )


def _purpose(registered: Registered | None, language: Language) -> tuple[str, str]:
    """The language and the text of the purpose, nearest to ``language``; both empty without one."""
    texts = registered.purpose if registered else {}
    for wanted in (language, *LANGUAGES, *texts):
        for tag, text in texts.items():
            if tag.lower().partition("-")[0] == wanted.lower().partition("-")[0]:
                return tag, text
    return "", ""
