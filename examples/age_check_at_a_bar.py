"""Prove 18+ at a bar: the whole ecosystem in one process, without a port or a network."""

from nlwallet import Sandbox

with Sandbox() as edi:  # PKI, registrar, PID issuer: in process, no ports, under a second
    frouke = edi.wallet("frouke")  # an activated wallet with an NL PID
    bar = edi.relying_party("cafe-de-vrije-val")  # registered: access and registration certificate
    request = bar.request()  # its registered DCQL query, a signed request object by reference
    print(request.qr())  # what the screen at the bar shows

    prompt = frouke.open(request.uri)  # fetched, checked; NOTHING has left the wallet
    print(prompt)  # who asks, why, exactly what, what happens to it, what is odd about it
    prompt.approve(pin="112233")  # or prompt.deny()

    print(bar.result(request).claims("pid"))  # {'age_over_18': True}
