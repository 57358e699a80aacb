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

// trusted: PEM, of whoever signs. types: type metadata documents by vct. app: where a verifier at baseUrl answers.
export async function agent({ trusted, types, app, baseUrl }) {
  const made = new Agent({
    config: {},
    dependencies: { FileSystem: class {}, EventEmitterClass: EventEmitter, WebSocketClass: class {}, fetch },
    modules: {
      storage,
      kms: new Kms.KeyManagementModule({ backends: [new NodeKms()] }),
      x509: new X509Module({ trustedCertificates: trusted, getTrustedCertificatesForVerification: () => trusted }),
      sdJwtVc: new SdJwtVcModule({ customTypeMetadataResolver: async (vct) => types[vct] }),
      openid4vc: new OpenId4VcModule(app ? { app, verifier: { baseUrl } } : {}),
    },
  });
  await made.initialize();
  return made;
}
