"""Get a repeat prescription: the pharmacy sees for whom it is and who pays, and not the BSN."""

from nlwallet import Sandbox

with Sandbox() as edi:
    cor = edi.wallet("cor", cards=("pid", "health-insurance"))
    pharmacy = edi.relying_party("apotheek")
    request = pharmacy.request()
    cor.open(request.uri).approve(pin=Sandbox.PIN, despite_warnings=True)

    patient, insurance = (shown.claims for shown in pharmacy.result(request).presentations)
    print(f"{patient['family_name']}, {patient['address']}")
    print(f"paid by {insurance['insurer']['name']}")

    print(cor.shared_with("Apotheek De Vijzel"))  # afterwards: what did they get of me?
