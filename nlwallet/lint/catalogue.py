"""Every check of the linter: its id, the section behind it, and what it looks at in a few words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """What one check is about. Ids without REQ-, OLD-, MIN- or NL- are those of the conformance checklist."""

    spec: str
    title: str


_VP = "OpenID4VP 1.0 "
_HAIP = "HAIP 1.0 "
_NL = "NL Wallet: "

_REQUEST: Mapping[str, Check] = {
    "V-01": Check(_VP + "§5", "typ of the request object"),
    "V-02": Check(_VP + "§5.1", "either a dcql_query or a scope"),
    "V-03": Check(_VP + "§5.1", "objects and arrays are JSON in a request object, and text in a link"),
    "V-04": Check(_VP + "§5.6", "response_type is vp_token"),
    "V-05": Check(_VP + "§5.2", "response_mode is there"),
    "V-06": Check(_VP + "§5.2", "nonce is there"),
    "V-07": Check(_VP + "§5.2", "nonce has 128 bits of randomness"),
    "V-08": Check(_VP + "§5.2", "characters of nonce and state"),
    "V-09": Check(_VP + "§5.3", "state where no key of the holder is asked"),
    "V-10": Check(_VP + "§5.2", "state is recommended"),
    "V-11": Check(_VP + "§5.2", "client_id is there"),
    "V-12": Check(_VP + "§11.1", "vp_formats_supported is there"),
    "V-13": Check(_VP + "§B.3.4", "shape of vp_formats_supported for dc+sd-jwt"),
    "V-14": Check(_VP + "§B.2.2", "shape of vp_formats_supported for mso_mdoc"),
    "V-15": Check(_VP + "§5.1", "members of client_metadata"),
    "V-17": Check(_VP + "§5.1", "request_uri_method goes with request_uri"),
    "V-19": Check(_VP + "§5.10", "wallet_nonce comes back"),
    "V-21": Check(_VP + "§5.10.1", "answer of the request_uri"),
    "V-22": Check(_VP + "§5.10.1", "client_id of the link and of the request object"),
    "V-23": Check(_VP + "§5.8", "aud of the request object"),
    "V-24": Check(_VP + "§5.9.3", "the prefix redirect_uri is for unsigned requests"),
    "V-25": Check(_VP + "§5.9.3", "x509_san_dns names the certificate that signed"),
    "V-26": Check(_VP + "§5.9.3", "the answer goes to the host that x509_san_dns names"),
    "V-27": Check(_VP + "§5.9.3", "x509_hash is of the certificate that signed"),
    "V-28": Check(_VP + "§12", "verifier attestation"),
    "V-29": Check(_VP + "§5.9.3", "kid names a key of the DID, which signed"),
    "V-30": Check(_VP + "§5.9.3", "OpenID Federation"),
    "V-31": Check(_VP + "§5.9.3", "the prefix origin is reserved"),
    "V-32": Check(_VP + "§5.9.2", "pre-registered client identifiers"),
    "V-33": Check(_VP + "§8.2", "response_uri and redirect_uri"),
    "V-40": Check(_VP + "§14.8", "no HTTP redirect from the request_uri"),
    "V-51": Check(_VP + "§6.4.1", "values are no security check"),
    "V-54": Check(_VP + "§6.4.1", "claim_sets go from least to most disclosing"),
    "W-04": Check(_VP + "§5.10.1", "parameters beside a request object count for nothing"),
    "W-12": Check(_VP + "§5.10", "an encrypted request object shows nothing"),
    "W-25": Check(_VP + "§8.5", "the requested formats are among vp_formats_supported"),
    "W-37": Check(_VP + "§15.10", "wallets fetch no address that a request names"),
    "W-39": Check(_VP + "§14", "sizes that a wallet will read"),
    "A-01": Check(_VP + "§A.1", "protocol of the Digital Credentials API"),
    "A-02": Check(_VP + "§A.2", "parameters of the Digital Credentials API"),
    "A-03": Check(_VP + "§A.2", "an unsigned request has no client_id"),
    "A-04": Check(_VP + "§A.2", "a signed request has expected_origins"),
    "A-06": Check(_VP + "§A.2", "form of an origin"),
    "A-08": Check(_VP + "§A.3.2.1", "the compact JWS in data.request"),
    "A-09": Check(_VP + "§A.3.2.2", "the multi-signed request"),
    "E-03": Check(_VP + "§8.3", "alg of each encryption key"),
    "E-04": Check(_VP + "§5.1", "kid of each encryption key"),
    "E-06": Check(_VP + "§5.1", "encrypted_response_enc_values_supported"),
    "E-07": Check(_VP + "§8.3", "use of the encryption keys"),
    "X-01": Check(_VP + "§5.1", "shape of transaction_data"),
    "X-03": Check(_VP + "§8.5", "wallets refuse transaction data of unknown types"),
    "X-05": Check(_VP + "§B.3.3", "transaction_data needs a key of the holder"),
    "X-07": Check(_VP + "§B.3.3.1", "hash algorithms of transaction_data"),
    "X-09": Check(_VP + "§B.2.1", "transaction_data with an mdoc"),
    "HV-02": Check(_HAIP + "§5", "response_type is vp_token alone, the query is DCQL"),
    "HV-03": Check(_HAIP + "§5", "signed requests use x509_hash"),
    "HV-04": Check(_HAIP + "§5", "no anchor in x5c, no self-signed certificate"),
    "HV-05": Check(_HAIP + "§5", "a P-256 key for ECDH-ES"),
    "HV-06": Check(_HAIP + "§5", "A128GCM and A256GCM are both listed"),
    "HV-09": Check(_HAIP + "§5.1", "request_uri, and the response mode direct_post.jwt"),
    "HV-13": Check(_HAIP + "§5.1", "scheme of the link"),
    "HV-14": Check(_HAIP + "§5.2", "dc_api.jwt"),
    "HV-16": Check(_HAIP + "§5.3", "dc+sd-jwt and mso_mdoc are the formats"),
    "HV-19": Check(_HAIP + "§7", "ES256"),
    "RPRC_17": Check("ARF RPRC_17", "the registration certificate is valid"),
    "RPRC_17a": Check("ARF RPRC_17a", "the registration is of the party that asks"),
    "RPRC_19": Check("ARF RPRC_19", "one registration certificate comes along"),
    "RPRC_21": Check("ARF RPRC_21", "nothing is asked beyond the registration"),
}

_QUERY: Mapping[str, Check] = {
    "D-01": Check(_VP + "§6", "the parts of a query are arrays that are not empty"),
    "D-02": Check(_VP + "§6.1", "id of a credential query"),
    "D-03": Check(_VP + "§6.1", "format and meta are required"),
    "D-04": Check(_VP + "§6.1", "switches are booleans"),
    "D-05": Check(_VP + "§6.1", "a claim is asked once"),
    "D-06": Check(_VP + "§6.4.1", "claim_sets name ids of claims"),
    "D-07": Check(_VP + "§6.3", "id and path of a claim"),
    "D-12": Check(_VP + "§6.3", "values of a claim"),
    "D-15": Check(_VP + "§6.4.2", "a credential query in no credential set is never asked"),
    "D-20": Check(_VP + "§B.3.5", "vct_values"),
    "D-21": Check(_VP + "§7", "elements of a path"),
    "D-26": Check(_VP + "§B.2.3", "doctype_value"),
    "D-27": Check(_VP + "§7.2.1", "path into an mdoc"),
    "D-28": Check(_VP + "§B.2.4", "intent_to_retain"),
    "D-29": Check(_VP + "§6.1.1", "trusted_authorities"),
    "D-31": Check(_VP + "§6.1.1.1", "values of the authority type aki"),
    "D-35": Check(_VP + "§6.2", "options of a credential set"),
}

_OWN: Mapping[str, Check] = {
    "REQ-01": Check("RFC 7515 §7.1", "the request object can be read"),
    "REQ-02": Check("RFC 7519 §4.1", "exp, nbf and iat"),
    "REQ-03": Check("RFC 9101 §4", "no request object in a request object"),
    "REQ-04": Check(_VP + "§14.6", "addresses are https"),
    "REQ-05": Check("RFC 5280 §4.1", "the certificates of x5c"),
    "REQ-06": Check("RFC 6749 §3.1", "form of the link"),
    "REQ-07": Check("RFC 8725 §3.1", "signature algorithm and header"),
    "REQ-08": Check(_VP + "§5", "what a wallet's own reading refuses"),
    "REQ-09": Check(_VP + "§5", "members that no wallet reads"),
    "REQ-10": Check("SD-JWT VC §5.6", "claims that the type has"),
    "REQ-11": Check(_VP + "§5.10", "what could not be looked at"),
    "OLD-01": Check(_VP + "§5.1", "Presentation Exchange, gone since draft 26"),
    "OLD-02": Check(_VP + "§5.9", "client_id_scheme, gone since draft 22"),
    "OLD-03": Check(_VP + "§5.9.3", "client identifier prefixes of drafts"),
    "OLD-04": Check(_VP + "§B.3.1", "vc+sd-jwt, called dc+sd-jwt since draft 23"),
    "OLD-05": Check(_VP + "§8.3", "JARM members for encryption, gone since draft 26"),
    "OLD-06": Check(_VP + "§11.1", "vp_formats, called vp_formats_supported since draft 27"),
    "OLD-07": Check(_VP + "§6.3", "namespace and claim_name, a path since draft 24"),
    "OLD-08": Check(_VP + "§6.2", "purpose of a credential set, gone since draft 26"),
    "OLD-09": Check(_VP + "§6.1.1.3", "openid_fed, called openid_federation since draft 26"),
    "OLD-10": Check(_VP + "§5.1", "parameters of drafts"),
    "OLD-11": Check(_VP + "§A.2", "response modes and protocols of drafts"),
    "OLD-12": Check(_HAIP + "§5.1", "schemes of drafts"),
}

_MINIMISATION: Mapping[str, Check] = {
    "MIN-01": Check("GDPR art. 5(1)(c)", "a birth date where an age limit serves"),
    "MIN-02": Check("GDPR art. 5(1)(c)", "more than the age for an age check"),
    "MIN-03": Check("GDPR art. 5(1)(c)", "a whole address where a part of it serves"),
    "MIN-04": Check("GDPR art. 5(1)(c)", "a whole object where its parts can be named"),
    "MIN-05": Check("UAVG art. 46", "the BSN without a ground in law"),
    "MIN-06": Check("GDPR art. 5(1)(c)", "the wallet's recovery code"),
    "MIN-07": Check(_VP + "§6.4.1", "no claims of a type that has many"),
    "MIN-08": Check("GDPR art. 5(1)(c)", "every claim of a credential"),
    "MIN-09": Check("GDPR art. 5(1)(c)", "a unique number together with a portrait"),
    "MIN-10": Check(_VP + "§B.2.4", "intent_to_retain without need"),
    "MIN-11": Check("GDPR art. 5(1)(c)", "a claim that another claim brings along"),
}

_NL_WALLET: Mapping[str, Check] = {
    "NL-01": Check(_NL + "DCQL", "one credential format in a request"),
    "NL-02": Check(_NL + "DCQL", "no credential_sets"),
    "NL-03": Check(_NL + "DCQL", "no claim_sets"),
    "NL-04": Check(_NL + "DCQL", "no values"),
    "NL-05": Check(_NL + "DCQL", "no multiple"),
    "NL-06": Check(_NL + "DCQL", "holder binding is not switched off"),
    "NL-07": Check(_NL + "DCQL", "paths of strings only"),
    "NL-08": Check(_NL + "DCQL", "claims are named"),
    "NL-09": Check(_NL + "DCQL", "intent_to_retain is for mdocs"),
    "NL-10": Check(_NL + "DCQL", "of the trusted authorities only aki"),
    "NL-11": Check(_NL + "PID", "types and namespaces that the wallet has"),
    "NL-12": Check(_NL + "login", "what the wallet takes for a login"),
    "NL-13": Check(_NL + "OpenID4VP", "requests by reference only"),
    "NL-14": Check(_NL + "OpenID4VP", "client identifier prefix"),
    "NL-15": Check(_NL + "OpenID4VP", "parameters that the wallet refuses"),
    "NL-16": Check(_NL + "OpenID4VP", "client_metadata in full"),
    "NL-17": Check(_NL + "OpenID4VP", "response mode direct_post.jwt only"),
    "NL-18": Check(_NL + "certificates", "subject of the access certificate"),
    "NL-19": Check(_NL + "certificates", "where the organization identifier stands"),
    "NL-20": Check(_NL + "certificates", "reader certificate with its registration"),
}

_MDOC: Mapping[str, Check] = {
    "MDOC-01": Check("ISO/IEC 18013-5 §8.3.2.1.2.2", "an mdoc can be read"),
    "MDOC-02": Check("ISO/IEC 18013-5 §7.2.1", "the elements of the document type, as it encodes them"),
    "MDOC-03": Check("ISO/IEC 18013-5 §9.1.2.5", "random and digestID tell nothing"),
    "MDOC-04": Check("ISO/IEC 18013-5 §9.1.2.4", "validityInfo"),
    "MDOC-05": Check("ISO/IEC 18013-5 §9.3.1", "the certificate of the document signer"),
    "MDOC-06": Check("HAIP 1.0 §5.3.1", "how a document is taken back"),
}

CHECKS: Mapping[str, Check] = {**_REQUEST, **_QUERY, **_OWN, **_MINIMISATION, **_NL_WALLET, **_MDOC}
"""By id, in reading order."""
