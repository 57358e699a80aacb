"""npm dcql and our matching: equal on the published queries and on generated ones, or different for a reason.

Where they differ, the difference is of a kind below, each with the section that decides it, and it goes
in the direction that the kind predicts. A kind that no longer occurs fails the test: no dead tolerance.
"""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from nlwallet.claim_path import ClaimPath, expand, value_at
from nlwallet.dcql import (
    CandidateCredential,
    ClaimsQuery,
    CredentialQuery,
    DcqlQuery,
    PresentedCredential,
    check_answer,
    match,
)
from nlwallet.encoding import b64url_decode, b64url_encode
from nlwallet.errors import InvalidResponse

pytestmark = pytest.mark.node

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "dcql.json").read_text())
QUERIES = {entry["id"]: entry["given"] for entry in VECTORS["queries"]}
CASES = 600


class Kind(NamedTuple):
    """A kind of difference: who alone says that the credential fits, and what the specification says."""

    only: str
    because: str


KINDS = {
    "null": Kind(
        "ours", "§7.1.1: a selected element is there, also when its value is null; to dcql it is not"
    ),
    "abort": Kind("theirs", "§7.1.1 step 2: one element of the wrong type is an error; dcql skips it"),
    "member of an array": Kind(
        "theirs", "§7.1.1 step 2.1: a string selects in objects only; in JavaScript an array has members too"
    ),
    "empty array": Kind("theirs", "§7.1.1 step 3: an empty selection is an error; dcql takes it as success"),
    "duplicate": Kind("ours", "§6.1: wallets ignore a second query for one claim; dcql evaluates both"),
    "inherited": Kind(
        "ours", "§B.3.5: types that extend a listed one may be returned; dcql knows the vct only"
    ),
    "authority": Kind(
        "theirs",
        "§6.1.1.2, §6.1.1.3: the chain must lead to the list; dcql compares identifiers as it is told",
    ),
}
EITHER_WAY = {"abort", "member of an array", "empty array", "duplicate"}
"""Kinds that can also change which claims are disclosed where both say that the credential fits."""


class Held(NamedTuple):
    """A credential of the generated wallet, and the authority that dcql is told about."""

    candidate: CandidateCredential
    authority: dict[str, Any] | None

    def for_npm(self) -> dict[str, Any]:
        candidate = self.candidate
        members: dict[str, Any] = {
            "credential_format": candidate.format,
            "cryptographic_holder_binding": candidate.holder_binding,
        }
        if self.authority:
            members["authority"] = self.authority
        if candidate.format == "mso_mdoc":
            return {**members, "doctype": candidate.types[0], "namespaces": candidate.claims}
        return {**members, "vct": candidate.types[0], "claims": candidate.claims}


def kinds_of(query: CredentialQuery, held: Held) -> set[str]:
    """The kinds of difference that this query can give rise to on this credential, from the input alone."""
    candidate = held.candidate
    kinds = {kind for claim in query.claims for kind in _kinds_of_claim(claim, candidate.claims)}
    if candidate.types[0] not in query.types and set(candidate.types) & set(query.types):
        kinds.add("inherited")
    if held.authority and held.authority["type"] != "aki" and query.trusted_authorities:
        kinds.add("authority")
    if len({claim.path for claim in query.claims}) < len(query.claims):
        kinds.add("duplicate")
    return kinds


def _kinds_of_claim(claim: ClaimsQuery, claims: Any) -> set[str]:
    kinds = set()
    if not claim.values and any(value_at(claims, path) is None for path in expand(claims, claim.path)):
        kinds.add("null")
    selected: list[Any] = [claims]
    for element in claim.path:
        wanted = dict if isinstance(element, str) else list
        wrong = [value for value in selected if not isinstance(value, wanted)]
        if wrong and len(wrong) < len(selected):
            kinds.add("abort")
        if isinstance(element, str) and any(isinstance(value, list) for value in wrong):
            kinds.add("member of an array")
        if element is None and [] in selected:
            kinds.add("empty array")
        selected = [
            value_at(value, step)
            for value in selected
            if isinstance(value, wanted)
            for step in expand(value, (element,))
        ]
    return kinds


