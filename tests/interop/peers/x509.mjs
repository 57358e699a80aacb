// Certificate chains with node:crypto, for the peers that leave X.509 to their caller.
import { X509Certificate } from "node:crypto";

export const certificate = (base64) => new X509Certificate(Buffer.from(base64, "base64"));

// The key of the leaf, if the chain leads to one of the anchors (PEM); anything else throws.
export function keyOfChain(x5c, anchors) {
  const chain = x5c.map(certificate);
  const roots = anchors.map((pem) => new X509Certificate(pem));
  const now = Date.now();
  chain.forEach((each, position) => {
    if (now < Date.parse(each.validFrom) || now > Date.parse(each.validTo)) throw new Error("outside validity");
    const above = position + 1 < chain.length ? [chain[position + 1]] : roots;
    if (!above.some((issuer) => each.checkIssued(issuer) && each.verify(issuer.publicKey))) {
      throw new Error("no trusted certificate was found");
    }
  });
  return chain[0].publicKey;
}

export function names(base64) {
  const all = (certificate(base64).subjectAltName ?? "").split(", ");
  const of = (kind) => all.filter((name) => name.startsWith(kind)).map((name) => name.slice(kind.length));
  return { sanDnsNames: of("DNS:"), sanUriNames: of("URI:") };
}

// The authority key identifier; node:crypto reads certificates but not this extension.
export function authorityKeyId(base64) {
  const der = Buffer.from(base64, "base64");
  const at = der.indexOf(Buffer.from("0603551d23", "hex"));
  const value = der.subarray(at + 5); // OCTET STRING { SEQUENCE { [0] keyIdentifier } }, all of them short
  return value.subarray(6, 6 + value[5]).toString("base64url");
}
