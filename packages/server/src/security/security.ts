import { WeirError } from "@weir/protocol";
import type { KeyRing } from "./key-ring.ts";
import { isLoopback } from "./loopback.ts";
import { openKeys } from "./watched-keys.ts";
import { parseAllowedHosts, parseAllowedOrigins } from "./web-origin.ts";

export interface SecurityOptions {
  /** File of the API keys, as `weir keys` writes it; read again when it changes. @default none: nobody needs a key */
  readonly apiKeysFile?: string;
  /** Lets a server without keys listen where other machines reach it. @default false */
  readonly insecureNoAuth?: boolean;
  /** Origins whose web pages may use the server, such as `https://app.example.com`; `*` for all. @default none */
  readonly allowOrigins?: readonly string[];
  /** Host names beside this machine's own that a server without keys answers to; `*` for all. @default none */
  readonly allowHosts?: readonly string[];
  /** How often the keys file is looked at, in milliseconds. @default 1000 */
  readonly keysIntervalMs?: number;
  /** Called when the keys file changed and cannot be used; the keys before go on working. */
  readonly onKeysProblem?: (error: unknown) => void;
}

/** Who may use the server. */
export interface Security extends Disposable {
  /** Undefined: nobody needs a key. */
  readonly keys: KeyRing | undefined;
  /** Whether the Host header has to be this machine's own or an allowed one. */
  readonly checksHost: boolean;
  /** Whether pages of other origins that are not allowed are refused. */
  readonly checksOrigin: boolean;
  readonly allowHosts: ReadonlySet<string>;
  readonly allowOrigins: ReadonlySet<string>;
}

/** Throws USAGE where strangers could use a server that listens on `host`. */
export function assertKeysWhereReached(options: SecurityOptions, host: string | undefined): void {
  const local = host === undefined || isLoopback(host);
  if (local || options.apiKeysFile !== undefined || options.insecureNoAuth === true) return;
  const message =
    `other machines can reach a server on ${host}: expected API keys, got none. Make a key with ` +
    "weir keys create --file keys.json and add --api-keys keys.json, or add --insecure-no-auth where something " +
    "else keeps strangers out.";
  throw new WeirError("USAGE", message);
}

/**
 * Decides who may use a server that will listen on `host` (undefined: on a Unix socket, which no web page reaches).
 * Throws USAGE where strangers could use it, or the keys file cannot be used. Call it before listening.
 */
export async function openSecurity(options: SecurityOptions, host: string | undefined): Promise<Security> {
  const { apiKeysFile, keysIntervalMs, onKeysProblem } = options;
  const local = host === undefined || isLoopback(host);
  assertKeysWhereReached(options, host);
  const allowHosts = parseAllowedHosts(options.allowHosts ?? []);
  const allowOrigins = parseAllowedOrigins(options.allowOrigins ?? []);
  const keys =
    apiKeysFile === undefined
      ? undefined
      : await openKeys(apiKeysFile, {
          ...(keysIntervalMs === undefined ? {} : { intervalMs: keysIntervalMs }),
          ...(onKeysProblem === undefined ? {} : { onProblem: onKeysProblem }),
        });
  return {
    keys,
    // With keys a page of somebody else gets nowhere: it has no key, and browsers add none by themselves.
    checksHost: keys === undefined && host !== undefined && local,
    checksOrigin: keys === undefined && host !== undefined,
    allowHosts,
    allowOrigins,
    [Symbol.dispose]: () => keys?.[Symbol.dispose](),
  };
}
