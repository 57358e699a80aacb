// @openid4vc/openid4vci as an issuer, with @openid4vc/oauth2 as its authorization server; npm @sd-jwt/sd-jwt-vc and
// @owf/mdoc make the credentials. What stands between requests (codes, nonces, transactions) the libraries leave to their caller.
import { Openid4vciIssuer } from "@openid4vc/openid4vci";
import { Oauth2AuthorizationServer, Oauth2ResourceServer, decodeJwt } from "@openid4vc/oauth2";
import { fetch } from "../wire.mjs";
import { issue as issueMdoc, namespacesOf } from "./mdoc_owf.mjs";
import { issued } from "./sd_jwt_vc.mjs";
import { byChain, byJwk, callbacks, newKey, publicJwk, random } from "./vci_callbacks.mjs";

const PRE_AUTHORIZED = "urn:ietf:params:oauth:grant-type:pre-authorized_code";
const INTERVAL = 5;
const made = new Map();

const json = (status, value, headers = {}) => ({
  status,
  headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
  body: JSON.stringify(value),
});

const refusal = (error, status = 400, headers = {}) => Object.assign(new Error(error), { errorResponse: { error }, status, headers });

function serverMetadata(one) {
  const { baseUrl, terms } = one;
  return {
    issuer: baseUrl,
    token_endpoint: `${baseUrl}/token`,
    jwks_uri: `${baseUrl}/jwks`,
    grant_types_supported: ["authorization_code", PRE_AUTHORIZED, "refresh_token"],
    "pre-authorized_grant_anonymous_access_supported": !terms.attested,
    authorization_endpoint: `${baseUrl}/authorize`,
    pushed_authorization_request_endpoint: `${baseUrl}/par`,
    require_pushed_authorization_requests: true,
    code_challenge_methods_supported: ["S256"],
    authorization_response_iss_parameter_supported: true,
    ...(terms.identifiers ? { authorization_details_types_supported: ["openid_credential"] } : {}),
    ...(terms.bound ? { dpop_signing_alg_values_supported: ["ES256"] } : {}),
    token_endpoint_auth_methods_supported: [terms.attested ? "attest_jwt_client_auth" : "none"],
    ...(terms.attested === "with challenge" ? { challenge_endpoint: `${baseUrl}/challenge` } : {}),
  };
}

function issuerMetadata({ baseUrl, configurations, terms }) {
  return {
    credential_issuer: baseUrl,
    credential_endpoint: `${baseUrl}/credential`,
    nonce_endpoint: `${baseUrl}/nonce`,
    deferred_credential_endpoint: `${baseUrl}/deferred`,
    notification_endpoint: `${baseUrl}/notification`,
    display: [{ name: "Peer" }],
    credential_configurations_supported: configurations,
    ...(terms.copies > 1 ? { batch_credential_issuance: { batch_size: terms.copies } } : {}),
  };
}

// configurations: as in the metadata. cards: claims by configuration id. signer: {jwk, x5c}. anchors: PEM, of wallet
// providers. terms: bound (tokens are bound to keys), attested ("", "as it is", "with challenge"), copies, deferred,
// identifiers (credential_identifiers are handed out), signed (metadata), txCode, and how the offer goes: grant
// ("pre-authorized code" or "authorization code"), issuerState, passing ("by value", "by reference").
export async function offer({ id, baseUrl, configurations, cards, signer, anchors, terms, now }) {
  const tokenKey = await newKey();
  const one = { id, baseUrl, configurations, cards, signer, terms, now, told: {}, dpopNonces: { server: random(), resource: random() } };
  Object.assign(one, { pushed: new Map(), codes: new Map(), refresh: new Map(), promises: new Map() });
  Object.assign(one, { nonces: new Set(), challenges: new Set(), identifiers: new Map() });
  one.jwks = { keys: [{ ...publicJwk(tokenKey), alg: "ES256", use: "sig" }] };
  const common = callbacks({ anchors, keys: [{ jwk: tokenKey }, signer] });
  const own = async (url, init) =>
    url === `${baseUrl}/jwks` ? new Response(JSON.stringify(one.jwks), { headers: { "content-type": "application/json" } }) : fetch(url, init);
  one.tokenSigner = byJwk(tokenKey);
  one.issuer = new Openid4vciIssuer({ callbacks: common });
  one.server = new Oauth2AuthorizationServer({ callbacks: common });
  one.resource = new Oauth2ResourceServer({ callbacks: { ...common, fetch: own } });
  const credentialIssuer = one.issuer.createCredentialIssuerMetadata(issuerMetadata(one));
  one.serverMetadata = one.server.createAuthorizationServerMetadata(serverMetadata(one));
  one.metadata = {
    originalDraftVersion: "V1",
    credentialIssuer,
    authorizationServers: [one.serverMetadata],
    knownCredentialConfigurations: one.issuer.getKnownCredentialConfigurationsSupported(credentialIssuer),
  };
  if (terms.signed) {
    one.signedMetadata = await one.issuer.createSignedCredentialIssuerMetadataJwt({
      credentialIssuerMetadata: credentialIssuer,
      signer: byChain(signer),
      issuedAt: new Date(),
    });
  }
  const txCode = terms.txCode ? { tx_code: { input_mode: "numeric", length: terms.txCode.length } } : {};
  const created = await one.issuer.createCredentialOffer({
    issuerMetadata: one.metadata,
    credentialConfigurationIds: Object.keys(cards),
    grants:
      terms.grant === "pre-authorized code"
        ? { [PRE_AUTHORIZED]: txCode }
        : { authorization_code: terms.issuerState ? { issuer_state: terms.issuerState } : {} },
    ...(terms.passing === "by reference" ? { credentialOfferUri: `${baseUrl}/offer` } : {}),
  });
  one.offer = created.credentialOfferObject;
  made.set(id, one);
  return { link: created.credentialOffer, txCode: terms.txCode };
}

