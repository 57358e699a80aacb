// @openid4vc/openid4vci as a wallet; npm @sd-jwt/sd-jwt-vc and @owf/mdoc verify what comes.
import { Openid4vciClient } from "@openid4vc/openid4vci";
import { clientAuthenticationAnonymous, clientAuthenticationClientAttestationJwt, clientAuthenticationNone } from "@openid4vc/oauth2";
import { fetch } from "../wire.mjs";
import { cardOf } from "./mdoc_owf.mjs";
import { verified } from "./sd_jwt_vc.mjs";
import { byJwk, callbacks, newKey, publicJwk } from "./vci_callbacks.mjs";
import { keyAttestation, walletAttestation } from "./vci_provider.mjs";

const PRE_AUTHORIZED = "urn:ietf:params:oauth:grant-type:pre-authorized_code";
const sessions = new Map();

// The library's proof of possession knows no challenge; its caller's signature puts it in.
const mending = (session) => ({ header, payload }) =>
  session.challenge && header.typ === "oauth-client-attestation-pop+jwt"
    ? { header, payload: { ...payload, challenge: session.challenge } }
    : { header, payload };

async function challenged({ authorizationServerMetadata: { challenge_endpoint: endpoint } }) {
  const answer = await fetch(endpoint, { method: "POST" });
  return (await answer.json()).attestation_challenge;
}

async function attestation({ provider, clientId, keys }) {
  const instance = await newKey();
  keys.push({ jwk: instance });
  return walletAttestation(provider, clientId, instance);
}

function clientAuthentication(session) {
  return async (asked) => {
    const { authorizationServerMetadata: server, body } = asked;
    if (session.attested) {
      session.attestation ??= await attestation(session);
      if (session.attested === "with challenge") session.challenge = await challenged(asked);
      const made = { clientAttestationJwt: session.attestation, callbacks: session.callbacks };
      return clientAuthenticationClientAttestationJwt(made)(asked);
    }
    const anonymous = body.grant_type === PRE_AUTHORIZED && server["pre-authorized_grant_anonymous_access_supported"];
    const chosen = anonymous ? clientAuthenticationAnonymous() : clientAuthenticationNone({ clientId: session.clientId });
    return chosen(asked);
  };
}

async function token(session, { txCode, details, scope, redirectUri }) {
  const { client, offer, metadata, clientId, dpop } = session;
  const asked = details ? { authorization_details: details } : {};
  if (offer.grants[PRE_AUTHORIZED]) {
    const given = { credentialOffer: offer, issuerMetadata: metadata, txCode, dpop, additionalRequestPayload: asked };
    return client.retrievePreAuthorizedCodeAccessTokenFromOffer(given);
  }
  const begun = await client.initiateAuthorization({
    credentialOffer: offer,
    issuerMetadata: metadata,
    clientId,
    redirectUri,
    scope: details ? undefined : scope,
    additionalRequestPayload: asked,
    dpop,
  });
  const page = await fetch(begun.authorizationRequestUrl, { redirect: "manual" });
  const answer = client.parseAndVerifyAuthorizationResponseRedirectUrl({
    url: page.headers.get("location"),
    authorizationServerMetadata: metadata.authorizationServers[0],
  });
  if (!answer.code) throw new Error(`there is no code: ${answer.error}`);
  return client.retrieveAuthorizationCodeAccessTokenFromOffer({
    issuerMetadata: metadata,
    credentialOffer: offer,
    authorizationCode: answer.code,
    pkceCodeVerifier: begun.pkce.codeVerifier,
    redirectUri,
    dpop: begun.dpop,
  });
}

// proof: "jwt", "jwt, keys attested" or "attestation".
async function proofs(session, configurationId, proof, count) {
  const { client, metadata, provider, keys } = session;
  const { c_nonce: nonce } = await client.requestNonce({ issuerMetadata: metadata });
  const own = await Promise.all(Array.from({ length: count }, newKey));
  keys.push(...own.map((jwk) => ({ jwk })));
  session.proven.push(...own.map(publicJwk));
  const jwt = async (jwk, keyAttestationJwt) => {
    const made = await client.createCredentialRequestJwtProof({
      issuerMetadata: metadata,
      credentialConfigurationId: configurationId,
      signer: byJwk(jwk),
      clientId: session.attested || session.byCode ? session.clientId : undefined,
      nonce,
      keyAttestationJwt,
    });
    return made.jwt;
  };
  if (proof === "jwt") return { jwt: await Promise.all(own.map((jwk) => jwt(jwk))) };
  const use = proof === "attestation" ? "proof_type.attestation" : "proof_type.jwt";
  const attested = await keyAttestation(provider, own, { nonce, use, typ: session.keyAttestationTyp });
  return proof === "attestation" ? { attestation: [attested] } : { jwt: [await jwt(own[0], attested)] };
}

