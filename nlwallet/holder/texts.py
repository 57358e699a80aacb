"""Every word that the wallet says to its holder, in Dutch and in English, as data.

The words are for people who read quickly: short sentences, B1 level, calm, and concrete about what
happens. Nothing here is shown to a developer; errors (in English, with sections) are in
:mod:`nlwallet.errors`. A text is looked up by key through :func:`say`; names between braces are
filled in. Both languages have the same keys with the same names (a test keeps it so).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

Language: TypeAlias = Literal["nl", "en"]

LANGUAGES: Final[tuple[Language, ...]] = ("nl", "en")

_NL: Final[Mapping[str, str]] = {
    # The question
    "title.regular": "Wilt u deze gegevens delen met {name}?",
    "title.login": "Wilt u inloggen bij {name}?",
    "title.missing": "U kunt {name} niet geven wat er wordt gevraagd",
    "title.blocked": "Uw wallet staat dit verzoek van {name} niet toe",
    # Headings
    "section.warnings": "Lees dit eerst",
    "section.who": "Wie vraagt dit?",
    "section.why": "Waarom?",
    "section.what": "Wat deelt u?",
    "section.login": "Waarmee logt u in?",
    "section.asked": "Wat wordt er gevraagd?",
    "section.missing": "Wat ontbreekt er?",
    "section.agreement": "Wat gebeurt er daarna mee?",
    "section.choice": "Wat kunt u doen?",
    # Who asks
    "who.legal_name": "Officiële naam",
    "who.identifier": "Nummer",
    "who.identifier.kvk": "{number} (KvK)",
    "who.kind": "Soort",
    "who.kind.public": "overheid of publieke taak",
    "who.kind.private": "geen overheid",
    "who.kind.unknown": "niet bekend",
    "who.identity": "Identiteit",
    "who.identity.verified": "gecontroleerd, bevestigd door {issuer}",
    "who.identity.unverified": "NIET gecontroleerd",
    "who.registration": "Aanmelding",
    "who.registration.valid": "aangemeld, en dat is gecontroleerd",
    "who.registration.invalid": "geen geldig bewijs van aanmelding",
    "who.website": "Gaat naar",
    # Why
    "why.unknown": "Dat is niet bekend: er is geen geldig bewijs van aanmelding.",
    # What
    "what.card": "Uit uw kaart {card}",
    "what.card.issuer": "Uit uw kaart {card} (van {issuer})",
    "what.count.one": "U deelt 1 gegeven. Meer niet.",
    "what.count.many": "U deelt {count} gegevens. Meer niet.",
    "what.always": "hoort altijd bij deze kaart",
    "what.not_shared": "Niet gedeeld: {labels}.",
    "what.narrowed": "Uw wallet laat weg wat niet is aangemeld: {labels}.",
    "what.other_card": "Een andere kaart die ook past: {cards}.",
    "what.nothing": "Alleen dat u deze kaart hebt. Geen gegevens die erop staan.",
    # What is missing
    "missing.card": "U hebt geen kaart van het soort {card}.",
    "missing.expired": "Uw kaart {card} is verlopen op {date}.",
    "missing.claims": "Op uw kaart {card} staat niet: {labels}.",
    "missing.issuer": "Uw kaart {card} komt niet van een uitgever die {name} accepteert.",
    "missing.values": "Wat er op uw kaart {card} staat, past niet bij wat er wordt gevraagd.",
    "missing.reply": "{name} krijgt niet te horen wat er ontbreekt.",
    # Why approval is not possible
    "blocked.over_asking_reject": "Uw wallet weigert verzoeken om gegevens die niet zijn aangemeld.",
    "blocked.over_asking_registered_only": (
        "Uw wallet deelt alleen gegevens die zijn aangemeld. Daarmee alleen kan dit verzoek niet worden "
        "beantwoord."
    ),
    "blocked.registration_required": (
        "Uw wallet deelt alleen gegevens met wie een geldig bewijs van aanmelding laat zien."
    ),
    # Afterwards
    "agreement.retention": "Bewaren",
    "agreement.retention.none": "niet: na gebruik meteen weg",
    "agreement.retention.days": "{period}",
    "agreement.retention.unknown": "niet bekend hoe lang",
    "agreement.third_parties": "Doorgeven",
    "agreement.third_parties.yes": "ja, ook anderen krijgen uw gegevens",
    "agreement.third_parties.no": "nee, niet aan anderen",
    "agreement.third_parties.unknown": "niet bekend",
    "agreement.deletion": "Verwijderen",
    "agreement.deletion.yes": "ja, als u daarom vraagt",
    "agreement.deletion.yes.contact": "ja, als u daarom vraagt: {contact}",
    "agreement.deletion.no": "nee, u kunt dit niet laten verwijderen",
    "agreement.deletion.unknown": "niet bekend",
    "agreement.privacy_policy": "Privacy",
    "agreement.authority": "Klacht",
    "agreement.none": "Er zijn geen afspraken bekend over bewaren, doorgeven of verwijderen.",
    "agreement.promise": "Dit belooft {name}. Uw wallet kan niet zien of dat ook gebeurt.",
    # The choice
    "choice.share": "Delen: alleen wat hierboven staat gaat naar {name}.",
    "choice.login": "Inloggen: alleen wat hierboven staat gaat naar {name}.",
    "choice.despite": "Wilt u delen? Zeg dan eerst dat u elk punt onder 'Lees dit eerst' hebt gelezen.",
    "choice.pin": "Daarvoor is uw pincode nodig.",
    "choice.stop": "Stoppen: er wordt niets gedeeld.",
    "choice.only_stop": "U kunt alleen stoppen. Er wordt niets gedeeld.",
    # Warnings: title, what is the matter, and what to do
    "warning.not_registered.title": "{name} laat niet zien dat dit verzoek is aangemeld",
    "warning.not_registered.text": (
        "Wie gegevens vraagt, meldt vooraf aan welke gegevens dat zijn en waarvoor. Het bewijs daarvan "
        "ontbreekt. U weet dus niet zeker waarvoor dit is."
    ),
    "warning.not_registered.advice": "Vraag {name} eerst waarvoor dit nodig is.",
    "warning.registration_invalid.title": "Het bewijs van aanmelding klopt niet",
    "warning.registration_invalid.text": (
        "{name} stuurde een bewijs mee dat niet echt is of niet te lezen is. Wat erin staat, telt niet mee."
    ),
    "warning.registration_invalid.advice": "Verwachtte u dit verzoek niet? Stop dan.",
    "warning.registration_expired.title": "De aanmelding is verlopen",
    "warning.registration_expired.text": (
        "Het bewijs van aanmelding van {name} is nu niet geldig. Wat erin beloofd is, geldt misschien niet "
        "meer."
    ),
    "warning.registration_expired.advice": "Vraag {name} of het verzoek nog klopt.",
    "warning.registration_revoked.title": "De aanmelding is ingetrokken",
    "warning.registration_revoked.text": (
        "De instantie die aanmeldingen bijhoudt, heeft deze aanmelding van {name} geschrapt."
    ),
    "warning.registration_revoked.advice": "Deel liever niets.",
    "warning.registration_status_unknown.title": "Niet te zien of de aanmelding nog geldt",
    "warning.registration_status_unknown.text": (
        "Uw wallet kon niet nagaan of de aanmelding van {name} intussen is ingetrokken."
    ),
    "warning.registration_status_unknown.advice": "Probeer het later nog eens, of stop.",
    "warning.registration_mismatch.title": "Het bewijs van aanmelding is van een ander",
    "warning.registration_mismatch.text": (
        "Het bewijs staat niet op naam van {name}. Misschien doet iemand zich voor als een ander."
    ),
    "warning.registration_mismatch.advice": "Deel liever niets.",
    "warning.over_asking.title": "{name} vraagt meer dan is aangemeld",
    "warning.over_asking.text": "Niet aangemeld, wel gevraagd:",
    "warning.over_asking.advice": "Weet u niet waarom {name} dit nodig heeft? Stop dan.",
    "warning.other_website.title": "Uw gegevens gaan naar een website die u misschien niet kent",
    "warning.other_website.text": (
        "Ze worden gestuurd naar {host}. Op het certificaat van {name} staat: {hosts}."
    ),
    "warning.other_website.advice": "Ga alleen verder als u weet dat {host} bij {name} hoort.",
    "warning.portrait.title": "U deelt een foto van uw gezicht",
    "warning.portrait.text": (
        "Aan een foto kan een computer u overal herkennen. Een foto kunt u niet veranderen zoals een "
        "wachtwoord."
    ),
    "warning.portrait.advice": "Deel uw foto alleen als {name} u echt moet kunnen herkennen.",
    "warning.bsn_outside_government.title": "{name} vraagt uw BSN en is niet aangemeld als overheid",
    "warning.bsn_outside_government.text": (
        "Buiten de overheid mag iemand uw BSN alleen gebruiken als dat in een wet staat. Dat geldt "
        "bijvoorbeeld voor uw bank, uw werkgever en uw zorgverlener. Een winkel, verhuurder of vereniging "
        "mag dat niet."
    ),
    "warning.bsn_outside_government.advice": "Vraag {name} in welke wet dit staat. Twijfelt u? Stop dan.",
    "warning.more_than_age.title": "Om uw leeftijd te controleren is dit niet nodig",
    "warning.more_than_age.text": "Het doel is een leeftijdscontrole. Toch wordt ook gevraagd:",
    "warning.more_than_age.advice": "Vraag of alleen ja of nee bij uw leeftijd genoeg is.",
    "warning.identity_copy.title": "Samen zijn deze gegevens bijna een kopie van uw identiteitsbewijs",
    "warning.identity_copy.text": "Met deze gegevens samen kan iemand zich als u voordoen:",
    "warning.identity_copy.advice": "Deel dit alleen met wie u goed kent en vertrouwt.",
    "warning.recovery_code.title": "{name} vraagt de herstelcode van uw wallet",
    "warning.recovery_code.text": (
        "Die code is alleen voor uzelf, om uw wallet terug te krijgen. Niemand anders heeft hem nodig."
    ),
    "warning.recovery_code.advice": "Deel dit niet.",
    "warning.whole_card.title": "{name} vraagt alles wat op uw kaart {card} staat",
    "warning.whole_card.text": "Voor bijna geen enkel doel is een hele kaart nodig.",
    "warning.whole_card.advice": "Vraag {name} waarom minder niet genoeg is.",
    # Values
    "value.yes": "ja",
    "value.no": "nee",
    "value.empty": "(leeg)",
    "value.photo": "een foto",
    "value.file": "een bestand",
    "period.day": "{count} dag",
    "period.days": "{count} dagen",
    "period.year": "{count} jaar",
    "period.years": "{count} jaar",
    "list.and": "en",
    "months": ("januari februari maart april mei juni juli augustus september oktober november december"),
    "sex.0": "niet bekend",
    "sex.1": "man",
    "sex.2": "vrouw",
    "sex.3": "anders",
    "sex.4": "intersekse",
    "sex.5": "divers",
    "sex.6": "open",
    "sex.9": "niet van toepassing",
    # What people call the claims that matter most to them
    "notable.name": "uw naam",
    "notable.birthdate": "uw geboortedatum",
    "notable.bsn": "uw BSN",
    "notable.address": "uw adres",
    "notable.picture": "uw foto",
    # When a request is not shown at all
    "error.untrusted": (
        "Uw wallet kon niet vaststellen wie dit vraagt. Dit verzoek is niet te vertrouwen. Er is niets "
        "gedeeld."
    ),
    "error.invalid": "Dit verzoek klopt niet. Uw wallet kan er niets mee doen. Er is niets gedeeld.",
    "error.expired": "Dit verzoek is verlopen. Begin opnieuw op de website. Er is niets gedeeld.",
    "error.transport": "De website is niet te bereiken. Probeer het later nog eens.",
    "error.pin": "Deze pincode is niet goed.",
    "error.locked": "U hebt te vaak een verkeerde pincode ingevoerd. Uw wallet is nu op slot.",
    "error.unacknowledged": "Lees eerst de waarschuwingen, en zeg dan of u toch wilt delen.",
    "error.closed": "Dit verzoek is al beantwoord of verlopen.",
    "error.issuance": "De kaart is niet toegevoegd. Wat er binnenkwam, klopte niet.",
    "error.other": "Er ging iets mis. Er is niets gedeeld.",
}

_EN: Final[Mapping[str, str]] = {
    "title.regular": "Do you want to share these details with {name}?",
    "title.login": "Do you want to log in to {name}?",
    "title.missing": "You cannot give {name} what it asks for",
    "title.blocked": "Your wallet does not allow this request from {name}",
    "section.warnings": "Read this first",
    "section.who": "Who is asking?",
    "section.why": "Why?",
    "section.what": "What do you share?",
    "section.login": "What do you log in with?",
    "section.asked": "What is being asked?",
    "section.missing": "What is missing?",
    "section.agreement": "What happens to it afterwards?",
    "section.choice": "What can you do?",
    "who.legal_name": "Official name",
    "who.identifier": "Number",
    "who.identifier.kvk": "{number} (KvK, Dutch business register)",
    "who.kind": "Kind",
    "who.kind.public": "government or public task",
    "who.kind.private": "not a government body",
    "who.kind.unknown": "not known",
    "who.identity": "Identity",
    "who.identity.verified": "checked, confirmed by {issuer}",
    "who.identity.unverified": "NOT checked",
    "who.registration": "Registration",
    "who.registration.valid": "registered, and that was checked",
    "who.registration.invalid": "no valid proof of registration",
    "who.website": "Goes to",
    "why.unknown": "That is not known: there is no valid proof of registration.",
    "what.card": "From your card {card}",
    "what.card.issuer": "From your card {card} (by {issuer})",
    "what.count.one": "You share 1 detail. Nothing more.",
    "what.count.many": "You share {count} details. Nothing more.",
    "what.always": "always part of this card",
    "what.not_shared": "Not shared: {labels}.",
    "what.narrowed": "Your wallet leaves out what was not registered: {labels}.",
    "what.other_card": "Another card that fits as well: {cards}.",
    "what.nothing": "Only that you have this card. Nothing that is written on it.",
    "missing.card": "You have no card of the kind {card}.",
    "missing.expired": "Your card {card} expired on {date}.",
    "missing.claims": "Your card {card} does not have: {labels}.",
    "missing.issuer": "Your card {card} is not from an issuer that {name} accepts.",
    "missing.values": "What is on your card {card} does not fit what is being asked.",
    "missing.reply": "{name} is not told what is missing.",
    "blocked.over_asking_reject": "Your wallet refuses requests for details that were not registered.",
    "blocked.over_asking_registered_only": (
        "Your wallet shares only registered details. With those alone this request cannot be answered."
    ),
    "blocked.registration_required": (
        "Your wallet shares details only with those who show a valid proof of registration."
    ),
    "agreement.retention": "Keeping",
    "agreement.retention.none": "not kept: gone right after use",
    "agreement.retention.days": "{period}",
    "agreement.retention.unknown": "not known how long",
    "agreement.third_parties": "Passing on",
    "agreement.third_parties.yes": "yes, others get your details too",
    "agreement.third_parties.no": "no, not to others",
    "agreement.third_parties.unknown": "not known",
    "agreement.deletion": "Deleting",
    "agreement.deletion.yes": "yes, if you ask for it",
    "agreement.deletion.yes.contact": "yes, if you ask for it: {contact}",
    "agreement.deletion.no": "no, you cannot have this deleted",
    "agreement.deletion.unknown": "not known",
    "agreement.privacy_policy": "Privacy",
    "agreement.authority": "Complaints",
    "agreement.none": "Nothing is known about keeping, passing on or deleting.",
    "agreement.promise": "{name} promises this. Your wallet cannot see whether it is kept.",
    "choice.share": "Share: only what is listed above goes to {name}.",
    "choice.login": "Log in: only what is listed above goes to {name}.",
    "choice.despite": "To share, first say that you have read each point under 'Read this first'.",
    "choice.pin": "You need your PIN for that.",
    "choice.stop": "Stop: nothing is shared.",
    "choice.only_stop": "You can only stop. Nothing is shared.",
    "warning.not_registered.title": "{name} does not show that this request was registered",
    "warning.not_registered.text": (
        "Whoever asks for details registers beforehand which details, and what for. The proof of that is "
        "missing. So you cannot be sure what this is for."
    ),
    "warning.not_registered.advice": "First ask {name} why this is needed.",
    "warning.registration_invalid.title": "The proof of registration is wrong",
    "warning.registration_invalid.text": (
        "{name} sent a proof that is not genuine or cannot be read. What it says does not count."
    ),
    "warning.registration_invalid.advice": "Were you not expecting this request? Then stop.",
    "warning.registration_expired.title": "The registration has expired",
    "warning.registration_expired.text": (
        "The proof of registration of {name} is not valid now. What it promises may no longer hold."
    ),
    "warning.registration_expired.advice": "Ask {name} whether the request is still right.",
    "warning.registration_revoked.title": "The registration was withdrawn",
    "warning.registration_revoked.text": (
        "The body that keeps the register has struck out this registration of {name}."
    ),
    "warning.registration_revoked.advice": "Better share nothing.",
    "warning.registration_status_unknown.title": "Cannot see whether the registration still holds",
    "warning.registration_status_unknown.text": (
        "Your wallet could not find out whether the registration of {name} was withdrawn meanwhile."
    ),
    "warning.registration_status_unknown.advice": "Try again later, or stop.",
    "warning.registration_mismatch.title": "The proof of registration is someone else's",
    "warning.registration_mismatch.text": (
        "The proof is not in the name of {name}. Someone may be posing as another."
    ),
    "warning.registration_mismatch.advice": "Better share nothing.",
    "warning.over_asking.title": "{name} asks for more than it registered",
    "warning.over_asking.text": "Not registered, but asked for:",
    "warning.over_asking.advice": "Do you not know why {name} needs this? Then stop.",
    "warning.other_website.title": "Your details go to a website that you may not know",
    "warning.other_website.text": "They are sent to {host}. The certificate of {name} says: {hosts}.",
    "warning.other_website.advice": "Go on only if you know that {host} belongs to {name}.",
    "warning.portrait.title": "You share a photo of your face",
    "warning.portrait.text": (
        "From a photo a computer can recognise you anywhere. You cannot change a face like a password."
    ),
    "warning.portrait.advice": "Share your photo only if {name} really must be able to recognise you.",
    "warning.bsn_outside_government.title": "{name} asks for your BSN and is not registered as government",
    "warning.bsn_outside_government.text": (
        "Outside government, someone may use your BSN only if a law says so. That holds for your bank, your "
        "employer and your care provider, for example. A shop, landlord or club may not."
    ),
    "warning.bsn_outside_government.advice": "Ask {name} which law says so. In doubt? Then stop.",
    "warning.more_than_age.title": "Checking your age does not need this",
    "warning.more_than_age.text": "The purpose is an age check. Yet this is asked for too:",
    "warning.more_than_age.advice": "Ask whether just yes or no about your age is enough.",
    "warning.identity_copy.title": "Together these details are nearly a copy of your identity document",
    "warning.identity_copy.text": "With these details together someone can pose as you:",
    "warning.identity_copy.advice": "Share this only with someone you know well and trust.",
    "warning.recovery_code.title": "{name} asks for the recovery code of your wallet",
    "warning.recovery_code.text": (
        "That code is only for you, to get your wallet back. Nobody else needs it."
    ),
    "warning.recovery_code.advice": "Do not share this.",
    "warning.whole_card.title": "{name} asks for everything on your card {card}",
    "warning.whole_card.text": "Hardly any purpose needs a whole card.",
    "warning.whole_card.advice": "Ask {name} why less is not enough.",
    "value.yes": "yes",
    "value.no": "no",
    "value.empty": "(empty)",
    "value.photo": "a photo",
    "value.file": "a file",
    "period.day": "{count} day",
    "period.days": "{count} days",
    "period.year": "{count} year",
    "period.years": "{count} years",
    "list.and": "and",
    "months": ("January February March April May June July August September October November December"),
    "sex.0": "not known",
    "sex.1": "male",
    "sex.2": "female",
    "sex.3": "other",
    "sex.4": "intersex",
    "sex.5": "diverse",
    "sex.6": "open",
    "sex.9": "not applicable",
    "notable.name": "your name",
    "notable.birthdate": "your date of birth",
    "notable.bsn": "your BSN",
    "notable.address": "your address",
    "notable.picture": "your photo",
    "error.untrusted": (
        "Your wallet could not establish who is asking. This request cannot be trusted. Nothing was shared."
    ),
    "error.invalid": "This request is wrong. Your wallet can do nothing with it. Nothing was shared.",
    "error.expired": "This request has expired. Start again on the website. Nothing was shared.",
    "error.transport": "The website cannot be reached. Try again later.",
    "error.pin": "This PIN is not right.",
    "error.locked": "You entered a wrong PIN too many times. Your wallet is locked now.",
    "error.unacknowledged": "First read the warnings, then say whether you want to share all the same.",
    "error.closed": "This request was answered already, or has expired.",
    "error.issuance": "The card was not added. What came in was wrong.",
    "error.other": "Something went wrong. Nothing was shared.",
}

TEXTS: Final[Mapping[Language, Mapping[str, str]]] = {"nl": _NL, "en": _EN}


def say(language: Language, key: str, **names: str | int) -> str:
    """The text of ``key`` in ``language``, with ``names`` filled in.

    A name that comes from outside must be made safe first
    (:func:`nlwallet.holder.readable.plain`). Raises :class:`KeyError` for a key that is not there:
    a mistake of ours, not of the input.
    """
    return TEXTS[language][key].format(**names) if names else TEXTS[language][key]