// Whether a promised credential is given: "approved" or "denied".
export function decide({ id, decision }) {
  made.get(id).decision = decision;
}

export const told = ({ id }) => made.get(id).told;

// What a wallet sends to an endpoint; body and the answer's body are text.
export async function serve({ id, method, url, headers, body }) {
  const one = made.get(id);
  const { pathname, searchParams } = new URL(url);
  const request = { method, url, headers: new Headers(headers) };
  const route = routes[`${method} ${pathname}`];
  if (!route) return json(404, {});
  try {
    return await route(one, { request, body, query: searchParams });
  } catch (error) {
    one.told.refused ??= error.errorResponse?.error_description ?? error.message;
    if (error.toHeaderValue) return json(401, {}, { "www-authenticate": error.toHeaderValue() });
    if (error.errorResponse) return json(error.status ?? 400, error.errorResponse, error.headers);
    return json(500, { error: "server_error" });
  }
}

const routes = {
  "GET /offer": (one) => json(200, one.offer),
  "GET /.well-known/oauth-authorization-server": (one) => json(200, one.serverMetadata),
  "GET /.well-known/openid-credential-issuer": metadata,
  "POST /challenge": challenge,
  "POST /par": push,
  "GET /authorize": authorize,
  "POST /token": token,
  "POST /nonce": nonce,
  "POST /credential": credential,
  "POST /deferred": deferred,
  "POST /notification": notification,
};

function metadata(one, { request }) {
  if (one.signedMetadata && request.headers.get("accept")?.includes("application/jwt")) {
    one.told.signed = true;
    return { status: 200, headers: { "content-type": "application/jwt" }, body: one.signedMetadata };
  }
  return json(200, one.metadata.credentialIssuer);
}

function nonce(one) {
  const fresh = random();
  one.nonces.add(fresh);
  return json(200, one.issuer.createNonceResponse({ cNonce: fresh }));
}

function challenge(one) {
  const fresh = random();
  one.challenges.add(fresh);
  return json(200, { attestation_challenge: fresh });
}

// The nonces of the authorization server and of the issuer are two (RFC 9449 §8, §9); the library verifies proofs, and
// leaves nonces to its caller.
function checkDpopNonce(one, request, resource) {
  const jwt = request.headers.get("dpop");
  const nonce = one.dpopNonces[resource ? "resource" : "server"];
  if (!jwt || decodeJwt({ jwt }).payload.nonce === nonce) return;
  one.told.dpopNonceAsked = [...(one.told.dpopNonceAsked ?? []), new URL(request.url).pathname];
  const asking = { "dpop-nonce": nonce };
  if (resource) asking["www-authenticate"] = 'DPoP error="use_dpop_nonce"';
  throw refusal("use_dpop_nonce", resource ? 401 : 400, asking);
}

function checkChallenge(one, { clientAttestation }) {
  if (one.terms.attested !== "with challenge") return;
  if (!one.challenges.delete(clientAttestation.clientAttestationPop.payload.challenge)) throw refusal("use_attestation_challenge");
}

