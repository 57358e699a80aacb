"""``nlwallet wallet``: a wallet in an encrypted file, for one person at a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from nlwallet.cli import wallet_exchange
from nlwallet.cli.asking import Person
from nlwallet.cli.issuer_page import WayBack
from nlwallet.cli.open_wallet import (
    OpenWallet,
    WalletOptions,
    made,
    new_pin,
    opened,
    read_trusted,
    remember,
    wallet_provider,
)
from nlwallet.cli.wallet_exchange import Taken
from nlwallet.cli.wallet_screens import card_as_dict, formats_of, show_card, show_cards
from nlwallet.cli.wallet_words import word
from nlwallet.holder import Language
from nlwallet.holder.readable import plain
from nlwallet.profiles import PROFILES
from nlwallet.trust import Category

File = Annotated[
    Path | None, typer.Option("--wallet", "-w", help="File of the wallet; else the one of this user.")
]
PinFromPipe = Annotated[
    bool, typer.Option("--pin-stdin", help="The first line of standard input is the PIN.")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Answer every question with yes.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs; the rest goes to stderr.")]
InLanguage = Annotated[str, typer.Option("--language", "-l", help="Language of the holder: nl or en.")]
Local = Annotated[
    bool, typer.Option("--local", help="Also reach addresses of this machine and of its private network.")
]
InsecureLocal = Annotated[
    bool, typer.Option("--insecure-local", help="For tests: --local, and plain http with this machine.")
]
Anchors = Annotated[
    list[Path] | None,
    typer.Option(
        "--anchor", "-a", help="PEM file with a CA to trust from now on, or a folder of them; repeatable."
    ),
]
Vouches = Annotated[
    Category | None, typer.Option("--category", help="What the CAs of --anchor may vouch for.")
]
TlsAnchor = Annotated[
    Path | None,
    typer.Option("--tls-anchor", help="PEM file with a TLS CA to trust from now on, beside the system's."),
]
Anonymous = Annotated[
    bool, typer.Option("--anonymous", help="Do not tell issuers which wallet this is; nobody vouches for it.")
]
Unregistered = Annotated[
    bool,
    typer.Option(
        "--insecure-unregistered-issuer",
        help="For tests: also take cards of an issuer that shows no registration, after a warning.",
    ),
]
Rules = Annotated[str, typer.Option("--profile", help=f"The rules: {', '.join(PROFILES)}.")]
Record = Annotated[
    Path | None,
    typer.Option("--record", help="Write there what happens, without values or keys: nlwallet explain FILE."),
]
Which = Annotated[
    str, typer.Argument(help="Number of the card in 'wallet cards', or how its id begins.", metavar="CARD")
]


def create(*, file: File = None, pin_stdin: PinFromPipe = False, language: InLanguage = "nl") -> None:
    """Make an empty wallet, and choose its PIN."""
    vault, _ = made(WalletOptions(file), person_of(language, pin_stdin=pin_stdin))
    vault.close()


def receive(
    offer: Annotated[
        str, typer.Argument(help="The link of an offer: openid-credential-offer://…", metavar="OFFER")
    ],
    *,
    file: File = None,
    pin_stdin: PinFromPipe = False,
    yes: Yes = False,
    as_json: AsJson = False,
    language: InLanguage = "nl",
    tx_code: Annotated[
        str | None, typer.Option("--tx-code", help="The code that the issuer gave another way; else asked.")
    ] = None,
    browse: Annotated[
        bool, typer.Option("--open-browser", help="Open the issuer's page in the browser of this machine.")
    ] = False,
    redirect_uri: Annotated[
        str | None,
        typer.Option(
            "--redirect-uri",
            help="Where that page sends you back to, for an issuer that takes only an address that it knows; "
            "you paste it then.",
        ),
    ] = None,
    despite_warnings: Annotated[
        bool, typer.Option("--despite-warnings", help="Let --yes also take it of who may not issue it.")
    ] = False,
    batch: Annotated[
        int | None, typer.Option("--batch", min=1, max=100, help="Copies of a card to ask for.")
    ] = None,
    local: Local = False,
    insecure_local: InsecureLocal = False,
    anchor: Anchors = None,
    category: Vouches = None,
    tls_anchor: TlsAnchor = None,
    anonymous: Anonymous = False,
    unregistered: Unregistered = False,
    rules: Rules = "haip-1.0",
    record: Record = None,
) -> None:
    """Take what an issuer offers. Makes a wallet if there is none yet. Exit code 1: nothing was kept or promised."""
    _check_category(anchor, category)
    options = WalletOptions(
        file,
        local,
        tuple(anchor or ()),
        category,
        tls_anchor,
        batch,
        rules,
        anonymous=anonymous,
        unregistered_issuers=unregistered,
        record=record,
        insecure_local=insecure_local,
    )
    person = person_of(language, pin_stdin=pin_stdin, yes=yes, as_json=as_json)
    with opened(options, person, make=True) as one:
        taken = wallet_exchange.receive(
            one,
            offer.strip(),
            tx_code=tx_code,
            way_back=WayBack(browse, redirect_uri),
            despite_warnings=despite_warnings,
        )
        _end(one, taken, as_json=as_json)


def collect(
    *,
    file: File = None,
    pin_stdin: PinFromPipe = False,
    yes: Yes = False,
    as_json: AsJson = False,
    language: InLanguage = "nl",
    local: Local = False,
    insecure_local: InsecureLocal = False,
    unregistered: Unregistered = False,
    rules: Rules = "haip-1.0",
    record: Record = None,
) -> None:
    """Get the cards that issuers promised, if they are there now. Exit code 1: none was."""
    person = person_of(language, pin_stdin=pin_stdin, yes=yes, as_json=as_json)
    options = WalletOptions(
        file,
        local,
        profile=rules,
        unregistered_issuers=unregistered,
        record=record,
        insecure_local=insecure_local,
    )
    with opened(options, person) as one:
        taken = wallet_exchange.collect(one)
        _print_taken(one, taken, as_json=as_json)
        if not taken.cards:
            raise typer.Exit(1)


def renew(
    card: Which,
    *,
    file: File = None,
    pin_stdin: PinFromPipe = False,
    yes: Yes = False,
    as_json: AsJson = False,
    language: InLanguage = "nl",
    batch: Annotated[
        int | None, typer.Option("--batch", min=1, max=100, help="Copies of the card to ask for.")
    ] = None,
    local: Local = False,
    insecure_local: InsecureLocal = False,
    unregistered: Unregistered = False,
    rules: Rules = "haip-1.0",
    record: Record = None,
) -> None:
    """Get a card anew from its issuer, in the place of the old one."""
    person = person_of(language, pin_stdin=pin_stdin, yes=yes, as_json=as_json)
    options = WalletOptions(
        file,
        local,
        batch=batch,
        profile=rules,
        unregistered_issuers=unregistered,
        record=record,
        insecure_local=insecure_local,
    )
    with opened(options, person) as one:
        _end(one, wallet_exchange.renew(one, one.card(card)), as_json=as_json)


def check(
    *,
    file: File = None,
    pin_stdin: PinFromPipe = False,
    as_json: AsJson = False,
    language: InLanguage = "nl",
    local: Local = False,
    insecure_local: InsecureLocal = False,
) -> None:
    """Ask the issuers' status lists whether the cards still hold."""
    person = person_of(language, pin_stdin=pin_stdin, as_json=as_json)
    with opened(WalletOptions(file, local, insecure_local=insecure_local), person) as one:
        changed = {card.id for card in one.wallet.check_cards()}
        if as_json:
            listed = _listed(one)
            _print_json([each | {"changed": each["id"] in changed} for each in listed])
        else:
            show_cards(person.screen, one.wallet)
            person.say("checked")


