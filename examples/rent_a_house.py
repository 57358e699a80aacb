"""Rent a house: who you are, what you studied, what you earn, from three cards; the contract comes back as a card."""

from nlwallet import Sandbox

with Sandbox() as edi:
    frouke = edi.wallet("frouke", cards=("pid", "diploma", "income-statement"))
    landlord = edi.relying_party("huis-huren")
    request = landlord.request()

    prompt = frouke.open(request.uri)
    print(prompt)  # a first meeting, and a lot at once: the prompt says so
    prompt.approve(pin=Sandbox.PIN, despite_warnings=True)

    result = landlord.result(request)
    for shown in result.presentations:  # in the order in which the landlord asked
        print(f"{shown.type}: {dict(shown.claims)}")

    frouke.receive(edi.offer("rental-contract", "frouke").uri)  # the landlord's own card, in return
    print([card.names["en"] for card in frouke.cards])
