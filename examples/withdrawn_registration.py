"""A party whose registration was withdrawn yesterday still asks: its certificate is revoked, and the wallet stops."""

from nlwallet import Sandbox
from nlwallet.errors import RemoteError

with Sandbox() as edi:
    frouke = edi.wallet("frouke")
    site = edi.relying_party("gisteren-ingetrokken")
    request = site.request()
    try:
        frouke.open(request.uri)
    except RemoteError as stopped:
        print(stopped)  # certificate_revoked, with the section and what to do
    print(site.result(request).status)  # pending: nothing has left the wallet
