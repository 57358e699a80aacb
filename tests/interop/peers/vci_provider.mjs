// @openid4vc/openid4vci as a wallet provider, which attests wallets and keys. provider: {jwk, x5c}.
import { Openid4vciWalletProvider } from "@openid4vc/openid4vci";
import { byChain, callbacks, publicJwk } from "./vci_callbacks.mjs";

const inAnHour = () => new Date(Date.now() + 3_600_000);
const maker = (provider, mend) => new Openid4vciWalletProvider({ callbacks: callbacks({ keys: [provider], mend }) });

export function walletAttestation(provider, clientId, instance) {
  return maker(provider).createWalletAttestationJwt({
    clientId,
    issuer: clientId,
    confirmation: { jwk: publicJwk(instance) },
    signer: byChain(provider),
    expiresAt: inAnHour(),
    walletName: "Peer",
  });
}

// typ: what the attestation is called; the library itself writes the name of drafts before 1.0.
export function keyAttestation(provider, keys, { nonce, use, typ }) {
  const named = ({ header, payload }) => ({ header: { ...header, ...(typ ? { typ } : {}) }, payload });
  return maker(provider, named).createKeyAttestationJwt({
    attestedKeys: keys.map(publicJwk),
    use,
    nonce,
    signer: byChain(provider),
    expiresAt: inAnHour(),
    keyStorage: ["iso_18045_moderate"],
    userAuthentication: ["iso_18045_moderate"],
  });
}
