"""All roles wired together, in process or on loopback ports, and the pilots to walk through."""

from nlwallet.sandbox.hosting import Hosting, InProcess
from nlwallet.sandbox.pilot import Pilot
from nlwallet.sandbox.pilots import PILOTS, pilot
from nlwallet.sandbox.sandbox import Sandbox
from nlwallet.sandbox.walkthrough import Citizen, Decision, Step, careful_citizen, walk
from nlwallet.sandbox.wire import Exchange, Wire

__all__ = [
    "PILOTS",
    "Citizen",
    "Decision",
    "Exchange",
    "Hosting",
    "InProcess",
    "Pilot",
    "Sandbox",
    "Step",
    "Wire",
    "careful_citizen",
    "pilot",
    "walk",
]
