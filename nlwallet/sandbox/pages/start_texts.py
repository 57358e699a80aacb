"""What the start page says, in Dutch (level B1) and in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nlwallet.holder import Language

_NL: Final = {
    "site": "EDI-stelsel op één laptop",
    "title": "Het EDI-stelsel op uw eigen computer",
    "intro": "Met een wallet op uw telefoon laat u zien wie u bent, of dat u iets hebt of mag. U deelt alleen wat "
    "nodig is. Hier kunt u dat uitproberen. Alles is een test: de mensen, de partijen en de gegevens zijn verzonnen.",
    "how": "Zo werkt het",
    "how.1": "Open de telefoon in een ander venster, en kies van wie hij is.",
    "how.2": "Open de pagina van een partij. U ziet een QR-code, en waarom de partij iets vraagt.",
    "how.3": "Lees op de telefoon wie wat vraagt. Deel het, of zeg nee. Bij twijfel is nee altijd goed.",
    "how.4": "Kijk op de pagina van de partij wat zij heeft gekregen. Dat is nooit meer dan u hebt gedeeld.",
    "phone": "De telefoon",
    "phone.what": "De wallet van een verzonnen persoon. De pincode is {pin}.",
    "phone.open": "Open de telefoon",
    "try": "Partijen die iets vragen",
    "try.open": "Open de pagina van {name}",
    "cards": "Kaarten krijgen",
    "cards.what": "Een diploma, een rijbewijs, een museumkaart: wie ze uitgeeft, biedt ze hier aan.",
    "cards.open": "Open de loketten",
    "trust": "Wie er te vertrouwen is",
    "trust.what": "In het register staat wie wat mag vragen, en waarom. De wallet kijkt dat na bij elke vraag.",
    "trust.open": "Open het register",
    "trust.lists": "Lijsten van wie te vertrouwen is",
    "programs": "Voor ontwikkelaars",
    "programs.what": "Alle adressen, sleutels en certificaten als JSON, voor programma's en tests:",
    "programs.tls": "Het certificaat van de https-adressen (TLS):",
    "programs.party": "Adres",
    "programs.parties": "Waar de partijen antwoorden",
    "programs.name": "Partij",
    "programs.issuers": "Waar de uitgevers antwoorden",
    "programs.card": "Kaart",
}
_EN: Final = {
    "site": "The EDI ecosystem on one laptop",
    "title": "The EDI ecosystem on your own computer",
    "intro": "With a wallet on your phone you show who you are, or that you have or may do something. You share no "
    "more than is needed. Try that here. Everything is a test: the people, the parties and the data are invented.",
    "how": "How it works",
    "how.1": "Open the phone in another window, and choose whose it is.",
    "how.2": "Open the page of a party. You see a QR code, and why the party asks.",
    "how.3": "Read on the phone who asks for what. Share it, or say no. When in doubt, no is always right.",
    "how.4": "See on the page of the party what it got. That is never more than you shared.",
    "phone": "The phone",
    "phone.what": "The wallet of an invented person. The PIN is {pin}.",
    "phone.open": "Open the phone",
    "try": "Parties that ask for something",
    "try.open": "Open the page of {name}",
    "cards": "Get cards",
    "cards.what": "A diploma, a driving licence, a museum card: whoever issues them offers them here.",
    "cards.open": "Open the desks",
    "trust": "Whom to trust",
    "trust.what": "The register tells who may ask for what, and why. The wallet looks that up at every request.",
    "trust.open": "Open the register",
    "trust.lists": "Lists of whom to trust",
    "programs": "For developers",
    "programs.what": "All addresses, keys and certificates as JSON, for programs and tests:",
    "programs.tls": "The certificate of the https addresses (TLS):",
    "programs.party": "Address",
    "programs.parties": "Where the parties answer",
    "programs.name": "Party",
    "programs.issuers": "Where the issuers answer",
    "programs.card": "Card",
}
_TEXTS: Final[Mapping[str, Mapping[str, str]]] = {"nl": _NL, "en": _EN}


def say(language: Language, name: str, /, **values: object) -> str:
    """The text of that name, with values filled in."""
    return _TEXTS[language][name].format(**values)
