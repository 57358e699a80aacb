"""What an issuer calls its card and the claims on it, kept with the card (OpenID4VCI 1.0 §12.2.4).

These are words of whoever wrote the metadata: nobody signed them together with the card. They are used where nothing
better is known (§12.2.4 calls them the fallback), and never as if they were ours: see :func:`quoted`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, Self

from nlwallet.claim_path import ClaimPath, parse_claim_path
from nlwallet.encoding import parse_json_object
from nlwallet.holder.readable import plain
from nlwallet.holder.texts import LANGUAGES, Language, in_language
from nlwallet.holder.vault_format import MAX_VAULT_BYTES
from nlwallet.mdoc import MDL_DOCTYPE, claim_path
from nlwallet.openid4vci import OfferedConfiguration
from nlwallet.sdjwt import TypeMetadata, known_types
from nlwallet.trust import PID_TYPES

WORD_LENGTH: Final = 60

_PID: Final = re.compile(r"\bpid\b")
_QUOTES: Final = str.maketrans(dict.fromkeys('“”„‟«»‹›"＂〝〞', "'"))


@dataclass(frozen=True, slots=True)
class IssuerWords:
    """By language, and safe to show: the name of a card, and those of its claims in the order of the issuer."""

    card: Mapping[str, str] = field(default_factory=dict, hash=False)
    claims: Mapping[ClaimPath, Mapping[str, str]] = field(default_factory=dict, hash=False)
    """By the path of the claim, with ``None`` for each index; one without a name has its place in the order."""

    @classmethod
    def of(cls, configuration: OfferedConfiguration) -> Self:
        """What the metadata say of one configuration."""
        claims: dict[ClaimPath, Mapping[str, str]] = {}
        for one in configuration.claims:
            path = claim_path(configuration.vct, one.path)
            claims.setdefault(
                tuple(None if isinstance(step, int) else step for step in path), _words(one.names)
            )
        return cls(_words(configuration.names), claims)

    @property
    def order(self) -> tuple[ClaimPath, ...]:
        """The paths in the order in which the issuer wants them shown (§B.3)."""
        return tuple(self.claims)

    def claim(self, path: ClaimPath, language: Language) -> str:
        """What the issuer calls a claim; empty where it does not say."""
        return self.claims.get(path, {}).get(language, "")

    def as_json(self) -> str:
        """As it is kept: text, so that its depth is not added to that of a file."""
        claims = [[list(path), dict(names)] for path, names in self.claims.items()]
        return json.dumps({"card": dict(self.card), "claims": claims}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The words that were kept. Raises ``TypeError``, ``ValueError``, ``KeyError`` or a RemoteError."""
        value = parse_json_object(text, what="the kept words of an issuer", max_bytes=MAX_VAULT_BYTES)
        return cls(
            _checked(value["card"]),
            {parse_claim_path(path): _checked(names) for path, names in value["claims"]},
        )


def quoted(words: str, technical: str = "") -> str:
    """``words`` between quotation marks, of which there are none inside, and the ``technical`` name behind them.

    Whoever reads it sees whose words these are, and developers see what is meant: a claim ``bsn`` that its issuer
    calls “Postcode” is still told to be ``bsn``.
    """
    return f"“{words}” ({technical})" if technical else f"“{words}”"


def is_quoted(label: str) -> bool:
    """Whether these are the words of an issuer: see :func:`quoted`."""
    return label.startswith("“")


def is_name_of_identity(words: str) -> bool:
    """Whether there is in it what we call a PID or a driving licence: no other card gets such a name."""
    told = " ".join(words.split()).casefold()
    return _PID.search(told) is not None or any(name in told for name in _identity_names())


def well_known_claim(path: ClaimPath, language: Language) -> str | None:
    """Our own name for a claim that a PID or a driving licence has: nobody else says what a ``bsn`` is called.

    An element of an mdoc, whose path begins with a namespace, has that of the claim of its name.
    """
    within = path[1:] if len(path) > 1 and isinstance(path[0], str) and "." in path[0] else path
    for metadata in _identity_types():
        claim = metadata.claim(within)
        label = claim.label(language) if claim else None
        if label is not None:
            return label
    return None


def words_by_type(found: Iterable[tuple[str, IssuerWords]]) -> dict[str, tuple[IssuerWords, ...]]:
    """The words of several issuers, by type of card."""
    by_type: dict[str, tuple[IssuerWords, ...]] = {}
    for type_, words in found:
        by_type[type_] = (*by_type.get(type_, ()), words)
    return by_type


@cache
def _identity_types() -> tuple[TypeMetadata, ...]:
    known = known_types()
    names = [vct for vct in known.types if vct.startswith(PID_TYPES) or vct == MDL_DOCTYPE]
    # The Dutch ones first: what extends another type knows all that it does.
    return tuple(known.effective(vct) for vct in sorted(names, key=lambda vct: -len(known.ancestors(vct))))


@cache
def _identity_names() -> frozenset[str]:
    return frozenset(
        plain(metadata.label(language)).casefold() for metadata in _identity_types() for language in LANGUAGES
    )


def _words(names: Mapping[str, str]) -> dict[str, str]:
    """The nearest name for each of our languages; what is empty once it is safe to show is none."""
    safe = {tag: plain(text.translate(_QUOTES), WORD_LENGTH) for tag, text in names.items()}
    said = {tag: text for tag, text in safe.items() if text}
    return {language: in_language(said, language) for language in LANGUAGES} if said else {}


def _checked(names: Any) -> dict[str, str]:
    if not isinstance(names, dict) or not all(isinstance(name, str) for name in names.values()):
        raise TypeError("words by language")
    return {language: plain(name, WORD_LENGTH + 20) for language, name in names.items()}
