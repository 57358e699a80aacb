// Credo as a wallet that receives: its own keys, proofs and checks of what comes.
import { Kms } from "@credo-ts/core";
import { fetch } from "../wire.mjs";
import { agent } from "./credo/agent.mjs";
import { cardOf } from "./mdoc_owf.mjs";
import { keyAttestation, walletAttestation } from "./vci_provider.mjs";

const PRE_AUTHORIZED = "urn:ietf:params:oauth:grant-type:pre-authorized_code";
const EC = { kty: "EC", crv: "P-256" };
const sessions = new Map();

// Keys for so many copies; attested ones where proof says so.
function binding({ made, proof, copies, provider, keyAttestationTyp: typ }) {
  return async ({ cNonce: nonce }) => {
    const keys = [];
    for (let n = 0; n < copies; n++) keys.push((await made.kms.createKey({ type: EC })).publicJwk);
    if (proof === "jwt") return { method: "jwk", keys: keys.map((jwk) => Kms.PublicJwk.fromPublicJwk(jwk)) };
    const use = proof === "attestation" ? "proof_type.attestation" : "proof_type.jwt";
    return { method: "attestation", keyAttestationJwt: await keyAttestation(provider, keys, { nonce, use, typ }) };
  };
}

async function token(session, { txCode, redirectUri }) {
  const { holder, resolved: resolvedCredentialOffer, clientId, attestation: walletAttestationJwt } = session;
  if (resolvedCredentialOffer.credentialOfferPayload.grants[PRE_AUTHORIZED]) {
    return holder.requestToken({ resolvedCredentialOffer, txCode, walletAttestationJwt });
  }
  const asked = { clientId, redirectUri, walletAttestationJwt };
  const begun = await holder.resolveOpenId4VciAuthorizationRequest(resolvedCredentialOffer, asked);
  const page = await fetch(begun.authorizationRequestUrl, { redirect: "manual" });
  const { authorizationCode: code } = holder.parseAuthorizationCodeFromAuthorizationResponse({
    resolvedCredentialOffer,
    authorizationResponseRedirectUrl: page.headers.get("location"),
  });
  const { codeVerifier, dpop } = begun;
  return holder.requestToken({ resolvedCredentialOffer, code, codeVerifier, dpop, ...asked });
}

async function kept(session, { credentials, deferredCredentials, dpop }) {
  session.token.dpop = dpop;
  [session.deferred] = deferredCredentials;
  session.notificationId = credentials[0]?.notificationId;
  const read = ({ compactSdJwtVc: text, issuerSignedBase64Url: document }) =>
    document ? cardOf(document, session.anchors) : session.made.sdJwtVc.fromCompact(text).prettyClaims;
  const claims = credentials.flatMap(({ record }) => [...record.credentialInstances].map(read));
  return { promised: session.deferred?.interval, claims: await Promise.all(claims) };
}

// configurationIds: which of the offered ones; all of them where it is left out.
async function requested(session, configurationIds) {
  const { holder, resolved, token: tokens, clientId, byCode } = session;
  return kept(
    session,
    await holder.requestCredentials({
      resolvedCredentialOffer: resolved,
      ...tokens,
      ...(byCode || session.attestation ? { clientId } : {}),
      credentialConfigurationIds: configurationIds,
      verifyCredentialStatus: true,
      credentialBindingResolver: binding(session),
    }),
  );
}

async function credentials(session) {
  if (!session.oneByOne) return requested(session);
  const claims = [];
  for (const id of session.resolved.credentialOfferPayload.credential_configuration_ids) {
    claims.push(...(await requested(session, [id])).claims);
  }
  return { claims };
}

// As vci_wallet.mjs; bound and details are no options of this peer. oneByOne: its caller asks for each card anew.
export async function receive({ id, offer, anchors, types, ...given }) {
  const made = await agent({ trusted: anchors, types });
  const { holder } = made.openid4vc;
  const link = typeof offer === "string" ? offer : `openid-credential-offer://?credential_offer=${encodeURIComponent(JSON.stringify(offer))}`;
  const session = { ...given, anchors, made, holder, resolved: await holder.resolveCredentialOffer(link) };
  session.byCode = Boolean(session.resolved.credentialOfferPayload.grants.authorization_code);
  if (given.attested) {
    const { publicJwk } = await made.kms.createKey({ type: EC });
    session.attestation = await walletAttestation(given.provider, given.clientId, publicJwk);
  }
  session.token = await token(session, given);
  sessions.set(id, session);
  const { token_type: tokenType, authorization_details: details } = session.token.accessTokenResponse;
  const signed = Boolean(session.resolved.metadata.signedCredentialIssuer);
  return { seen: { tokenType, details, signed }, ...(await credentials(session)) };
}

export async function collect({ id }) {
  const session = sessions.get(id);
  const { accessToken, dpop } = session.token;
  const { metadata: issuerMetadata } = session.resolved;
  const asked = { ...session.deferred, issuerMetadata, accessToken, dpop, verifyCredentialStatus: true };
  return kept(session, await session.holder.requestDeferredCredentials(asked));
}

export async function notify({ id, event: notificationEvent }) {
  const { holder, token: { accessToken, dpop }, resolved: { metadata }, notificationId } = sessions.get(id);
  await holder.sendNotification({ metadata, notificationId, accessToken, notificationEvent, dpop });
}

export async function renew({ id }) {
  const session = sessions.get(id);
  const { token: { refreshToken, dpop }, clientId, attestation: walletAttestationJwt, resolved } = session;
  const asked = { issuerMetadata: resolved.metadata, refreshToken, dpop, clientId, walletAttestationJwt };
  session.token = await session.holder.refreshToken(asked);
  return credentials(session);
}
