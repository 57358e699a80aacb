// npm @sd-jwt/jwt-status-list: the packed list, the token, and with @sd-jwt/sd-jwt-vc the status of a credential.
// Signatures are Node's own, so that only the format is judged.
import { createHash, createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import {
  StatusList,
  createHeaderAndPayload,
  getListFromStatusListJWT,
  getStatusListFromJWT,
} from "@sd-jwt/jwt-status-list";
import { SDJwtVcInstance } from "@sd-jwt/sd-jwt-vc";
import { fetch } from "../wire.mjs";

export const encode = ({ statuses, bits }) => new StatusList(statuses, bits).compressStatusList();
export const decode = ({ lst, bits }) => StatusList.decompressStatusList(lst, bits).statusList;

// Only the entries that are not 0: a million zeros are not worth the pipe.
export function exceptions({ lst, bits }) {
  const { statusList } = StatusList.decompressStatusList(lst, bits);
  const set = [];
  statusList.forEach((status, index) => status && set.push([index, status]));
  return { size: statusList.length, set };
}

export function encodeSparse({ size, set, bits }) {
  const statuses = new Array(size).fill(0);
  for (const [index, status] of set) statuses[index] = status;
  return new StatusList(statuses, bits).compressStatusList();
}

export function fromToken({ token }) {
  const list = getListFromStatusListJWT(token);
  return { bits: list.getBitsPerStatus(), statuses: list.statusList };
}

export function token({ statuses, bits, claims, header, jwk }) {
  const made = createHeaderAndPayload(new StatusList(statuses, bits), claims, { alg: "ES256", ...header });
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const input = `${part(made.header)}.${part(made.payload)}`;
  const key = { key: createPrivateKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" };
  return `${input}.${sign("sha256", Buffer.from(input), key).toString("base64url")}`;
}

export const reference = ({ jwt }) => getStatusListFromJWT(jwt);

// As a relying party does it: the credential, then its status list from the web, then the entry.
export async function check({ text, issuer, signer, now }) {
  const verifier = (jwk) => (data, signature) => {
    const key = { key: createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" };
    return verify("sha256", Buffer.from(data), key, Buffer.from(signature, "base64url"));
  };
  const instance = new SDJwtVcInstance({
    hasher: (data, alg) => new Uint8Array(createHash(alg.replace("-", "")).update(data).digest()),
    verifier: verifier(issuer),
    statusVerifier: verifier(signer),
    statusListFetcher: async (uri) => {
      const answer = await fetch(uri, { headers: { Accept: "application/statuslist+jwt" } });
      if (!answer.ok) throw new Error(`${uri}: ${answer.status}`);
      return answer.text();
    },
  });
  const { payload } = await instance.verify(text, { currentDate: now });
  return payload.status;
}
