"""Every check of one request, whatever way it came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nlwallet.encoding import parse_json
from nlwallet.errors import RemoteError
from nlwallet.lint.asked import AskedQuery
from nlwallet.lint.certificate import check_chain, read_chain
from nlwallet.lint.channel import Channel
from nlwallet.lint.client_id import check_client_id, prefix_of
from nlwallet.lint.client_metadata import check_client_metadata
from nlwallet.lint.finding import Findings, Fix
from nlwallet.lint.members import below, shown
from nlwallet.lint.nl_wallet_request import check_nl_request
from nlwallet.lint.parameters import check_parameters
from nlwallet.lint.proof import check_proof
from nlwallet.lint.query_checks import check_query
from nlwallet.lint.registered import Registration
from nlwallet.lint.request_object import RequestObject, check_header
from nlwallet.lint.transaction_data import check_transaction_data
from nlwallet.lint.verifier_info import read_verifier_info
from nlwallet.openid4vp import AuthorizationRequest
from nlwallet.sdjwt import TypeMetadataRegistry

_AS_JSON = ("dcql_query", "client_metadata", "transaction_data", "verifier_info")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the checks of a request have in common: what is known about the party, and when it is."""

    registration: Registration | None
    types: TypeMetadataRegistry
    now: int | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The query of a request, and the registration that it was held against."""

    query: Any = None
    asked: AskedQuery | None = None
    registration: Registration | None = None
    party: str = ""
    """Who asks, by its certificate."""


def check_request_object(
    request_object: RequestObject, at: str, channel: Channel, judgement: Judgement, log: Findings
) -> Outcome:
    """Header, certificate, signature and claims of the request object at ``at``."""
    header = below(at, "header")
    check_header(request_object.header, header, log)
    chain = read_chain(request_object.header, header, log)
    if chain is not None:
        check_chain(chain, below(header, "x5c"), now=judgement.now, log=log)
    client_id = request_object.claims.get("client_id")
    check_proof(request_object, client_id, chain, at, now=judgement.now, log=log)
    inside = Channel(
        signed=True,
        dc_api=channel.dc_api,
        chain=chain,
        outer_client_id=channel.outer_client_id,
        posted_wallet_nonce=channel.posted_wallet_nonce,
    )
    outcome = check_claims(request_object.claims, below(at, "payload"), inside, judgement, log)
    party = chain.leaf.subject.common_name if chain else ""
    return Outcome(outcome.query, outcome.asked, outcome.registration, party)


def check_claims(
    claims: Mapping[str, Any], at: str, channel: Channel, judgement: Judgement, log: Findings
) -> Outcome:
    """The parameters of a request at ``at``."""
    read = _with_json(claims, at, log)
    if not (channel.dc_api and not channel.signed):
        _check_client(read, at, channel, log)
    check_parameters(read, at, channel, now=judgement.now, log=log)
    along = read_verifier_info(read, at, channel, now=judgement.now, log=log)
    registration = judgement.registration or along
    query, asked = read.get("dcql_query"), None
    if _check_which_query(read, at, log):
        place = below(at, "dcql_query")
        asked = check_query(query, place, registration=registration, types=judgement.types, log=log)
    check_client_metadata(read, at, asked, log)
    if "transaction_data" in read:
        check_transaction_data(read["transaction_data"], below(at, "transaction_data"), asked, log)
    if log.rules.nl_wallet:
        check_nl_request(read, at, log)
    _ask_the_parser(read, at, channel, log)
    return Outcome(query, asked, registration)


def _with_json(claims: Mapping[str, Any], at: str, log: Findings) -> dict[str, Any]:
    """The claims, with JSON where only its text stands, as in the drafts; a finding each."""
    read = dict(claims)
    for name in _AS_JSON:
        value = read.get(name)
        if not isinstance(value, str):
            continue
        place = below(at, name)
        try:
            read[name] = parse_json(value)
        except RemoteError:
            log.error("V-03", place, f"{name} is a string, not JSON.")
            del read[name]
            continue
        fix = Fix("Send the JSON itself.", ({"op": "replace", "path": place, "value": read[name]},))
        log.error(
            "V-03", place, f"{name} is the text of JSON, where a request object has the JSON itself.", fix
        )
    return read


def _check_client(claims: Mapping[str, Any], at: str, channel: Channel, log: Findings) -> None:
    scheme = claims.get("client_id_scheme")
    if "client_id" not in claims:
        log.error("V-11", at, "The request has no client_id.", "Add it, with its prefix.")
        return
    place = below(at, "client_id")
    check_client_id(claims["client_id"], place, scheme, channel, log)
    if "client_id_scheme" in claims and (prefix_of(claims["client_id"]) or not isinstance(scheme, str)):
        here = below(at, "client_id_scheme")
        fix = Fix("Leave it out.", ({"op": "remove", "path": here},))
        log.warning(
            "OLD-02",
            here,
            "client_id_scheme is gone since draft 22; the prefix of the client_id says it.",
            fix,
        )


def _check_which_query(claims: Mapping[str, Any], at: str, log: Findings) -> bool:
    """Whether there is a query to look at (V-02)."""
    old = [name for name in ("presentation_definition", "presentation_definition_uri") if name in claims]
    for name in old:
        text = f"{name} is of Presentation Exchange, which is gone since draft 26."
        log.error("OLD-01", below(at, name), text, "Write a DCQL query, and send it as dcql_query.")
    has_query, has_scope = "dcql_query" in claims, "scope" in claims
    if has_query and has_scope:
        log.error(
            "V-02", below(at, "scope"), "The request has a dcql_query and a scope.", "Keep one of the two."
        )
    elif has_scope:
        name = claims["scope"]
        what = f" {shown(name)}" if isinstance(name, str) else ""
        text = f"The scope{what} stands for a query that only wallets know who agreed on it."
        log.warning("V-02", below(at, "scope"), text, "Send a dcql_query, which every wallet can read.")
    elif not has_query and not old:
        log.error(
            "V-02",
            at,
            "The request asks nothing: it has neither a dcql_query nor a scope.",
            "Add a dcql_query.",
        )
    return has_query


def _ask_the_parser(claims: Mapping[str, Any], at: str, channel: Channel, log: Findings) -> None:
    """What is refused by the reader that wallets have must not go unsaid here, whatever it is."""
    if log.has_error(at) or "scope" in claims:
        return
    try:
        AuthorizationRequest.parse(
            claims, signed=channel.signed, dc_api=channel.dc_api, modes=log.rules.profile.response_modes
        )
    except RemoteError as error:
        text = f"{error.message[:1].upper()}{error.message[1:]}."
        log.error("REQ-08", f"{at}{error.pointer}", text, error.hint, spec=error.spec)
