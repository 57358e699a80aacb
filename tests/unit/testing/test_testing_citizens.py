"""Scripted citizens: in each situation each does what somebody like that would do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from nlwallet import Sandbox
from nlwallet.errors import LocalError
from nlwallet.holder import LogOutcome
from nlwallet.holder.weight import WEIGHTS
from nlwallet.testing import SITUATIONS, careful, hasty, never, situation
from nlwallet.testing.situations import sandbox


@pytest.fixture(scope="module")
def edi() -> Iterator[Sandbox]:
    with sandbox() as made:
        yield made


def outcome(prompt: Any) -> LogOutcome:
    return prompt._log.entries[-1].outcome  # type: ignore[no-any-return]


IMPOSSIBLE = {"missing-card"}


@pytest.mark.parametrize("one", SITUATIONS, ids=lambda one: one.id)
def test_the_careful_one_refuses_what_a_careful_person_should(edi: Sandbox, one: Any) -> None:
    prompt = one.prompt(edi)
    assert tuple(warning.code for warning in prompt.warnings) == one.warnings
    careful(prompt)
    no = LogOutcome.UNANSWERABLE if one.id in IMPOSSIBLE else LogOutcome.DENIED
    assert outcome(prompt) is (LogOutcome.SHARED if one.careful == "approve" else no)


@pytest.mark.parametrize("one", SITUATIONS, ids=lambda one: one.id)
def test_the_hasty_one_shares_whatever_can_be_shared(edi: Sandbox, one: Any) -> None:
    prompt = one.prompt(edi)
    hasty(prompt)
    assert outcome(prompt) is (LogOutcome.UNANSWERABLE if one.id in IMPOSSIBLE else LogOutcome.SHARED)


@pytest.mark.req("RPA_07")
@pytest.mark.parametrize("one", SITUATIONS, ids=lambda one: one.id)
def test_one_can_always_refuse(edi: Sandbox, one: Any) -> None:
    prompt = one.prompt(edi)
    never(prompt)
    assert outcome(prompt) in {LogOutcome.DENIED, LogOutcome.UNANSWERABLE}


@pytest.mark.parametrize("weight", WEIGHTS, ids=lambda weight: weight.code)
def test_only_what_she_can_see_for_herself_lets_her_go_on(edi: Sandbox, weight: Any) -> None:
    warnings = situation("grabby").prompt(edi).consent().warnings
    clean = situation("login").prompt(edi).consent()
    only = replace(clean, warnings=(replace(warnings[0], action=weight.action),))
    assert only.advised == ("approve" if weight.action == "check" else "deny")


def test_the_situations_that_the_project_promises_are_there() -> None:
    promised = {"login", "age-check", "over-asking", "unverified", "portrait", "bsn-outside-government"}
    assert promised | {"two-cards", "several-cards", "missing-card"} <= {one.id for one in SITUATIONS}
    with pytest.raises(LocalError):
        situation("no-such-thing")
