"""A message that the holder sends herself: a page to open, an e-mail to send, a number to call (TS7, TS8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from nlwallet.errors import LocalError
from nlwallet.holder.contact import Channel, Contact, contacts
from nlwallet.holder.layout import RULE, wrap
from nlwallet.holder.readable import plain
from nlwallet.holder.texts import Language, say


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to send along, in JSON."""

    name: str
    content: str = field(repr=False)
    media_type: str = "application/json"


@dataclass(frozen=True, slots=True)
class Draft:
    """What is ready to be sent; that it was is for the browser, the mail or the telephone to know.

    ``uri`` is ``https:``, ``mailto:`` with subject and body in it (RFC 6068), or ``tel:``. ``to`` is the name of who
    gets it. ``others``: the other ways there are. ``attachment``: no link can bring a file along, so it is for the
    holder to attach.
    """

    kind: Channel
    uri: str
    to: str
    address: str
    subject: str
    body: str
    language: Language
    others: tuple[Channel, ...] = ()
    attachment: Attachment | None = None

    def as_dict(self) -> dict[str, Any]:
        """The draft as JSON, for an app that opens it."""
        members = {name: getattr(self, name) for name in self.__slots__ if name != "attachment"}
        members["others"] = list(self.others)
        if self.attachment is not None:
            members["attachment"] = {
                "name": self.attachment.name,
                "media_type": self.attachment.media_type,
                "content": self.attachment.content,
            }
        return members

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield RULE
        yield from wrap(say(self.language, f"draft.{self.kind}", name=self.to), "")
        yield f"  {self.address}"
        if self.attachment is not None:
            yield from wrap(say(self.language, "draft.attach", file=self.attachment.name), "")
        yield RULE
        yield from wrap(self.subject, "")
        yield ""
        for line in self.body.split("\n"):
            yield from wrap(line.removeprefix("- "), "  - " if line.startswith("- ") else "") or [""]
        yield RULE
        yield from wrap(say(self.language, "draft.unknown", name=self.to), "")


def chosen(
    addresses: Iterable[str], *, country: str, channel: Channel | None, whose: str
) -> tuple[Contact, tuple[Channel, ...]]:
    """The address to use and the other ways: the first in the order of TS7 §3.3, or the one of ``channel``.

    Raises :class:`~nlwallet.errors.LocalError` when there is none.
    """
    usable = contacts(addresses, country=country)
    ways = tuple(dict.fromkeys(one.channel for one in usable))
    for one in usable:
        if channel in (None, one.channel):
            return one, tuple(way for way in ways if way != one.channel)
    raise LocalError(
        f"{plain(whose, 80)} gave no address of this kind"
        if usable
        else f"{plain(whose, 80)} gave no address",
        code="no_contact",
        spec="ARF DATA_DLT_02, RPT_DPA_02a",
        hint=f"channel={' or '.join(ways)}"
        if usable
        else "the register may know one: LogEntry.party.registry",
    )


def labelled(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Rows of a label and a text, one a line; nothing for an empty text."""
    for label, text in rows:
        if text:
            yield f"- {label}: {text}"
