"""The European person identification data as an mdoc: PID rulebook 1.7 §3 (CIR (EU) 2024/2977)."""

from __future__ import annotations

from typing import Final

from nlwallet.mdoc.document_type import DocumentType
from nlwallet.mdoc.element_type import ListOf, MapOf, Of

EU_PID_DOCTYPE: Final = "eu.europa.ec.eudi.pid.1"
"""The docType, and the namespace of its elements (PID_04, PID_05)."""

_TEXT = Of("tstr")
_COUNTRY = Of("tstr", pattern="[A-Z]{2}")
_DAY = Of("tdate / full-date")

EU_PID: Final = DocumentType(
    doctype=EU_PID_DOCTYPE,
    namespace=EU_PID_DOCTYPE,
    elements={
        "family_name": _TEXT,
        "given_name": _TEXT,
        "birth_date": Of("full-date"),
        "place_of_birth": MapOf(
            {"country": _COUNTRY, "region": _TEXT, "locality": _TEXT},
            any_of=("country", "region", "locality"),
        ),
        # QU where it is unknown, QS for who has none (§2.2).
        "nationality": ListOf(_COUNTRY, at_least=1),
        "resident_address": _TEXT,
        "resident_country": _COUNTRY,
        "resident_state": _TEXT,
        "resident_city": _TEXT,
        "resident_postal_code": _TEXT,
        "resident_street": _TEXT,
        "personal_administrative_number": _TEXT,
        # Empty for who did not want one (PID_03).
        "portrait": Of("bstr"),
        "family_name_birth": _TEXT,
        "given_name_birth": _TEXT,
        "sex": Of("uint", one_of=(0, 1, 2, 3, 4, 5, 6, 9)),
        "email_address": _TEXT,
        "mobile_phone_number": Of("tstr", pattern=r"\+[0-9]{4,20}"),
        "expiry_date": _DAY,
        "issuing_authority": _TEXT,
        "issuing_country": _COUNTRY,
        "document_number": _TEXT,
        "issuing_jurisdiction": Of("tstr", pattern="[A-Z]{2}(-[A-Z0-9]{1,3})?"),
        "issuance_date": _DAY,
        "trust_anchor": _TEXT,
        "attestation_legal_category": _TEXT,
    },
    mandatory=(
        "family_name",
        "given_name",
        "birth_date",
        "place_of_birth",
        "nationality",
        "issuing_authority",
        "issuing_country",
    ),
    domestic="eu.europa.ec.eudi.pid.",
    claim_names={
        ("birthdate",): "birth_date",
        ("nationalities",): "nationality",
        ("address", "formatted"): "resident_address",
        ("address", "country"): "resident_country",
        ("address", "region"): "resident_state",
        ("address", "locality"): "resident_city",
        ("address", "postal_code"): "resident_postal_code",
        ("address", "street_address"): "resident_street",
        ("picture",): "portrait",
        ("birth_family_name",): "family_name_birth",
        ("birth_given_name",): "given_name_birth",
        ("email",): "email_address",
        ("phone_number",): "mobile_phone_number",
        ("date_of_expiry",): "expiry_date",
        ("date_of_issuance",): "issuance_date",
    },
    spec="PID rulebook 1.7 §3.1.2",
)
"""A portrait is not mandatory until 24 months after the amended CIR enters into force (§2.2)."""
