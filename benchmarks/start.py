"""How long Python, an import and a command take before they do anything: ``python -m benchmarks.start``."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 5
EMPTY = tempfile.mkdtemp()
COMMAND = "import sys; sys.argv[0] = 'nlwallet'; from nlwallet.cli import main; main()"
STARTS: dict[str, list[str]] = {
    "python": ["-c", "pass"],
    "import nlwallet": ["-c", "import nlwallet"],
    "from nlwallet import Verifier": ["-c", "from nlwallet import Verifier"],
    "from nlwallet import Wallet": ["-c", "from nlwallet import Wallet"],
    "from nlwallet import Sandbox": ["-c", "from nlwallet import Sandbox"],
    **{
        f"nlwallet {arguments}": ["-c", COMMAND, *arguments.split()]
        for arguments in (
            "--help",
            "decode --help",
            'decode {"a":1}',
            "verify --help",
            "lint --help",
            "check-rp --help",
            "wallet --help",
            "issue --help",
            "attack --help",
            "sandbox --help",
        )
    },
    "pytest --co, with the plugin": [
        "-m",
        "pytest",
        "--co",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "pytest_nlwallet",
    ],
}


def measure(arguments: list[str]) -> tuple[float, float]:
    """Seconds on the clock and of the processor, of one process."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments],
        stdout=subprocess.DEVNULL,
        cwd=EMPTY,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(Path(__file__).parents[1])},
    )
    elapsed, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return elapsed, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print the median and the lowest of some rounds; the first, which compiles what is new, does not count."""
    print(f"{'':<32} {'median':>8} {'lowest':>8} {'processor':>10}")
    for name, arguments in STARTS.items():
        measure(arguments)
        rounds = [measure(arguments) for _ in range(ROUNDS)]
        clock, processor = zip(*rounds, strict=True)
        print(f"{name:<32} {statistics.median(clock):>7.2f}s {min(clock):>7.2f}s {min(processor):>9.2f}s")


if __name__ == "__main__":
    main()
