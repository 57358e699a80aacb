"""An issuer with one kind of card, over HTTPS on this machine, until the card was taken."""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any, Final

from nlwallet.cli.anchors import read_anchors
from nlwallet.cli.issuer_identity import TLS_DAYS, IssuerIdentity
from nlwallet.cli.issuer_register import IssuerRegister, anchor_files
from nlwallet.cli.source import read_source
from nlwallet.clock import SystemClock
from nlwallet.crypto import PrivateKey
from nlwallet.encoding import parse_json_object
from nlwallet.errors import LocalError
from nlwallet.issuer import (
    CredentialConfiguration,
    DocumentSigner,
    IssuedOffer,
    Issuer,
    IssuerStore,
    OfferStatus,
    ReadyMadeCard,
    card,
    card_names,
    eu_pid_claims,
    eu_pid_configuration,
    persona,
    persona_names,
)
from nlwallet.issuer.credential_metadata import LIMITED_TIME
from nlwallet.issuer.notifications import IssuedBatch
from nlwallet.mdoc import EU_PID_DOCTYPE
from nlwallet.openid4vci import KeyAttestationsRequired
from nlwallet.sandbox.loopback import Loopback, tls_authority
from nlwallet.sdjwt import known_types
from nlwallet.trust import Category

OWN_ORGANIZATION: Final = "Eigen uitgever"
LOOK_SECONDS: Final = 0.1
PATIENCE_SECONDS: Final = 300
"""How long a wallet that has its cards may take to tell what became of them: not every wallet does."""


@dataclass(frozen=True, slots=True)
class IssueOptions:
    """What to issue, and how to serve it."""

    card: str
    person: str = "frouke"
    claims: str | None = None
    tx_code: bool = False
    by_page: bool = False
    deferred: bool = False
    batch: int | None = None
    port: int = 0
    reached_at: str = "localhost"
    once: bool = True
    anchors_folder: Path | None = None
    store: Path | None = None
    category: Category | None = None
    wallet_anchors: tuple[Path, ...] = ()
    mdoc: bool = False
    """Whether the card comes as an mdoc instead of an SD-JWT VC."""
    attested_keys: bool = False
    """Whether it is bound only to keys that a provider under the anchors attests."""


@dataclass(frozen=True, slots=True)
class _Ware:
    """What is on offer: a configuration, who has what on it, and who may issue it."""

    configuration: CredentialConfiguration
    category: Category
    organization: str
    claims: Callable[[str], dict[str, Any]]
    people: dict[str, str]


