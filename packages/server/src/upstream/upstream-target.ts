import type { ChatDialectName } from "@weir/protocol";
import { parseServerUrl } from "../remote/parse-server-url.ts";

/** The APIs in which a server can be asked for chat. */
export type UpstreamDialect = Exclude<ChatDialectName, "ollama-generate">;

const upstreamDialects: readonly UpstreamDialect[] = ["openai", "anthropic", "ollama"];

/** One server of a model's. */
export interface UpstreamServer {
  /** The server's address, a client's base URL, or the address that requests are posted to. */
  readonly url: string;
  /** The model's name there. @default the name that it is served under here, or that of the only model there is */
  readonly model?: string;
  /** The API it is asked in. @default found out by asking */
  readonly dialect?: UpstreamDialect;
}

/** A chat model on other servers, and how it is asked for there. */
export interface UpstreamTarget {
  /** At least one; each is to answer alike, in one API. */
  readonly servers: readonly UpstreamServer[];
  /** Sent as the dialect has it. @default none */
  readonly key?: string;
  /** Answers that one server writes at a time; other requests wait here, in their classes and shares. Whole number >= 1. @default 64 */
  readonly slots?: number;
  /** From a request to the first byte of its answer; of one that is not streamed, to the answer. In milliseconds. @default 300000 */
  readonly firstByteMs?: number;
  /** Between two parts of an answer, in milliseconds. @default 60000 */
  readonly idleMs?: number;
}

/** `[DIALECT+]URL[#MODEL]`, several with commas between. Throws USAGE. */
export function parseUpstreamServers(source: string): readonly UpstreamServer[] {
  return source
    .split(/,(?=(?:[a-z]+\+)?https?:\/\/)/i)
    .map((server) => parseServerUrl(server, upstreamDialects, "http://127.0.0.1:8000/v1#qwen3-8b"));
}
