"""What is wrong with an answer, by the interface's name for it."""

from __future__ import annotations

from nlwallet.errors import AlgorithmNotAllowed, DecryptionFailed, InvalidResponse, NlWalletError


def name_of_answer_error(error: NlWalletError) -> str:
    """The ``error`` in the answer to who posted it."""
    if error.code == "request_ended":
        return "PresentationNotInExpectedState"
    if error.pointer == "/state":
        return "IncorrectState"
    if isinstance(error, DecryptionFailed | AlgorithmNotAllowed):
        return "InvalidEncryptedResponse"
    if error.pointer == "/vp_token" and isinstance(error, InvalidResponse):
        return "UnexpectedResponseMode" if "encrypted" in error.message else "MissingVpToken"
    return "InvalidVpToken"
