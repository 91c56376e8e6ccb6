import { WeirError } from "@weir/protocol";
import type { HttpTarget } from "./http-target.ts";

export interface RequestParts {
  readonly method: string;
  /** Begins with a slash; the target's base path comes before it. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Length of a body that is sent after these bytes, from its files; `body` is not given then. */
  readonly bodyFollowsBytes?: number;
}

const tokenPattern = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/i;
const reserved: ReadonlySet<string> = new Set(["content-length", "transfer-encoding", "connection"]);

/**
 * A whole HTTP/1.1 request, head and body in one piece, ready to be written any number of times. Throws USAGE for a
 * method, a path or a header that
 * cannot be sent.
 */
export function encodeRequest(target: HttpTarget, parts: RequestParts): Uint8Array {
  if (!tokenPattern.test(parts.method))
    throw new WeirError("USAGE", `a method must be letters, got ${JSON.stringify(parts.method)}`);
  if (!/^\/[!-~]*$/.test(parts.path)) throw refusePath(parts.path);
  const given = Object.entries(parts.headers ?? {});
  const names = new Set(given.map(([name]) => name.toLowerCase()));
  const lines = [`${parts.method} ${target.basePath}${parts.path} HTTP/1.1`];
  // A name of one's own reaches a virtual host behind an address.
  if (!names.has("host")) lines.push(`Host: ${target.authority}`);
  if (!names.has("accept")) lines.push("Accept: */*");
  if (!names.has("user-agent")) lines.push("User-Agent: weir");
  for (const [name, value] of given) lines.push(headerLine(name, value));
  const body = parts.body ?? new Uint8Array(0);
  const bodyBytes = parts.bodyFollowsBytes ?? body.length;
  if (bodyBytes > 0 || parts.method === "POST" || parts.method === "PUT" || parts.method === "PATCH")
    lines.push(`Content-Length: ${bodyBytes}`);
  const head = new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
  const request = new Uint8Array(head.length + body.length);
  request.set(head);
  request.set(body, head.length);
  return request;
}

function refusePath(path: string): WeirError {
  // Half a surrogate pair has no encoding.
  const encoded = /\p{Surrogate}/u.test(path) ? path : encodeURI(path);
  const hint = encoded !== path && encoded.startsWith("/") ? ` Write ${encoded}` : "";
  return new WeirError(
    "USAGE",
    `a path must begin with a slash and be percent-encoded, got ${JSON.stringify(path)}.${hint}`,
  );
}

function headerLine(name: string, value: string): string {
  if (!tokenPattern.test(name))
    throw new WeirError(
      "USAGE",
      `a header's name must be letters, digits and dashes, got ${JSON.stringify(name)}`,
    );
  if (reserved.has(name.toLowerCase()))
    throw new WeirError("USAGE", `the header ${name} is set by the connection itself and cannot be given`);
  // The value may be a key: it is never repeated in a message.
  if (!/^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(value))
    throw new WeirError("USAGE", `the value of header ${name} must be one line of printable characters`);
  return `${name}: ${value}`;
}
