// A relying party in another language: Node's http server, and nothing from npm. It speaks just enough OpenID4VP for
// one direct_post.jwt, and looks at one signature and one nonce: enough for a test, not for anybody's data.
import { createServer } from "node:http";
import { createDecipheriv, createHash, createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync,
         randomBytes, sign, verify, X509Certificate } from "node:crypto";
import { createInterface } from "node:readline";

const b64url = (data) => Buffer.from(data).toString("base64url");
const json = (text) => JSON.parse(Buffer.from(text, "base64url").toString("utf8"));

let party, sessions = {};

function requestObject(session) {
  const header = { alg: "ES256", typ: "oauth-authz-req+jwt", x5c: party.x5c };
  const es256 = { "sd-jwt_alg_values": ["ES256"], "kb-jwt_alg_values": ["ES256"] };
  const claims = {
    response_type: "vp_token", response_mode: "direct_post.jwt", client_id: party.client_id,
    response_uri: `${party.origin}/response/${session.id}`, aud: "https://self-issued.me/v2",
    nonce: session.nonce, iat: Math.floor(Date.now() / 1000), dcql_query: party.query,
    client_metadata: {
      jwks: { keys: [{ ...session.keys.publicKey.export({ format: "jwk" }), kid: "1", alg: "ECDH-ES", use: "enc" }] },
      encrypted_response_enc_values_supported: ["A128GCM", "A256GCM"],
      vp_formats_supported: { "dc+sd-jwt": es256 },
    },
    verifier_info: [{ format: "registration_cert", data: party.registration }],
  };
  const signed = `${b64url(JSON.stringify(header))}.${b64url(JSON.stringify(claims))}`;
  const key = { key: createPrivateKey({ key: party.key, format: "jwk" }), dsaEncoding: "ieee-p1363" };
  return `${signed}.${b64url(sign("sha256", Buffer.from(signed), key))}`;
}

// ECDH-ES with the Concat KDF (RFC 7518 §4.6.2), then AES-GCM.
function decrypted(jwe, privateKey) {
  const [head, , iv, text, tag] = jwe.split("."), header = json(head);
  const shared = diffieHellman({ privateKey, publicKey: createPublicKey({ key: header.epk, format: "jwk" }) });
  const number = (value) => { const four = Buffer.alloc(4); four.writeUInt32BE(value); return four; };
  const sized = (data) => Buffer.concat([number(data.length), data]);
  const bits = Number(header.enc.slice(1, 4));
  const given = [number(1), shared, sized(Buffer.from(header.enc)), sized(Buffer.from(header.apu ?? "", "base64url")),
                 sized(Buffer.from(header.apv ?? "", "base64url")), number(bits)];
  const key = createHash("sha256").update(Buffer.concat(given)).digest().subarray(0, bits / 8);
  const decipher = createDecipheriv(`aes-${bits}-gcm`, key, Buffer.from(iv, "base64url"));
  decipher.setAAD(Buffer.from(head));
  decipher.setAuthTag(Buffer.from(tag, "base64url"));
  return JSON.parse(Buffer.concat([decipher.update(Buffer.from(text, "base64url")), decipher.final()]).toString("utf8"));
}

function claimsOf(presentation, nonce) {
  const parts = presentation.split("~"), [head, body, signature] = parts[0].split(".");
  const issuer = new X509Certificate(Buffer.from(json(head).x5c[0], "base64")).publicKey;
  const good = verify("sha256", Buffer.from(`${head}.${body}`), { key: issuer, dsaEncoding: "ieee-p1363" },
                      Buffer.from(signature, "base64url"));
  if (!good || json(parts.at(-1).split(".")[1]).nonce !== nonce) throw new Error("not for us");
  const digests = JSON.stringify(json(body)), shown = {};
  for (const one of parts.slice(1, -1)) {
    if (!digests.includes(createHash("sha256").update(one).digest("base64url"))) throw new Error("not of this card");
    const [, name, value] = json(one);
    shown[name] = value;
  }
  return shown;
}

const server = createServer((asked, answer) => {
  const chunks = [];
  asked.on("data", (chunk) => chunks.push(chunk)).on("end", () => {
    const [, what, id] = asked.url.split("/"), session = sessions[id];
    const say = (status, value, type = "application/json") => {
      answer.writeHead(status, { "content-type": type });
      answer.end(typeof value === "string" ? value : JSON.stringify(value));
    };
    try {
      if (what === "start") {
        const made = { id: b64url(randomBytes(16)), nonce: b64url(randomBytes(32)), state: "pending",
                       keys: generateKeyPairSync("ec", { namedCurve: "P-256" }) };
        sessions[made.id] = made;
        const fields = { client_id: party.client_id, request_uri: `${party.origin}/request/${made.id}` };
        say(200, { id: made.id, link: `openid4vp://?${new URLSearchParams(fields)}` });
      } else if (!session) say(404, { error: "unknown" });
      else if (what === "request") say(200, requestObject(session), "application/oauth-authz-req+jwt");
      else if (what === "response") {
        const form = new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
        if (form.has("error")) session.state = form.get("error");
        else {
          const told = decrypted(form.get("response"), session.keys.privateKey);
          session.claims = claimsOf(told.vp_token.pid[0], session.nonce);
          session.state = "verified";
        }
        say(200, {});
      } else say(200, { state: session.state, claims: session.claims });
    } catch (error) {
      say(400, { error: "invalid_request" });
    }
  });
});

// The first line is who we are; when the lines end, so do we.
const lines = createInterface({ input: process.stdin });
lines.once("line", (line) => {
  party = JSON.parse(line);
  server.listen(0, "127.0.0.1", () => console.log(server.address().port));
});
lines.once("close", () => process.exit(0));
