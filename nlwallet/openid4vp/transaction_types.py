"""The types of transaction data that the wallet knows: those of EUDI TS12 1.0 §4.3, strong customer authentication.

What of them is logged is that of §5.3.

The e-mandate of §4.3.4 is left out: it nests a whole payment, and nobody in the sandbox asks for one.
"""

from __future__ import annotations

from collections.abc import Mapping

from nlwallet.openid4vp.transaction_type import Kind, Labels, TransactionDataMember, TransactionDataType


def _member(
    path: str, kind: Kind = "text", nl: str = "", en: str = "", *, values: Mapping[str, Labels] | None = None
) -> TransactionDataMember:
    """``path`` is dotted; a ``*`` at its end says that the member is required."""
    label = {"nl": nl, "en": en} if nl else {}
    names = tuple(path.rstrip("*").split("."))
    return TransactionDataMember(names, kind, label, path.endswith("*"), values or {})


_FREQUENCIES: Mapping[str, Labels] = {
    "INDA": {"nl": "meer keren per dag", "en": "several times a day"},
    "DAIL": {"nl": "elke dag", "en": "every day"},
    "WEEK": {"nl": "elke week", "en": "every week"},
    "TOWK": {"nl": "elke twee weken", "en": "every two weeks"},
    "TWMN": {"nl": "twee keer per maand", "en": "twice a month"},
    "MNTH": {"nl": "elke maand", "en": "every month"},
    "TOMN": {"nl": "elke twee maanden", "en": "every two months"},
    "QUTR": {"nl": "elk kwartaal", "en": "every quarter"},
    "FOMN": {"nl": "elke vier maanden", "en": "every four months"},
    "SEMI": {"nl": "twee keer per jaar", "en": "twice a year"},
    "YEAR": {"nl": "elk jaar", "en": "every year"},
    "TYEA": {"nl": "elke twee jaar", "en": "every two years"},
}

PAYMENT = TransactionDataType(
    "urn:eudi:sca:payment:1",
    {"nl": "een betaling", "en": "a payment"},
    (
        _member("payload*", "object"),
        _member("payload.amount*", "amount", "Bedrag", "Amount"),
        _member("payload.currency*", "currency"),
        _member("payload.payee*", "object"),
        _member("payload.payee.name*", nl="Aan", en="To"),
        _member("payload.payee.id*", nl="Rekening of nummer", en="Account or number"),
        _member("payload.payee.logo", "url"),
        _member("payload.payee.website", "url", "Website", "Website"),
        _member("payload.pisp", "object"),
        _member("payload.pisp.legal_name*", nl="Via", en="Through"),
        _member("payload.pisp.brand_name*"),
        _member("payload.pisp.domain_name*"),
        _member("payload.execution_date", "date", "Op", "On"),
        _member("payload.amount_estimated", "boolean", "Bedrag is geschat", "Amount is an estimate"),
        _member("payload.amount_earmarked", "boolean", "Bedrag wordt vastgezet", "Amount is set aside"),
        _member("payload.sct_inst", "boolean", "Direct overmaken", "Instant transfer"),
        _member("payload.recurrence", "object"),
        _member("payload.recurrence.frequency*", nl="Hoe vaak", en="How often", values=_FREQUENCIES),
        _member("payload.recurrence.start_date", "date", "Vanaf", "From"),
        _member("payload.recurrence.end_date", "date", "Tot en met", "Until"),
        _member("payload.recurrence.number", "integer", "Aantal keer", "Number of times"),
        _member("payload.recurrence.mit_options", "object"),
        _member(
            "payload.recurrence.mit_options.amount_variable", "boolean", "Bedrag wisselt", "Amount varies"
        ),
        _member("payload.recurrence.mit_options.min_amount", "amount", "Minstens", "At least"),
        _member("payload.recurrence.mit_options.max_amount", "amount", "Hoogstens", "At most"),
        _member("payload.recurrence.mit_options.total_amount", "amount", "In totaal", "In total"),
        _member("payload.recurrence.mit_options.initial_amount", "amount", "Eerste bedrag", "First amount"),
        _member(
            "payload.recurrence.mit_options.initial_amount_number",
            "integer",
            "Zo vaak het eerste bedrag",
            "Times of the first amount",
        ),
        _member("payload.recurrence.mit_options.apr", "number", "Rente per jaar (%)", "Interest a year (%)"),
        _member("payload.transaction_id*", nl="Kenmerk", en="Reference"),
        _member("payload.date_time", "date_time", "Begonnen op", "Started at"),
    ),
    log_name="Payment Confirmation",
    logged=("payload.transaction_id", "payload.payee.name", "payload.pisp.legal_name"),
)

LOGIN_OR_RISK = TransactionDataType(
    "urn:eudi:sca:login_risk_transaction:1",
    {"nl": "een handeling", "en": "an action"},
    (
        _member("payload*", "object"),
        _member("payload.action*", nl="Wat", en="What"),
        _member("payload.service", nl="Waar", en="Where"),
        _member("payload.transaction_id*", nl="Kenmerk", en="Reference"),
        _member("payload.date_time", "date_time", "Begonnen op", "Started at"),
    ),
    log_name="Login, Risk-based Authentication",
    logged=("payload.transaction_id", "payload.service"),
)

ACCOUNT_ACCESS = TransactionDataType(
    "urn:eudi:sca:account_access:1",
    {"nl": "inzage in uw rekening", "en": "access to your account"},
    (
        _member("payload*", "object"),
        _member("payload.description", nl="Wat", en="What"),
        _member("payload.aisp", "object"),
        _member("payload.aisp.legal_name*", nl="Wie kijkt mee", en="Who gets access"),
        _member("payload.aisp.brand_name*"),
        _member("payload.aisp.domain_name*"),
        _member("payload.transaction_id*", nl="Kenmerk", en="Reference"),
        _member("payload.date_time", "date_time", "Begonnen op", "Started at"),
    ),
    log_name="Payment Account Information Access",
    logged=("payload.transaction_id", "payload.aisp.legal_name"),
)

KNOWN_TRANSACTION_DATA: Mapping[str, TransactionDataType] = {
    one.type: one for one in (PAYMENT, LOGIN_OR_RISK, ACCOUNT_ACCESS)
}
"""By the value of ``type``."""
