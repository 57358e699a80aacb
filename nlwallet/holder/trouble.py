"""An error in the holder's own words: what happened, and that nothing was shared."""

from __future__ import annotations

from typing import Final

from nlwallet.errors import (
    AlgorithmNotAllowed,
    InvalidCredential,
    InvalidMdoc,
    InvalidOffer,
    InvalidRequest,
    InvalidSdJwt,
    InvalidSignature,
    InvalidTypeMetadata,
    IssuanceRefused,
    NlWalletError,
    OutsideValidity,
    PromptClosed,
    ProviderNotRegistered,
    RemoteError,
    SessionEnded,
    TransportError,
    UntrustedCertificate,
    WalletLocked,
    WarningsNotAcknowledged,
    WrongPin,
)
from nlwallet.holder.texts import Language, say

_KEYS: Final[tuple[tuple[tuple[type[NlWalletError], ...], str], ...]] = (
    ((WrongPin,), "error.pin"),
    ((WalletLocked,), "error.locked"),
    ((WarningsNotAcknowledged,), "error.unacknowledged"),
    ((PromptClosed,), "error.closed"),
    ((SessionEnded,), "error.ended"),
    ((TransportError,), "error.transport"),
    (
        (InvalidOffer, IssuanceRefused, InvalidCredential, InvalidSdJwt, InvalidTypeMetadata),
        "error.issuance",
    ),
    ((UntrustedCertificate, InvalidSignature, AlgorithmNotAllowed, OutsideValidity), "error.untrusted"),
    ((RemoteError,), "error.invalid"),
)


def what_went_wrong(error: NlWalletError, language: Language, *, of_card: bool = False) -> str:
    """One or two sentences for the holder. Who asks but cannot prove who they are is called that (RPA_05).

    ``of_card``: a card was to come, so a wrong mdoc is that card and not a reader's request.
    """
    if of_card and isinstance(error, InvalidMdoc):
        return say(language, "error.issuance")
    if isinstance(error, ProviderNotRegistered):
        return say(language, "provider.refused", reason=say(language, f"provider.{error.code}"))
    if isinstance(error, OutsideValidity) and error.pointer == "/exp":
        return say(language, "error.expired")
    if isinstance(error, InvalidRequest) and error.pointer == "/client_id":
        return say(language, "error.untrusted")
    if error.code == "link_timeout":
        return say(language, "error.nobody")
    if error.code in {"link_closed", "link_full"}:
        return say(language, "error.gone")
    return say(language, next((key for kinds, key in _KEYS if isinstance(error, kinds)), "error.other"))