const terms = (one, parsed) => ({
  authorizationServerMetadata: one.serverMetadata,
  dpop: { ...parsed.dpop, required: one.terms.bound, allowedSigningAlgs: ["ES256"] },
  clientAttestation: { ...parsed.clientAttestation, required: Boolean(one.terms.attested) },
});

async function push(one, { request, body }) {
  const authorizationRequest = Object.fromEntries(new URLSearchParams(body));
  const parsed = await one.server.parsePushedAuthorizationRequest({ authorizationRequest, request });
  checkDpopNonce(one, request, false);
  const verified = await one.server.verifyPushedAuthorizationRequest({ ...parsed, request, ...terms(one, parsed) });
  checkChallenge(one, verified);
  one.told.pushed = parsed.authorizationRequest;
  const requestUri = `urn:ietf:params:oauth:request_uri:${random()}`;
  one.pushed.set(requestUri, { asked: parsed.authorizationRequest, dpop: verified.dpop });
  const { pushedAuthorizationResponse } = one.server.createPushedAuthorizationResponse({ requestUri, expiresInSeconds: 60 });
  return json(201, pushedAuthorizationResponse);
}

function authorize(one, { query }) {
  const pushed = one.pushed.get(query.get("request_uri"));
  one.pushed.delete(query.get("request_uri"));
  if (pushed?.asked.client_id !== query.get("client_id")) throw refusal("invalid_request_uri");
  const code = random();
  one.codes.set(code, pushed);
  const back = new URL(pushed.asked.redirect_uri);
  const { state } = pushed.asked;
  Object.entries({ code, iss: one.baseUrl, ...(state ? { state } : {}) }).forEach((pair) => back.searchParams.set(...pair));
  return { status: 302, headers: { location: back.href }, body: "" };
}

async function token(one, { request, body }) {
  const accessTokenRequest = Object.fromEntries(new URLSearchParams(body));
  const parsed = one.server.parseAccessTokenRequest({ accessTokenRequest, request });
  checkDpopNonce(one, request, false);
  const { verified, authorized } = await granted(one, parsed, request);
  checkChallenge(one, verified);
  one.told.grants = [...(one.told.grants ?? []), parsed.grant.grantType];
  const renewable = parsed.grant.grantType !== PRE_AUTHORIZED;
  const answer = await one.server.createAccessTokenResponse({
    audience: one.baseUrl,
    authorizationServer: one.baseUrl,
    expiresInSeconds: 300,
    subject: "frouke",
    scope: authorized?.asked.scope,
    clientId: verified.clientAttestation?.clientAttestation.payload.sub ?? authorized?.asked.client_id,
    signer: one.tokenSigner,
    dpop: verified.dpop && { jwk: verified.dpop.jwk },
    refreshToken: renewable ? random() : undefined,
    additionalAccessTokenResponsePayload: one.terms.identifiers ? { authorization_details: details(one) } : {},
  });
  if (renewable) one.refresh.set(answer.refresh_token, { ...authorized, dpop: verified.dpop });
  return json(200, answer);
}

async function granted(one, { accessTokenRequest, grant, dpop, clientAttestation, pkceCodeVerifier }, request) {
  const common = { accessTokenRequest, grant, request, ...terms(one, { dpop, clientAttestation }) };
  const { code, refreshToken, grantType } = grant;
  if (grantType === PRE_AUTHORIZED) {
    const expectedPreAuthorizedCode = one.offer.grants[PRE_AUTHORIZED]["pre-authorized_code"];
    const expected = { expectedPreAuthorizedCode, expectedTxCode: one.terms.txCode || undefined };
    return { verified: await one.server.verifyPreAuthorizedCodeAccessTokenRequest({ ...common, ...expected }) };
  }
  const kept = grantType === "refresh_token" ? one.refresh : one.codes;
  const authorized = kept.get(refreshToken ?? code);
  kept.delete(refreshToken ?? code);
  if (!authorized) throw refusal("invalid_grant");
  const bound = { ...common, dpop: { ...common.dpop, expectedJwkThumbprint: authorized.dpop?.jwkThumbprint } };
  if (refreshToken) {
    return { authorized, verified: await one.server.verifyRefreshTokenAccessTokenRequest({ ...bound, expectedRefreshToken: refreshToken }) };
  }
  const { code_challenge: codeChallenge, code_challenge_method: codeChallengeMethod } = authorized.asked;
  const pkce = { codeChallenge, codeChallengeMethod, codeVerifier: pkceCodeVerifier };
  return { authorized, verified: await one.server.verifyAuthorizationCodeAccessTokenRequest({ ...bound, expectedCode: code, pkce }) };
}

