"""Which ports a served sandbox takes."""

from __future__ import annotations

from typing import Final

FIRST_PORT: Final = 8400
MAX_PORTS: Final = 200
"""After the first one."""
