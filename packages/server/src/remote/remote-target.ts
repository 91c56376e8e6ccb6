import { embeddingDialects, type EmbeddingDialectName } from "@weir/protocol";
import { parseServerUrl } from "./parse-server-url.ts";

/** A model on another server, and how it is asked for there. */
export interface RemoteTarget {
  /** The server's address, an OpenAI client's base URL, or the address that requests are posted to. */
  readonly url: string;
  /** The API it is asked in. @default found out by asking */
  readonly dialect?: EmbeddingDialectName;
  /** The model's name there. @default the name that it is served under here */
  readonly model?: string;
  /** Sent as a bearer token. @default none */
  readonly key?: string;
  /** How long an answer may take, in milliseconds. Raise it for large batches on slow machines. @default 60000 */
  readonly timeoutMs?: number;
  /**
   * Requests that are sent at a time; the others wait here, in their classes and shares. Whole number >= 1. Raise it as far
   * as the server gets faster by it. @default 8
   */
  readonly slots?: number;
}

const dialectNames = Object.keys(embeddingDialects) as readonly EmbeddingDialectName[];

/** Whether what names a model is an address rather than a folder. */
export function isRemoteUrl(source: string): boolean {
  return /^(?:[a-z]+\+)?https?:\/\//i.test(source);
}

/** `[DIALECT+]URL[#MODEL]`, e.g. `http://127.0.0.1:9000/v1#bge-small`, `tei+https://host`. Throws USAGE. */
export function parseRemoteUrl(source: string): RemoteTarget {
  return parseServerUrl(source, dialectNames, "http://127.0.0.1:9000/v1#bge-small");
}

/** As people may see it: what stands in a query may be a secret. */
export function toShownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname === "/" ? "" : pathname}`;
}
