"""Apply for help at the municipality of Nijmegen: who you are and where you live, in one go."""

from nlwallet import Sandbox

with Sandbox() as edi:
    yusuf = edi.wallet("yusuf")
    city = edi.relying_party("gemeente-nijmegen")
    request = city.request()

    prompt = yusuf.open(request.uri)
    print(
        prompt
    )  # a government body may ask for the BSN; the prompt says what for, and for how long it is kept
    consent = prompt.consent()
    prompt.approve(pin=Sandbox.PIN, despite_warnings=consent.advised == "approve")

    person = city.result(request).claims("pid")
    print(f"{person['given_name']} {person['family_name']}, {person['address']['locality']}")
