"""The error that a page's promise is rejected with (Web IDL §2.8.1)."""

from __future__ import annotations

from typing import Literal, TypeAlias

from nlwallet.errors import NlWalletError

DomExceptionName: TypeAlias = Literal[
    "AbortError", "NotAllowedError", "OperationError", "SecurityError", "TypeError"
]


class DomException(NlWalletError):
    """What a page would catch: ``name`` says which error, as in ``catch (error) { error.name }``.

    ``TypeError`` is an exception of JavaScript itself, the others are a ``DOMException``. The page sees the
    name and the message. Why it came to it, where a page may not know, is in ``__cause__``.
    """

    default_spec = "W3C Digital Credentials"

    def __init__(self, name: DomExceptionName, message: str) -> None:
        super().__init__(message, code=name)
        self.name: DomExceptionName = name

    def as_json(self) -> dict[str, str]:
        """All that the page gets to see."""
        return {"name": self.name, "message": self.message}


def cancelled() -> DomException:
    """The same for whatever kept the answer from the page: it must not learn which (OpenID4VP 1.0 §15.9.2)."""
    return DomException("NotAllowedError", "The request was cancelled.")
