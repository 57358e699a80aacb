"""What a holder can do afterwards: look back, take the log, have data erased, complain (ARF topics 19, 48, 50)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from nlwallet.clock import Clock
from nlwallet.errors import LocalError
from nlwallet.holder.contact import Channel
from nlwallet.holder.draft import Draft
from nlwallet.holder.erasure import draft_erasure, entry_of_erasure
from nlwallet.holder.history import SharedWith, history_of, same_party, shared_with
from nlwallet.holder.history_text import history_text
from nlwallet.holder.intake import Intake
from nlwallet.holder.issuer_words import IssuerWords, words_by_type
from nlwallet.holder.labels import Labels
from nlwallet.holder.log import Counterparty, LogEntry, LoggedClaim, TransactionLog
from nlwallet.holder.log_export import export_encrypted, export_text
from nlwallet.holder.log_import import read_transaction_log
from nlwallet.holder.log_removal import RETENTION_DAYS, LogRemoval
from nlwallet.holder.pin import Pin
from nlwallet.holder.report_draft import Authority, authority_of, draft_report, entry_of_report
from nlwallet.holder.texts import Language, checked_language

_DAY: Final = 86_400


class Afterwards:
    """The part of a :class:`~nlwallet.holder.Wallet` that is about its transaction log."""

    language: Language
    _log: TransactionLog
    _clock: Clock
    _pin: Pin | None
    _intake: Intake

    @property
    def log(self) -> tuple[LogEntry, ...]:
        """Every transaction, oldest first; no entry holds a value (DASH_03a)."""
        return self._log.entries

    @property
    def parties(self) -> tuple[Counterparty, ...]:
        """Everybody who got something from this wallet, or may have, as they were known last (DATA_DLT_03)."""
        found: list[Counterparty] = []
        for entry in reversed(self.log):
            given = entry.asks and entry.shared
            if given and not any(same_party(entry.party, one) for one in found):
                found.append(entry.party)
        return tuple(found)

    def shared_with(self, party: str) -> SharedWith:
        """What a party got over time: by its identifier (``NTRNL-12345678``), trade name, legal name or host.

        One that never asked anything gives an empty answer. Raises :class:`~nlwallet.errors.LocalError` when
        several parties have that name.
        """
        return shared_with(party, self.log)

    def history(self, answer: SharedWith, language: Language | None = None) -> str:
        """The answer of :meth:`shared_with` for a terminal, in the wallet's language or in ``language``."""
        return history_text(answer, self._labels(), self._spoken(language))

    def named(
        self, claims: Iterable[LoggedClaim], language: Language | None = None
    ) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What people call the cards of an entry's claims, each with what they call those claims."""
        labels, spoken = self._labels(), self._spoken(language)
        found: dict[str, dict[str, None]] = {}
        for one in claims:
            card = found.setdefault(labels.card(one.type, spoken), {})
            if one.path:
                card[labels.claim(one.type, one.path, spoken)] = None
        return tuple((card, tuple(names)) for card, names in found.items())

    # Rights --------------------------------------------------------------------------------------

    def erasure_request(
        self,
        entry: LogEntry | str,
        *,
        claims: Collection[LoggedClaim] | None = None,
        everything: bool = False,
        channel: Channel | None = None,
        language: Language | None = None,
    ) -> Draft:
        """Draft a request to erase what was shared (Article 17 GDPR, TS7), and log that it was begun (DATA_DLT_05).

        ``entry`` is a presentation of :attr:`log`, or its id. ``claims``: some of :attr:`LogEntry.shared`; all of
        them when left out. ``everything``: whatever the same party got at other times too. ``channel``: ``web``,
        ``email`` or ``telephone``; by default the first of these that the party has.

        Raises :class:`~nlwallet.errors.LocalError`: ``nothing_shared``, ``no_contact``.
        """
        about = self._entry(entry)
        if everything and claims is not None:
            raise LocalError("everything, or some claims", hint="leave one of them out")
        known = history_of(about.party, self.log).everything if everything else about.shared
        asked = known if claims is None else tuple(one for one in known if one in claims)
        if claims is not None and len(asked) != len(set(claims)):
            raise LocalError("some of these claims were not shared", hint="LogEntry.shared")
        draft = draft_erasure(
            about,
            asked,
            everything=everything,
            channel=channel,
            labels=self._labels(),
            language=self._spoken(language),
        )
        self._log.add(entry_of_erasure(about, asked, draft, now=self._clock.now()))
        return draft

    def report_to_authority(
        self,
        entry: LogEntry | str,
        *,
        authority: Authority | None = None,
        remark: str = "",
        channel: Channel | None = None,
        language: Language | None = None,
    ) -> Draft:
        """Draft a report of a suspicious request to a supervisory authority (TS8), and log that it was begun.

        ``entry`` is a presentation of :attr:`log`, or its id, completed or not. ``authority``: by default the one that
        supervises the party, else the Autoriteit Persoonsgegevens. ``remark``: what the holder wants to say. The
        entry itself is :attr:`Draft.attachment`, for machines to read.

        Raises :class:`~nlwallet.errors.LocalError`: ``not_a_request``, ``no_contact``.
        """
        about = self._entry(entry)
        to = authority or authority_of(about)
        draft = draft_report(
            about,
            to,
            remark=remark,
            channel=channel,
            labels=self._labels(),
            language=self._spoken(language),
        )
        self._log.add(entry_of_report(about, to, draft, now=self._clock.now()))
        return draft

    # The log itself ------------------------------------------------------------------------------

    def export_log(
        self, entries: Iterable[LogEntry | str] | None = None, *, password: str | None = None
    ) -> str:
        """The log, or some entries of it, in the form of EUDI TS10: an encrypted JWE under ``password``.

        Without a password it is JSON, which whoever finds it can read and change. Raises
        :class:`~nlwallet.errors.LocalError` for a password that is too short.
        """
        chosen = self.log if entries is None else tuple(self._entry(one) for one in entries)
        return export_text(chosen) if password is None else export_encrypted(chosen, password)

    def import_log(self, exported: str | bytes, *, password: str) -> tuple[LogEntry, ...]:
        """Take in the log of another wallet of the same holder; gives the entries that were new.

        Only an encrypted export: a plain one could be anybody's. Raises
        :class:`~nlwallet.errors.DecryptionFailed` or another :class:`~nlwallet.errors.RemoteError`.
        """
        entries = read_transaction_log(exported, password=password)
        with self._intake.belongings.changes():
            return self._log.take_in(entries)

    def remove_from_log(self, entries: Iterable[LogEntry | str]) -> LogRemoval:
        """Begin to delete entries: the holder reads what it means, then :meth:`LogRemoval.delete` (DASH_06a)."""
        return self._removal([self._entry(one) for one in entries])

    def prune_log(self, *, older_than_days: int = RETENTION_DAYS) -> LogRemoval | None:
        """Entries older than the retention period, to be deleted after the holder was told; ``None`` without any.

        Nothing is pruned by itself (DASH_02a). Raises :class:`~nlwallet.errors.LocalError` for a shorter period than
        :data:`~nlwallet.holder.log_removal.RETENTION_DAYS`; the holder may delete those with :meth:`remove_from_log`.
        """
        if older_than_days < RETENTION_DAYS:
            raise LocalError(
                f"entries are kept {RETENTION_DAYS} days at least",
                code="retention",
                spec="ARF DASH_02a",
                hint="remove_from_log(), which is for the holder",
            )
        before = self._clock.now() - older_than_days * _DAY
        old = [one for one in self.log if one.time < before]
        return self._removal(old, before=before) if old else None

    # ---------------------------------------------------------------------------------------------

    def _removal(self, entries: Sequence[LogEntry], *, before: int | None = None) -> LogRemoval:
        return LogRemoval(
            entries,
            language=self.language,
            pin=self._pin,
            clock=self._clock,
            remove=self._remove,
            before=before,
        )

    def _remove(self, ids: Collection[str]) -> None:
        with self._intake.belongings.changes():
            self._log.remove(ids)

    def _entry(self, entry: LogEntry | str) -> LogEntry:
        """As it stands in the log: nothing is drafted from an entry that this wallet did not write."""
        wanted = entry if isinstance(entry, str) else entry.id
        for one in self.log:
            if one.id == wanted:
                return one
        raise LocalError("there is no such entry in the log", code="no_such_entry", hint="Wallet.log")

    def _labels(self) -> Labels:
        held = ((card.type, card.words) for card in self._intake.store.all())
        expected = (one.configuration for one in self._intake.promised)
        promised = ((one.vct, IssuerWords.of(one)) for one in expected)
        return Labels(self._intake.types, words_by_type((*held, *promised)))

    def _spoken(self, language: Language | None) -> Language:
        return checked_language(language or self.language)
