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
    "unusual.one": "Let op: 1 ding is hier niet gewoon.",
    "unusual.many": "Let op: {count} dingen zijn hier niet gewoon.",
    # Headings
    "section.warnings": "Let op",
    "section.who": "Wie vraagt dit?",
    "section.why": "Waarom?",
    "section.transaction": "Waar geeft u akkoord voor? ({what})",
    "section.what": "Wat deelt u?",
    "section.login": "Waarmee logt u in?",
    "section.asked": "Wat wordt er gevraagd?",
    "section.missing": "Wat ontbreekt er?",
    "section.agreement": "Wat mag {name} ermee doen?",
    "section.other_way": "Het kan ook anders",
    "section.choice": "Wat kunt u doen?",
    # Who asks
    "who.name": "Naam",
    "who.legal_name": "Officiële naam",
    "who.identifier": "Nummer",
    "who.identifier.kvk": "{number} (KvK)",
    "who.kind": "Soort",
    "who.kind.public": "overheid of publieke taak",
    "who.kind.private": "geen overheid",
    "who.kind.unknown": "niet bekend",
    "who.identity": "Identiteit",
    "who.identity.verified": "klopt, volgens {issuer}",
    "who.identity.unverified": "NIET gecontroleerd",
    "who.identity.known": "bekend bij uw wallet",
    "who.registration": "Aanmelding",
    "who.registration.valid": "aangemeld, en dat klopt",
    "who.registration.invalid": "geen geldig bewijs van aanmelding",
    "who.website": "Gaat naar",
    "who.before": "Eerder gedeeld",
    "who.before.yes": "ja",
    "who.before.no": "nee, dit is de eerste keer",
    # Why
    "why.label": "Doel",
    "why.unknown": "Dat is niet bekend: er is geen geldig bewijs van aanmelding.",
    # What
    "what.card": "Uit uw kaart {card}",
    "what.card.issuer": "Uit uw kaart {card} (van {issuer})",
    "what.count.one": "U deelt 1 gegeven. Meer niet.",
    "what.count.many": "U deelt {count} gegevens. Meer niet.",
    "what.always": "hoort altijd bij deze kaart",
    "what.not_shared": "Niet gedeeld: {labels}.",
    "what.narrowed": "Uw wallet laat weg wat niet is aangemeld: {labels}.",
    "what.other_card": "Een andere kaart die ook past: {card}",
    "what.nothing": "Alleen dat u deze kaart hebt. Geen gegevens die erop staan.",
    # What is missing
    "missing.transaction": "U hebt geen kaart waarmee u hier akkoord voor kunt geven.",
    "missing.card": "U hebt geen kaart van het soort {card}.",
    "missing.expired": "Uw kaart {card} is verlopen op {date}.",
    "notice.revoked": "Uw kaart {card} is ingetrokken door wie hem uitgaf. U kunt hem niet meer gebruiken.",
    "notice.suspended": "Uw kaart {card} is tijdelijk stopgezet door wie hem uitgaf. U kunt hem nu niet gebruiken.",
    "notice.status_not_valid": "Uw kaart {card} telt nu niet. Vraag aan wie hem uitgaf waarom.",
    "notice.valid": "Uw kaart {card} telt weer. U kunt hem gebruiken.",
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
    "blocked.over_asking_reject": "Uw wallet deelt niets als er meer wordt gevraagd dan is aangemeld.",
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
    "agreement.none": "Er is niets beloofd: niet hoe lang ze dit bewaren, en niet of ze het doorgeven.",
    "agreement.promise": "Dit belooft {name}. Uw wallet kan niet zien of dat ook gebeurt.",
    # The choice
    "choice.share": "Delen: alleen wat hierboven staat gaat naar {name}.",
    "choice.login": "Inloggen: alleen wat hierboven staat gaat naar {name}.",
    "choice.transaction": "Akkoord: u geeft toestemming, en alleen wat hierboven staat gaat naar {name}.",
    "choice.despite": "Wilt u delen? Zeg dan eerst ja tegen elk van deze punten:",
    "choice.pin": "Daarvoor is uw pincode nodig.",
    "choice.deny_first": "Twijfelt u? Stop dan. U kunt dit later weer openen.",
    "choice.stop": "Stoppen: er wordt niets gedeeld.",
    "choice.only_stop": "U kunt alleen stoppen. Er wordt niets gedeeld.",
    # On the page
    "page.share": "Delen",
    "page.login": "Inloggen",
    "page.agree": "Akkoord",
    "page.stop": "Stoppen",
    "page.pin": "Uw pincode",
    "page.privacy": "Lees de privacyverklaring",
    "page.delete_at": "Verwijderen via",
    "page.complain_at": "Klagen via",
    "page.more_agreement": "Meer over deze afspraken",
    "page.more_who": "Meer over wie dit vraagt",
    "page.more_warnings.one": "Nog 1 punt om te lezen",
    "page.more_warnings.many": "Nog {count} punten om te lezen",
    "page.other_card": "Een andere kaart kiezen",
    "page.use_card": "Deze kaart gebruiken: {card}",
    "page.use_option": "Liever dit delen: {labels}",
    "page.add_option": "Dit ook delen: {labels}",
    "page.drop_option": "Dit niet delen: {labels}",
    "page.option_card": "dat u de kaart {card} hebt",
    "page.must_confirm": "Zet eerst zelf een vinkje als u dit wilt.",
    "page.code": "De code die u kreeg",
    "page.fetch": "Ophalen",
    "page.keep": "Bewaren",
    "page.discard": "Niet bewaren",
    "page.close": "Sluiten",
    # Warnings: title, what is the matter, the one thing to do, and what to confirm
    "warning.unknown_party.title": "Niemand bevestigt wie dit is",
    "warning.unknown_party.text": (
        "Dit verzoek heeft geen certificaat waarop een naam staat. Uw wallet weet alleen waar uw gegevens naartoe "
        "gaan: {host}."
    ),
    "warning.unknown_party.advice": "Stop, behalve als u {host} zelf hebt opgezocht.",
    "warning.unknown_party.confirm": "Ik deel met {host}, ook al bevestigt niemand wie dat is.",
    "warning.not_registered.title": "{name} laat niet zien dat dit verzoek is aangemeld",
    "warning.not_registered.text": (
        "Wie gegevens vraagt, meldt vooraf aan welke gegevens dat zijn en waarvoor. Het bewijs daarvan "
        "ontbreekt. U weet dus niet zeker waarvoor dit is."
    ),
    "warning.not_registered.advice": "Vraag {name} eerst waarvoor dit nodig is.",
    "warning.not_registered.confirm": "Ik deel met {name}, ook al zie ik geen bewijs van aanmelding.",
    "warning.registration_invalid.title": "Het bewijs van aanmelding klopt niet",
    "warning.registration_invalid.text": (
        "{name} stuurde een bewijs mee dat niet echt is of niet te lezen is. Wat erin staat, telt niet mee."
    ),
    "warning.registration_invalid.advice": "Stop als u dit verzoek niet verwachtte.",
    "warning.registration_invalid.confirm": "Ik deel met {name}, ook al klopt het bewijs van aanmelding niet.",
    "warning.registration_expired.title": "De aanmelding is verlopen",
    "warning.registration_expired.text": (
        "Het bewijs van aanmelding van {name} is nu niet geldig. Wat erin beloofd is, geldt misschien niet "
        "meer."
    ),
    "warning.registration_expired.advice": "Vraag {name} eerst of het verzoek nog klopt.",
    "warning.registration_expired.confirm": "Ik deel met {name}, ook al is de aanmelding verlopen.",
    "warning.registration_revoked.title": "De aanmelding is ingetrokken",
    "warning.registration_revoked.text": "Wie de lijst met aanmeldingen bijhoudt, heeft die van {name} weggehaald.",
    "warning.registration_revoked.advice": "Stop, en deel niets.",
    "warning.registration_revoked.confirm": "Ik deel met {name}, ook al is de aanmelding ingetrokken.",
    "warning.registration_status_unknown.title": "Niet te zien of de aanmelding nog geldt",
    "warning.registration_status_unknown.text": (
        "Uw wallet kon niet nagaan of de aanmelding van {name} intussen is ingetrokken."
    ),
    "warning.registration_status_unknown.advice": "Probeer het later nog eens.",
    "warning.registration_status_unknown.confirm": "Ik deel met {name}, ook al is de aanmelding misschien ingetrokken.",
    "warning.offline.title": "U bent nu offline",
    "warning.offline.text": "Zonder internet kan uw wallet niet nagaan of {name} intussen is afgemeld.",
    "warning.offline.advice": "Kijk of u echt voor {name} staat.",
    "warning.offline.confirm": "Ik deel met {name}, zonder controle via internet.",
    "warning.registration_mismatch.title": "Het bewijs van aanmelding is van een ander",
    "warning.registration_mismatch.text": (
        "Het bewijs staat niet op naam van {name}. Misschien doet iemand zich voor als een ander."
    ),
    "warning.registration_mismatch.advice": "Stop, en deel niets.",
    "warning.registration_mismatch.confirm": "Ik deel met {name}, ook al is het bewijs van een ander.",
    "warning.over_asking.title": "{name} vraagt meer dan is aangemeld",
    "warning.over_asking.text": "Niet aangemeld, wel gevraagd:",
    "warning.over_asking.advice": "Stop als u niet weet waarom {name} dit nodig heeft.",
    "warning.over_asking.confirm": "Ik deel ook wat niet is aangemeld: {labels}.",
    "warning.other_website.title": "Uw gegevens gaan naar een website die u misschien niet kent",
    "warning.other_website.text": (
        "Ze worden gestuurd naar {host}. Op het certificaat van {name} staat: {hosts}."
    ),
    "warning.other_website.advice": "Stop als u {host} niet kent.",
    "warning.other_website.confirm": "Ik stuur mijn gegevens naar {host}.",
    "warning.issuer_objects.title": "{issuer} wil niet dat u uw {card} aan {name} laat zien",
    "warning.issuer_objects.text": "{issuer} heeft een lijst van wie de kaart mag zien. {name} staat daar niet op.",
    "warning.issuer_objects.advice": "Vraag {name} eerst waarom die kaart nodig is.",
    "warning.issuer_objects.confirm": "Ik laat mijn {card} toch zien aan {name}.",
    "warning.portrait.title": "U deelt een foto van uw gezicht",
    "warning.portrait.text": (
        "Aan een foto kan een computer u overal herkennen. Een foto kunt u niet veranderen zoals een "
        "wachtwoord."
    ),
    "warning.portrait.advice": "Kijk of {name} u echt moet kunnen herkennen.",
    "warning.portrait.confirm": "Ik geef {name} een foto van mijn gezicht.",
    "warning.bsn_outside_government.title": "{name} vraagt uw BSN en is niet aangemeld als overheid",
    "warning.bsn_outside_government.text": (
        "Buiten de overheid mag iemand uw BSN alleen gebruiken als dat in een wet staat. Dat geldt "
        "bijvoorbeeld voor uw bank, uw werkgever en uw zorgverlener. Een winkel, verhuurder of vereniging "
        "mag dat niet."
    ),
    "warning.bsn_outside_government.advice": "Vraag {name} eerst in welke wet dit staat.",
    "warning.bsn_outside_government.confirm": "Ik geef {name} mijn BSN.",
    "warning.more_than_age.title": "Om uw leeftijd te controleren is dit niet nodig",
    "warning.more_than_age.text": "Het doel is een leeftijdscontrole. Toch wordt ook gevraagd:",
    "warning.more_than_age.advice": "Vraag {name} eerst of ja of nee bij uw leeftijd genoeg is.",
    "warning.more_than_age.confirm": "Ik deel meer dan mijn leeftijd: {labels}.",
    "warning.identity_copy.title": "Samen is dit bijna een kopie van uw paspoort",
    "warning.identity_copy.text": "Met deze gegevens samen kan iemand zich als u voordoen:",
    "warning.identity_copy.advice": "Stop als u {name} niet heel goed kent.",
    "warning.identity_copy.confirm": "Ik geef {name} bijna een kopie van mijn paspoort.",
    "warning.recovery_code.title": "{name} vraagt de herstelcode van uw wallet",
    "warning.recovery_code.text": (
        "Die code is alleen voor uzelf, om uw wallet terug te krijgen. Niemand anders heeft hem nodig."
    ),
    "warning.recovery_code.advice": "Stop, en deel niets.",
    "warning.recovery_code.confirm": "Ik geef {name} de herstelcode van mijn wallet.",
    "warning.whole_card.title": "{name} vraagt alles wat op uw kaart {card} staat",
    "warning.whole_card.text": "Voor bijna geen enkel doel is een hele kaart nodig.",
    "warning.whole_card.advice": "Kijk of {name} dit echt allemaal nodig heeft.",
    "warning.whole_card.confirm": "Ik deel alles op mijn kaart {card}.",
    "warning.first_time_many.title": "U deelt voor het eerst iets met {name}, en meteen veel",
    "warning.first_time_many.text": (
        "{name} vraagt {count} gegevens. Samen zeggen die heel precies wie u bent. Uw wallet deelde nog nooit iets "
        "met {name}."
    ),
    "warning.first_time_many.advice": "Kijk of dit echt de organisatie is die u bedoelt.",
    "warning.first_time_many.confirm": "Ik deel voor het eerst met {name}: {count} gegevens.",
    # Values
    "value.yes": "ja",
    "value.no": "nee",
    "value.empty": "(leeg)",
    "label.age_over": "{age} jaar of ouder",
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
    "received.policy": "Wie u de kaart gaf, wil niet dat u haar aan iedereen laat zien. U kiest daar zelf over.",
    "received.renews": "Deze kaart komt in de plaats van de kaart die u had.",
    "received.changed": "Dit is anders dan op de kaart die u had: {claims}. Klopt dat?",
    "received.copies": (
        "Uw wallet krijgt meer exemplaren. Zo is het moeilijker om te zien dat het steeds dezelfde kaart is."
    ),
    "received.words": "Woorden tussen “ en ” zijn van de uitgever van de kaart. Niemand heeft ze gecontroleerd.",
    "received.twins": "U krijgt deze kaart in twee vormen. Er staat hetzelfde op. Uw wallet kiest welke nodig is.",
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
    "error.ended": "De ander is gestopt. Er is niets gedeeld.",
    "error.gone": "De ander is gestopt, of niet meer in de buurt.",
    "error.nobody": "Niemand heeft uw code op tijd gelezen. Er is niets gedeeld.",
    "error.pin": "Deze pincode is niet goed.",
    "error.locked": "U hebt te vaak een verkeerde pincode ingevoerd. Uw wallet is nu op slot.",
    "error.unacknowledged": "Lees eerst de waarschuwingen, en zeg dan of u toch wilt delen.",
    "error.closed": "Dit verzoek is al beantwoord of verlopen.",
    "error.issuance": "De kaart is niet toegevoegd. Wat er binnenkwam, klopte niet.",
    "error.other": "Er ging iets mis. Er is niets gedeeld.",
}
