"""Apply for a parking permit: that you live there is all that the municipality needs."""

from nlwallet import Sandbox

with Sandbox() as edi:
    liv = edi.wallet("liv")
    city = edi.relying_party("parkeervergunning")
    request = city.request()

    prompt = liv.open(request.uri)
    print([name.label for card in prompt.consent().cards for name in card.claims])  # three things, no BSN
    prompt.approve(pin=Sandbox.PIN)
    print(city.result(request).claims("pid"))
