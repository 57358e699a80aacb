"""What the issuers' desks say, in Dutch (level B1) and in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nlwallet.holder import Language

_NL: Final = {
    "site": "Loketten van de sandbox",
    "title": "Haal een kaart",
    "intro": "Hier krijgt een verzonnen persoon een kaart in de wallet. De gegevens zijn verzonnen.",
    "from": "Van {organization}",
    "on_it": "Dit staat erop: {claims}.",
    "on_it.more": "Dit staat erop: {claims} en meer.",
    "get": "Haal deze kaart",
    "card": "{card} krijgen",
    "person": "Voor wie?",
    "person.hint": "Alleen wie deze kaart heeft, staat hier.",
    "tx_code": "Vraag ook om een code",
    "tx_code.hint": "Dan is een foto van de QR-code niet genoeg om de kaart te krijgen.",
    "offer": "Bied de kaart aan",
    "login": "Of log in bij de uitgever",
    "login.what": "Dan staat er geen naam in de QR-code. U zegt op de website van de uitgever wie u bent.",
    "login.offer": "Maak een code zonder naam",
    "login.how": "Uw wallet brengt u eerst naar de website van de uitgever. Daar logt u in.",
    "invited": "Deze code geldt tien minuten. Deze pagina merkt niet dat u de kaart hebt.",
    "scan": "Scan deze code met uw wallet",
    "scan.how": "Uw wallet laat zien wie de kaart geeft en wat erop staat. Daarna kiest u of u hem wilt.",
    "qr": "QR-code van de kaart",
    "code": "Uw code",
    "code.how": "Uw wallet vraagt om deze code:",
    "no_camera": "Geen camera bij de hand?",
    "no_camera.open": "Laat de telefoon van de sandbox deze code lezen",
    "no_camera.text": "De tekst in de code",
    "waiting": "Wachten op uw wallet",
    "taken": "Uw wallet haalt de kaart op.",
    "issued": "De kaart is opgehaald",
    "issued.what": "De kaart staat nu in de wallet, als u hem daar hebt bewaard.",
    "withdrawn": "Dit aanbod is ingetrokken",
    "withdrawn.what": "Er is te vaak een verkeerde code gegeven. Begin opnieuw.",
    "expired": "De tijd is om",
    "expired.what": "Niemand heeft de kaart opgehaald. Begin opnieuw.",
    "again": "Kijk opnieuw",
    "back": "Naar alle kaarten",
    "lost": "Deze pagina is er niet meer",
    "lost.what": "U was hier eerder, of in een andere browser. Begin opnieuw.",
}
_EN: Final = {
    "site": "Desks of the sandbox",
    "title": "Get a card",
    "intro": "Here an invented person gets a card in the wallet. The data are invented.",
    "from": "From {organization}",
    "on_it": "On it: {claims}.",
    "on_it.more": "On it: {claims} and more.",
    "get": "Get this card",
    "card": "Get a card: {card}",
    "person": "For whom?",
    "person.hint": "Only people who have this card are here.",
    "tx_code": "Ask for a code too",
    "tx_code.hint": "A picture of the QR code is then not enough to get the card.",
    "offer": "Offer the card",
    "login": "Or log in at the issuer",
    "login.what": "Then there is no name in the QR code. You say who you are on the website of the issuer.",
    "login.offer": "Make a code without a name",
    "login.how": "Your wallet takes you to the website of the issuer first. You log in there.",
    "invited": "This code is good for ten minutes. This page does not notice that you have the card.",
    "scan": "Scan this code with your wallet",
    "scan.how": "Your wallet shows who gives the card and what is on it. After that you choose whether you want it.",
    "qr": "QR code of the card",
    "code": "Your code",
    "code.how": "Your wallet asks for this code:",
    "no_camera": "No camera at hand?",
    "no_camera.open": "Let the sandbox's phone read this code",
    "no_camera.text": "The text in the code",
    "waiting": "Waiting for your wallet",
    "taken": "Your wallet is fetching the card.",
    "issued": "The card was fetched",
    "issued.what": "The card is in the wallet now, if you kept it there.",
    "withdrawn": "This offer was withdrawn",
    "withdrawn.what": "A wrong code was given too often. Begin again.",
    "expired": "Time is up",
    "expired.what": "Nobody fetched the card. Begin again.",
    "again": "Look again",
    "back": "To all cards",
    "lost": "This page is no longer there",
    "lost.what": "You were here before, or in another browser. Begin again.",
}
_TEXTS: Final[Mapping[str, Mapping[str, str]]] = {"nl": _NL, "en": _EN}


def say(language: Language, name: str, /, **values: object) -> str:
    """The text of that name, with values filled in."""
    return _TEXTS[language][name].format(**values)
