"""How often a process is killed in the tests that kill one."""

import os

KILL_STEP = int(os.environ.get("NLWALLET_KILL_STEP", "3"))
"""Steps of its story from one kill to the next. ``make kills`` takes each of them: that is four minutes of work."""
