"""The snapshot behind the isolation of tests: what changes in an ecosystem is put back, whatever holds it."""

from __future__ import annotations

import functools
from collections import OrderedDict, defaultdict, deque
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from nlwallet.clock import TravellingClock
from nlwallet.http import HttpClient
from nlwallet.testing.snapshot import Snapshot


@dataclass(slots=True)
class Slotted:
    """As if it were a role."""

    value: int = 0
    kept: dict[str, Any] = field(default_factory=dict)


Slotted.__module__ = "nlwallet.testing.pretended"


@pytest.mark.parametrize(
    ("container", "change"),
    [
        ({"a": 1}, lambda one: one.update(a=2, b=3)),
        (OrderedDict(a=1, b=2), lambda one: one.move_to_end("a")),
        (defaultdict(list, a=[1]), lambda one: one["b"].append(2)),
        ([1, 2], list.clear),
        ({1, 2}, lambda one: one.add(3)),
        (deque([1]), lambda one: one.append(2)),
        (bytearray(b"ab"), lambda one: one.extend(b"c")),
    ],
    ids=lambda one: type(one).__name__,
)
def test_each_kind_of_container_is_put_back(container: Any, change: Any) -> None:
    before, same = repr(container), container
    snapshot = Snapshot((container,))
    change(container)
    assert repr(container) != before
    snapshot.restore()
    assert repr(container) == before
    assert same is container


def test_attributes_of_our_own_objects_are_put_back_with_slots_and_without() -> None:
    clock, slotted = TravellingClock(1000), Slotted(1, {"a": 1})
    snapshot = Snapshot([clock, slotted])
    clock.travel(50)
    slotted.value = 2
    slotted.kept["b"] = 2
    snapshot.restore()
    assert (clock.now(), slotted) == (1000, Slotted(1, {"a": 1}))


def test_what_a_function_holds_on_to_is_found() -> None:
    hidden, given, bound = Slotted(1), Slotted(2), Slotted(3)

    def reads() -> int:
        return hidden.value

    snapshot = Snapshot([reads, functools.partial(reads, given), bound.__repr__])
    hidden.value = given.value = bound.value = 9
    snapshot.restore()
    assert (hidden.value, given.value, bound.value) == (1, 2, 3)


def test_what_is_not_ours_is_left_alone() -> None:
    class Application:
        state = 0

    app = Application()
    snapshot = Snapshot([app, {"app": app}])
    app.state = 1
    snapshot.restore()
    assert app.state == 1


def test_a_circle_has_an_end() -> None:
    one: dict[str, Any] = {}
    one["self"] = one
    Snapshot(one).restore()
    assert list(one) == ["self"]


def test_an_app_that_was_mounted_since_is_closed() -> None:
    class Transport(httpx.BaseTransport):
        closed = False

        def close(self) -> None:
            self.closed = True

    with HttpClient() as client:
        earlier, later = Transport(), Transport()
        client._mounts["https://a.example:"] = earlier
        snapshot = Snapshot(client)
        client._mounts["https://b.example:"] = later
        snapshot.restore()
        assert list(client._mounts) == ["https://a.example:"]
        assert (earlier.closed, later.closed) == (False, True)