@dataclass(frozen=True, slots=True)
class Serving:
    """An issuer that answers, and where its anchors were written; ``anchors`` is a folder with those for a wallet."""

    issuer: Issuer
    ware: _Ware
    options: IssueOptions
    anchors: Path
    issuer_anchor: Path
    tls_anchor: Path
    _before: dict[str, int] = field(default_factory=dict)
    """How many credentials were issued before an offer was made, by its name."""

    def offer(self) -> IssuedOffer:
        """The next offer."""
        before = len(self.issuer.issued)
        made = self._made()
        self._before[made.name] = before
        return made

    def _made(self) -> IssuedOffer:
        if self.options.by_page:
            return self.issuer.invite(self.ware.configuration.id)
        claims = self.ware.claims(self.options.person)
        return self.issuer.offer(self.ware.configuration.id, claims, tx_code=self.options.tx_code)

    def command(self, offer: IssuedOffer) -> str:
        """What a person pastes into another terminal to take the offer."""
        words = [
            *("nlwallet", "wallet", "receive", offer.link(), "--local"),
            *("--anchor", str(self.anchors), "--tls-anchor", str(self.tls_anchor)),
        ]
        return shlex.join(words)

    def as_dict(self, offer: IssuedOffer) -> dict[str, Any]:
        """The offer as JSON."""
        return {
            "event": "offer",
            "offer": offer.link(),
            "tx_code": offer.tx_code,
            "expires_at": offer.expires_at,
            "credential_issuer": self.issuer.credential_issuer,
            "credential_configuration_id": self.ware.configuration.id,
            "anchors": str(self.anchors),
            "issuer_anchor": str(self.issuer_anchor),
            "category": str(self.ware.category),
            "tls_anchor": str(self.tls_anchor),
            "command": self.command(offer),
        }

    def watch(self, offer: IssuedOffer, *, stop: Event, decide: Callable[[], bool]) -> Iterator[str]:
        """What becomes of the offer, as it becomes it, until there is no more to come or ``stop`` is set.

        ``fetched``, ``credential_accepted``, ``credential_deleted``, ``credential_failure``, ``waiting`` and
        ``approved`` or ``denied`` for what somebody here decides on with ``decide``, ``untold`` when a wallet has
        its cards and says no more, ``expired``.
        """
        before, told = self._before[offer.name], set[str]()
        patience = PATIENCE_SECONDS / LOOK_SECONDS
        while not stop.is_set():
            for promise in self.issuer.waiting:
                yield "waiting"
                agreed = decide()
                (promise.approve if agreed else promise.deny)()
                yield "approved" if agreed else "denied"
                if not agreed:
                    return
            issued = self.issuer.issued[before:]
            for word in _said(issued):
                if word not in told:
                    told.add(word)
                    yield word
            if issued and all(batch.events for batch in issued):
                return
            if issued:
                patience -= 1
                if patience <= 0:
                    yield "untold"
                    return
            elif self.issuer.offer_status(offer) is OfferStatus.EXPIRED:
                yield "expired"
                return
            stop.wait(LOOK_SECONDS)


@contextmanager
def serving(options: IssueOptions) -> Iterator[Serving]:
    """An issuer at work; nothing of it is left at the end but what ``options`` name a place for. Raises LocalError."""
    if options.store is not None and options.port == 0:
        raise LocalError(
            "an issuer that is kept has one address", hint="--store FILE needs --port: always the same one"
        )
    if options.attested_keys and not options.wallet_anchors:
        raise LocalError(
            "nobody is known who could attest keys", hint="--attested-keys needs --wallet-anchor FILE"
        )
    ware = _ware(options)
    with ExitStack() as stack:
        kept = None
        if options.store is not None:
            keys = options.store.with_name(options.store.name + ".keys")
            address = f"https://{options.reached_at}:{options.port}"
            kept = IssuerIdentity.kept(keys, ware.organization, url=address)
        tls = kept.tls if kept is not None else tls_authority(days=TLS_DAYS)
        hosting = Loopback(port=options.port, reached_at=options.reached_at, authority=tls)
        stack.callback(hosting.close)
        url = hosting.origin("issuer")
        identity = kept or IssuerIdentity.fresh(ware.organization, url=url, tls=tls)
        store = _store(options.store, stack) if options.store is not None else None
        register = IssuerRegister(identity, url)
        certified = partial(identity.chain, url=url, organization=ware.organization)
        document_key = PrivateKey.generate()
        issuer = Issuer(
            key=identity.key,
            chain=certified("pid" if ware.category is Category.PID_PROVIDER else "eaa"),
            document_signer=DocumentSigner(document_key, certified("document-signer", key=document_key)),
            metadata_signer=register.entered(ware.organization, ware.category, ware.configuration),
            credential_issuer=url,
            configurations=(ware.configuration,),
            clock=SystemClock(),
            types=known_types().adding(ware.configuration.type_documents),
            attributes=lambda person, _: ware.claims(person),
            login=ware.people,
            wallet_anchors=tuple(one for path in options.wallet_anchors for one in read_anchors(path)),
            anonymous_access=not options.wallet_anchors,
            store=store,
        )
        folder = options.anchors_folder or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="nlwallet-issue-"))
        )
        issuer_anchor = _write(folder / "issuer-ca.pem", identity.authority.certificate.pem())
        tls_anchor = _write(folder / "tls-ca.pem", identity.tls.certificate.pem())
        files = anchor_files(register.anchors(ware.category), folder / "anchors")
        anchors = [_write(path, text).parent for path, text in files.items()]
        hosting.serve("issuer", register.serving(issuer.app))
        yield Serving(issuer, ware, options, anchors[0], issuer_anchor, tls_anchor)


