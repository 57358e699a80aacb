// npm @sd-jwt: "core" is RFC 9901, "vc" is SD-JWT VC. Signatures are Node's own, so that only the format is judged.
import { createHash, createPrivateKey, createPublicKey, randomBytes, sign, verify as check } from "node:crypto";
import { FlattenJSON, SDJwtInstance } from "@sd-jwt/core";
import { SDJwtVcInstance } from "@sd-jwt/sd-jwt-vc";

const instances = { core: SDJwtInstance, vc: SDJwtVcInstance };
const curves = {
  "P-256": { alg: "ES256", hash: "sha256" },
  "P-384": { alg: "ES384", hash: "sha384" },
  "P-521": { alg: "ES512", hash: "sha512" },
};

function signer(jwk) {
  const key = { key: createPrivateKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" };
  return (data) => sign(curves[jwk.crv].hash, Buffer.from(data), key).toString("base64url");
}

function verifier(jwk) {
  const key = { key: createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" };
  return (data, signature) =>
    check(curves[jwk.crv].hash, Buffer.from(data), key, Buffer.from(signature, "base64url"));
}

const hasher = (data, alg) =>
  new Uint8Array(createHash(alg.replace("-", "")).update(typeof data === "string" ? data : Buffer.from(data)).digest());
const saltGenerator = (length) => randomBytes(length).toString("base64url");

export function issue({ kind, payload, frame, jwk, hashAlg, header }) {
  const instance = new instances[kind]({
    hasher,
    hashAlg,
    saltGenerator,
    signer: signer(jwk),
    signAlg: curves[jwk.crv].alg,
  });
  return instance.issue(payload, frame, { header });
}

export function present({ kind, text, frame, jwk, payload }) {
  const instance = new instances[kind]({ hasher, kbSigner: signer(jwk), kbSignAlg: curves[jwk.crv].alg });
  return instance.present(text, frame, { kb: { payload } });
}

export async function verify({ kind, text, jwk, now, nonce }) {
  const instance = new instances[kind]({
    hasher,
    verifier: verifier(jwk),
    // The holder's key is the one that the issuer named in cnf; the peer hands the payload over.
    kbVerifier: (data, signature, payload) => verifier(payload.cnf.jwk)(data, signature),
  });
  const { payload, header, kb } = await instance.verify(text, { currentDate: now, keyBindingNonce: nonce });
  return { payload, header, keyBinding: kb?.payload ?? null };
}

export function flatten({ text }) {
  return new SDJwtInstance({ hasher }).toFlattenJSON(text).toJson();
}

export function unflatten({ json }) {
  return FlattenJSON.fromSerialized(json).toEncoded();
}
