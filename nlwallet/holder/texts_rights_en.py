"""What the wallet says in English about history and rights. See :mod:`nlwallet.holder.texts`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

RIGHTS_EN: Final[Mapping[str, str]] = {
    # A request to erase (Article 17 GDPR)
    "erasure.subject": "Request to erase my personal data (Article 17 GDPR), shared with my wallet",
    "erasure.greeting": "Dear Sir or Madam,",
    "erasure.when": "On {date} I used my wallet to share data with {name}.",
    "erasure.ask": "I ask you to erase personal data of mine. That is my right under Article 17 of the GDPR.",
    "erasure.claims": "It is about these data:",
    "erasure.everything": "It is about all data that you got from me through my wallet:",
    "erasure.purpose": "You asked for these data for this purpose: {purpose}",
    "erasure.answer": (
        "Please tell me within a month what you have done. Is there something that you cannot erase? Then tell me why."
    ),
    "erasure.proof": (
        "Do you want to be sure that it is me? Then ask me to show it with my wallet. You do not need a copy of my "
        "identity card."
    ),
    "erasure.closing": "Kind regards,",
    # A report to the supervisory authority
    "report.subject": "Reporting an allegedly unlawful or suspicious request received from {name}",
    "report.subject.through": (
        "Reporting an allegedly unlawful or suspicious request received from {name}, through {through}"
    ),
    "report.greeting": "Dear Sir or Madam,",
    "report.when": "On {date} my wallet received a request for data from {name}.",
    "report.ask": "I think that this request is wrong or not allowed. Please look into it.",
    "report.remark": "I want to add this: {remark}",
    "report.who": "This is what my wallet knows about who asked:",
    "report.claims": "This is what was asked for:",
    "report.purpose": "What for, according to the request: {purpose}",
    "report.warnings": "My wallet warned me of this:",
    "report.shared.yes": "I shared the data.",
    "report.shared.maybe": "I do not know whether the data arrived.",
    "report.shared.no": "I shared nothing.",
    "report.attached": "The request, as my wallet recorded it, comes with this message as a file: {file}.",
    "report.closing": "Kind regards,",
    "report.row.name": "Name",
    "report.row.legal_name": "Official name",
    "report.row.identifier": "Number",
    "report.row.country": "Country",
    "report.row.host": "Website",
    "report.row.service": "Service",
    "report.row.through": "Asked through",
    "report.row.registry": "Register",
    "report.row.unverified": "Nobody confirmed who this is.",
    # What to do with a draft
    "draft.web": "Open the website of {name}. You can use this text there.",
    "draft.email": "This e-mail to {name} is ready. You send it yourself.",
    "draft.telephone": "Call {name}. You can say what is below.",
    "draft.attach": "Attach this file: {file}. It holds no data from your cards.",
    "draft.unknown": "Your wallet does not know whether {name} gets it. Your history says that you began.",
    # What somebody got over time
    "history.title": "What did {name} get from you?",
    "history.nothing": "Your wallet shared nothing with {name}.",
    "history.count": "Your wallet shared data with {name} this many times: {count}.",
    "history.maybe": "It is not sure that it arrived each time. Not sure: {count}.",
    "history.once": "on {date}",
    "history.more": "{count} times, from {first} to {last}",
    "history.purposes": "What for",
    "history.erasure": "On {date} you began a request to erase data.",
    "history.report": "On {date} you began a report to {authority}.",
    # Deleting from the history
    "removal.title": "Do you want to delete lines from your history? How many: {count}.",
    "removal.title.old": "Your history is being cleaned up. It is about {count} lines from before {date}.",
    "removal.consequence": (
        "After that your wallet no longer knows who got which data. It will be harder to have them erased, or to make "
        "a complaint. You cannot undo this."
    ),
    "removal.export": "Do you want to keep these lines? Then first export them to a file with a password.",
    "removal.parties": "They are about: {names}.",
    "removal.choice.delete": "Delete: the lines go out of your history. Your cards stay.",
    "removal.choice.stop": "Stop: nothing is deleted.",
}