async function kept(session, response) {
  const { credentials, transaction_id: transactionId, interval, notification_id: notificationId } = response;
  if (transactionId) {
    session.transactionId = transactionId;
    return { promised: interval };
  }
  session.notificationId = notificationId;
  const claims = [];
  for (const { credential } of credentials) {
    const found = credential.includes("~") ? (await verified(credential, session.anchors)).claims : await cardOf(credential, session.anchors);
    if (!session.proven.some(({ x }) => x === found.cnf.jwk.x)) throw new Error("the credential is for another key");
    claims.push(found);
  }
  return { claims };
}

async function credentials(session) {
  const all = [];
  for (const configurationId of session.offer.credential_configuration_ids) {
    const { credentialResponse, dpop } = await session.client.retrieveCredentials({
      issuerMetadata: session.metadata,
      accessToken: session.token.access_token,
      credentialConfigurationId: configurationId,
      proofs: await proofs(session, configurationId, session.proof, session.copies),
      dpop: session.dpop,
    });
    session.dpop &&= { ...session.dpop, ...dpop };
    all.push(await kept(session, credentialResponse));
  }
  return { promised: all.find(({ promised }) => promised)?.promised, claims: all.flatMap(({ claims }) => claims ?? []) };
}

function tokenTaken(session, { accessTokenResponse, dpop }) {
  session.token = accessTokenResponse;
  session.dpop = accessTokenResponse.token_type === "DPoP" ? { ...session.dpop, ...dpop } : undefined;
}

// offer: a link, or the object that a wallet makes for itself. bound: whether it asks for a token that is bound to a
// key. attested: "", "as it is" or "with challenge", by provider ({jwk, x5c}), who attests keys too, with the typ
// keyAttestationTyp. copies: how many keys. anchors: PEM, of issuers.
export async function receive({ id, offer, bound, copies = 1, proof = "jwt", ...given }) {
  const session = { ...given, keys: [], proven: [], proof, copies };
  session.callbacks = callbacks({ anchors: given.anchors, keys: session.keys, mend: mending(session) });
  session.client = new Openid4vciClient({
    callbacks: { ...session.callbacks, clientAuthentication: clientAuthentication(session) },
  });
  session.offer = typeof offer === "string" ? await session.client.resolveCredentialOffer(offer) : offer;
  session.byCode = Boolean(session.offer.grants.authorization_code);
  session.metadata = await session.client.resolveIssuerMetadata(session.offer.credential_issuer);
  if (bound) {
    const jwk = await newKey();
    session.keys.push({ jwk });
    session.dpop = { signer: byJwk(jwk) };
  }
  tokenTaken(session, await token(session, given));
  sessions.set(id, session);
  const { token_type: tokenType, authorization_details: details } = session.token;
  const seen = { tokenType, details, signed: Boolean(session.metadata.signedCredentialIssuer) };
  return { seen, ...(await credentials(session)) };
}

// A promised credential.
export async function collect({ id }) {
  const session = sessions.get(id);
  const { deferredCredentialResponse } = await session.client.retrieveDeferredCredentials({
    issuerMetadata: session.metadata,
    accessToken: session.token.access_token,
    transactionId: session.transactionId,
    dpop: session.dpop,
  });
  return kept(session, deferredCredentialResponse);
}

export async function notify({ id, event }) {
  const { client, metadata, token: { access_token: accessToken }, dpop, notificationId } = sessions.get(id);
  await client.sendNotification({ issuerMetadata: metadata, notification: { notificationId, event }, accessToken, dpop });
}

// The credentials anew, with a refresh token.
export async function renew({ id }) {
  const session = sessions.get(id);
  const made = await session.client.oauth2Client.retrieveRefreshTokenAccessToken({
    authorizationServerMetadata: session.metadata.authorizationServers[0],
    refreshToken: session.token.refresh_token,
    dpop: session.dpop,
  });
  tokenTaken(session, made);
  return credentials(session);
}
