"""Apply for a job with a diploma: two cards in one answer, and the employer knows that both are of one person."""

from nlwallet import Sandbox

with Sandbox() as edi:
    liv = edi.wallet("liv", cards=("pid", "diploma"))
    employer = edi.relying_party("baanvinder")
    request = employer.request()
    liv.open(request.uri).approve(pin=Sandbox.PIN, despite_warnings=True)

    result = employer.result(request)
    name, diploma = (shown.claims for shown in result.presentations)
    print(f"{name['given_name']} {name['family_name']}: {diploma['programme']} ({diploma['level']})")
    print(f"vouched for by {result.presentations[1].issuer}")
