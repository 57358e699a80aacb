"""A bar that has another company do the asking: what the guest sees, and what stays with that company (nothing)."""

from nlwallet import Sandbox

with Sandbox() as edi:
    frouke = edi.wallet("frouke")
    broker = edi.intermediary()  # registered to ask for others
    bar = edi.relying_party("cafe-de-vrije-val", through=broker)  # registered with that broker
    request = bar.request()  # the broker's access certificate, the bar's registration certificate

    prompt = frouke.open(request.uri)
    print(prompt.consent().title)  # it is the bar that is shown, not the broker
    prompt.approve(pin=Sandbox.PIN)

    print(bar.result(request).claims("pid"))  # every check passed, so the broker passes it on
    print(bar.result(request).presentations)  # () and that was the only copy

    party = frouke.log[-1].party  # the wallet remembers both
    print(f"{party.name}, through {party.intermediary.trade_name}")
    print(frouke.erasure_request(frouke.log[-1]).uri)  # for the bar, not for the broker
