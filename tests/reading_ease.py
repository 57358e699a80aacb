"""How easy a text is to read: Flesch's reading ease for English, and Douma's version of it for Dutch (Douma 1960).

``docs/consent.md``, "Words", says why the thresholds are what they are.
"""

from __future__ import annotations

import re

LEAST = 60
"""For each text: "standard" on Flesch's scale, what thirteen to fifteen year olds read."""
LEAST_ON_AVERAGE = 80
"""For a whole language: "easy"."""
A_SENTENCE = 5
"""Words from which on a text is measured as sentences."""
MOST_WORDS = 20
"""In one sentence."""

DUTCH_SYLLABLE = re.compile(
    r"aai|ooi|oei|eeu|ieu|aa|ee|oo|uu|ie|oe|eu|ui|ij|ei|ou|au|[aeiouyáéíóúàèëïöü]", re.IGNORECASE
)
ENGLISH_VOWELS = re.compile(r"[aeiouy]+", re.IGNORECASE)
SILENT_END = re.compile(r"[^aeiouyl]e$|[^aeioutscz]es$|[^aeioutd]ed$", re.IGNORECASE)


def words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", text)


def sentences(text: str) -> list[str]:
    """A colon ends one too: what follows it is a list, or the answer to what went before."""
    return [part for part in re.split(r"[.?!:;]+(?:\s|$)", text) if words(part)]


def syllables(word: str, language: str) -> int:
    if language == "nl":
        return max(1, len(DUTCH_SYLLABLE.findall(word)))
    return max(1, len(ENGLISH_VOWELS.findall(word)) - (1 if SILENT_END.search(word) else 0))


def score(text: str, language: str) -> float:
    """Reading ease: 100 and more is very easy, below 30 is for scholars."""
    found = words(text)
    per_sentence = len(found) / len(sentences(text))
    per_word = sum(syllables(word, language) for word in found) / len(found)
    if language == "nl":
        return 206.835 - 0.93 * per_sentence - 77 * per_word
    return 206.835 - 1.015 * per_sentence - 84.6 * per_word
