"""What the wallet says in Dutch about history and rights. See :mod:`nlwallet.holder.texts`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

RIGHTS_NL: Final[Mapping[str, str]] = {
    # A request to erase (Article 17 GDPR)
    "erasure.subject": "Verzoek om mijn persoonsgegevens te wissen (artikel 17 AVG), gedeeld met mijn wallet",
    "erasure.greeting": "Geachte heer of mevrouw,",
    "erasure.when": "Op {date} deelde ik met mijn wallet gegevens met {name}.",
    "erasure.ask": (
        "Ik vraag u om persoonsgegevens van mij te wissen. Dat is mijn recht volgens artikel 17 van de AVG."
    ),
    "erasure.claims": "Het gaat om deze gegevens:",
    "erasure.everything": "Het gaat om alle gegevens die u via mijn wallet van mij kreeg:",
    "erasure.purpose": "U vroeg deze gegevens hiervoor: {purpose}",
    "erasure.answer": (
        "Laat mij binnen een maand weten wat u hebt gedaan. Kunt u iets niet wissen? Leg dan uit waarom."
    ),
    "erasure.proof": (
        "Wilt u zeker weten dat ik het ben? Vraag mij dan om dat met mijn wallet te laten zien. Een kopie van mijn "
        "identiteitsbewijs is niet nodig."
    ),
    "erasure.closing": "Met vriendelijke groet,",
    # A report to the supervisory authority
    "report.subject": "Melding van een mogelijk onrechtmatig of verdacht verzoek van {name}",
    "report.subject.through": "Melding van een mogelijk onrechtmatig of verdacht verzoek van {name}, via {through}",
    "report.greeting": "Geachte heer of mevrouw,",
    "report.when": "Op {date} kreeg mijn wallet een verzoek om gegevens van {name}.",
    "report.ask": "Ik denk dat dit verzoek niet klopt of niet mag. Wilt u het onderzoeken?",
    "report.remark": "Dit wil ik erbij zeggen: {remark}",
    "report.who": "Dit weet mijn wallet over wie het vroeg:",
    "report.claims": "Dit werd gevraagd:",
    "report.purpose": "Waarvoor, volgens het verzoek: {purpose}",
    "report.warnings": "Hiervoor waarschuwde mijn wallet:",
    "report.shared.yes": "Ik heb de gegevens gedeeld.",
    "report.shared.maybe": "Ik weet niet of de gegevens zijn aangekomen.",
    "report.shared.no": "Ik heb niets gedeeld.",
    "report.attached": "Het verzoek, zoals mijn wallet het vastlegde, stuur ik mee als bestand: {file}.",
    "report.closing": "Met vriendelijke groet,",
    "report.row.name": "Naam",
    "report.row.legal_name": "Officiële naam",
    "report.row.identifier": "Nummer",
    "report.row.country": "Land",
    "report.row.host": "Website",
    "report.row.service": "Dienst",
    "report.row.through": "Gevraagd via",
    "report.row.registry": "Register",
    "report.row.unverified": "Niemand heeft bevestigd wie dit is.",
    # What to do with a draft
    "draft.web": "Open de website van {name}. Deze tekst kunt u daar gebruiken.",
    "draft.email": "Deze e-mail aan {name} staat klaar. U stuurt hem zelf.",
    "draft.telephone": "Bel {name}. U kunt zeggen wat hieronder staat.",
    "draft.attach": "Voeg dit bestand toe: {file}. Er staan geen gegevens van uw kaarten in.",
    "draft.unknown": "Uw wallet weet niet of {name} het krijgt. In uw geschiedenis staat dat u eraan begon.",
    # What somebody got over time
    "history.title": "Wat kreeg {name} van u?",
    "history.nothing": "Uw wallet heeft niets met {name} gedeeld.",
    "history.count": "Uw wallet deelde {count} keer gegevens met {name}.",
    "history.maybe": "Van {count} keer is niet zeker of het aankwam.",
    "history.once": "op {date}",
    "history.more": "{count} keer, van {first} tot {last}",
    "history.purposes": "Waarvoor",
    "history.erasure": "Op {date} begon u een verzoek om gegevens te wissen.",
    "history.report": "Op {date} begon u een melding bij {authority}.",
    # Deleting from the history
    "removal.title": "Wilt u regels uit uw geschiedenis wissen? Het zijn er {count}.",
    "removal.title.old": "Uw geschiedenis wordt opgeruimd. Het gaat om {count} regels van voor {date}.",
    "removal.consequence": (
        "Daarna weet uw wallet niet meer wie welke gegevens kreeg. Het wordt dan moeilijker om die te laten wissen, of "
        "om een klacht in te dienen. U kunt dit niet terugdraaien."
    ),
    "removal.export": "Wilt u deze regels bewaren? Exporteer ze dan eerst naar een bestand met een wachtwoord.",
    "removal.parties": "Ze gaan over: {names}.",
    "removal.choice.delete": "Wissen: de regels gaan uit uw geschiedenis. Uw kaarten blijven.",
    "removal.choice.stop": "Stoppen: er wordt niets gewist.",
}
