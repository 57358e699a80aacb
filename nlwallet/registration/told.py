"""What a citizen reads about the outcome of a check, in Dutch and in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TOLD: Final[Mapping[str, Mapping[str, str]]] = {
    "NOT_REGISTERED": {
        "nl": "Deze partij laat niet zien wat zij mag vragen. U weet dus niet waarvoor zij uw gegevens gebruikt.",
        "en": "This party does not show what it may ask. So you do not know what it uses your data for.",
    },
    "MALFORMED": {
        "nl": "De registratie van deze partij klopt niet. Wij kunnen haar niet lezen of niet vertrouwen.",
        "en": "The registration of this party is not right. We cannot read it or cannot trust it.",
    },
    "EXPIRED": {
        "nl": "De registratie van deze partij is verlopen.",
        "en": "The registration of this party is out of date.",
    },
    "NOT_BOUND_TO_REQUESTER": {
        "nl": "Deze partij laat de registratie van een ander zien.",
        "en": "This party shows the registration of somebody else.",
    },
    "REVOKED": {
        "nl": "De registratie van deze partij is ingetrokken. Zij mag dit niet meer vragen.",
        "en": "The registration of this party was taken back. It may not ask for this any more.",
    },
    "STATUS_MISSING": {
        "nl": "Wij kunnen niet nagaan of de registratie van deze partij nog geldt.",
        "en": "We cannot find out if the registration of this party still holds.",
    },
    "REVOCATION_STATUS_UNKNOWN": {
        "nl": "Wij kunnen nu niet nagaan of de registratie van deze partij nog geldt.",
        "en": "We cannot find out now if the registration of this party still holds.",
    },
    "WRONG_ENTITLEMENT": {
        "nl": "Deze partij is er niet voor geregistreerd om gegevens te vragen.",
        "en": "This party is not registered to ask for data.",
    },
    "UNTRUSTED_PROVIDER": {
        "nl": "Wij kennen de organisatie niet die deze partij heeft geregistreerd.",
        "en": "We do not know the organisation that registered this party.",
    },
    "ATTESTATION_TYPE_NOT_REGISTERED": {
        "nl": "Deze partij vraagt een kaart die zij niet mag vragen.",
        "en": "This party asks for a card that it may not ask for.",
    },
    "OVERASKING_DETECTED": {
        "nl": "Deze partij vraagt meer dan zij mag vragen.",
        "en": "This party asks for more than it may ask for.",
    },
    "REQUESTER_NOT_VERIFIED": {
        "nl": "Wij kunnen niet nagaan wie dit vraagt. Deel daarom niets.",
        "en": "We cannot find out who is asking. So do not share anything.",
    },
    "ACCESS_CERTIFICATE_PROFILE": {
        "nl": "Het bewijs van wie dit vraagt, voldoet niet aan de regels.",
        "en": "The proof of who is asking does not follow the rules.",
    },
    "REQUEST_INVALID": {
        "nl": "Deze vraag is niet goed gemaakt. De wallet kan haar niet beantwoorden.",
        "en": "This request was not made well. The wallet cannot answer it.",
    },
}
"""Reason code → text by language."""
