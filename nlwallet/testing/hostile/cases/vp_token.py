"""The VP Token: which presentation answers what, and whether all of it does (list of cases, 5.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nlwallet.dcql import MSO_MDOC, SD_JWT_VC, CredentialQuery
from nlwallet.mdoc import namespaces_of
from nlwallet.testing.hostile.answer import Answer, NotApplicable, PresentationDraft
from nlwallet.testing.hostile.asked import asked_claims
from nlwallet.testing.hostile.attack import AttackGroup, Severity
from nlwallet.testing.hostile.attempt import Attempt, Engagement

VP_TOKEN = AttackGroup(
    "VP Token and query",
    spec="OpenID4VP 1.0 §8.6",
    mend="hold the VP Token against the query: its keys, arrays, types, claims and values, and what is required",
)
_case = VP_TOKEN.answer


def _shape(make: Callable[[Answer, dict[str, Any]], Any]) -> Callable[[Answer], None]:
    def spoil(answer: Answer) -> None:
        answer.vp_token = make(answer, answer.built_vp_token())

    return spoil


def _under_the_id(value: Any) -> Callable[[Answer], None]:
    return _shape(lambda answer, _: {answer.first_id: value})


def _first(token: dict[str, Any]) -> Any:
    return next(iter(token.values()))[0]


def _old(answer: Answer, token: dict[str, Any]) -> Any:
    answer.members["presentation_submission"] = {
        "id": "1",
        "definition_id": "1",
        "descriptor_map": [{"id": answer.first_id, "format": "dc+sd-jwt", "path": "$"}],
    }
    return _first(token)


_OLD = "the VP Token of OpenID4VP 1.0 is an object of arrays; drafts before had other shapes"
for _variant, _does, _make in (
    ("string", "The VP Token is a string, as in drafts.", lambda _, token: _first(token)),
    ("submission", "The VP Token is a string, with a presentation_submission.", _old),
    ("array", "The VP Token is an array.", lambda _, token: [_first(token)]),
    ("bare", "The presentation stands under its id without an array.", lambda a, t: {a.first_id: _first(t)}),
):
    _case(f"ADV-047/{_variant}", _does, spec="OpenID4VP 1.0 §8.1", severity=Severity.LOW, mend=_OLD)(
        _shape(_make)
    )

_case(
    "ADV-048/alone",
    "The presentation stands under an id that was not in the query.",
    spec="OpenID4VP 1.0 §8.1",
)(_shape(lambda _, token: {"nobody-asked": [_first(token)]}))
_case(
    "ADV-048/beside",
    "Beside the answer stands one to a query that was not made.",
    spec="OpenID4VP 1.0 §8.1",
    severity=Severity.LOW,
    expects="observed",
    sound="refuses, or lets the surplus one fall",
)(_shape(lambda _, token: {**token, "nobody-asked": [_first(token)]}))
_case("ADV-049/empty", "The VP Token is empty.", severity=Severity.CRITICAL)(_shape(lambda *_: {}))


@_case("ADV-049/one", "One of the required presentations is missing.", severity=Severity.CRITICAL)
def _one_missing(answer: Answer) -> None:
    if len(answer.presentations) < 2:
        raise NotApplicable("it asks for one card")
    del answer.presentations[answer.first_id]


@VP_TOKEN.attempt(
    "ADV-050",
    "There are two presentations where one was asked for.",
    spec="OpenID4VP 1.0 §6.1",
    severity=Severity.MEDIUM,
    mend="without multiple, take exactly one presentation for each credential query",
)
def _two(attempt: Attempt) -> None:
    engagement = attempt.begin()
    answer = engagement.answer()
    query = _query(engagement, answer.first_id)
    if query.multiple:
        raise NotApplicable("it takes several")
    answer.presentations[query.id] *= 2
    engagement.send(answer)


for _variant, _does, _value in (
    ("empty-array", "There is an empty array for the id.", []),
    ("null", "There is null for the id.", None),
    ("object", "There is an object for the id.", {"0": "x"}),
    ("array-of-null", "There is an array of null for the id.", [None]),
    ("number", "There is a number for the id.", 1),
):
    _case(f"ADV-051/{_variant}", _does, spec="OpenID4VP 1.0 §8.1")(_under_the_id(_value))


@VP_TOKEN.attempt(
    "ADV-052",
    "What may be left out is left out.",
    sound="accepts",
    spec="OpenID4VP 1.0 §6.4.2",
    severity=Severity.LOW,
    mend="a credential set that is not required may have no answer",
    expects="accepted",
)
def _optional(attempt: Attempt) -> None:
    engagement = attempt.begin()
    if all(one.required for one in engagement.request.dcql_query.credential_sets):
        raise NotApplicable("nothing that it asks is optional")
    engagement.send(engagement.answer())


@VP_TOKEN.attempt(
    "ADV-053", "Of an option with several cards only the first comes.", spec="OpenID4VP 1.0 §6.2"
)
def _part_of_an_option(attempt: Attempt) -> None:
    engagement = attempt.begin()
    answer = engagement.answer()
    sets = engagement.request.dcql_query.credential_sets
    parts = [one.options[0] for one in sets if one.required and all(len(it) > 1 for it in one.options)]
    if not parts:
        raise NotApplicable("no option of it has several cards")
    del answer.presentations[parts[0][-1]]
    engagement.send(answer)


@_case("ADV-054", "One of the claims that were asked for is withheld.", severity=Severity.CRITICAL)
def _withheld(answer: Answer) -> None:
    query = answer.request.dcql_query.credential(answer.first_id)
    if query is None or len(query.combinations()) > 1 or not answer.sd_jwt.disclosures:
        raise NotApplicable("no claim has to be shown")
    answer.sd_jwt.disclosures.pop()


@VP_TOKEN.attempt(
    "ADV-055",
    "More is shown than was asked for.",
    spec="OpenID4VP 1.0 §6.4.1; GDPR Art. 5(1)(c)",
    severity=Severity.MEDIUM,
    expects="observed",
    sound="refuses, or accepts and lets fall what it did not ask for",
    mend="give your application the claims that were asked for and no other",
)
def _surfaced(attempt: Attempt) -> None:
    engagement = attempt.begin()
    answer = engagement.answer()
    answer.sd_jwt.disclose("c2FsdA", "unasked_nickname", "Frouk")
    engagement.send(answer)
    if "unasked_nickname" in str(engagement.outcome().claims):
        attempt.unsound("its application gets a claim that was not asked for")


@VP_TOKEN.attempt(
    "ADV-056",
    "The card is of another type than was asked for.",
    severity=Severity.CRITICAL,
    mend="compare vct with vct_values of the credential query",
)
def _other_type(attempt: Attempt) -> None:
    engagement = attempt.begin()
    answer = engagement.answer()
    answer.sd_jwt.issuer.payload["vct"] = "urn:example:another-type:1"
    engagement.send(answer)


@VP_TOKEN.attempt(
    "ADV-057",
    "A claim has another value than those that were asked for.",
    spec="OpenID4VP 1.0 §6.4.1",
    severity=Severity.CRITICAL,
    mend="look at values again on receipt: a wallet only filters by them",
)
def _other_value(attempt: Attempt) -> None:
    engagement = attempt.begin()
    query = _query(engagement, engagement.answer().first_id)
    asked = next((one for one in asked_claims(query) if one.values), None)
    if asked is None or len(asked.path) != 1:
        raise NotApplicable("it asks for no value")
    claims = {**attempt.forger.claims_for(query), str(asked.path[0]): "another value"}
    engagement.send(engagement.answer(claims=claims))


_FORMAT = "read each presentation in the format of the credential query under whose id it stands"
_case(
    "ADV-058/cbor",
    "Under the query for an SD-JWT VC stands what looks like an mdoc.",
    severity=Severity.LOW,
    mend=_FORMAT,
)(_shape(lambda answer, _: {answer.first_id: ["o2d2ZXJzaW9uYzEuMGlkb2N1bWVudHOAZnN0YXR1cwA"]}))


@VP_TOKEN.attempt("ADV-058/mdoc", "Under the query for an SD-JWT VC stands a good mdoc.", mend=_FORMAT)
def _mdoc_instead(attempt: Attempt) -> None:
    _in_another_format(attempt, SD_JWT_VC)


@VP_TOKEN.attempt("ADV-058/sd-jwt", "Under the query for an mdoc stands a good SD-JWT VC.", mend=_FORMAT)
def _sd_jwt_instead(attempt: Attempt) -> None:
    _in_another_format(attempt, MSO_MDOC)


def _in_another_format(attempt: Attempt, asked: str) -> None:
    engagement, forger = attempt.begin(), attempt.forger
    answer = engagement.answer()
    query = next(
        (it for name in answer.presentations if (it := _query(engagement, name)).format == asked), None
    )
    if query is None:
        raise NotApplicable(f"it asks for no {asked}")
    type_ = query.types[0]
    if asked == MSO_MDOC:
        claims = forger.card(type_)
        other: PresentationDraft = forger.sd_jwt(
            query, engagement.request, claims=claims, shown=[(name,) for name in claims]
        )
    else:
        other = forger.mdoc_of(type_, namespaces_of(type_, forger.claims_for(query)), engagement.request)
    answer.presentations[query.id] = [other]
    engagement.send(answer)


@VP_TOKEN.attempt(
    "ADV-059",
    "The presentation for one query stands under the id of another one.",
    mend="hold each presentation against the credential query under whose id it stands",
)
def _swapped(attempt: Attempt) -> None:
    engagement = attempt.begin()
    answer = engagement.answer()
    if len(answer.presentations) < 2:
        raise NotApplicable("it asks for one card")
    names, drafts = list(answer.presentations), list(answer.presentations.values())
    answer.presentations = dict(zip(names, [*drafts[1:], drafts[0]], strict=True))
    engagement.send(answer)


@VP_TOKEN.attempt(
    "ADV-060",
    "One of several presentations is of another session.",
    spec="OpenID4VP 1.0 §14.1.2",
    severity=Severity.CRITICAL,
    mend="one presentation with another nonce spoils the whole answer",
)
def _one_wrong_nonce(attempt: Attempt) -> None:
    earlier, engagement = attempt.begin(), attempt.begin()
    answer = engagement.answer()
    if len(answer.presentations) < 2:
        raise NotApplicable("it asks for one card")
    last = list(answer.presentations)[-1]
    answer.presentations[last] = earlier.answer().presentations[last]
    engagement.send(answer)


@VP_TOKEN.attempt(
    "ADV-061",
    "Two cards are of two different people.",
    spec="OpenID4VP 1.0 §14.1; ARF topic 18",
    severity=Severity.MEDIUM,
    expects="observed",
    sound="compares the people by itself: two valid cards are no proof of one person",
    mend="compare a name or number that both cards have, or ask for one card",
)
def _two_people(attempt: Attempt) -> None:
    engagement = attempt.begin()
    answer = engagement.answer()
    if len(answer.presentations) < 2:
        raise NotApplicable("it asks for one card")
    last = list(answer.presentations)[-1]
    query = _query(engagement, last)
    answer.presentations[last] = [
        attempt.forger.present(query, engagement.request, holder=attempt.forger.other_holder)
    ]
    engagement.send(answer)


@_case(
    "ADV-062",
    "The key binding is missing, though it was asked for.",
    spec="RFC 9901 §7.3",
    severity=Severity.CRITICAL,
    mend="require a key binding JWT unless the query says that none is needed",
)
def _stripped(answer: Answer) -> None:
    if answer.sd_jwt.key_binding is None:
        raise NotApplicable("it asks for no key binding")
    answer.sd_jwt.key_binding = None


@_case(
    "ADV-063",
    "No key binding comes, and none was asked for.",
    sound="accepts",
    spec="OpenID4VP 1.0 §5.3",
    severity=Severity.LOW,
    mend="with require_cryptographic_holder_binding false, state alone binds the answer",
    expects="accepted",
)
def _unbound(answer: Answer) -> None:
    if answer.sd_jwt.key_binding is not None:
        raise NotApplicable("it asks for key binding")


def _query(engagement: Engagement, query_id: str) -> CredentialQuery:
    query = engagement.request.dcql_query.credential(query_id)
    assert query is not None
    return query