def open_request(
    link: Annotated[str, typer.Argument(help="The link of a request: openid4vp://…", metavar="LINK")],
    *,
    file: File = None,
    pin_stdin: PinFromPipe = False,
    yes: Yes = False,
    despite_warnings: Annotated[
        bool, typer.Option("--despite-warnings", help="Let --yes also share when there are warnings.")
    ] = False,
    as_json: AsJson = False,
    language: InLanguage = "nl",
    local: Local = False,
    insecure_local: InsecureLocal = False,
    anchor: Anchors = None,
    category: Vouches = None,
    tls_anchor: TlsAnchor = None,
    unregistered: Unregistered = False,
    rules: Rules = "haip-1.0",
    record: Record = None,
) -> None:
    """Look at what somebody asks, and share it or not. Exit code 1: nothing was shared."""
    _check_category(anchor, category)
    options = WalletOptions(
        file,
        local,
        tuple(anchor or ()),
        category,
        tls_anchor,
        profile=rules,
        unregistered_issuers=unregistered,
        record=record,
        insecure_local=insecure_local,
    )
    person = person_of(language, pin_stdin=pin_stdin, yes=yes, as_json=as_json)
    with opened(options, person) as one:
        outcome = wallet_exchange.share(one, link.strip(), despite_warnings=despite_warnings)
        got: dict[str, Any] = {}
        if outcome is not None and outcome.offer is not None:  # cards in return for what was shared
            got = _taken(one, wallet_exchange.receive(one, outcome.offer, tx_code=None, way_back=WayBack()))
        if as_json:
            redirect = outcome.redirect_uri if outcome is not None else None
            _print_json({"shared": outcome is not None, "redirect_uri": redirect, **got})
        if outcome is None:
            raise typer.Exit(1)


def cards(
    *, file: File = None, pin_stdin: PinFromPipe = False, as_json: AsJson = False, language: InLanguage = "nl"
) -> None:
    """List the cards."""
    with _look(file, pin_stdin, as_json, language) as one:
        if as_json:
            _print_json(_listed(one))
        else:
            show_cards(one.person.screen, one.wallet)


