import { parseRetryAfter, WeirError } from "@weir/protocol";
import { quoteForeign } from "../../console/visible-text.ts";

/** What a request was for, as messages name it. */
export interface HubSubject {
  readonly repository: string;
  readonly revision: string;
  /** The file, where it was for one. */
  readonly path?: string;
}

/** Nothing comes of asking again at once: there is no network, no such host, or a certificate nobody here trusts. */
const hopeless =
  /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ENETUNREACH|EHOSTUNREACH|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|ERR_TLS)/;

/** An error of the connection itself. */
export function toConnectionError(url: URL, error: unknown): WeirError {
  const code = findErrorCode(error);
  const certificate = /^(CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|ERR_TLS)/.test(code)
    ? " Where a company's proxy signs connections, NODE_EXTRA_CA_CERTS=FILE names its certificate."
    : "";
  const message = `expected an answer of ${url.origin}, got ${code}.${certificate}`;
  return new WeirError("HUB_UNREACHABLE", message, { cause: error });
}

/** An answer that ended before its body did. */
export function toBrokenError(url: URL, error: unknown): WeirError {
  const message = `the connection to ${url.origin} broke off (${findErrorCode(error)}).`;
  return new WeirError("HUB_UNREACHABLE", message, { cause: error });
}

/** Whether there is no point in trying again soon where nothing has been reached yet. */
export function isHopeless(error: WeirError): boolean {
  return hopeless.test(findErrorCode(error.cause));
}

function findErrorCode(error: unknown): string {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code } = at as NodeJS.ErrnoException;
    if (typeof code === "string") return code;
    if (at instanceof AggregateError && at.errors.length > 0) return findErrorCode(at.errors[0]);
  }
  return error instanceof Error ? error.message : String(error);
}

/** An answer that is not what was asked for, by its status and the hub's own `X-Error-Code`. */
export function toStatusError(
  url: URL,
  response: Response,
  subject: HubSubject,
  hasToken: boolean,
): WeirError {
  const { status, headers } = response;
  const code = headers.get("x-error-code") ?? "";
  const said = quoteForeign(headers.get("x-error-message") ?? "", 200);
  const more = said === "" ? "" : ` (${said})`;
  const { repository, revision, path } = subject;
  const page = `${url.origin}/${repository}`;
  const refuse = (message: string): WeirError => new WeirError("HUB_REFUSED", message);
  if (status === 408 || status === 429 || status >= 500) {
    const retryAfterMs = parseRetryAfter(
      { inMs: headers.get("retry-after-ms"), after: headers.get("retry-after") },
      Date.now(),
    );
    const message = `expected ${path ?? repository} of ${url.origin}, got status ${status}${more}.`;
    return new WeirError("HUB_UNREACHABLE", message, retryAfterMs === undefined ? {} : { retryAfterMs });
  }
  if (code === "GatedRepo" || (status === 403 && code === "")) {
    const next = hasToken
      ? `the account of HF_TOKEN has no access to it. Ask for access at ${page}, and give the token the right to read gated models.`
      : `ask for access at ${page}, then set HF_TOKEN to a token of that account.`;
    return refuse(`${repository} is gated${more}: ${next}`);
  }
  if (code === "RevisionNotFound")
    return refuse(
      `${repository}: expected a branch, a tag or a commit of it, got ${revision}. ${page}/tree/main lists them.`,
    );
  if (code === "EntryNotFound")
    return refuse(`${repository}@${revision} lists ${path ?? "a file"} and does not have it${more}.`);
  if (status === 401 || status === 403 || code === "RepoNotFound" || status === 404) {
    const next = hasToken
      ? "or HF_TOKEN is not valid, or its account may not read it."
      : "or it is private or gated: then set HF_TOKEN to a token that may read it.";
    return refuse(
      `${url.origin} has no model ${repository} for you (status ${status})${more}: the name is wrong, ${next}`,
    );
  }
  return refuse(`expected ${path ?? repository} of ${url.origin}, got status ${status}${more}.`);
}