def _store(path: Path, stack: ExitStack) -> IssuerStore:
    from nlwallet.issuer import SqlIssuerStore  # only who keeps something needs SQLAlchemy
    from nlwallet.store import Database

    return SqlIssuerStore(stack.enter_context(Database(f"sqlite:///{path}")))


def _said(issued: Any) -> Iterator[str]:
    batches: tuple[IssuedBatch, ...] = tuple(issued)
    if batches:
        yield "fetched"
    for batch in batches:
        yield from batch.events


def _eu_pid(person: str, now: int) -> dict[str, Any] | None:
    try:
        return eu_pid_claims(persona(person), now=now)
    except LocalError:
        return None


_EU_PID: Final = ReadyMadeCard(
    "eu-pid",
    eu_pid_configuration(),
    Category.PID_PROVIDER,
    "Testuitgever",
    "pid-issuer.example",
    _eu_pid,
    EU_PID_DOCTYPE,
)
"""What relying parties elsewhere in Europe ask for; in a sandbox the issuer of PIDs has it beside the Dutch one."""


def issuable_names() -> tuple[str, ...]:
    """The cards that can be issued by their name."""
    return *card_names(), _EU_PID.name


def _ware(options: IssueOptions) -> _Ware:
    if options.card in issuable_names():
        return _ready_made(options)
    if options.claims is None:
        raise LocalError(
            f"there is no ready-made card {options.card!r}",
            hint=f"one of {', '.join(issuable_names())}; or the file of its type metadata, and --claims FILE.json",
        )
    if not Path(options.card).is_file():
        raise LocalError(f"there is no file {options.card}", hint="it holds the type metadata of your card")
    claims = parse_json_object(read_source(options.claims), what="the claims")
    configuration = CredentialConfiguration.from_type_metadata(Path(options.card), batch_size=10)
    return _Ware(
        _adapted(configuration, options),
        options.category or Category.EAA_PROVIDER,
        OWN_ORGANIZATION,
        lambda _: claims,
        {"holder": "Houder"},
    )


def _ready_made(options: IssueOptions) -> _Ware:
    if options.claims is not None:
        raise LocalError(f"the card {options.card} has its own claims", hint="leave out --claims")
    chosen = _EU_PID if options.card == _EU_PID.name else card(options.card)
    now = SystemClock().now()
    chosen.claims(options.person, now=now)  # whoever has no such card is told so at once
    people = {name: name.capitalize() for name in persona_names() if chosen.attributes(name, now) is not None}
    return _Ware(
        _adapted(chosen.configuration, options, doctype=chosen.doctype),
        options.category or chosen.category,
        chosen.organization,
        lambda person: chosen.claims(person, now=SystemClock().now()),
        people,
    )


def _adapted(
    configuration: CredentialConfiguration, options: IssueOptions, *, doctype: str | None = None
) -> CredentialConfiguration:
    size = configuration.batch_size if options.batch is None else options.batch
    if size == 1 and configuration.reuse_methods:  # one copy cannot be used once only (ARF ISSU_43)
        configuration = replace(configuration, reuse_methods=(LIMITED_TIME,), renew_at_unused=None)
    adapted = replace(configuration, deferred=options.deferred, batch_size=size)
    if options.attested_keys:
        adapted = replace(adapted, key_attestations_required=KeyAttestationsRequired())
    return adapted.as_mdoc(doctype=doctype) if options.mdoc else adapted


def _write(path: Path, text: str) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="ascii")
    except OSError as error:
        raise LocalError(f"{path}: {os.strerror(error.errno or 0)}", code="file") from None
    return path.absolute()