def leaves(value: Any, at: ClaimPath = ()) -> dict[ClaimPath, Any]:
    """Every leaf by its path. Null is left out: dcql puts it where nothing is disclosed."""
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return {path: leaf for key, item in items for path, leaf in leaves(item, (*at, key)).items()}
    return {} if value is None else {at: value}


def disclosed(candidate: CandidateCredential, paths: tuple[ClaimPath, ...]) -> dict[ClaimPath, Any]:
    return {
        found: leaf
        for path in paths
        for found, leaf in leaves(value_at(candidate.claims, path), path).items()
    }


def differences(query: dict[str, Any], wallet: list[Held], peers: Any) -> list[set[str]]:
    """For each credential on which we differ, the kinds that explain it; fails where none does."""
    parsed = DcqlQuery.parse(query)
    ours = match(parsed, [held.candidate for held in wallet])
    theirs = peers("dcql.match", query=query, credentials=[held.for_npm() for held in wallet])
    explained = []
    for credential_query in parsed.credentials:
        fits_us = {entry.candidate_id: entry for entry in ours.matches[credential_query.id]}
        fits_them = {str(entry["candidate"]): entry for entry in theirs["matches"][credential_query.id]}
        for held in wallet:
            name, kinds = held.candidate.id, kinds_of(credential_query, held)
            where = f"{query} on {held.candidate.claims}: {kinds}"
            if (name in fits_us) != (name in fits_them):
                only = "ours" if name in fits_us else "theirs"
                because = {kind for kind in kinds if KINDS[kind].only == only}
                assert because, f"only {only} fits: {where}"
                explained.append(because)
            elif name in fits_us and not (kinds & EITHER_WAY or (kinds and credential_query.claim_sets)):
                assert fits_us[name].claim_set == fits_them[name]["claim_set"], where
                assert disclosed(held.candidate, fits_us[name].paths) == leaves(fits_them[name]["output"]), (
                    where
                )
    if not explained:
        assert ours.satisfied == theirs["satisfied"], query
    return explained


# The published queries ----------------------------------------------------------------------------

PERSON = {
    "given_name": "John",
    "family_name": "Doe",
    "postal_code": "90210",
    "locality": "Beverly Hills",
    "region": "CA",
    "date_of_birth": "1990-01-01",
    "address": {"street_address": "42 Market Street"},
    "rewards_number": 7,
}


def wallet_for(query: dict[str, Any], leave_out: int | None) -> list[Held]:
    """A credential of every type that the query names, the ``leave_out``-th claim asked of each missing."""
    wallet: list[Held] = []
    for asked in DcqlQuery.parse(query).credentials:
        if asked.format == "mso_mdoc":
            claims: dict[str, Any] = {}
            for claim in asked.claims:
                claims.setdefault(str(claim.path[0]), {})[claim.path[1]] = "x"
        else:
            claims = copy.deepcopy(PERSON)
        if leave_out is not None and leave_out < len(asked.claims):
            path = asked.claims[leave_out].path
            value_at(claims, path[:-1]).pop(path[-1])
        wallet += [
            Held(CandidateCredential(str(len(wallet) + n), asked.format, (kind,), claims), None)
            for n, kind in enumerate(asked.types)
        ]
    return wallet


@pytest.mark.parametrize("leave_out", [None, 0, 1, 2])
@pytest.mark.parametrize("name", QUERIES)
def test_the_published_queries(name: str, leave_out: int | None, peers: Any) -> None:
    assert differences(QUERIES[name], wallet_for(QUERIES[name], leave_out), peers) == []


# Generated queries ----------------------------------------------------------------------------------