function details(one) {
  return Object.keys(one.cards).map((id) => {
    const identifier = random();
    one.identifiers.set(identifier, id);
    return { type: "openid_credential", credential_configuration_id: id, credential_identifiers: [identifier] };
  });
}

async function permitted(one, request) {
  checkDpopNonce(one, request, true);
  const asked = { authorizationServers: [one.serverMetadata], resourceServer: one.baseUrl, request };
  return one.resource.verifyResourceRequest(asked);
}

// The keys that the proofs prove; each nonce in them must be one of this issuer, and is then used up.
async function proven(one, proofs, clientId) {
  const used = new Set();
  const keys = [];
  for (const keyAttestationJwt of proofs.attestation ?? []) {
    const { payload } = await one.issuer.verifyCredentialRequestAttestationProof({ issuerMetadata: one.metadata, keyAttestationJwt });
    used.add(payload.nonce);
    keys.push(...payload.attested_keys);
  }
  for (const jwt of proofs.jwt ?? []) {
    const asked = { issuerMetadata: one.metadata, jwt, clientId };
    const { payload, signer, keyAttestation } = await one.issuer.verifyCredentialRequestJwtProof(asked);
    if (one.terms.keysAttested && !keyAttestation) throw refusal("invalid_proof");
    used.add(payload.nonce);
    keys.push(...(keyAttestation?.payload.attested_keys ?? [signer.publicJwk]));
  }
  for (const each of used) if (!one.nonces.delete(each)) throw refusal("invalid_nonce");
  return keys;
}

async function credential(one, { request, body }) {
  const { tokenPayload } = await permitted(one, request);
  const parsed = one.issuer.parseCredentialRequest({ issuerMetadata: one.metadata, credentialRequest: JSON.parse(body) });
  if (one.terms.identifiers && !parsed.credentialIdentifier) throw refusal("invalid_credential_request");
  const id = parsed.credentialConfigurationId ?? one.identifiers.get(parsed.credentialIdentifier);
  if (!one.cards[id]) throw refusal("unknown_credential_configuration");
  [[one.told.proofs, { length: one.told.count }]] = Object.entries(parsed.proofs);
  const keys = await proven(one, parsed.proofs, tokenPayload.client_id);
  if (one.terms.deferred) {
    const transactionId = random();
    one.promises.set(transactionId, { id, keys });
    return json(202, one.issuer.createCredentialResponse({ transactionId, interval: INTERVAL, credentialRequest: parsed }));
  }
  const credentials = await signed(one, id, keys);
  const notificationId = one.notificationId = random();
  return json(200, one.issuer.createCredentialResponse({ credentials, notificationId, credentialRequest: parsed }));
}

function signed(one, id, keys) {
  const { vct, doctype: docType } = one.configurations[id];
  const { signer, baseUrl: issuer } = one;
  const claims = one.cards[id];
  const certificate = `-----BEGIN CERTIFICATE-----\n${signer.x5c[0]}\n-----END CERTIFICATE-----`;
  const document = (device) =>
    issueMdoc({ docType, namespaces: namespacesOf(docType, claims), issuer: signer.jwk, certificate, device, hours: 24, now: one.now });
  const make = async (holder) => ({
    credential: await (docType ? document(holder) : issued({ vct, claims, signer, holder, issuer })),
  });
  return Promise.all(keys.map(make));
}

async function deferred(one, { request, body }) {
  await permitted(one, request);
  const parsed = one.issuer.parseDeferredCredentialRequest({ deferredCredentialRequest: JSON.parse(body) });
  const { transaction_id: transactionId } = parsed.deferredCredentialRequest;
  const promise = one.promises.get(transactionId);
  if (!promise) throw refusal("invalid_transaction_id");
  if (!one.decision) return json(202, one.issuer.createDeferredCredentialResponse({ transactionId, interval: INTERVAL }));
  one.promises.delete(transactionId);
  if (one.decision === "denied") throw refusal("credential_request_denied");
  return json(200, one.issuer.createDeferredCredentialResponse({ credentials: await signed(one, promise.id, promise.keys) }));
}

async function notification(one, { request, body }) {
  await permitted(one, request);
  const { notification_id: notificationId, event } = JSON.parse(body);
  if (notificationId !== one.notificationId) throw refusal("invalid_notification_id");
  one.told.events = [...(one.told.events ?? []), event];
  return { status: 204, headers: {}, body: "" };
}
