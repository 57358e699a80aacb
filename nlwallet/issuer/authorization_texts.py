"""What the authorization page says to a person, in Dutch (level B1) and in English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LANGUAGES = ("nl", "en")
"""The first is spoken when a browser asks for neither."""


@dataclass(frozen=True, slots=True)
class PageTexts:
    """The sentences of one language; ``{…}`` is filled in."""

    title: str
    question: str
    question_several: str
    from_issuer: str
    contents: str
    back_to: str
    this_device: str
    who: str
    test: str
    agree: str
    refuse: str
    other_language: str
    failed_title: str
    failed: str


TEXTS: Mapping[str, PageTexts] = {
    "nl": PageTexts(
        title="Kaart ophalen bij {issuer}",
        question="Wilt u deze kaart in uw wallet?",
        question_several="Wilt u deze kaarten in uw wallet?",
        from_issuer="U krijgt van {issuer}:",
        contents="Op deze kaart staat: {claims}.",
        back_to="Daarna gaat u terug naar {place}. Kent u dat niet? Kies dan Nee.",
        this_device="de wallet op dit apparaat",
        who="Wie bent u?",
        test="Dit is een test. Kies een testpersoon.",
        agree="Ja, haal op",
        refuse="Nee, stop",
        other_language="In English",
        failed_title="Dit lukt niet",
        failed="Deze vraag is niet meer geldig, of was al gebruikt. Begin opnieuw in uw wallet.",
    ),
    "en": PageTexts(
        title="Get a card from {issuer}",
        question="Do you want this card in your wallet?",
        question_several="Do you want these cards in your wallet?",
        from_issuer="You get from {issuer}:",
        contents="This card holds: {claims}.",
        back_to="After this you go back to {place}. Don't you know it? Then choose No.",
        this_device="the wallet on this device",
        who="Who are you?",
        test="This is a test. Choose a test person.",
        agree="Yes, get it",
        refuse="No, stop",
        other_language="In het Nederlands",
        failed_title="This does not work",
        failed="This request is no longer valid, or was used before. Start again in your wallet.",
    ),
}