NAMES = ["a", "b", "c", "list"]
TYPES = ["urn:x:1", "urn:x:2", "urn:x:3"]
SCALARS = ["NL", "FR", "", 0, 1, 2, True, False, None]
AKIS = [b64url_encode(bytes([n]) * 20) for n in range(3)]
AUTHORITIES = {
    "aki": AKIS,
    "etsi_tl": ["https://tl.example/1", "https://tl.example/2"],
    "openid_federation": ["https://anchor.example/1", "https://anchor.example/2"],
}


class Generator:
    """Queries and wallets of a small vocabulary, so that they meet; everything from one seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def often(self, share: float) -> bool:
        return self.random.random() < share

    def value(self, depth: int = 0) -> Any:
        if depth < 3 and self.often(0.5):
            size = self.random.randint(0, 3)
            if self.often(0.5):
                return [self.value(depth + 1) for _ in range(size)]
            return {name: self.value(depth + 1) for name in self.random.sample(NAMES, size)}
        return self.random.choice(SCALARS)

    def held(self, name: str) -> Held:
        kind = self.random.choice(list(AUTHORITIES))
        authority = (
            {"type": kind, "values": self.random.sample(AUTHORITIES[kind], 1)} if self.often(0.5) else None
        )
        types = self.random.sample(TYPES, 2 if self.often(0.2) else 1)
        is_mdoc = self.often(0.25)
        if is_mdoc:
            claims: Any = {space: {e: self.value(2) for e in NAMES if self.often(0.7)} for space in NAMES[:2]}
        else:
            claims = {member: self.value() for member in NAMES if self.often(0.8)}
        akis = (
            frozenset(map(b64url_decode, authority["values"])) if authority and kind == "aki" else frozenset()
        )
        return Held(
            CandidateCredential(
                name,
                "mso_mdoc" if is_mdoc else "dc+sd-jwt",
                tuple(types[:1] if is_mdoc else types),
                claims,
                holder_binding=self.often(0.9),
                authority_key_ids=akis,
            ),
            authority,
        )

    def path(self, claims: Any) -> list[Any]:
        """A path that mostly leads somewhere in ``claims``."""
        path: list[Any] = []
        value = claims
        while isinstance(value, dict | list) and value and (not path or self.often(0.75)):
            step = self.random.choice(list(value) if isinstance(value, dict) else range(len(value)))
            value = value[step]
            path.append(None if isinstance(step, int) and self.often(0.6) else step)
        if value == [] and self.often(0.5):
            path.append(None)
        if not path or self.often(0.1):
            path.append(self.random.choice([*NAMES, None, 0, 3, "0", "length"]))
        return path

    def claim(self, n: int, target: CandidateCredential) -> dict[str, Any]:
        path = self.path(target.claims)
        if target.format == "mso_mdoc":
            path = [self.random.choice(NAMES[:2]), self.random.choice(NAMES)]
        claim: dict[str, Any] = {"id": f"c{n}", "path": path}
        if self.often(0.25):
            some = [leaf for leaf in leaves(target.claims).values() if self.often(0.5)]
            claim["values"] = [*some[:3], self.random.choice([v for v in SCALARS if v is not None])]
        return claim

    def credential_query(self, name: str, target: CandidateCredential) -> dict[str, Any]:
        types = {self.random.choice(target.types if self.often(0.8) else TYPES)}
        meta = (
            {"doctype_value": min(types)}
            if target.format == "mso_mdoc"
            else {"vct_values": sorted(types | {self.random.choice(TYPES)})}
        )
        query: dict[str, Any] = {"id": name, "format": target.format, "meta": meta}
        if self.often(0.85):
            claims = [self.claim(n, target) for n in range(self.random.randint(1, 3))]
            query["claims"] = claims
            if self.often(0.3):
                names = [claim["id"] for claim in claims]
                query["claim_sets"] = [
                    self.random.sample(names, self.random.randint(1, len(names))) for _ in range(2)
                ]
        if self.often(0.2):
            query["require_cryptographic_holder_binding"] = self.often(0.5)
        if self.often(0.2):
            query["multiple"] = True
        if self.often(0.25):
            kinds = self.random.sample(list(AUTHORITIES), self.random.randint(1, 2))
            query["trusted_authorities"] = [
                {"type": kind, "values": self.random.sample(AUTHORITIES[kind], 2)} for kind in kinds
            ]
        return query

    def case(self) -> tuple[dict[str, Any], list[Held]]:
        wallet = [self.held(str(n)) for n in range(self.random.randint(1, 3))]
        names = [f"q{n}" for n in range(self.random.randint(1, 3))]
        query: dict[str, Any] = {
            "credentials": [
                self.credential_query(name, self.random.choice(wallet).candidate) for name in names
            ]
        }
        if self.often(0.4):
            query["credential_sets"] = [
                {
                    "options": [
                        self.random.sample(names, self.random.randint(1, len(names)))
                        for _ in range(self.random.randint(1, 2))
                    ],
                    **({"required": False} if self.often(0.3) else {}),
                }
                for _ in range(self.random.randint(1, 2))
            ]
        return query, wallet


def test_generated_queries(peers: Any, record_property: Callable[[str, object], None]) -> None:
    generator = Generator(seed=20250710)
    counted: Counter[str] = Counter()
    for _ in range(CASES):
        query, wallet = generator.case()
        explained = differences(query, wallet, peers)
        counted["equal" if not explained else "different"] += 1
        for kinds in explained:
            counted.update(kinds)
    record_property("dcql", dict(counted))
    assert counted["equal"] > CASES * 0.75, counted
    assert not set(KINDS) - set(counted), f"no longer occurs: {set(KINDS) - set(counted)}"


# Answers ----------------------------------------------------------------------------------------------

STRAY = "§6.4.2: what is sent is one complete option of a set; dcql leaves other presentations unjudged"


def disclose(value: Any, at: ClaimPath, chosen: tuple[ClaimPath, ...]) -> Any:
    """What is left of a credential whose every node is selectively disclosable (RFC 9901 §7.1)."""
    if at in chosen:
        return value
    above = {path[: len(at) + 1] for path in chosen if path[: len(at)] == at}
    if isinstance(value, dict):
        return {
            name: disclose(item, (*at, name), chosen) for name, item in value.items() if (*at, name) in above
        }
    return [disclose(item, (*at, n), chosen) for n, item in enumerate(value) if (*at, n) in above]


Answer = dict[str, list[Held]]


def honest_answer(query: DcqlQuery, wallet: list[Held]) -> Answer:
    """What our wallet would send."""
    held = {entry.candidate.id: entry for entry in wallet}
    answer: Answer = {}
    for name, entries in match(query, [entry.candidate for entry in wallet]).chosen.items():
        for entry in entries:
            whole, authority = held[entry.candidate_id]
            claims = disclose(whole.claims, (), entry.paths) if entry.paths else {}
            part = CandidateCredential(
                whole.id, whole.format, whole.types, claims, whole.holder_binding, whole.authority_key_ids
            )
            answer.setdefault(name, []).append(Held(part, authority))
    return answer


def with_claims(held: Held, claims: Any) -> Held:
    old = held.candidate
    return held._replace(
        candidate=CandidateCredential(
            old.id, old.format, old.types, claims, old.holder_binding, old.authority_key_ids
        )
    )


def spoilt(query: DcqlQuery, answer: Answer, generator: Generator) -> Answer:
    """The answer with one thing wrong, or possibly still right."""
    names = list(answer)
    name = generator.random.choice(names)
    first, *rest = answer[name]
    kind = generator.random.choice(["drop", "strip", "swap", "twice", "empty", "unbound", "stray"])
    if kind == "drop":
        return {other: answer[other] for other in names if other != name}
    if kind == "swap":
        other = generator.random.choice(names)
        return {**answer, name: answer[other], other: answer[name]}
    if kind == "stray":
        return {**answer, generator.random.choice(query.credentials).id: [first]}
    if kind == "twice":
        return {**answer, name: [first, first, *rest]}
    if kind == "empty":
        return {**answer, name: []}
    if kind == "unbound":
        old = first.candidate
        bare = CandidateCredential(old.id, old.format, old.types, old.claims, holder_binding=False)
        return {**answer, name: [first._replace(candidate=bare), *rest]}
    claims = copy.deepcopy(first.candidate.claims)
    paths = list(leaves(claims))
    if paths:
        path = generator.random.choice(paths)
        value_at(claims, path[:-1]).pop(path[-1])
    return {**answer, name: [with_claims(first, claims), *rest]}


def accepted_by_us(query: DcqlQuery, answer: Answer) -> bool:
    try:
        check_answer(
            query,
            {
                name: [
                    PresentedCredential(c.format, c.types, c.claims, c.holder_binding, c.authority_key_ids)
                    for c, _ in entries
                ]
                for name, entries in answer.items()
            },
        )
    except InvalidResponse:
        return False
    return True


def test_generated_answers(peers: Any, refusal: type[Exception]) -> None:
    """dcql checks our wallet's answers, and both verifiers say the same about spoilt ones."""
    generator = Generator(seed=8_6)
    counted: Counter[str] = Counter()
    while counted["honest"] < 200:
        query, wallet = generator.case()
        parsed = DcqlQuery.parse(query)
        answer = honest_answer(parsed, wallet)
        if not answer or any(kinds_of(asked, held) for asked in parsed.credentials for held in wallet):
            continue
        for sent, what in ((answer, "honest"), (spoilt(parsed, answer, generator), "spoilt")):
            presentations = {name: [held.for_npm() for held in entries] for name, entries in sent.items()}
            try:
                theirs = peers("dcql.answer", query=query, presentations=presentations)
            except refusal:
                theirs = False
            ours = accepted_by_us(parsed, sent)
            counted[what] += 1
            if what == "honest":
                assert ours, (query, sent)
                assert theirs, (query, sent)
            elif ours != theirs:
                because = why_answers_differ(parsed, sent)
                assert because, (query, sent, ours, theirs)
                assert theirs is True
                counted[because] += 1
            else:
                counted["both accept" if ours else "both refuse"] += 1
    assert counted["both refuse"] > 100, counted


