"""One verified request held against its registration, the holder's cards and the wallet's policy."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal, TypeAlias
from urllib.parse import urlsplit

from nlwallet.claim_path import ClaimPath
from nlwallet.crypto import Certificate
from nlwallet.dcql import CredentialQuery, DcqlMatch, DcqlQuery, match
from nlwallet.errors import InvalidRequest, LocalError
from nlwallet.holder.acquaintance import first_time_many
from nlwallet.holder.asked_request import AskedRequest
from nlwallet.holder.consent import Kind
from nlwallet.holder.facts import (
    Finding,
    Lack,
    Party,
    Registered,
    RequestFacts,
    SetChoice,
    Sharing,
    Transaction,
    Way,
)
from nlwallet.holder.lacks import lacks
from nlwallet.holder.log import LoggedClaim
from nlwallet.holder.narrow import narrow
from nlwallet.holder.twins import by_card, common_name
from nlwallet.holder.unusual import portrait, unusual
from nlwallet.holder.vault import Card
from nlwallet.holder.weight import by_weight
from nlwallet.openid4vp import TransactionData, TransactionDataType, key_binding_claims
from nlwallet.registration import RegistrationCertificate, contact_uris

OverAsking: TypeAlias = Literal["allow_all", "registered_only", "reject"]
"""What happens when more is asked than was registered (RPRC_21): warn, share the rest, or refuse."""

PID: Final = "urn:eudi:pid:1"
"""The type that every PID extends (PID rulebook 1.7)."""


@dataclass(frozen=True, slots=True)
class Examination:
    """Everything that is known before the holder decides; :meth:`facts` puts it together."""

    verified: AskedRequest
    party: Party
    registered: Registered | None
    registration_findings: tuple[Finding, ...]
    over_asked: Mapping[str, AbstractSet[ClaimPath]]
    """Per credential query id the paths that were not registered; an empty path is the whole card."""
    cards: tuple[Card, ...]
    now: int
    policy: OverAsking
    registration_required: bool
    ancestors: Callable[[str], Sequence[str]]
    transaction_types: Mapping[str, TransactionDataType]
    shared_before: bool = False
    """Whether the log says that something went to this party before."""
    registration: RegistrationCertificate | None = None
    """A valid one of the party that asks, for the policies of issuers."""

    def facts(
        self, choice: Mapping[str, str] | None = None, options: Mapping[int, int] | None = None
    ) -> RequestFacts:
        """What would be shared, and what to warn about.

        ``choice``: with these cards (query id to card id). ``options``: with these options of credential sets.
        Raises :class:`~nlwallet.errors.LocalError` if a chosen card does not fit its query, or an option cannot
        be delivered.
        """
        query = self.verified.query
        asked = self._asked(query)
        blocked = ""
        answered: DcqlQuery | None = query
        if self.registration_required and self.registered is None:
            blocked = "blocked.registration_required"
        elif self.over_asked and self.policy == "reject":
            blocked = "blocked.over_asking_reject"
        elif self.over_asked and self.policy == "registered_only":
            answered = narrow(query, self.over_asked)
            blocked = "" if answered else "blocked.over_asking_registered_only"
        reasons, sharing = self._answer(answered or query, choice or {}, options or {})
        transactions = self._transactions(sharing)
        if sharing and not _can_be_authorised(transactions):
            reasons, sharing = (Lack("transaction", ()),), ()
        if blocked:
            reasons, sharing = (), ()
        choices = self._choices(answered, sharing) if answered and sharing else ()
        return RequestFacts(
            party=self.party,
            registered=self.registered,
            kind=self._kind(query),
            asked=asked,
            types=tuple(dict.fromkeys(kind for entry in query.credentials for kind in entry.types)),
            findings=self._findings(asked, sharing),
            sharing=sharing,
            transactions=transactions,
            narrowed=self._left_out(asked, sharing) if answered != query and sharing else (),
            choices=choices,
            lacks=reasons,
            shared_before=self.shared_before,
            blocked=blocked,
        )

    def match(self, query: DcqlQuery) -> DcqlMatch:
        """The cards that may be used, held against ``query``."""
        return match(query, [card.candidate for card in self.cards if card.usable(self.now)])

    def _answer(
        self, query: DcqlQuery, choice: Mapping[str, str], wanted: Mapping[int, int]
    ) -> tuple[tuple[Lack, ...], tuple[Sharing, ...]]:
        found = self.match(query)
        reasons = lacks(query, found, [card for card in self.cards if not card.usable(self.now)])
        if reasons:
            return reasons, ()
        by_id = {card.id: card for card in self.cards}
        options = options_that_authorise(self.verified.transaction_data, found) | dict(wanted)
        answered = found.choose(options=options)
        if not choice.keys() <= {entry.id for entry in query.credentials}:
            raise LocalError("no such credential query is being answered", hint=", ".join(answered))
        chosen = found.choose(
            options=options,
            candidates={name: (card_id,) for name, card_id in choice.items() if name in answered},
        )
        return (), tuple(
            Sharing(
                query_id=name,
                card=by_id[one.candidate_id],
                paths=one.paths,
                alternatives=tuple(
                    Sharing(name, by_id[other.candidate_id], other.paths)
                    for other in found.matches[name]
                    if other not in ones
                ),
            )
            for name, ones in chosen.items()
            for one in ones
        )

    def _choices(self, query: DcqlQuery, sharing: tuple[Sharing, ...]) -> tuple[SetChoice, ...]:
        """The credential sets that can be answered in more than one way, or left out."""
        found = self.match(query)
        answered = {share.query_id for share in sharing}
        by_id = {card.id: card for card in self.cards}
        # Once for each query: a request may name it in thousands of options.
        shares = {
            name: Sharing(name, by_id[ones[0].candidate_id], ones[0].paths)
            for name, ones in found.matches.items()
            if ones
        }
        told = {name: share.logged for name, share in shares.items()}
        numbers = {card.id: number for number, group in enumerate(by_card(self.cards)) for card in group}
        choices = (
            SetChoice(
                number,
                entry.required,
                _different(
                    (
                        _way(position, {name: shares[name] for name in names}, told, answered)
                        for position, names in enumerate(entry.options)
                        if all(name in shares for name in names)
                    ),
                    numbers,
                ),
            )
            for number, entry in enumerate(query.credential_sets)
        )
        return tuple(one for one in choices if len(one.ways) > (1 if one.required else 0))

    def _transactions(self, sharing: tuple[Sharing, ...]) -> tuple[Transaction, ...]:
        """Each entry with the one query, of those that it allows, whose card authorises it (§5.1)."""
        answered = {one.query_id for one in sharing}
        return tuple(
            Transaction(
                data,
                self.transaction_types[data.type],
                next((name for name in data.credential_ids if name in answered), ""),
            )
            for data in self.verified.transaction_data
        )

    def _findings(self, asked: tuple[LoggedClaim, ...], sharing: tuple[Sharing, ...]) -> tuple[Finding, ...]:
        # Of several ways to answer the one that was chosen counts; where there is none, all that was asked.
        claims = tuple(claim for share in sharing for claim in share.asked) if sharing else asked
        shared = tuple(claim for share in sharing for claim in share.logged) if sharing else asked
        registered = self.registered
        over = tuple(
            claim
            for entry in self.verified.query.credentials
            for claim in self._claims(entry) or (LoggedClaim(self._type(entry), ()),)
            if {(), claim.path} & self.over_asked.get(entry.id, set())
        )
        found = (
            *self.registration_findings,
            *((Finding("over_asking", claims=over),) if self.over_asked else ()),
            *(() if self.party.verified else (Finding("unknown_party", names={"host": self.party.host}),)),
            *self._other_website(),
            *unusual(
                claims,
                purpose=registered.purpose if registered else {},
                public_body=registered.public_body if registered else None,
                sharing=sharing,
            ),
            *portrait(shared),
            *first_time_many(sharing, known=self.shared_before),
            *self._objections(sharing),
        )
        return by_weight(found)

    def _other_website(self) -> tuple[Finding, ...]:
        chain = self.verified.chain
        return other_website(chain.leaf, self.party.host) if chain and self.party.host else ()

    def _objections(self, sharing: tuple[Sharing, ...]) -> tuple[Finding, ...]:
        """Issuers that want their card shown to others only (EDP_06); the holder decides all the same (EDP_07)."""
        access = self.verified.chain.leaf if self.verified.chain else None
        found = {}
        for card in (share.card for share in sharing):
            policy = card.disclosure_policy
            if policy is None or policy.allows(self.registration, access):
                continue
            names = {"card_type": card.type, "issuer": card.issuer}
            if policy.policy_info_url:
                names["link"] = policy.policy_info_url
            found[card.type] = Finding("issuer_objects", names=names)
        return tuple(found.values())

    def _asked(self, query: DcqlQuery) -> tuple[LoggedClaim, ...]:
        return tuple(dict.fromkeys(claim for entry in query.credentials for claim in self._claims(entry)))

    def _claims(self, entry: CredentialQuery) -> tuple[LoggedClaim, ...]:
        return tuple(LoggedClaim(self._type(entry), claim.path) for claim in entry.claims)

    def _type(self, entry: CredentialQuery) -> str:
        # Named after the holder's own card where there is one: its type knows the national claims too.
        own = [card.type for card in self.cards if {*card.types} & {*entry.types}]
        return (own or [*entry.types, ""])[0]

    def _left_out(
        self, asked: tuple[LoggedClaim, ...], sharing: tuple[Sharing, ...]
    ) -> tuple[LoggedClaim, ...]:
        shared = {claim for share in sharing for claim in share.logged}
        return tuple(claim for claim in asked if claim not in shared)

    def _kind(self, query: DcqlQuery) -> Kind:
        entries = query.credentials
        if len(entries) != 1 or [claim.path for claim in entries[0].claims] != [("bsn",)]:
            return "regular"
        types = {kind for name in entries[0].types for kind in self.ancestors(name)}
        return "login" if PID in types else "regular"


def _way(
    number: int,
    shares: Mapping[str, Sharing],
    told: Mapping[str, tuple[LoggedClaim, ...]],
    answered: AbstractSet[str],
) -> Way:
    claims = dict.fromkeys(claim for name in shares for claim in told[name])
    # A card of which nothing is told but that it is there.
    bare = tuple(share.card.type for name, share in shares.items() if not told[name])
    cards = tuple(share.card.id for share in shares.values())
    return Way(number, bare, tuple(claims), shares.keys() <= answered, cards)


def _different(ways: Iterable[Way], numbers: Mapping[str, int]) -> tuple[Way, ...]:
    """The ways that differ for the holder: the same of one card in another format is no other way.

    ``numbers`` say which card it is, whatever its format.
    """
    found: dict[Hashable, Way] = {}
    for way in ways:
        claims = frozenset(common_name(claim.type, claim.path) for claim in way.claims)
        known = found.setdefault((claims, frozenset(numbers[card] for card in way.cards)), way)
        if way.chosen and not known.chosen:
            found = {key: way if one is known else one for key, one in found.items()}
    return tuple(found.values())


def options_that_authorise(transactions: Sequence[TransactionData], found: DcqlMatch) -> dict[int, int]:
    """Options of credential sets that bring along a card for transaction data that the least answer leaves out.

    One for each at most; none where the least answer authorises everything, and where nothing could.
    """
    options: dict[int, int] = {}
    for data in transactions:
        if {*data.credential_ids} & found.choose(options=options).keys():
            continue
        able = (
            (number, position)
            for number, entry in enumerate(found.query.credential_sets)
            for position, names in enumerate(entry.options)
            if number not in options
            and {*data.credential_ids} & {*names}
            and all(found.matches.get(name) for name in names)
        )
        for number, position in islice(able, 1):
            options[number] = position
    return options


def _can_be_authorised(transactions: Sequence[Transaction]) -> bool:
    """Each by a card that goes along, and those of one card with one hash algorithm (§B.3.3.1)."""
    by_query: dict[str, list[TransactionData]] = {}
    for one in transactions:
        by_query.setdefault(one.query_id, []).append(one.data)
    try:
        for entries in by_query.values():
            key_binding_claims(entries)
    except InvalidRequest:
        return False
    return "" not in by_query


def other_website(certificate: Certificate, host: str) -> tuple[Finding, ...]:
    """A finding if the answer goes to a host that the access certificate does not name.

    The certificate names hosts as dNSName and in the URIs of its contacts; one without any says
    nothing about hosts, and nothing is found.
    """
    named = [*certificate.san_dns, *(urlsplit(uri).hostname or "" for uri in contact_uris(certificate))]
    hosts = tuple(dict.fromkeys(name.lower() for name in named if name))
    if not hosts or host.lower() in hosts:
        return ()
    return (Finding("other_website", names={"host": host, "hosts": ", ".join(hosts)}),)
