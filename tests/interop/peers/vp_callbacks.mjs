// What @openid4vc/openid4vp leaves to its caller: hashes, signatures, encryption (with jose) and who is trusted.
import { createHash } from "node:crypto";
import { CompactEncrypt, CompactSign, compactDecrypt, compactVerify, importJWK } from "jose";
import { fetch } from "../wire.mjs";
import { keyOfChain, names } from "./x509.mjs";

const decoded = (part) => JSON.parse(Buffer.from(part, "base64url").toString());

async function keyOfDid(didUrl) {
  const [did] = didUrl.split("#");
  const [, method, ...rest] = did.split(":");
  if (method === "jwk") return decoded(rest[0]);
  if (method !== "web") throw new Error(`did:${method} is not known here`);
  const [host, ...path] = rest.map(decodeURIComponent);
  const place = path.length ? path.join("/") : ".well-known";
  const document = await (await fetch(`https://${host}/${place}/did.json`)).json();
  const method_ = document.verificationMethod.find(({ id }) => id === didUrl || `${did}${id}` === didUrl);
  return method_.publicKeyJwk;
}

// trust.anchors: PEM, of access certificates; trust.clients: client_id to JWK; trust.attesters: JWKs.
async function keyOf(signer, { header, payload }, trust) {
  if (signer.method === "x5c") return keyOfChain(signer.x5c, trust.anchors);
  if (signer.method === "did") return keyOfDid(signer.didUrl);
  if (trust.clients?.[payload.client_id]) return trust.clients[payload.client_id];
  if (header.jwt) return keyOfAttestation(header.jwt, payload.client_id, trust);
  throw new Error(`nobody knows the key of ${payload.client_id}`);
}

async function keyOfAttestation(attestation, clientId, trust) {
  for (const jwk of trust.attesters ?? []) {
    const { payload, protectedHeader } = await compactVerify(attestation, await importJWK(jwk, "ES256"));
    const claims = JSON.parse(Buffer.from(payload).toString());
    if (protectedHeader.typ !== "verifier-attestation+jwt") throw new Error("no verifier attestation");
    if (`verifier_attestation:${claims.sub}` !== clientId) throw new Error("the attestation is for another client");
    if (claims.exp < Date.now() / 1000) throw new Error("the attestation has expired");
    return claims.cnf.jwk;
  }
  throw new Error("nobody trusted attests this verifier");
}

async function verified(compact, key, alg) {
  try {
    await compactVerify(compact, key.kty ? await importJWK(key, alg) : key, { algorithms: [alg] });
    return true;
  } catch {
    return false;
  }
}

// keys: private JWKs to sign with (signJwt takes the first) and to decrypt with (found by kid).
export function callbacks({ trust = {}, keys = [], signingHeader = {} } = {}) {
  return {
    fetch,
    hash: (data, algorithm) => new Uint8Array(createHash(algorithm.replace("-", "")).update(data).digest()),
    getX509CertificateMetadata: names,
    async verifyJwt(signer, jwt) {
      const key = await keyOf(signer, jwt, trust);
      return { verified: await verified(jwt.compact, key, signer.alg), signerJwk: key.kty ? key : key.export({ format: "jwk" }) };
    },
    async signJwt(signer, { header, payload }) {
      const token = new CompactSign(Buffer.from(JSON.stringify(payload)));
      token.setProtectedHeader({ ...header, ...signingHeader });
      return { jwt: await token.sign(await importJWK(keys[0], signer.alg)), signerJwk: keys[0] };
    },
    async encryptJwe({ publicJwk, alg, enc, apu, apv }, plaintext) {
      const token = new CompactEncrypt(Buffer.from(plaintext));
      token.setProtectedHeader({ alg, enc, ...(publicJwk.kid ? { kid: publicJwk.kid } : {}) });
      const bytes = (text) => Buffer.from(text, "base64url");
      token.setKeyManagementParameters({ ...(apu ? { apu: bytes(apu) } : {}), ...(apv ? { apv: bytes(apv) } : {}) });
      return { jwe: await token.encrypt(await importJWK(publicJwk, alg)), encryptionJwk: publicJwk };
    },
    async decryptJwe(jwe) {
      const { kid, alg } = decoded(jwe.split(".")[0]);
      const jwk = keys.find((key) => key.kid === kid);
      if (!jwk) return { decrypted: false };
      const { plaintext } = await compactDecrypt(jwe, await importJWK(jwk, alg));
      return { decrypted: true, decryptionJwk: jwk, payload: Buffer.from(plaintext).toString() };
    },
  };
}
