"""Every parser, given hostile input, ends with a typed error that can be shown, in bounded time and memory."""

from __future__ import annotations

import pytest
from fuzz_run import explore, survives
from fuzz_targets import TARGETS
from fuzz_targets_issuance import TARGETS as TARGETS_OF_ISSUANCE
from fuzz_world import World

# pyca warns of what it does not like in a certificate's serial number or names.
pytestmark = pytest.mark.filterwarnings(
    "ignore::cryptography.utils.CryptographyDeprecationWarning",
    "ignore::UserWarning",
    "ignore::hypothesis.errors.HypothesisWarning",
)


ALL = {**TARGETS, **TARGETS_OF_ISSUANCE}


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.mark.parametrize("name", ALL)
def test_hostile_input_ends_in_a_typed_error(name: str, world: World) -> None:
    hostile, run = ALL[name](world)
    run(hostile.valid)  # so that the mutations of it get further than the first check
    explore(hostile.mutations, lambda given: survives(run, given))
