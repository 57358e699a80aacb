// @openid4vc/openid4vp as a wallet; npm dcql chooses the cards, npm @sd-jwt/sd-jwt-vc and @owf/mdoc present them.
import { createHash } from "node:crypto";
import { DcqlQuery } from "dcql";
import { Openid4vpClient } from "@openid4vc/openid4vp";
import { SDJwtVcInstance } from "@sd-jwt/sd-jwt-vc";
import { mdocCredential, present as presentMdoc, sessionOf } from "./mdoc_owf.mjs";
import { hasher, signingWith } from "./sd_jwt_vc.mjs";
import { callbacks } from "./vp_callbacks.mjs";
import { authorityKeyId } from "./x509.mjs";

const instance = (jwk) => new SDJwtVcInstance({ hasher, kbSigner: signingWith(jwk), kbSignAlg: "ES256" });

async function held({ sdJwt, mdoc, jwk }) {
  if (mdoc) return mdocCredential(mdoc);
  const vc = instance(jwk);
  const { jwt } = await vc.decode(sdJwt);
  const claims = await vc.getClaims(sdJwt);
  const authority = { type: "aki", values: [authorityKeyId(jwt.header.x5c[0])] };
  return { credential_format: "dc+sd-jwt", vct: claims.vct, claims, cryptographic_holder_binding: true, authority };
}

// Which cards for which query, by DCQL: of each set the first option that can be answered, an optional one too.
function chosen(query, credentials) {
  const parsed = DcqlQuery.parse(query);
  DcqlQuery.validate(parsed);
  const result = DcqlQuery.query(parsed, credentials);
  if (!result.can_be_satisfied) throw new Error("the cards do not answer the query");
  const ids = result.credential_sets
    ? result.credential_sets.flatMap(({ matching_options: options }) => options?.[0] ?? [])
    : parsed.credentials.map(({ id }) => id);
  return [...new Set(ids)].map((id) => {
    const asked = parsed.credentials.find((credential) => credential.id === id);
    const found = result.credential_matches[id].valid_credentials;
    return { asked, found: asked.multiple ? found : found.slice(0, 1) };
  });
}

const frame = (selected) =>
  selected !== null && typeof selected === "object"
    ? Object.fromEntries(Object.entries(selected).map(([name, value]) => [name, frame(value)]))
    : true;

// The entries that a query authorises: each by the first of its queries that is answered.
const transactions = (data, id, answered) =>
  (data ?? []).filter(({ transactionData }) => transactionData.credential_ids.find((each) => answered.includes(each)) === id);

const sha256 = (text) => createHash("sha256").update(text).digest("base64url");

async function present(query, cards, { audience, nonce, transactionData, session }) {
  const answers = chosen(query, await Promise.all(cards.map(held)));
  const answered = answers.map(({ asked }) => asked.id);
  const vpToken = {};
  for (const { asked, found } of answers) {
    vpToken[asked.id] = [];
    for (const { input_credential_index: index, claims } of found) {
      const { sdJwt, mdoc, jwk } = cards[index];
      if (mdoc) {
        const { output } = claims.valid_claim_sets[0];
        const show = Object.fromEntries(Object.entries(output).map(([name, each]) => [name, Object.keys(each)]));
        vpToken[asked.id].push(await presentMdoc({ document: mdoc, docType: asked.meta.doctype_value, show, device: jwk, session }));
        continue;
      }
      const authorised = transactions(transactionData, asked.id, answered).map(({ encoded }) => sha256(encoded));
      const payload = { iat: Math.floor(Date.now() / 1000), aud: audience, nonce };
      if (authorised.length) {
        Object.assign(payload, { transaction_data_hashes: authorised, transaction_data_hashes_alg: "sha-256" });
      }
      const selected = frame(claims.valid_claim_sets[0].output ?? {});
      const bound = asked.require_cryptographic_holder_binding === false ? undefined : { kb: { payload } };
      vpToken[asked.id].push(await instance(jwk).present(sdJwt, selected, bound));
    }
  }
  return vpToken;
}

// request: a link, or what a page gives to the browser (then origin is the page's). The answer is posted, or returned
// for the browser. keys: to decrypt request objects. metadata and walletNonce: for a request that is fetched by POST.
export async function answer({ request, origin, cards, trust, keys, scopes = {}, metadata, walletNonce, encs }) {
  const client = new Openid4vpClient({ callbacks: callbacks({ trust, keys }) });
  const { params, type } = client.parseOpenid4vpAuthorizationRequest({ authorizationRequest: request });
  const resolved = await client.resolveOpenId4vpAuthorizationRequest({
    authorizationRequestPayload: params,
    origin,
    wallet: { metadata, expectedNonce: walletNonce },
  });
  const payload = resolved.authorizationRequestPayload;
  const vpToken = await present(resolved.dcql?.query ?? scopes[payload.scope], cards, {
    // §A.4: through the browser the audience is the page, also of signed requests.
    audience: origin ? `origin:${origin}` : resolved.client.effective,
    nonce: payload.nonce,
    session: sessionOf({
      clientId: resolved.client.effective,
      nonce: payload.nonce,
      responseUri: payload.response_uri,
      origin,
      key: payload.response_mode?.endsWith(".jwt") ? payload.client_metadata.jwks.keys[0] : undefined,
    }),
    transactionData: resolved.transactionData,
  });
  const encrypted = payload.response_mode?.endsWith(".jwt");
  const { authorizationResponsePayload, jarm } = await client.createOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: payload,
    origin,
    authorizationResponsePayload: { vp_token: vpToken },
    ...(encrypted
      ? {
          jarm: {
            encryption: { nonce: "wallet-generated" },
            serverMetadata: {
              authorization_signing_alg_values_supported: [],
              authorization_encryption_alg_values_supported: ["ECDH-ES"],
              authorization_encryption_enc_values_supported: encs ?? ["A256GCM", "A128GCM"],
            },
          },
        }
      : {}),
  });
  const seen = {
    type,
    client: { prefix: resolved.client.prefix, identifier: resolved.client.identifier },
    verifierInfo: (payload.verifier_info ?? []).map(({ format }) => format),
    transactionData: (resolved.transactionData ?? []).map(({ transactionData }) => transactionData.type),
  };
  if (origin) return { seen, data: jarm ? { response: jarm.responseJwt } : authorizationResponsePayload };
  const { response } = await client.submitOpenid4vpAuthorizationResponse({
    authorizationRequestPayload: payload,
    authorizationResponsePayload,
    jarm,
  });
  return { seen, status: response.status, body: await response.json() };
}
