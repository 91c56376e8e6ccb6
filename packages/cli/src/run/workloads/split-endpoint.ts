import { pathWithoutEnd } from "./is-endpoint.ts";
import { toBaseUrl, type RequestAddress } from "./request-address.ts";

/**
 * Takes an address that ends in an API's own path (`http://HOST/v1/embeddings`) as the server behind it, and the API
 * as the one to speak where none was named. Any other path stays what comes before the API's. Throws USAGE where the
 * address has a query.
 */
export function splitEndpoint<Name extends string>(
  address: RequestAddress,
  dialects: Readonly<Record<Name, { readonly path: string }>>,
  given: Name | "auto",
): { readonly url: string; readonly dialect: Name | "auto" } {
  const path = pathWithoutEnd(address);
  const names = given === "auto" ? (Object.keys(dialects) as Name[]) : [given];
  const length = Math.max(
    0,
    ...names.map((name) => (path.endsWith(dialects[name].path) ? dialects[name].path.length : 0)),
  );
  if (length === 0) return { url: toBaseUrl(address), dialect: given };
  // The longest: `/api/embed` must not be taken for `/embed` behind `/api`. Two APIs may share a path: the server is asked.
  const [name, ...others] = names.filter(
    (name) => path.endsWith(dialects[name].path) && dialects[name].path.length === length,
  );
  const url = toBaseUrl({ server: address.server, path: path.slice(0, -length) });
  return { url, dialect: name === undefined || others.length > 0 ? given : name };
}
