"""Rent a car: may she drive it? The same licence also exists as an ISO mDL, for a desk that reads only that."""

from nlwallet import Sandbox

with Sandbox() as edi:
    noor = edi.wallet("noor", cards=("pid", "driving-licence"))
    company = edi.relying_party("auto-huren")
    request = company.request()
    noor.open(request.uri).approve(pin=Sandbox.PIN, despite_warnings=True)

    driver, licence = (shown.claims for shown in company.result(request).presentations)
    categories = [one["vehicle_category_code"] for one in licence["driving_privileges"]]
    print(f"{driver['given_name']} may drive {', '.join(categories)} until {licence['expiry_date']}")
