import { chatDialects, WeirError, type ChatDialectName } from "@weir/protocol";
import { askChat, describeAskedChat, type AskedChat } from "./ask-chat.ts";
import { createProbeTarget, type ProbeOptions } from "./probe-target.ts";
import { readChatFacts } from "./read-chat-facts.ts";

export interface DetectedChat {
  readonly dialect: ChatDialectName;
  /** The name to send; undefined where the server lists none and the dialect needs none. */
  readonly model: string | undefined;
  /** What was asked and what came back, one sentence each. The last one says what was chosen. */
  readonly evidence: readonly string[];
}

/**
 * Finds out which chat API a server speaks and the model to ask: from its lists of models, then by one request for one
 * token. `ollama-generate` is never chosen: a server that has it has `ollama` too. Throws TARGET_UNREACHABLE where
 * nothing answers in time or the server is not ready, TARGET_UNKNOWN where no API works, both with everything that was
 * tried, CANCELLED where the signal aborts, USAGE where the URL is none.
 */
export async function detectChatDialect(url: string, options: ProbeOptions = {}): Promise<DetectedChat> {
  const target = createProbeTarget(url, options);
  const facts = await readChatFacts(target);
  if (!facts.reachable) throw unreachable(target.url, facts.evidence);
  const evidence = [...facts.evidence];
  const refusals: AskedChat[] = [];
  const model = options.model ?? facts.models[0];
  for (const dialect of facts.candidates) {
    const asked = await askChat(target, dialect, model);
    evidence.push(`POST ${chatDialects[dialect].path} (${dialect}) ${describeAskedChat(asked)}`);
    if (asked.kind === "chatted") {
      const choice =
        model === undefined ? dialect : `${dialect}, ${describeModel(options.model, facts.models)}`;
      return { dialect, model, evidence: [...evidence, `chose ${choice}`] };
    }
    refusals.push(asked);
    // A server that hangs once would hang on every other path too, for a timeout each.
    if (asked.kind === "silent") break;
  }
  throw toFailure(target.url, refusals, evidence);
}

/**
 * The model to ask where the dialect is known: the first that the server lists, undefined where it lists none. Nothing
 * but lists is asked for. Throws TARGET_UNREACHABLE where nothing answers, CANCELLED and USAGE as above.
 */
export async function findChatModel(
  url: string,
  dialect: ChatDialectName,
  options: ProbeOptions = {},
): Promise<DetectedChat> {
  const target = createProbeTarget(url, options);
  const { reachable, models, evidence } = await readChatFacts(target);
  if (!reachable) throw unreachable(target.url, evidence);
  const [model] = models;
  const choice =
    model === undefined
      ? `${dialect} as given; the server lists no model`
      : `${describeModel(undefined, models)}, ${dialect} as given`;
  return { dialect, model, evidence: [...evidence, `chose ${choice}`] };
}

function unreachable(url: string, evidence: readonly string[]): WeirError {
  return new WeirError("TARGET_UNREACHABLE", `no server answers at ${url}. ${evidence.join("; ")}.`);
}

/** A server that says why it refuses is better quoted than called unknown. */
function toFailure(url: string, refusals: readonly AskedChat[], evidence: readonly string[]): WeirError {
  const tried = `Tried: ${evidence.join("; ")}.`;
  const refusedWith = (...statuses: readonly number[]): AskedChat | undefined =>
    refusals.find(
      (asked) => asked.kind === "refused" && asked.status !== undefined && statuses.includes(asked.status),
    );
  const unready = refusedWith(429, 503, 529);
  if (unready !== undefined) {
    const message = `${url} cannot chat now: it ${describeAskedChat(unready)}. Wait until it can. ${tried}`;
    return new WeirError("TARGET_UNREACHABLE", message);
  }
  if (refusals.some((asked) => asked.kind === "silent")) {
    const next = "Name the API with --dialect and the model with --model, then it is not asked.";
    return new WeirError("TARGET_UNREACHABLE", `${url} answers, but does not chat in time. ${next} ${tried}`);
  }
  if (refusedWith(401, 403) !== undefined) {
    const next = 'give one with --key-env NAME, or as --header "x-api-key: ..." where it wants that';
    return new WeirError("TARGET_UNKNOWN", `${url} wants a key: ${next}. ${tried}`);
  }
  return new WeirError("TARGET_UNKNOWN", `${url} answers, but none of the chat APIs works there. ${tried}`);
}

function describeModel(given: string | undefined, listed: readonly string[]): string {
  if (given !== undefined) return `model ${given} as given`;
  const others = listed.length > 1 ? ` (of ${listed.length}; name another with --model)` : "";
  return `model ${listed[0]}${others}`;
}
