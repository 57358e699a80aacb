// npm @sd-jwt/jwt-status-list: the packed list, and the list inside a status list token.
import { StatusList, getListFromStatusListJWT } from "@sd-jwt/jwt-status-list";

export const encode = ({ statuses, bits }) => new StatusList(statuses, bits).compressStatusList();
export const decode = ({ lst, bits }) => StatusList.decompressStatusList(lst, bits).statusList;

export function fromToken({ token }) {
  const list = getListFromStatusListJWT(token);
  return { bits: list.getBitsPerStatus(), statuses: list.statusList };
}
