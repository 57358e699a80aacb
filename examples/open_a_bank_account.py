"""Open a bank account: the bank asks for the BSN, so the wallet wants to hear that you know it."""

from nlwallet import Sandbox
from nlwallet.errors import WarningsNotAcknowledged

with Sandbox() as edi:
    amara = edi.wallet("amara", language="en")
    bank = edi.relying_party("bankrekening")
    request = bank.request()

    prompt = amara.open(request.uri)
    for warning in prompt.consent().prominent:
        print(f"{warning.title} — {warning.confirm}")
    try:
        prompt.approve(pin=Sandbox.PIN)  # a tap is not enough: each box above wants a tick of its own
    except WarningsNotAcknowledged as not_yet:
        print(f"not yet: {not_yet.code}")

    prompt.approve(pin=Sandbox.PIN, despite_warnings=True)
    print(sorted(bank.result(request).claims("pid")))
