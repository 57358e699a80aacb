// Credo as a wallet: its own choice of cards, presentations, answer and delivery.
import { MdocRecord, SdJwtVcRecord } from "@credo-ts/core";
import { agent } from "./credo/agent.mjs";

async function store(made, { sdJwt, mdoc, jwk }) {
  const { keyId } = await made.kms.importKey({ privateJwk: jwk });
  if (mdoc) {
    await made.mdoc.store({ record: new MdocRecord({ credentialInstances: [{ issuerSignedBase64Url: mdoc, kmsKeyId: keyId }] }) });
    return;
  }
  const credential = made.sdJwtVc.fromCompact(sdJwt);
  const metadata = await made.sdJwtVc.fetchTypeMetadata(credential, { throwErrorOnFetchError: false });
  const record = new SdJwtVcRecord({
    credentialInstances: [{ compactSdJwtVc: sdJwt, kmsKeyId: keyId }],
    typeMetadata: metadata?.mergedTypeMetadata,
    typeMetadataChain: metadata?.typeMetadataChain,
  });
  await made.sdJwtVc.store({ record });
}

// The peer chooses one card for each query; where several may be given, its caller has to give them.
function chosen(holder, queryResult) {
  const credentials = holder.selectCredentialsForDcqlRequest(queryResult, {});
  for (const { id, multiple } of queryResult.credentials) {
    if (!multiple || !credentials[id]) continue;
    credentials[id] = queryResult.credential_matches[id].valid_credentials.map(({ record, claims }) => ({
      claimFormat: "dc+sd-jwt",
      credentialRecord: record,
      disclosedPayload: claims.valid_claim_sets[0].output,
    }));
  }
  return credentials;
}

// As vp_wallet.mjs; keys, scopes, metadata, walletNonce and encs are not options of this peer.
export async function answer({ request, origin, cards, trust, types }) {
  const made = await agent({ trusted: trust.anchors, types });
  for (const card of cards) await store(made, card);
  const { holder } = made.openid4vc;
  const resolved = await holder.resolveOpenId4VpAuthorizationRequest(request, { origin });
  if (!resolved.dcql) throw new Error("the peer finds no query in the request");
  const credentials = chosen(holder, resolved.dcql.queryResult);
  const { serverResponse, authorizationResponsePayload, authorizationResponse } =
    await holder.acceptOpenId4VpAuthorizationRequest({
      authorizationRequestPayload: resolved.authorizationRequestPayload,
      origin,
      dcql: { credentials },
      transactionData: resolved.transactionData?.map(({ matchedCredentialIds }) => ({
        credentialId: matchedCredentialIds.find((id) => id in credentials),
      })),
    });
  await made.shutdown();
  if (origin) return { data: authorizationResponse ?? authorizationResponsePayload };
  return { status: serverResponse.status, body: serverResponse.body };
}
