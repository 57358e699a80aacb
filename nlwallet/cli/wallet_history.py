"""``nlwallet wallet log, erase, report, shared-with``: what happened, and the rights of the holder."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeAlias

import typer
from rich.text import Text

from nlwallet.cli.open_wallet import OpenWallet, WalletOptions, opened
from nlwallet.cli.wallet import AsJson, File, InLanguage, PinFromPipe, Yes, person_of
from nlwallet.cli.wallet_screens import show_log
from nlwallet.errors import LocalError
from nlwallet.holder import Draft, LogEntry
from nlwallet.holder.log_import import MAX_LOG_BYTES

log_app = typer.Typer(
    help="List what the wallet received, shared and refused; export, import or delete from it.",
    invoke_without_command=True,
    rich_markup_mode=None,
)

Way: TypeAlias = Literal["web", "email", "telephone"]

Entry = Annotated[
    str, typer.Argument(help="Number of the line in 'wallet log', or how its id begins.", metavar="ENTRY")
]
Channel = Annotated[
    str | None, typer.Option("--channel", "-c", help="web, email or telephone; else the first there is.")
]
_WAYS: Final = ("web", "email", "telephone")


@log_app.callback()
def log(
    context: typer.Context,
    *,
    party: Annotated[
        str | None, typer.Option("--party", help="Only with this party: its number, name or host.")
    ] = None,
    file: File = None,
    pin_stdin: PinFromPipe = False,
    as_json: AsJson = False,
    language: InLanguage = "nl",
) -> None:
    """List what the wallet received, shared and refused; never a value. Times are in UTC."""
    if context.invoked_subcommand is not None:
        return
    with opened(WalletOptions(file), person_of(language, pin_stdin=pin_stdin, as_json=as_json)) as one:
        entries = one.wallet.log
        if party is not None:
            answer = one.wallet.shared_with(party)
            about = {each.id for each in (*answer.presentations, *answer.erasure_requests, *answer.reports)}
            entries = tuple(each for each in entries if each.id in about)
        if as_json:
            _print_json([each.as_dict() for each in entries])
        else:
            show_log(one.person.screen, one.wallet, entries)


@log_app.command()
def export(
    target: Annotated[Path, typer.Argument(help="The file to make.", metavar="FILE")],
    *,
    entry: Annotated[
        list[str] | None, typer.Option("--entry", "-e", help="Only this line of the log; repeatable.")
    ] = None,
    plain: Annotated[
        bool, typer.Option("--plain", help="JSON that anybody can read, instead of a file with a password.")
    ] = False,
    file: File = None,
    pin_stdin: PinFromPipe = False,
    language: InLanguage = "nl",
) -> None:
    """Write the log to a file with a password (EUDI TS10). With --pin-stdin the password is the second line."""
    with opened(WalletOptions(file), person_of(language, pin_stdin=pin_stdin)) as one:
        chosen = None if not entry else [_entry(one, each) for each in entry]
        password = None if plain else one.person.new_password()
        _write(target, one.wallet.export_log(chosen, password=password))
        one.person.say("exported", path=str(target), count=len(one.wallet.log if chosen is None else chosen))


@log_app.command(name="import")
def import_(
    source: Annotated[Path, typer.Argument(help="An exported log.", metavar="FILE")],
    *,
    file: File = None,
    pin_stdin: PinFromPipe = False,
    language: InLanguage = "nl",
) -> None:
    """Take in the log of another wallet of yours. With --pin-stdin the password is the second line."""
    exported = _read(source)
    with opened(WalletOptions(file), person_of(language, pin_stdin=pin_stdin)) as one:
        new = one.wallet.import_log(exported, password=one.person.password())
        one.person.say("imported", count=len(new))


@log_app.command()
def delete(
    entry: Annotated[
        list[str], typer.Argument(help="Lines of the log, by number or id.", metavar="ENTRY...")
    ],
    *,
    file: File = None,
    pin_stdin: PinFromPipe = False,
    yes: Yes = False,
    language: InLanguage = "nl",
) -> None:
    """Delete from the log, after a warning. Exit code 1: nothing was deleted."""
    with opened(WalletOptions(file), person_of(language, pin_stdin=pin_stdin, yes=yes)) as one:
        removal = one.wallet.remove_from_log([_entry(one, each) for each in entry])
        one.person.screen.print(Text(str(removal)))
        if not one.person.agreed("ask.remove"):
            raise typer.Exit(1)
        removal.delete(pin=one.confirmed())
        one.person.say("removed", count=len(removal.entries))


def erase(
    entry: Entry,
    *,
    everything: Annotated[
        bool, typer.Option("--everything", help="All that this party ever got, not only that time.")
    ] = False,
    channel: Channel = None,
    file: File = None,
    pin_stdin: PinFromPipe = False,
    as_json: AsJson = False,
    language: InLanguage = "nl",
) -> None:
    """Draft a request to a party to erase what it got (GDPR, Article 17). You send it yourself."""
    with opened(WalletOptions(file), person_of(language, pin_stdin=pin_stdin, as_json=as_json)) as one:
        draft = one.wallet.erasure_request(_entry(one, entry), everything=everything, channel=_way(channel))
        _show(one, draft, as_json=as_json)


def report(
    entry: Entry,
    *,
    remark: Annotated[str, typer.Option("--remark", help="What you want to say about it.")] = "",
    attachment: Annotated[
        Path | None, typer.Option("--attachment", help="Write the file to attach here.", metavar="FILE")
    ] = None,
    channel: Channel = None,
    file: File = None,
    pin_stdin: PinFromPipe = False,
    as_json: AsJson = False,
    language: InLanguage = "nl",
) -> None:
    """Draft a report of a suspicious request to the data protection authority. You send it yourself."""
    with opened(WalletOptions(file), person_of(language, pin_stdin=pin_stdin, as_json=as_json)) as one:
        draft = one.wallet.report_to_authority(_entry(one, entry), remark=remark, channel=_way(channel))
        if attachment is not None and draft.attachment is not None:
            _write(attachment, draft.attachment.content)
        _show(one, draft, as_json=as_json)


def shared_with(
    party: Annotated[str, typer.Argument(help="Its number (NTRNL-…), name or host.", metavar="PARTY")],
    *,
    file: File = None,
    pin_stdin: PinFromPipe = False,
    as_json: AsJson = False,
    language: InLanguage = "nl",
) -> None:
    """Tell what a party got over time, and what you did about it. Exit code 1: nothing."""
    with opened(WalletOptions(file), person_of(language, pin_stdin=pin_stdin, as_json=as_json)) as one:
        answer = one.wallet.shared_with(party)
        if as_json:
            _print_json(answer.as_dict())
        else:
            one.person.screen.print(Text(one.wallet.history(answer)))
        if not answer.shared:
            raise typer.Exit(1)


# --------------------------------------------------------------------------------------------------


def _entry(one: OpenWallet, which: str) -> LogEntry:
    """By its number in the list, or by how its id begins. Raises LocalError."""
    entries: Sequence[LogEntry] = one.wallet.log
    if which.isascii() and which.isdigit() and 0 < int(which[:9]) <= len(entries):
        return entries[int(which[:9]) - 1]
    found = [each for each in entries if len(which) >= 4 and each.id.startswith(which)]
    if len(found) != 1:
        raise LocalError(
            "there is no line of the log with this number or id",
            code="no_such_entry",
            hint="nlwallet wallet log",
        )
    return found[0]


def _way(channel: str | None) -> Way | None:
    for way in _WAYS:
        if channel == way:
            return "web" if way == "web" else "email" if way == "email" else "telephone"
    if channel is not None:
        raise typer.BadParameter(", ".join(_WAYS), param_hint="--channel")
    return None


def _show(one: OpenWallet, draft: Draft, *, as_json: bool) -> None:
    if as_json:
        _print_json(draft.as_dict())
    else:
        one.person.screen.print(Text(str(draft)))
        print(draft.uri)  # for a script, or to click on in a terminal


def _read(path: Path) -> bytes:
    """Raises :class:`~nlwallet.errors.LocalError`; the wallet refuses what is longer than a log may be."""
    try:
        with path.open("rb") as file:
            return file.read(2 * MAX_LOG_BYTES + 1)
    except OSError as error:
        raise LocalError(f"cannot read {path}: {error.strerror}", code="not_read") from None


def _write(path: Path, text: str) -> None:
    """A new file, for its owner only. Raises :class:`~nlwallet.errors.LocalError`."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise LocalError(f"cannot write {path}: {error.strerror}", code="not_written") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))
