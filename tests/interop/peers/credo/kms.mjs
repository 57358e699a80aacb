// Credo's key management on node:crypto, in memory: P-256 keys, ES256, and ECDH-ES with AES-GCM. In the place of Askar,
// which is native code that its installation downloads.
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  randomBytes,
  randomUUID,
  sign,
  verify,
} from "node:crypto";

const KEY_BITS = { A128GCM: 128, A256GCM: 256 };
const privateKey = (jwk) => createPrivateKey({ key: jwk, format: "jwk" });
const publicKey = ({ d, ...jwk }) => createPublicKey({ key: jwk, format: "jwk" });
const withoutPrivate = ({ d, ...jwk }) => jwk;
const number = (value) => Buffer.from(Uint32Array.of(value).buffer).swap32();
const prefixed = (bytes = Buffer.alloc(0)) => Buffer.concat([number(bytes.length), bytes]);

// RFC 7518 §4.6.2, one round.
function agreedKey(secret, enc, { apu, apv }) {
  const info = [prefixed(Buffer.from(enc)), prefixed(apu), prefixed(apv), number(KEY_BITS[enc])];
  const digest = createHash("sha256").update(Buffer.concat([number(1), secret, ...info])).digest();
  return digest.subarray(0, KEY_BITS[enc] / 8);
}

export class NodeKms {
  backend = "node";
  #keys = new Map();

  isOperationSupported(_context, operation) {
    const { operation: what, algorithm, encryption, decryption } = operation;
    if (what === "sign" || what === "verify") return algorithm === "ES256";
    if (what === "encrypt" || what === "decrypt") return (encryption ?? decryption).algorithm in KEY_BITS;
    if (what === "createKey") return operation.type.crv === "P-256";
    if (what === "importKey") return operation.privateJwk.crv === "P-256";
    return true;
  }

  async getPublicKey(_context, keyId) {
    const jwk = this.#keys.get(keyId);
    return jwk ? { ...withoutPrivate(jwk), kid: keyId } : null;
  }

  #add(jwk, keyId = randomUUID()) {
    this.#keys.set(keyId, { ...jwk, kid: keyId });
    return { keyId, publicJwk: { ...withoutPrivate(jwk), kid: keyId } };
  }

  async createKey(_context, { keyId }) {
    const { privateKey: key } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    return this.#add(key.export({ format: "jwk" }), keyId);
  }

  async importKey(_context, { privateJwk }) {
    return this.#add(privateJwk, privateJwk.kid);
  }

  async deleteKey(_context, { keyId }) {
    return this.#keys.delete(keyId);
  }

  async sign(_context, { keyId, data }) {
    const key = { key: privateKey(this.#keys.get(keyId)), dsaEncoding: "ieee-p1363" };
    return { signature: new Uint8Array(sign("sha256", data, key)) };
  }

  async verify(_context, { key, data, signature, algorithm }) {
    if (algorithm !== "ES256") return { verified: false };
    const jwk = key.publicJwk ?? this.#keys.get(key.keyId);
    const verified = verify("sha256", data, { key: publicKey(jwk), dsaEncoding: "ieee-p1363" }, signature);
    return verified ? { verified, publicJwk: withoutPrivate(jwk) } : { verified };
  }

  #agree({ keyAgreement }, enc) {
    const own = privateKey(this.#keys.get(keyAgreement.keyId));
    const secret = diffieHellman({ privateKey: own, publicKey: publicKey(keyAgreement.externalPublicJwk) });
    return agreedKey(secret, enc, keyAgreement);
  }

  async encrypt(_context, { key, data, encryption: { algorithm, aad } }) {
    const iv = randomBytes(12);
    const cipher = createCipheriv(`id-aes${KEY_BITS[algorithm]}-GCM`, this.#agree(key, algorithm), iv);
    cipher.setAAD(aad);
    const encrypted = Buffer.concat([cipher.update(data), cipher.final()]);
    return { encrypted, iv, tag: cipher.getAuthTag() };
  }

  async decrypt(_context, { key, encrypted, decryption: { algorithm, aad, iv, tag } }) {
    const cipher = createDecipheriv(`id-aes${KEY_BITS[algorithm]}-GCM`, this.#agree(key, algorithm), iv);
    if (tag.length !== 16) throw new Error("a tag that is not of 128 bits");
    cipher.setAAD(aad);
    cipher.setAuthTag(tag);
    return { data: Buffer.concat([cipher.update(encrypted), cipher.final()]) };
  }

  randomBytes(_context, { length }) {
    return new Uint8Array(randomBytes(length));
  }
}
