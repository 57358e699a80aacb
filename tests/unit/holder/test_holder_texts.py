"""Both languages say the same things, and no text can be filled in wrongly."""

from __future__ import annotations

import ast
import string
from pathlib import Path

import pytest

import nlwallet.holder.texts as texts_module
from nlwallet.errors import InvalidMdoc
from nlwallet.holder import what_went_wrong
from nlwallet.holder.texts import LANGUAGES, TEXTS, say


def names_in(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_keys() -> None:
    assert TEXTS["nl"].keys() == TEXTS["en"].keys()
    assert set(LANGUAGES) == TEXTS.keys()


def test_no_key_is_written_twice() -> None:
    tree = ast.parse(Path(texts_module.__file__).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            keys = [key.value for key in node.keys if isinstance(key, ast.Constant)]
            assert len(keys) == len(set(keys))


@pytest.mark.parametrize("key", TEXTS["nl"])
def test_both_languages_name_the_same_things(key: str) -> None:
    assert names_in(TEXTS["nl"][key]) == names_in(TEXTS["en"][key])
    for language in LANGUAGES:
        assert TEXTS[language][key].strip() == TEXTS[language][key] != ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_short_enough_to_read(language: str) -> None:
    """B1: no sentence over 25 words, in anything that is more than a label."""
    for key, text in TEXTS[language].items():  # type: ignore[index]
        if key != "months":
            for sentence in text.replace(":", ".").replace("?", ".").split("."):
                assert len(sentence.split()) <= 25, (key, sentence)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_warning_says_what_is_the_matter_and_what_to_do(language: str) -> None:
    codes = {key.split(".")[1] for key in TEXTS["nl"] if key.startswith("warning.")}
    assert len(codes) >= 14
    for code in codes:
        for part in ("title", "text", "advice", "confirm"):
            assert TEXTS[language][f"warning.{code}.{part}"]  # type: ignore[index]


def test_a_name_with_braces_is_only_a_name() -> None:
    assert say("nl", "title.login", name="{name.__class__}") == "Wilt u inloggen bij {name.__class__}?"


def test_the_twelve_months() -> None:
    assert all(len(TEXTS[language]["months"].split()) == 12 for language in LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_mdoc_is_a_request_of_a_reader_or_the_card_that_was_to_come(
    language: texts_module.Language,
) -> None:
    wrong = InvalidMdoc("issuing_country is another one")
    assert what_went_wrong(wrong, language) == TEXTS[language]["error.invalid"]
    assert what_went_wrong(wrong, language, of_card=True) == TEXTS[language]["error.issuance"]
