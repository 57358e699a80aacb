"""Get a museum card: an offer on a screen, and a code that is told another way."""

from nlwallet import Sandbox

with Sandbox() as edi:
    jip = edi.wallet("jip")
    offer = edi.offer("museum-card", "jip", tx_code=True)
    print(offer.qr())  # what the screen at the desk shows
    print(
        f"the code is {offer.tx_code}"
    )  # on paper, or by text message: a picture of the screen is not enough

    prompt = jip.open_offer(offer.link())
    print(prompt)  # who gives which card; nothing was fetched
    received = prompt.fetch(tx_code=offer.tx_code)
    print(received)  # what stands on it, checked; nothing is kept yet
    received.keep(pin=Sandbox.PIN)

    print([card.names["en"] for card in jip.cards])
