"""``python -m benchmarks``: issue, present and verify as ratios to raw cryptography, status lists, beside the peers."""

from __future__ import annotations

import sys

from benchmarks import memory, nlwallet_mdoc, nlwallet_sd_jwt, node_peer, pypi_sd_jwt, status_list
from benchmarks.measure import Measured, interleaved

GOALS = {"issue": 4.0, "present": 2.0, "verify": 1.3}
"""issue and present in signatures, verify in pairs of verifications: the issuer's and the holder's."""


def main() -> None:
    """Measure and print."""
    tasks = {
        **nlwallet_sd_jwt.tasks(),
        **{f"pypi {name}": task for name, task in pypi_sd_jwt.tasks().items()},
    }
    ours = interleaved(tasks)
    raw = {"issue": ours["raw sign"], "present": ours["raw sign"], "verify": 2 * ours["raw verify"]}
    print(
        "raw P-256 in pyca/cryptography: "
        f"sign {ours['raw sign'] * 1e6:.0f} µs, verify {ours['raw verify'] * 1e6:.0f} µs\n"
    )
    print("a PID with 28 Disclosures, 4 shown     goal   nlwallet   PyPI sd-jwt   npm @sd-jwt/sd-jwt-vc")
    npm: Measured | None = node_peer.measure()
    for name, unit in raw.items():
        theirs = f"{npm[name]:21.2f} ×" if npm else "          not measured"
        mine, pypi = ours[name] / unit, ours[f"pypi {name}"] / unit
        print(f"{name:35} ≤ {GOALS[name]:.1f} × {mine:8.2f} × {pypi:11.2f} × {theirs}")
    print(f"{'the same presentation again':43} {ours['verify again'] / raw['verify']:8.2f} ×")
    if npm is None:
        print("\n!! Node.js or the npm peers are missing: the npm column was NOT measured (make peers)")
    missed = nlwallet_mdoc.main()
    kept, text = memory.bytes_per_card()
    print(f"\nmemory of one stored card: {kept / 1024:.0f} KiB, of which {text / 1024:.0f} KiB are its text")
    status_list.main()
    missed += [name for name, unit in raw.items() if ours[name] / unit > GOALS[name]]
    if missed:
        print(
            f"goal missed in this run: {', '.join(missed)}; python -m benchmarks.breakdown says where time goes",
            file=sys.stderr,
        )


if __name__ == "__main__":
    main()