def why_answers_differ(query: DcqlQuery, answer: Answer) -> str:
    """Why dcql may accept what we refuse, from the input alone; empty when there is no reason."""
    options = [option for entry in query.credential_sets for option in entry.options]
    complete = {name for option in options if set(option) <= set(answer) for name in option}
    if query.credential_sets and set(answer) - complete:
        return STRAY
    for asked in query.credentials:
        for held in answer.get(asked.id, ()):
            for kind in sorted(kinds_of(asked, held)):
                if KINDS[kind].only == "theirs":
                    return KINDS[kind].because
    return ""


@pytest.mark.parametrize("given", ["ab", "ac", "ade"])
def test_only_dcql_accepts_half_an_option(given: str, peers: Any) -> None:
    query = {
        "credentials": [
            {"id": name, "format": "dc+sd-jwt", "meta": {"vct_values": ["urn:x:1"]}} for name in "abcde"
        ],
        "credential_sets": [{"options": [["a"]]}, {"options": [["b", "c"]], "required": False}],
    }
    card = Held(CandidateCredential("card", "dc+sd-jwt", ("urn:x:1",), {}), None)
    answer = {name: [card] for name in given}
    presentations = {name: [card.for_npm()] for name in given}
    assert peers("dcql.answer", query=query, presentations=presentations) is True
    assert not accepted_by_us(DcqlQuery.parse(query), answer)
    assert why_answers_differ(DcqlQuery.parse(query), answer) == STRAY
