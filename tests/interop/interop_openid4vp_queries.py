"""What is asked in the OpenID4VP flows, and what both sides must see in the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PID = "urn:eudi:pid:nl:1"
EUDI_PID = "urn:eudi:pid:1"
"""Which the Dutch one extends."""
LIBRARY_CARD = "urn:example:library-card"

DIPLOMA = "urn:example:diploma"
"""Nobody has one."""

ISSUER_OF_PID = "the key identifier of who issues the PID"
"""Stands for it in a query: each run makes its own authorities."""

AGE = {"path": ["age_over_18"]}
CITY = {"path": ["address", "locality"]}


@dataclass(frozen=True, slots=True)
class Asked:
    """A query, and the claims that both sides must see in the answer to it, by credential query."""

    query: dict[str, Any]
    shown: dict[str, list[dict[str, Any]]]
    scope: str = ""
    """The name that the request has instead of the query."""
    transaction_data: Sequence[Mapping[str, Any]] = ()


def pid(*claims: dict[str, Any], id: str = "pid", **members: Any) -> dict[str, Any]:  # noqa: A002 - its name in DCQL
    return _credential(id, PID, claims, members)


def card(*claims: dict[str, Any], id: str = "card", **members: Any) -> dict[str, Any]:  # noqa: A002
    return _credential(id, LIBRARY_CARD, claims, members)


def _credential(
    name: str, vct: str, claims: tuple[dict[str, Any], ...], members: dict[str, Any]
) -> dict[str, Any]:
    asked = {"claims": list(claims)} if claims else {}
    return {"id": name, "format": "dc+sd-jwt", "meta": {"vct_values": [vct]}, **asked, **members}


AN_MDOC = "an mdoc"
AGE_IN_MDOC = {"path": [PID, "age_over_18"]}
CITY_IN_MDOC = {"path": [f"{PID}.address", "locality"]}
SHOWN_IN_MDOC = {PID: {"age_over_18": True}, f"{PID}.address": {"locality": "Amsterdam"}}


def mdoc(*claims: dict[str, Any], **members: Any) -> dict[str, Any]:
    """The PID in its other format."""
    asked = {"format": "mso_mdoc", "meta": {"doctype_value": PID}, "claims": list(claims)}
    return {"id": "mdoc", **asked, **members}


ADDRESS = {
    "street_address": "Eerste Vriendschapsstraat",
    "house_number": "14",
    "postal_code": "1099AA",
    "locality": "Amsterdam",
    "country": "Nederland",
}
LOANS = [
    {"title": "Kees de jongen", "due": "2026-09-01"},
    {"title": "Max Havelaar", "due": "2026-09-15"},
]
LIBRARY_CLAIMS = {"number": 1041, "branch": {"city": "Ljouwert", "floors": [0, 1]}, "loans": LOANS}
CHILD_CLAIMS = {"number": 1042, "branch": {"city": "Ljouwert", "floors": [0]}, "loans": []}

PAYMENT = {
    "type": "urn:eudi:sca:payment:1",
    "payload": {
        "transaction_id": "8D8AC610-566D-4EF0-9C22-186B2A5ED793",
        "payee": {"name": "Winkel", "id": "NL57INGB4654188101"},
        "currency": "EUR",
        "amount": 12.5,
    },
}

QUERIES: dict[str, Asked] = {
    "claims, nested": Asked(
        {"credentials": [pid(AGE, CITY)]},
        {"pid": [{"age_over_18": True, "address": {"locality": "Amsterdam"}}]},
    ),
    "no claims": Asked({"credentials": [pid()]}, {"pid": [{}]}),
    "a whole object": Asked({"credentials": [pid({"path": ["address"]})]}, {"pid": [{"address": ADDRESS}]}),
    "path with null": Asked(
        {"credentials": [card({"path": ["loans", None, "title"]})]},
        {"card": [{"loans": [{"title": loan["title"]} for loan in LOANS]}]},
    ),
    "path with an index": Asked(
        {"credentials": [card({"path": ["loans", 1, "due"]})]},
        {"card": [{"loans": [{"due": "2026-09-15"}]}]},
    ),
    "path with null, array disclosed whole": Asked(
        {"credentials": [pid({"path": ["nationalities", None]})]},
        {"pid": [{"nationalities": ["Nederlandse"]}]},
    ),
    "path with an index, array disclosed whole": Asked(
        {"credentials": [pid({"path": ["nationalities", 0]})]},
        {"pid": [{"nationalities": ["Nederlandse"]}]},
    ),
    "values": Asked(
        {
            "credentials": [
                pid({**AGE, "values": [True]}, {**CITY, "values": ["Utrecht", "Amsterdam"]}),
                card({"path": ["number"], "values": [7, 1041]}),
            ]
        },
        {
            "pid": [{"age_over_18": True, "address": {"locality": "Amsterdam"}}],
            "card": [{"number": 1041}],
        },
    ),
    "claim_sets": Asked(
        {
            "credentials": [
                pid(
                    {"id": "a", "path": ["age_over_21"]},
                    {"id": "b", "path": ["age_over_18"]},
                    {"id": "c", "path": ["birthdate"]},
                    claim_sets=[["a"], ["b"], ["c"]],
                )
            ]
        },
        {"pid": [{"age_over_18": True}]},
    ),
    "several credentials": Asked(
        {"credentials": [pid(AGE), card({"path": ["branch", "city"]})]},
        {"pid": [{"age_over_18": True}], "card": [{"branch": {"city": "Ljouwert"}}]},
    ),
    "credential_sets": Asked(
        {
            "credentials": [
                {**pid(AGE, id="diploma"), "meta": {"vct_values": [DIPLOMA]}},
                pid(AGE),
                card({"path": ["number"]}),
            ],
            "credential_sets": [{"options": [["diploma"], ["pid", "card"]]}],
        },
        {"pid": [{"age_over_18": True}], "card": [{"number": 1041}]},
    ),
    "optional credential_sets": Asked(
        {
            "credentials": [pid(AGE), card({"path": ["number"]})],
            "credential_sets": [{"options": [["pid"]]}, {"options": [["card"]], "required": False}],
        },
        {"pid": [{"age_over_18": True}]},
    ),
    "multiple": Asked(
        {"credentials": [card({"path": ["number"]}, multiple=True)]},
        {"card": [{"number": 1041}, {"number": 1042}]},
    ),
    "trusted_authorities, aki": Asked(
        {"credentials": [pid(AGE, trusted_authorities=[{"type": "aki", "values": [ISSUER_OF_PID]}])]},
        {"pid": [{"age_over_18": True}]},
    ),
    "a type that extends another": Asked(
        {"credentials": [{**pid(AGE), "meta": {"vct_values": [EUDI_PID]}}]},
        {"pid": [{"age_over_18": True}]},
    ),
    "scope": Asked({"credentials": [pid(AGE)]}, {"pid": [{"age_over_18": True}]}, scope="age"),
    "transaction_data": Asked(
        {"credentials": [pid(AGE), card({"path": ["number"]})]},
        {"pid": [{"age_over_18": True}], "card": [{"number": 1041}]},
        transaction_data=[
            {**PAYMENT, "credential_ids": ["pid"]},
            {**PAYMENT, "credential_ids": ["card", "pid"], "transaction_data_hashes_alg": ["sha-256"]},
        ],
    ),
    "transaction_data, hash named": Asked(
        {"credentials": [pid(AGE)]},
        {"pid": [{"age_over_18": True}]},
        transaction_data=[{**PAYMENT, "credential_ids": ["pid"], "transaction_data_hashes_alg": ["sha-256"]}],
    ),
    AN_MDOC: Asked({"credentials": [mdoc(AGE_IN_MDOC, CITY_IN_MDOC)]}, {"mdoc": [SHOWN_IN_MDOC]}),
    "an mdoc, values": Asked(
        {"credentials": [mdoc({**AGE_IN_MDOC, "values": [True]}, {**CITY_IN_MDOC, "values": ["Amsterdam"]})]},
        {"mdoc": [SHOWN_IN_MDOC]},
    ),
    "an mdoc, trusted_authorities, aki": Asked(
        {
            "credentials": [
                mdoc(AGE_IN_MDOC, trusted_authorities=[{"type": "aki", "values": [ISSUER_OF_PID]}])
            ]
        },
        {"mdoc": [{PID: {"age_over_18": True}}]},
    ),
    "an mdoc and an SD-JWT VC": Asked(
        {"credentials": [mdoc(AGE_IN_MDOC, CITY_IN_MDOC), pid(AGE)]},
        {"mdoc": [SHOWN_IN_MDOC], "pid": [{"age_over_18": True}]},
    ),
    "no holder binding": Asked(
        {"credentials": [pid(AGE, require_cryptographic_holder_binding=False)]},
        {"pid": [{"age_over_18": True}]},
    ),
}
