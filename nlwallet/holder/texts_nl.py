"""Every word that the wallet says in Dutch. See :mod:`nlwallet.holder.texts`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

NL: Final[Mapping[str, str]] = {
    # The question
    "title.regular": "Wilt u deze gegevens delen met {name}?",
    "title.login": "Wilt u inloggen bij {name}?",
    "title.transaction": "Geeft u {name} akkoord voor {what}?",
    "title.missing": "U kunt {name} niet geven wat er wordt gevraagd",
    "title.blocked": "Uw wallet staat dit verzoek van {name} niet toe",
    # Headings
    "section.warnings": "Lees dit eerst",
    "section.who": "Wie vraagt dit?",
    "section.why": "Waarom?",
    "section.transaction": "Waar geeft u akkoord voor? ({what})",
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
    "who.identity.known": "bekend bij uw wallet",
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
    "missing.transaction": "U hebt geen kaart waarmee u hier akkoord voor kunt geven.",
    "missing.card": "U hebt geen kaart van het soort {card}.",
    "missing.expired": "Uw kaart {card} is verlopen op {date}.",
    "missing.revoked": "Uw kaart {card} is ingetrokken door wie hem uitgaf.",
    "missing.suspended": "Uw kaart {card} is tijdelijk stopgezet door wie hem uitgaf.",
    "missing.status_not_valid": "Uw kaart {card} is niet geldig, zegt wie hem uitgaf.",
    "missing.claims": "Op uw kaart {card} staat niet: {labels}.",
    "missing.issuer": "Uw kaart {card} komt niet van een uitgever die {name} accepteert.",
    "missing.values": "Wat er op uw kaart {card} staat, past niet bij wat er wordt gevraagd.",
    "missing.nearest.claims": "Wel: {labels}.",
    "missing.nearest.card": "U hebt wel de kaart {card}.",
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
    "choice.transaction": "Akkoord: u geeft toestemming, en alleen wat hierboven staat gaat naar {name}.",
    "choice.despite": "Wilt u delen? Zeg dan eerst dat u elk punt onder 'Lees dit eerst' hebt gelezen.",
    "choice.pin": "Daarvoor is uw pincode nodig.",
    "choice.stop": "Stoppen: er wordt niets gedeeld.",
    "choice.only_stop": "U kunt alleen stoppen. Er wordt niets gedeeld.",
    # Warnings: title, what is the matter, and what to do
    "warning.unknown_party.title": "Niemand bevestigt wie dit is",
    "warning.unknown_party.text": (
        "Dit verzoek heeft geen certificaat waarop een naam staat. Uw wallet weet alleen waar uw gegevens naartoe "
        "gaan: {host}."
    ),
    "warning.unknown_party.advice": "Ga alleen verder als u {host} zelf hebt opgezocht en vertrouwt.",
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
    # A card that is offered, and one that came
    "outcome.offer": "U kunt nu een of meer kaarten ophalen.",
    "outcome.nothing_to_issue": "Uw gegevens zijn gedeeld, maar er is geen kaart voor u.",
    "notice.text": (
        "Een website wil u iets voor in uw wallet geven: {website}. Wilt u kijken wat het is? Die website merkt dan "
        "dat u een wallet hebt."
    ),
    "due.copies": (
        "Uw kaart {card} is vaak gebruikt. Haal nieuwe exemplaren op. Anders is te zien dat het steeds dezelfde kaart "
        "is."
    ),
    "due.expires": "Uw kaart {card} is geldig tot {date}. Haal op tijd een nieuwe op.",
    "due.again": "Uw wallet kan dat niet alleen. Ga terug naar wie u de kaart gaf: {issuer}.",
    "offer.title": "Wilt u dit ophalen bij {name}: {cards}?",
    "section.offerer": "Wie biedt dit aan?",
    "section.offered": "Wat wordt er aangeboden?",
    "section.good_to_know": "Goed om te weten",
    "offer.website": "Website",
    "offer.self_declared": (
        "Zo noemt deze website zichzelf. Uw wallet controleert wie de kaart uitgeeft zodra de kaart er is."
    ),
    "offer.verified": "Uw wallet heeft gecontroleerd dat {website} van {name} is.",
    "offer.guidance": "{name} schrijft over die code: “{guidance}” Geef hier nooit een code van een ander in.",
    "offer.page": "U gaat eerst naar de website van {name}.",
    "offer.code": "U hebt een code nodig. {name} gaf u die op een andere manier, zoals per brief of sms.",
    "offer.held": "U hebt al zo'n kaart. De nieuwe komt ernaast.",
    "offer.choice.fetch": "Ophalen: u ziet dan wat er op de kaart staat. Daarna kiest u of u de kaart bewaart.",
    "offer.choice.stop": "Stoppen: er komt niets in uw wallet.",
    "received.title": "Wilt u dit bewaren: {cards}?",
    "received.title.later": "Dit komt later: {cards}",
    "received.card": "Dit staat er op de kaart {card}",
    "received.issuer": "Uitgegeven door",
    "received.valid_until": "Geldig tot",
    "received.renews": "Deze kaart komt in de plaats van de kaart die u had.",
    "received.changed": "Dit is anders dan op de kaart die u had: {claims}. Klopt dat?",
    "received.copies": (
        "Uw wallet krijgt meer exemplaren. Zo is het moeilijker om te zien dat het steeds dezelfde kaart is."
    ),
    "received.later": "Dit komt later: {cards}.",
    "received.choice.keep": "Bewaren: de kaart komt in uw wallet. Klopt er iets niet? Bewaar de kaart dan niet.",
    "received.choice.discard": "Niet bewaren: de kaart gaat meteen weg. Wie de kaart uitgaf, krijgt dat te horen.",
    "received.choice.wait": "U hoeft nu niets te doen. Uw wallet vraagt later of de kaart er is.",
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
