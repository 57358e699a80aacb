// npm dcql: a query against a wallet, and a query against what was presented.
import { DcqlPresentationResult, DcqlQuery } from "dcql";

function read(query) {
  const parsed = DcqlQuery.parse(query);
  DcqlQuery.validate(parsed);
  return parsed;
}

export function parse({ query }) {
  read(query);
  return true;
}

export function match({ query, credentials }) {
  const result = DcqlQuery.query(read(query), credentials);
  const matches = {};
  for (const [id, found] of Object.entries(result.credential_matches)) {
    matches[id] = (found.valid_credentials ?? []).map((valid) => ({
      candidate: valid.input_credential_index,
      claim_set: valid.claims.valid_claim_sets[0].claim_set_index ?? null,
      output: valid.claims.valid_claim_sets[0].output,
    }));
  }
  return { satisfied: result.can_be_satisfied, matches };
}

export function answer({ query, presentations }) {
  return DcqlPresentationResult.fromDcqlPresentation(presentations, { dcqlQuery: read(query) }).can_be_satisfied;
}
