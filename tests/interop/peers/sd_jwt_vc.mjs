// npm @sd-jwt/sd-jwt-vc as the OpenID peers use it: issuer's chain and signature, key binding, status list.
import { createHash, createPrivateKey, createPublicKey, randomBytes, sign, verify } from "node:crypto";
import { SDJwtVcInstance } from "@sd-jwt/sd-jwt-vc";
import { fetch } from "../wire.mjs";
import { keyOfChain } from "./x509.mjs";

export const hasher = (data, algorithm) =>
  new Uint8Array(createHash(algorithm.replace("-", "")).update(typeof data === "string" ? data : Buffer.from(data)).digest());

export function signedBy(key) {
  return (data, signature) =>
    verify("sha256", Buffer.from(data), { key, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64url"));
}

export function signingWith(jwk) {
  const key = { key: createPrivateKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" };
  return (data) => sign("sha256", Buffer.from(data), key).toString("base64url");
}

async function statusList(uri) {
  const answer = await fetch(uri, { headers: { Accept: "application/statuslist+jwt" } });
  if (!answer.ok) throw new Error(`the status list: ${answer.status}`);
  return answer.text();
}

// The claims, the header and the key binding of a credential or presentation under the anchors (PEM); options are
// those of the library's verify.
export async function verified(text, anchors, options = {}) {
  const { jwt } = await new SDJwtVcInstance({ hasher }).decode(text);
  const vc = new SDJwtVcInstance({
    hasher,
    verifier: signedBy(keyOfChain(jwt.header.x5c, anchors)),
    statusListFetcher: statusList,
    kbVerifier: (data, signature, payload) =>
      signedBy(createPublicKey({ key: payload.cnf.jwk, format: "jwk" }))(data, signature),
  });
  const { payload, kb } = await vc.verify(text, options);
  return { claims: payload, kb, header: jwt.header };
}

// A credential with every claim in it disclosable. signer: {jwk, x5c}.
export async function issued({ vct, claims, signer, holder, issuer, lifetime = 86_400 }) {
  const vc = new SDJwtVcInstance({
    hasher,
    hashAlg: "sha-256",
    saltGenerator: (length) => randomBytes(length).toString("base64url"),
    signer: signingWith(signer.jwk),
    signAlg: "ES256",
  });
  const iat = Math.floor(Date.now() / 1000);
  const payload = { iss: issuer, iat, exp: iat + lifetime, vct, cnf: { jwk: holder }, ...claims };
  return vc.issue(payload, { _sd: Object.keys(claims) }, { header: { x5c: signer.x5c } });
}
