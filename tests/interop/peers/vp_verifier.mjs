// @openid4vc/openid4vp as a verifier; npm @sd-jwt/sd-jwt-vc and @owf/mdoc verify what comes, npm dcql whether it is what
// was asked.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { DcqlPresentationResult, DcqlQuery } from "dcql";
import { Openid4vpVerifier } from "@openid4vc/openid4vp";
import * as mdoc from "./mdoc_owf.mjs";
import { sessionOf } from "./mdoc_owf.mjs";
import * as sdJwtVc from "./sd_jwt_vc.mjs";
import { callbacks } from "./vp_callbacks.mjs";
import { authorityKeyId } from "./x509.mjs";

const requests = new Map();
const random = () => randomBytes(24).toString("base64url");

function encryptionKey() {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { ...privateKey.export({ format: "jwk" }), kid: random(), alg: "ECDH-ES", use: "enc" };
}

function metadata(encs, key) {
  const { d, ...publicJwk } = key;
  return {
    vp_formats_supported: {
      "dc+sd-jwt": { "sd-jwt_alg_values": ["ES256"], "kb-jwt_alg_values": ["ES256"] },
      mso_mdoc: { issuerauth_alg_values: [-7], deviceauth_alg_values: [-7] },
    },
    ...(encs ? { jwks: { keys: [publicJwk] }, encrypted_response_enc_values_supported: encs } : {}),
  };
}

// parameters: those of the request beside nonce, state and client_metadata, which are made here. signer: how to sign,
// with the private key as jwk, or nothing. aud: "default" is what the peer makes of it. anchors: of issuers, PEM.
// Returns the link, or the data for the browser.
export async function request({ id, parameters, signer, requestUri, scheme, aud, signingHeader, encs, anchors }) {
  const inBrowser = Boolean(parameters.response_mode?.startsWith("dc_api"));
  const encrypted = parameters.response_mode?.endsWith(".jwt");
  const key = encryptionKey();
  const { jwk, ...jwtSigner } = signer ?? {};
  const jar = signer && {
    jwtSigner,
    expiresInSeconds: 300,
    additionalJwtPayload: aud === "default" ? {} : { aud: "https://self-issued.me/v2" },
    requestUri,
  };
  const payload = {
    response_type: "vp_token",
    nonce: random(),
    ...(inBrowser ? {} : { state: random() }),
    client_metadata: metadata(encrypted && (encs ?? ["A128GCM", "A256GCM"]), key),
    ...parameters,
  };
  const verifier = new Openid4vpVerifier({ callbacks: callbacks({ keys: [jwk, key].filter(Boolean), signingHeader }) });
  const created = await verifier.createOpenId4vpAuthorizationRequest({ scheme, authorizationRequestPayload: payload, jar });
  requests.set(id, { verifier, created, payload, jar, anchors, key: encrypted ? key : undefined });
  return { link: created.authorizationRequest, data: created.authorizationRequestObject };
}

// What stands at request_uri. Who posts wallet_nonce gets it back; who posts a key gets the object encrypted.
async function object(made, form) {
  const { keys } = JSON.parse(form.get("wallet_metadata") ?? "{}").jwks ?? {};
  const nonce = form.get("wallet_nonce");
  if (nonce) made.payload = { ...made.payload, wallet_nonce: nonce };
  made.created = await made.verifier.createOpenId4vpAuthorizationRequest({
    authorizationRequestPayload: made.payload,
    wallet: nonce ? { expectedNonce: nonce } : undefined,
    jar: {
      ...made.jar,
      ...(keys ? { jweEncryptor: { method: "jwk", publicJwk: keys[0], alg: "ECDH-ES", enc: "A128GCM" } } : {}),
    },
  });
  return made.created.jar.authorizationRequestJwt;
}

// What a wallet sends to an endpoint; body and the answer's body are text.
export async function serve({ id, path, body }) {
  const made = requests.get(id);
  const form = new URLSearchParams(body);
  if (path.startsWith("/request/")) {
    return { status: 200, contentType: "application/oauth-authz-req+jwt", body: await object(made, form) };
  }
  await receive({ id, response: Object.fromEntries(form) });
  return { status: 200, contentType: "application/json", body: "{}" };
}

// One presentation: issuer's chain and signature (that of the status list too), key binding with its nonce and audience.
async function verified(text, { anchors, nonce, audience, bound }) {
  const { claims, kb, header } = await sdJwtVc.verified(text, anchors, bound ? { keyBindingNonce: nonce } : {});
  if (bound && kb.payload.aud !== audience) throw new Error("the key binding is for another audience");
  return {
    claims,
    kb: kb?.payload,
    dcql: {
      credential_format: "dc+sd-jwt",
      vct: claims.vct,
      claims,
      cryptographic_holder_binding: Boolean(kb),
      authority: { type: "aki", values: [authorityKeyId(header.x5c[0])] },
    },
  };
}

// response: the members of the form or of the browser's answer. What is read, or said, is kept for verdict.
export async function receive({ id, response, origin }) {
  const made = requests.get(id);
  try {
    made.verdict = await judged(made, response, origin);
  } catch (error) {
    made.error = error;
  }
}

export function verdict({ id }) {
  const { verdict, error } = requests.get(id);
  if (error) throw error;
  return verdict;
}

async function judged({ verifier, payload, anchors, key }, response, origin) {
  const parsed = await verifier.parseOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: payload,
    authorizationResponse: response,
    origin,
    callbacks: verifier.options.callbacks,
  });
  const query = DcqlQuery.parse(parsed.dcql.query);
  const presentations = {};
  for (const [queryId, texts] of Object.entries(parsed.dcql.presentations)) {
    const asked = query.credentials.find((each) => each.id === queryId) ?? {};
    const bound = asked.require_cryptographic_holder_binding !== false;
    const audience = origin ? `origin:${origin}` : payload.client_id;
    const expected = { anchors, nonce: parsed.expectedNonce, audience, bound };
    const { client_id: clientId, response_uri: responseUri, nonce } = payload;
    const session = sessionOf({ clientId, responseUri, nonce, origin, key });
    const read = (text) =>
      asked.format === "mso_mdoc" ? mdoc.verified({ response: text, session, roots: anchors }) : verified(text, expected);
    presentations[queryId] = await Promise.all(texts.map(read));
  }
  const each = (member) =>
    Object.fromEntries(Object.entries(presentations).map(([queryId, all]) => [queryId, all.map((one) => one[member])]));
  const { can_be_satisfied: satisfied } = DcqlPresentationResult.fromDcqlPresentation(each("dcql"), { dcqlQuery: query });
  const transactionData = payload.transaction_data
    ? await verifier.verifyTransactionData({ transactionData: payload.transaction_data, credentials: each("kb") })
    : [];
  if (!satisfied) throw new Error("the answer does not satisfy the query");
  return { claims: each("claims"), authorised: transactionData.map(({ credentialId }) => credentialId) };
}
