"""Prove 18+ on a beach without coverage: two devices that meet, ISO/IEC 18013-5, and no network for either."""

from nlwallet import Sandbox
from nlwallet.link import link_pair

with Sandbox() as edi:
    frouke = edi.wallet("frouke", cards=("pid-mdoc",))  # while she was online, at home
    bar = edi.relying_party("strandbar-zonder-bereik")  # registered to ask for one element of an mdoc

    her_phone, their_reader = link_pair()  # stands in for Bluetooth: what one sends, the other receives
    code = frouke.proximity(her_phone, offline=True)  # an engagement: a fresh key, and nothing about her
    print(code.qr())  # what the screen of her phone shows

    reading = bar.proximity(
        code.engagement, their_reader, offline=True
    )  # scanned; a signed, encrypted request is out
    prompt = code.prompt()  # received, checked: who asks, why, whether it may; NOTHING has left the wallet
    print(prompt)
    prompt.approve(pin="112233")  # or prompt.deny(): the bar then hears that it is over, and not why

    print(reading.result().claims("pid"))  # {'urn:eudi:pid:nl:1': {'age_over_18': True}}
