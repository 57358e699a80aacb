// What @openid4vc/oauth2 and @openid4vc/openid4vci leave to their caller: randomness, hashes, signatures (with jose) and
// who is trusted.
import { createHash, randomBytes } from "node:crypto";
import { CompactSign, compactVerify, exportJWK, generateKeyPair, importJWK } from "jose";
import { fetch } from "../wire.mjs";
import { keyOfChain } from "./x509.mjs";

export const random = (bytes = 24) => randomBytes(bytes).toString("base64url");
export const publicJwk = ({ d, ...jwk }) => jwk;

export async function newKey() {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  return exportJWK(privateKey);
}

export const byJwk = (jwk) => ({ method: "jwk", alg: "ES256", publicJwk: publicJwk(jwk) });
export const byChain = ({ x5c }) => ({ method: "x5c", alg: "ES256", x5c });

function signing(keys, { method, x5c, publicJwk: jwk }) {
  const found = keys.find((key) => (method === "x5c" ? key.x5c?.[0] === x5c[0] : key.jwk.x === jwk?.x && key.jwk.y === jwk?.y));
  if (!found) throw new Error("nobody here has that key");
  return found.jwk;
}

// anchors: PEM, of whoever signs with a certificate. keys: {jwk, x5c?}, private; it may grow. mend: changes the header
// and the claims before they are signed, for what the library leaves out or writes in another way.
export function callbacks({ anchors = [], keys = [], mend = (token) => token } = {}) {
  return {
    fetch,
    generateRandom: (length) => new Uint8Array(randomBytes(length)),
    hash: (data, algorithm) => new Uint8Array(createHash(algorithm.replace("-", "")).update(data).digest()),
    async verifyJwt(signer, { compact }) {
      if (signer.method !== "jwk" && signer.method !== "x5c") return { verified: false };
      const key = signer.method === "x5c" ? keyOfChain(signer.x5c, anchors) : await importJWK(signer.publicJwk, signer.alg);
      try {
        await compactVerify(compact, key, { algorithms: [signer.alg] });
      } catch {
        return { verified: false };
      }
      return { verified: true, signerJwk: signer.publicJwk ?? key.export({ format: "jwk" }) };
    },
    async signJwt(signer, token) {
      const jwk = signing(keys, signer);
      const { header, payload } = mend(token);
      const made = new CompactSign(Buffer.from(JSON.stringify(payload))).setProtectedHeader(header);
      return { jwt: await made.sign(await importJWK(jwk, signer.alg)), signerJwk: publicJwk(jwk) };
    },
  };
}
