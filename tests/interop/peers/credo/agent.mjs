// A Credo agent without native code and without files: its keys and records live in memory, its requests go to the test.
import { EventEmitter } from "node:events";
import { Agent, InjectionSymbols, Kms, SdJwtVcModule, StorageUpdateService, UpdateAssistant, X509Module } from "@credo-ts/core";
import { OpenId4VcModule } from "@credo-ts/openid4vc";
import { fetch } from "../../wire.mjs";
import { NodeKms } from "./kms.mjs";
import { MemoryStorage } from "./storage.mjs";

const storage = {
  register(manager) {
    manager.registerInstance(InjectionSymbols.StorageService, new MemoryStorage());
  },
  async initialize(context) {
    const version = context.resolve(StorageUpdateService);
    await version.setCurrentStorageVersion(context, UpdateAssistant.frameworkStorageVersion);
  },
};

// trusted: PEM, of whoever signs. types: type metadata documents by vct. openid4vc: the app where a verifier or issuer
// answers, and its own options. own: fetches from this very agent what is there, and nothing elsewhere.
export async function agent({ trusted, types, openid4vc = {}, own = () => undefined }) {
  const fetching = async (url, init) => (await own(url, init)) ?? fetch(url, init);
  const made = new Agent({
    config: {},
    dependencies: { FileSystem: class {}, EventEmitterClass: EventEmitter, WebSocketClass: class {}, fetch: fetching },
    modules: {
      storage,
      kms: new Kms.KeyManagementModule({ backends: [new NodeKms()] }),
      x509: new X509Module({ trustedCertificates: trusted, getTrustedCertificatesForVerification: () => trusted }),
      sdJwtVc: new SdJwtVcModule({ customTypeMetadataResolver: async (vct) => types[vct] }),
      openid4vc: new OpenId4VcModule(openid4vc),
    },
  });
  await made.initialize();
  return made;
}
