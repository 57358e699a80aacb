"""Why a query matched or did not, as a tree that a developer can read.

For the developer's own eyes: towards the verifier a mismatch must stay indistinguishable from a
holder's refusal (OpenID4VP 1.0 §8.5, §15.4.1). No line holds a claim's value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Explanation:
    """One statement, whether it is fulfilled, and what it follows from."""

    text: str
    fulfilled: bool
    spec: str = ""
    because: tuple[Explanation, ...] = ()

    def lines(self, *, depth: int = 0) -> Iterator[str]:
        """The tree as text, two spaces per level; ``+`` is fulfilled, ``-`` is not."""
        section = f"  ({self.spec})" if self.spec and not self.fulfilled else ""
        yield f"{'  ' * depth}{'+' if self.fulfilled else '-'} {self.text}{section}"
        for reason in self.because:
            yield from reason.lines(depth=depth + 1)

    def as_dict(self) -> dict[str, Any]:
        """The tree as JSON; empty members are left out."""
        members: dict[str, Any] = {"text": self.text, "fulfilled": self.fulfilled}
        if self.spec:
            members["spec"] = self.spec
        if self.because:
            members["because"] = [reason.as_dict() for reason in self.because]
        return members

    def __str__(self) -> str:
        return "\n".join(self.lines())