def show(
    card: Which,
    *,
    file: File = None,
    pin_stdin: PinFromPipe = False,
    as_json: AsJson = False,
    language: InLanguage = "nl",
) -> None:
    """Show everything on a card."""
    with _look(file, pin_stdin, as_json, language) as one:
        chosen = one.card(card)
        if as_json:
            number = [each.id for each in one.wallet.cards].index(chosen.id) + 1
            formats, said = formats_of(one.wallet).get(chosen.id, ()), one.wallet.describe(chosen)
            _print_json(card_as_dict(chosen, number, formats=formats, said=said))
        else:
            show_card(one.person.screen, one.wallet, chosen)


def delete(
    card: Which,
    *,
    file: File = None,
    pin_stdin: PinFromPipe = False,
    yes: Yes = False,
    language: InLanguage = "nl",
) -> None:
    """Throw a card away, with its keys; its issuer is not told."""
    with opened(WalletOptions(file), person_of(language, pin_stdin=pin_stdin, yes=yes)) as one:
        chosen = one.card(card)
        name = one.wallet.describe(chosen).name
        if not one.person.agreed("ask.delete", card=name):
            raise typer.Exit(1)
        one.wallet.delete(chosen.id)
        one.person.say("deleted", card=name)


def trust(
    anchor: Annotated[
        list[Path] | None,
        typer.Argument(help="PEM files, or folders, with CAs to trust.", metavar="[FILE]..."),
    ] = None,
    *,
    category: Vouches = None,
    file: File = None,
    pin_stdin: PinFromPipe = False,
    as_json: AsJson = False,
    language: InLanguage = "nl",
) -> None:
    """List whom the wallet trusts, or let it trust more: FILE --category access_ca."""
    _check_category(anchor, category)
    new = read_trusted(anchor or (), category)
    with _look(file, pin_stdin, as_json, language) as one:
        remember(one.vault, one.person, new)
        trusted = [
            {"category": str(kind), "name": each.subject.common_name, "sha256": each.sha256().hex()}
            for kind, several in one.vault.anchors.by_category.items()
            for each in several
        ]
        if as_json:
            _print_json(trusted)
        elif not new.by_category:
            lines = [f"{each['category']:<34} {plain(each['name'], 44)}" for each in trusted]
            one.person.screen.print(Text("\n".join(lines) or word(one.person.language, "trust.none")))


def provider(*, file: File = None, pin_stdin: PinFromPipe = False, language: InLanguage = "nl") -> None:
    """Print the CA that vouches for this wallet, in PEM: for an issuer that wants to know its wallets."""
    person = person_of(language, pin_stdin=pin_stdin, as_json=True)
    with opened(WalletOptions(file), person) as one:
        print(wallet_provider(one.vault).anchor.pem(), end="")


def pin(*, file: File = None, language: InLanguage = "nl") -> None:
    """Choose another PIN."""
    person = person_of(language)
    with opened(WalletOptions(file), person) as one:
        one.vault.change_pin(one.pin, new_pin(person))
        person.say("pin.changed")


# --------------------------------------------------------------------------------------------------


def person_of(language: str, *, pin_stdin: bool = False, yes: bool = False, as_json: bool = False) -> Person:
    """Who is at the keyboard, by the options of a command."""
    if language not in ("nl", "en"):
        raise typer.BadParameter("nl or en", param_hint="--language")
    spoken: Language = "nl" if language == "nl" else "en"
    return Person(Console(stderr=as_json, highlight=False), spoken, agrees=yes, pin_from_pipe=pin_stdin)


def _check_category(anchors: list[Path] | None, category: Category | None) -> None:
    """A file does not say what its CA may vouch for; the files in a folder do, by their names."""
    if category is None and any(path.exists() and not path.is_dir() for path in anchors or ()):
        raise typer.BadParameter("say what the anchors may vouch for", param_hint="--category")


@contextmanager
def _look(file: Path | None, pin_stdin: bool, as_json: bool, language: str) -> Iterator[OpenWallet]:  # noqa: FBT001
    """The wallet, only to look at."""
    person = person_of(language, pin_stdin=pin_stdin, as_json=as_json)
    with opened(WalletOptions(file), person) as one:
        yield one


def _listed(one: OpenWallet) -> list[dict[str, Any]]:
    formats = formats_of(one.wallet)
    return [
        card_as_dict(card, number, formats=formats.get(card.id, ()))
        for number, card in enumerate(one.wallet.cards, start=1)
    ]


def _taken(one: OpenWallet, taken: Taken) -> dict[str, Any]:
    kept = {card.id for card in taken.cards}
    offer = {"offer": taken.offer} if taken.offer else {}
    return {
        **offer,
        "cards": [each for each in _listed(one) if each["id"] in kept],
        "promised": taken.promised,
    }


def _print_taken(one: OpenWallet, taken: Taken, *, as_json: bool) -> None:
    if as_json:
        _print_json(_taken(one, taken))


def _end(one: OpenWallet, taken: Taken, *, as_json: bool) -> None:
    _print_taken(one, taken, as_json=as_json)
    if not taken.cards and not taken.promised:
        raise typer.Exit(1)


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))
