"""What is wrong with an answer, by the interface's name for it."""

from __future__ import annotations

from nlwallet.errors import AlgorithmNotAllowed, DecryptionFailed, InvalidResponse, NlWalletError
from nlwallet.verifier.answering import REFUSED_BECAUSE


def name_of_answer_error(error: NlWalletError) -> str:
    """The ``error`` in the answer to who posted it."""
    if error.code == "request_ended":
        return "PresentationNotInExpectedState"
    if error.pointer == "/state":
        return "IncorrectState"
    if isinstance(error, DecryptionFailed | AlgorithmNotAllowed):
        return "InvalidEncryptedResponse"
    if isinstance(error, InvalidResponse):
        if error.spec == "OpenID4VP 1.0 §6.4.2" and not error.hint:
            return "RequiredCredentialSetNotSatisfied"
        if error.pointer == "/response":
            return "UnexpectedResponseMode"
        if error.pointer == "/vp_token":
            return "UnexpectedResponseMode" if "encrypted" in error.message else "MissingVpToken"
    return "InvalidVpToken"


def description_of_refusal(error: NlWalletError) -> str:
    """What a wallet that said no gave as ``error_description``; empty if it gave none."""
    said = error.message.startswith(REFUSED_BECAUSE)
    return error.message.removeprefix(REFUSED_BECAUSE) if said else ""
