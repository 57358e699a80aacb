// The cryptography that npm @owf/mdoc and @animo-id/mdoc leave to their caller, on node:crypto: P-256 and SHA-2 only.
import { X509Certificate, createECDH, createHash, createHmac, createPrivateKey, createPublicKey, hkdfSync, randomBytes, sign, timingSafeEqual, verify } from "node:crypto";
import { keyOfChain } from "./x509.mjs";

export const bytes = (base64url) => new Uint8Array(Buffer.from(base64url, "base64url"));
export const base64url = (octets) => Buffer.from(octets).toString("base64url");
export const der = (pem) => new Uint8Array(new X509Certificate(pem).raw);
export const publicJwk = ({ kty, crv, x, y }) => ({ kty, crv, x, y });

const digested = ({ digestAlgorithm, bytes: octets }) =>
  new Uint8Array(createHash(digestAlgorithm.replace("-", "").toLowerCase()).update(octets).digest());
const jwkOf = (key) => (key.jwk ? key.jwk : key);
const signed = (data, jwk) =>
  new Uint8Array(sign("sha256", data, { key: createPrivateKey({ key: { ...publicJwk(jwk), d: jwk.d }, format: "jwk" }), dsaEncoding: "ieee-p1363" }));
const verified = (data, signature, jwk) =>
  verify("sha256", data, { key: createPublicKey({ key: publicJwk(jwk), format: "jwk" }), dsaEncoding: "ieee-p1363" }, signature);
const mac = (data, secret) => new Uint8Array(createHmac("sha256", secret).update(data).digest());

// What ISO/IEC 18013-5 §9.1.3.5 derives; the transcript comes with its tag 24.
function macKey({ privateKey, publicKey, sessionTranscriptBytes, info = "EMacKey" }) {
  const ecdh = createECDH("prime256v1");
  ecdh.setPrivateKey(privateKey);
  const salt = createHash("sha256").update(sessionTranscriptBytes).digest();
  return new Uint8Array(hkdfSync("sha256", ecdh.computeSecret(publicKey), salt, info, 32));
}

const pem = (certificate) => new X509Certificate(certificate).toString();
const checkChain = ({ x5chain, trustedCertificates }) => {
  keyOfChain(x5chain.map((one) => Buffer.from(one).toString("base64")), trustedCertificates.map(pem));
};
const x509 = {
  getIssuerNameField: ({ certificate, field }) =>
    new X509Certificate(certificate).issuer.split("\n").filter((line) => line.startsWith(`${field}=`)).map((line) => line.slice(field.length + 1)),
  getCertificateData: ({ certificate }) => {
    const read = new X509Certificate(certificate);
    return {
      issuerName: read.issuer, subjectName: read.subject, serialNumber: read.serialNumber, thumbprint: read.fingerprint256,
      notBefore: new Date(read.validFrom), notAfter: new Date(read.validTo), pem: read.toString(),
    };
  },
};
const publicKeyOf = ({ certificate }) => new X509Certificate(certificate).publicKey.export({ format: "jwk" });
const crypto = { random: (length) => new Uint8Array(randomBytes(length)), digest: digested };

export const animoContext = {
  crypto: {
    ...crypto,
    calculateEphemeralMacKeyJwk: (given) => ({ kty: "oct", k: base64url(macKey(given)), alg: "HS256" }),
  },
  cose: {
    sign1: {
      sign: ({ sign1, jwk }) => signed(sign1.getRawSigningData().data, jwk),
      verify: ({ sign1, jwk, options }) => {
        const { data, signature } = sign1.getRawVerificationData(options);
        return verified(data, signature, jwk);
      },
    },
    mac0: {
      sign: ({ mac0, jwk }) => mac(mac0.getRawSigningData().data, bytes(jwk.k)),
      verify: ({ mac0, jwk, options }) => {
        const { data, signature } = mac0.getRawVerificationData(options);
        return timingSafeEqual(mac(data, bytes(jwk.k)), signature);
      },
    },
  },
  x509: { ...x509, getPublicKey: publicKeyOf, validateCertificateChain: checkChain },
};

export const owfContext = ({ CoseKey, KeyType }) => ({
  crypto: { ...crypto, calculateEphemeralMacKey: (given) => CoseKey.create({ keyType: KeyType.Oct, k: macKey(given) }) },
  cose: {
    sign1: {
      sign: ({ toBeSigned, key }) => signed(toBeSigned, jwkOf(key)),
      verify: ({ sign1, key }) => verified(sign1.toBeSigned, sign1.signature, jwkOf(key)),
    },
    mac0: {
      sign: ({ key, toBeAuthenticated }) => mac(toBeAuthenticated, key.k),
      verify: ({ mac0, key }) => timingSafeEqual(mac(mac0.toBeAuthenticated, key.k), mac0.tag),
    },
  },
  x509: { ...x509, getPublicKey: (given) => CoseKey.fromJwk(publicKeyOf(given)), verifyCertificateChain: checkChain },
});
