// jose: JWE with ECDH-ES, and JWS.
import { CompactEncrypt, CompactSign, compactDecrypt, compactVerify, importJWK } from "jose";

const bytes = (text) => Buffer.from(text, "base64url");

export async function encrypt({ plaintext, jwk, enc, kid, apu, apv }) {
  const parameters = {};
  if (apu !== undefined) parameters.apu = bytes(apu);
  if (apv !== undefined) parameters.apv = bytes(apv);
  return new CompactEncrypt(bytes(plaintext))
    .setProtectedHeader({ alg: "ECDH-ES", enc, ...(kid === undefined ? {} : { kid }) })
    .setKeyManagementParameters(parameters)
    .encrypt(await importJWK(jwk, "ECDH-ES"));
}

export async function decrypt({ token, jwk, enc }) {
  const { plaintext, protectedHeader } = await compactDecrypt(token, await importJWK(jwk, "ECDH-ES"), {
    keyManagementAlgorithms: ["ECDH-ES"],
    contentEncryptionAlgorithms: [enc],
  });
  return { plaintext: Buffer.from(plaintext).toString("base64url"), header: protectedHeader };
}

export async function sign({ payload, jwk, alg, header }) {
  return new CompactSign(bytes(payload)).setProtectedHeader({ ...header, alg }).sign(await importJWK(jwk, alg));
}

export async function verify({ token, jwk, alg }) {
  const { payload, protectedHeader } = await compactVerify(token, await importJWK(jwk, alg), { algorithms: [alg] });
  return { payload: Buffer.from(payload).toString("base64url"), header: protectedHeader };
}
