"""Whatever comes in: a report or a typed error. And what a wallet refuses never passes without an error."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st
from lint_requests import NL_PID, NOW, make_party, mdoc, query, record, sd_jwt

from nlwallet.crypto import sign_jws
from nlwallet.dcql import DcqlQuery
from nlwallet.errors import RemoteError
from nlwallet.lint import FetchedRequest, Finding, Fix, Severity, lint, request_reference
from nlwallet.lint.smallest import smallest_query
from nlwallet.openid4vp import REQUEST_OBJECT_TYPE, UnverifiedRequestObject, WalletCapabilities
from nlwallet.profiles import HAIP_1_0, PROFILES
from nlwallet.registration import over_asked
from nlwallet.report import Report
from nlwallet.sdjwt import known_types

PARTY = make_party()
LEAF = (
    st.none()
    | st.booleans()
    | st.integers(-3, 10**18)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(
        ["", "a", "dc+sd-jwt", "vc+sd-jwt", "mso_mdoc", "pid", NL_PID, "bsn", "birthdate", "x" * 1100]
    )
    | st.text(max_size=12)
)
NAMES = st.sampled_from(
    [
        "credentials",
        "claims",
        "claim_sets",
        "credential_sets",
        "options",
        "id",
        "path",
        "format",
        "meta",
        "vct_values",
        "doctype_value",
        "values",
        "multiple",
        "intent_to_retain",
        "trusted_authorities",
        "type",
        "namespace",
        "claim_name",
        "purpose",
        "required",
        "client_id",
        "client_metadata",
        "jwks",
        "keys",
        "nonce",
        "dcql_query",
        "presentation_definition",
        "vp_formats",
        "vp_formats_supported",
        "response_mode",
        "verifier_info",
        "transaction_data",
        "protocol",
        "data",
        "request",
        "requests",
        "digital",
        "signatures",
        "payload",
        "protected",
    ]
)
JSON = st.recursive(
    LEAF,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(max_size=5), inner, max_size=6)
    ),
    max_leaves=30,
)
ANY_PROFILE = st.sampled_from(sorted(PROFILES))


def linted(text: str | bytes, profile: str = "haip-1.0", **options: Any) -> None:
    """Everything that a caller can do with what comes in."""
    try:
        request_reference(text)
        report = lint(text, profile=profile, now=NOW, **options)
    except RemoteError:
        return
    report.fix()
    json.dumps(report.as_dict())
    json.dumps(report.as_sarif(artifact="x.json"))
    report.lines()("/a/b")
    assert report.ok is not any(one.severity == "error" for one in report.findings)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(NAMES, JSON, max_size=6), ANY_PROFILE)
def test_any_json_gives_a_report_or_a_typed_error(value: Any, profile: str) -> None:
    linted(json.dumps(value), profile)


@settings(deadline=None)
@given(st.text() | st.binary() | st.from_regex(r"[a-z4-]{1,10}://[ -~]{0,60}", fullmatch=True), ANY_PROFILE)
def test_any_text_gives_a_report_or_a_typed_error(text: str | bytes, profile: str) -> None:
    linted(text, profile)
    linted(
        "https://rp.example/1",
        profile,
        fetched=FetchedRequest(text if isinstance(text, bytes) else text.encode("utf-8", "replace")),
    )


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["alg", "typ", "x5c", "kid", "jwt", "crit"]) | st.text(max_size=4), JSON, max_size=5
    ),
    JSON,
    ANY_PROFILE,
)
def test_any_request_object_gives_a_report(header: dict[str, Any], claims: Any, profile: str) -> None:
    token = sign_jws(json.dumps(claims).encode(), PARTY.key, typ="x", header=header)
    linted(token, profile)
    linted(f"openid4vp://?client_id=x509_hash:a&request={token}", profile)


@settings(deadline=None)
@given(JSON | st.text())
def test_any_registration_gives_a_report_or_a_typed_error(value: Any) -> None:
    linted(json.dumps(query()), registration=json.dumps(value))
    linted(
        json.dumps(query()), registration=sign_jws(json.dumps(value).encode(), PARTY.key, typ="rc-wrp+jwt")
    )


# What a wallet refuses -------------------------------------------------------------------------


def _pointers(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(one for name, member in inner for one in _pointers(member, (*at, name)))]


@st.composite
def spoilt(draw: st.DrawFn, good: Any) -> Any:
    """``good`` with one to three places changed, removed, or added to."""
    value = copy.deepcopy(good)
    for _ in range(draw(st.integers(1, 3))):
        *path, last = draw(st.sampled_from([one for one in _pointers(value) if one]))
        parent = value
        for name in path:
            parent = parent[name]
        change = draw(st.sampled_from(["replace", "remove", "add", "twice"]))
        if change == "remove":
            del parent[last]
        elif change == "replace":
            parent[last] = draw(JSON)
        elif isinstance(parent, list):
            parent.append(copy.deepcopy(parent[last]) if change == "twice" else draw(JSON))
        else:
            parent[draw(NAMES)] = draw(JSON)
        if not value:
            break
    return value


FULL = query(
    sd_jwt(
        claims=[
            {"id": "a", "path": ["given_name"], "values": ["x", 1]},
            {"id": "b", "path": ["address", "locality"]},
        ],
        claim_sets=[["a"], ["a", "b"]],
        multiple=False,
        require_cryptographic_holder_binding=True,
        trusted_authorities=[{"type": "aki", "values": ["YWJj"]}],
    ),
    mdoc(["org.iso.18013.5.1", "age_over_18"]),
    credential_sets=[{"options": [["pid"], ["mdl"]], "required": True}],
)


@settings(max_examples=400, deadline=None)
@given(spoilt(FULL), ANY_PROFILE)
def test_a_query_that_the_parser_refuses_has_an_error(value: Any, profile: str) -> None:
    try:
        DcqlQuery.parse(value)
    except RemoteError:
        refused = True
    else:
        refused = False
    try:
        report = lint(json.dumps(value or {"credentials": []}), profile=profile)
    except RemoteError:
        return
    if refused and report.kind == "DCQL query" and report.document == value:
        assert not report.ok


def _wallet_accepts(token: str) -> bool:
    try:
        report = Report()
        UnverifiedRequestObject.parse(token, profile=HAIP_1_0).authenticate(
            expected_client_id=None, anchors=[PARTY.anchor], now=NOW, profile=HAIP_1_0, report=report
        ).read(
            now=NOW,
            profile=HAIP_1_0,
            report=report,
            capabilities=WalletCapabilities(formats=("dc+sd-jwt", "mso_mdoc")),
        )
    except RemoteError:
        return False
    return True


@settings(max_examples=400, deadline=None)
@given(spoilt(PARTY.claims(dcql_query=FULL)))
def test_a_request_that_a_wallet_refuses_has_an_error(claims: Any) -> None:
    """The wallet of this library as the judge: lint says no error only where it goes on."""
    token = sign_jws(claims, PARTY.key, typ=REQUEST_OBJECT_TYPE, header={"x5c": PARTY.chain.x5c()})
    report = lint(token, now=NOW)
    if report.ok and not _mentions_a_scope(report):
        assert _wallet_accepts(token)


def _mentions_a_scope(report: Any) -> bool:
    """Whether a wallet knows a scope is open."""
    return any(one.check == "V-02" for one in report.findings)


def test_the_judge_accepts_the_good_request() -> None:
    token = PARTY.sign(PARTY.claims(dcql_query=FULL))
    assert _wallet_accepts(token)
    assert lint(token, now=NOW).ok


# The smallest query ----------------------------------------------------------------------------

NAMED = [
    ["family_name"],
    ["given_name"],
    ["birthdate"],
    ["age_over_18"],
    ["nationalities"],
    ["bsn"],
    ["recovery_code"],
    ["address"],
    ["address", "postal_code"],
    ["address", "locality"],
    ["birth_date"],
]
ASKED = st.lists(st.sampled_from(NAMED), min_size=1, max_size=8)
PURPOSES = st.sampled_from(
    [
        "Leeftijdscontrole",
        "Inloggen",
        "Controle van uw postcode",
        "Controle of u inwoner bent",
        "Een contract sluiten",
    ]
)


@st.composite
def queries(draw: st.DrawFn) -> dict[str, Any]:
    paths = draw(ASKED)
    claims: list[dict[str, Any]] = [{"path": path} for path in paths]
    changes: dict[str, Any] = {}
    if draw(st.booleans()):
        for n, claim in enumerate(claims):
            claim["id"] = f"c{n}"
        names = st.sampled_from([claim["id"] for claim in claims])
        changes["claim_sets"] = draw(
            st.lists(st.lists(names, min_size=1, max_size=4, unique=True), min_size=1, max_size=4)
        )
    first = sd_jwt(claims=claims, format=draw(st.sampled_from(["dc+sd-jwt", "vc+sd-jwt"])), **changes)
    if draw(st.booleans()):
        return query(first)
    second = sd_jwt(*draw(ASKED), name="second")
    options = draw(
        st.lists(
            st.lists(st.sampled_from(["pid", "second"]), min_size=1, unique=True), min_size=1, max_size=3
        )
    )
    return query(first, second, credential_sets=[{"options": options}])


BESIDE_AN_AGE_LIMIT: dict[str, Any] = {
    "credentials": [
        {
            "id": "pid",
            "format": "dc+sd-jwt",
            "meta": {"vct_values": ["urn:eudi:pid:nl:1"]},
            "claims": [{"path": ["birthdate"], "id": "c0"}, {"path": ["age_over_18"], "id": "c1"}],
            "claim_sets": [["c0"]],
        }
    ]
}
"""The claim set has the one that goes, and not the one that stays."""


@settings(max_examples=200, deadline=None)
@given(
    queries(),
    st.none() | st.tuples(st.lists(st.sampled_from(NAMED), min_size=1, max_size=6, unique_by=str), PURPOSES),
)
@example(BESIDE_AN_AGE_LIMIT, None)
def test_the_smallest_query_parses_and_lints_clean(value: dict[str, Any], registered: Any) -> None:
    party = None if registered is None else record(*registered[0], purpose=registered[1])
    smallest = lint(json.dumps(value), registration=party).fix()
    if smallest is None:
        # Nothing of it may be asked, nor anything of the registration.
        asked = [claim["path"] for one in value["credentials"] for claim in one["claims"]]
        assert party is not None or ["recovery_code"] in asked
        return
    parsed = DcqlQuery.parse(smallest)
    report = lint(json.dumps(smallest), registration=party)
    assert [one for one in report.findings if one.fix and one.fix.patch] == []
    assert report.fix() == smallest
    assert {one.check for one in report.findings} <= {
        "D-05",
        "MIN-01",
        "MIN-03",
        "MIN-04",
        "MIN-05",
        "MIN-08",
        "REQ-10",
        "V-54",
        "D-15",
    }
    if party is not None:
        use = party.intended_uses[0]
        assert over_asked(parsed, use.credentials, ancestors=known_types().ancestors) == ()
        assert "RPRC_21" not in {one.check for one in report.findings}


def test_patches_that_never_end_are_given_up() -> None:
    """Each round of fixes is counted; nothing here can hang."""
    calls = 0

    def again(current: Any) -> Any:
        nonlocal calls
        calls += 1
        flipped = "b" if current["credentials"][0]["id"] == "a" else "a"
        patch = ({"op": "replace", "path": "/credentials/0/id", "value": flipped},)
        return [Finding(Severity.NOTE, "D-02", "", "", "", Fix("", patch))]

    assert smallest_query(query(sd_jwt(["bsn"], id="a")), again) is None
    assert calls <= 20


def test_the_largest_input_is_read() -> None:
    """A mebibyte of claims: nothing here is quadratic in what a stranger sends."""
    claims = [{"path": ["address", f"x{n}"]} for n in range(250)]
    large = query(*[sd_jwt(claims=claims, name=f"c{n}") for n in range(100)])
    report = lint(json.dumps(large), registration=record(["bsn"]))
    assert not report.ok
    assert report.left_out > 0
