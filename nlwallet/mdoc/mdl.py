"""The mobile driving licence: ISO/IEC 18013-5 §7, the only form that it has in the EU (mDL_01)."""

from __future__ import annotations

from typing import Final

from nlwallet.mdoc.document_type import DocumentType
from nlwallet.mdoc.element_type import ListOf, MapOf, Of
from nlwallet.mdoc.issuer_signed import MDL_NAMESPACE

MDL_DOCTYPE: Final = "org.iso.18013.5.1.mDL"

_TEXT, _OCTETS = Of("tstr"), Of("bstr")
_COUNTRY = Of("tstr", pattern="[A-Z]{2}")
_DAY, _DATE = Of("tdate / full-date"), Of("full-date")
_NUMBER = Of("uint")

_EYES = "black blue brown dichromatic grey green hazel maroon pink unknown"
_HAIR = "bald black blond brown grey red auburn sandy white unknown"

DRIVING_PRIVILEGES: Final = ListOf(
    MapOf(
        {
            "vehicle_category_code": _TEXT,
            "issue_date": _DATE,
            "expiry_date": _DATE,
            "codes": ListOf(
                MapOf({"code": _TEXT, "sign": _TEXT, "value": _TEXT}, required=("code",)), at_least=1
            ),
        },
        required=("vehicle_category_code",),
    )
)
"""What somebody may drive (§7.2.4); an empty array for who may drive nothing."""

MDL: Final = DocumentType(
    doctype=MDL_DOCTYPE,
    namespace=MDL_NAMESPACE,
    elements={
        "family_name": _TEXT,
        "given_name": _TEXT,
        "birth_date": _DATE,
        "issue_date": _DAY,
        "expiry_date": _DAY,
        "issuing_country": _COUNTRY,
        "issuing_authority": _TEXT,
        "document_number": _TEXT,
        "portrait": _OCTETS,
        "driving_privileges": DRIVING_PRIVILEGES,
        "un_distinguishing_sign": Of("tstr", pattern="[A-Z]{1,3}"),
        "administrative_number": _TEXT,
        "sex": Of("uint", one_of=(0, 1, 2, 9)),
        "height": _NUMBER,
        "weight": _NUMBER,
        "eye_colour": Of("tstr", one_of=tuple(_EYES.split())),
        "hair_colour": Of("tstr", one_of=tuple(_HAIR.split())),
        "birth_place": _TEXT,
        "resident_address": _TEXT,
        "portrait_capture_date": Of("tdate"),
        "age_in_years": _NUMBER,
        "age_birth_year": _NUMBER,
        "issuing_jurisdiction": Of("tstr", pattern="[A-Z]{2}-[A-Z0-9]{1,3}"),
        "nationality": _COUNTRY,
        "resident_city": _TEXT,
        "resident_state": _TEXT,
        "resident_postal_code": _TEXT,
        "resident_country": _COUNTRY,
        "biometric_template_face": _OCTETS,
        "biometric_template_finger": _OCTETS,
        "biometric_template_signature_sign": _OCTETS,
        "biometric_template_iris": _OCTETS,
        "family_name_national_character": _TEXT,
        "given_name_national_character": _TEXT,
        "signature_usual_mark": _OCTETS,
    },
    mandatory=(
        "family_name",
        "given_name",
        "birth_date",
        "issue_date",
        "expiry_date",
        "issuing_country",
        "issuing_authority",
        "document_number",
        "portrait",
        "driving_privileges",
        "un_distinguishing_sign",
    ),
    domestic="org.iso.18013.5.1.",
    age_over=True,
    spec="ISO/IEC 18013-5 §7.2.1",
)
