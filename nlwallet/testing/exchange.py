"""One call of ``navigator.credentials.get`` for a digital credential, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from nlwallet.encoding import dump_json
from nlwallet.errors import LocalError, NlWalletError
from nlwallet.holder import ConsentPrompt
from nlwallet.testing.browser import Frame
from nlwallet.testing.dom_exception import DomException

ExchangeState: TypeAlias = Literal["open", "fulfilled", "rejected", "aborted"]


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where in a browser a call came from: the tab, the frame, the document in it, and which call of that one."""

    page: object
    frame: Frame
    document: str
    call: str

    def is_gone(self, seen_by: Place) -> bool:
        """Whether the document was left, as far as a later call from the same tab shows."""
        return self.frame.is_detached() or (self.frame is seen_by.frame and self.document != seen_by.document)

    def is_same_call(self, other: Place) -> bool:
        """Whether ``other`` speaks of the same call."""
        return (self.page, self.document, self.call) == (other.page, other.document, other.call)


@dataclass(slots=True, eq=False)
class Exchange:
    """From a page's request to its answer. ``open`` until the promise is settled, or the page gave up.

    A page that was left has given up too; it is noticed when the next one in its tab asks.

    What the page cannot see is here too: the prompt, and the error that is behind a rejection.
    """

    origin: str
    """Of the page, as the browser tells it."""
    requests: Sequence[Mapping[str, Any]] = field(default=(), repr=False)
    prompt: ConsentPrompt | None = None
    """What the citizen saw; ``None`` if the request did not come that far."""
    credential: Mapping[str, Any] | None = field(default=None, repr=False)
    """What the page got: ``protocol`` and ``data``, with ``id`` and ``type``."""
    rejection: DomException | None = None
    """What the page's promise was rejected with."""
    error: Exception | None = None
    """Why, where there is more to say: the wallet's refusal, or what went wrong in the citizen's function."""
    state: ExchangeState = "open"
    place: Place | None = field(default=None, repr=False)
    """Where in a browser; ``None`` without one."""
    _settled: Callable[[], None] | None = field(default=None, repr=False)

    def fulfil(self, protocol: str, data: Mapping[str, Any]) -> None:
        """The promise is fulfilled with a ``DigitalCredential``."""
        self.credential = {"id": "", "type": "digital", "protocol": protocol, "data": dict(data)}
        self._end("fulfilled")

    def reject(self, rejection: DomException, *, because: Exception | None = None) -> None:
        """The promise is rejected."""
        rejection.__cause__ = self.error = because
        self.rejection = rejection
        self._end("rejected")

    def abort(self) -> None:
        """The page gave up, or is gone: the prompt disappears, and whatever the citizen does comes too late."""
        if self.state == "open":
            self._end("aborted")
            if self.prompt is not None:
                with suppress(NlWalletError):  # answered just now
                    self.prompt.deny()

    def when_settled(self, call: Callable[[], None]) -> None:
        """Call once, when it is no longer open."""
        self._settled = call

    def reply(self) -> dict[str, Any]:
        """The same for the script in the page."""
        if self.rejection is not None:
            return {"exception": self.rejection.as_json()}
        if self.credential is not None:
            data = dump_json(self.credential["data"]).decode()
            return {"protocol": self.credential["protocol"], "data": data}
        if self.state == "open":
            raise LocalError("the citizen has not decided yet", hint="decide(), after the page asked")
        return {"exception": DomException("AbortError", "The page gave up.").as_json()}

    def _end(self, state: ExchangeState) -> None:
        assert self.state == "open", "a promise is settled once"
        self.state = state
        if self._settled is not None:
            self._settled()
