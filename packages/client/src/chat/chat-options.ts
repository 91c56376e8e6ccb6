import { chatDialects, WeirError, type ChatDialectName } from "@weir/protocol";
import { describeUnknownOptions } from "../unknown-options.ts";

export interface ChatOptions {
  /** Ends the request and its answer with a CANCELLED error. */
  readonly signal?: AbortSignal;
  /** The API that is spoken. @default the client's `dialect` where that is ollama, else "openai" */
  readonly dialect?: ChatDialectName;
  /** Whose conversation it is, so that what the server remembers of it is found again. Sent as X-Agent-Id. */
  readonly agentId?: string;
  /** Weir's class of the request, which decides who goes first in its queue. */
  readonly requestClass?: "interactive" | "normal" | "batch";
  /** False asks for the whole answer in one piece. @default true */
  readonly stream?: boolean;
  /** Longest time from sending to the answer's first bytes, the wait in the server's queue included. @default 120_000 */
  readonly firstByteTimeoutMs?: number;
  /** Longest silence within an answer. Comment lines that keep a stream alive are none. @default 60_000 */
  readonly idleTimeoutMs?: number;
  /** Longest time for all of it, retries included. The server is told. @default no limit */
  readonly timeoutMs?: number;
}

export interface ResolvedChatOptions {
  readonly dialect: ChatDialectName;
  readonly streams: boolean;
  readonly firstByteTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** Infinity where there is none. */
  readonly timeoutMs: number;
  /** Those that options ask for. */
  readonly headers: Readonly<Record<string, string>>;
}

const optionNames: Readonly<Record<keyof ChatOptions, true>> = {
  signal: true,
  dialect: true,
  agentId: true,
  requestClass: true,
  stream: true,
  firstByteTimeoutMs: true,
  idleTimeoutMs: true,
  timeoutMs: true,
};

const longestTimerMs = 2 ** 31 - 1;

/** Throws USAGE with every problem in one message. */
export function resolveChatOptions(
  options: ChatOptions,
  defaultDialect: ChatDialectName,
): ResolvedChatOptions {
  const problems: string[] = [];
  const ms = (name: "firstByteTimeoutMs" | "idleTimeoutMs" | "timeoutMs", fallback: number): number => {
    const value = options[name] ?? fallback;
    if (!(value > 0 && (value <= longestTimerMs || value === Number.POSITIVE_INFINITY)))
      problems.push(`${name}: expected milliseconds above 0 and below 2^31, got ${value}`);
    return value;
  };
  const dialect = options.dialect ?? defaultDialect;
  if (!Object.hasOwn(chatDialects, dialect)) {
    const names = Object.keys(chatDialects).join(", ");
    problems.push(`dialect: expected one of ${names}, got ${JSON.stringify(dialect)}`);
  }
  problems.push(...describeUnknownOptions(options, optionNames));
  const resolved = {
    dialect,
    streams: options.stream ?? true,
    firstByteTimeoutMs: ms("firstByteTimeoutMs", 120_000),
    idleTimeoutMs: ms("idleTimeoutMs", 60_000),
    timeoutMs: ms("timeoutMs", Number.POSITIVE_INFINITY),
    headers: {
      ...(options.agentId === undefined ? {} : { "x-agent-id": options.agentId }),
      ...(options.requestClass === undefined ? {} : { "x-request-class": options.requestClass }),
    },
  };
  if (problems.length > 0)
    throw new WeirError("USAGE", `the options of a chat are wrong. ${problems.join("; ")}.`);
  return resolved;
}
