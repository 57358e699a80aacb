// npm @owf/eudi-lote: lists of trusted entities against the schema of each annex, and lists that it signs itself.
import { createPrivateKey, sign } from "node:crypto";
import * as owf from "@owf/eudi-lote";

const schemas = {
  "pid-providers": owf.EUPIDProvidersListSchema,
  "wallet-providers": owf.EUWalletProvidersListSchema,
  "access-authorities": owf.EUWRPACProvidersListSchema,
  "registration-certificate-providers": owf.EUWRPRCProvidersListSchema,
  "pub-eaa-providers": owf.EUPubEAAProvidersListSchema,
};

// What the peer finds wrong: "path: message" each.
export function problems({ kind, payload }) {
  const result = schemas[kind].safeParse(payload);
  return result.success ? [] : result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
}

export async function make({ scheme, name, country, informationUri, serviceTypes, certificate, jwk, x5c }) {
  let entity = owf
    .trustedEntity()
    .name(name)
    .postalAddress({ StreetAddress: "Teststraat 1", Locality: "Teststad", PostalCode: "0000 AA", Country: country })
    .email("info@provider.example")
    .infoUri(informationUri);
  for (const type of serviceTypes) {
    entity = entity.addService(owf.service().name(type).type(type).addCertificate(certificate).build());
  }
  const lote = owf.createLoTE(scheme, [entity.build()]);
  const key = createPrivateKey({ key: jwk, format: "jwk" });
  const signer = async (input) =>
    sign("sha256", Buffer.from(input), { key, dsaEncoding: "ieee-p1363" }).toString("base64url");
  return (await owf.signLoTE({ lote, keyId: "1", certificates: x5c, signer })).jws;
}
