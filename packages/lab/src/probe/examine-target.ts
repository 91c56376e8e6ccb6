import type { EmbeddingDialectName } from "@weir/protocol";
import { askEmbedding, type AskedEmbedding } from "./ask-embedding.ts";
import { checkBase64, checkEmbedded, checkErrorEnvelope, checkFinite } from "./check-answers.ts";
import { checkChat } from "./check-chat.ts";
import { checkHealth, checkInfo, checkReachable, checkReady } from "./check-service.ts";
import { checkDimensions, checkDistinct, checkNorms, checkSame, toRows } from "./check-vectors.ts";
import { fail, ok, skipped, type Check } from "./check.ts";
import { describeAsked } from "./detect-embedding-dialect.ts";
import { createProbeTarget, type ProbeOptions, type ProbeTarget } from "./probe-target.ts";
import { readFacts, type TargetFacts } from "./read-facts.ts";

export interface ExamineOptions extends ProbeOptions {
  /** The API to examine. @default the first one that works */
  readonly dialect?: EmbeddingDialectName;
  /** Called with each check as it is done, in order. */
  readonly onCheck?: (check: Check) => void;
}

export interface Examination {
  /** As it was asked: no slash at the end. */
  readonly url: string;
  readonly reachable: boolean;
  /** What the vector checks were done in; undefined where no dialect of embeddings works. */
  readonly dialect: EmbeddingDialectName | undefined;
  readonly model: string | undefined;
  readonly checks: readonly Check[];
}

const texts = [
  "The river rises.",
  "A weir holds the flow and measures it.",
  "Numbers: 3.14159, 2,718 and 42.",
  "Ωμέγα, 水, 🌊",
] as const;
const [sample] = texts;

/**
 * Examines a server without load: about twenty small requests, one at a time. What goes wrong becomes a check that says
 * so; the function throws only CANCELLED, and USAGE where the URL is none.
 */
export async function examineTarget(url: string, options: ExamineOptions = {}): Promise<Examination> {
  const target = createProbeTarget(url, options);
  const checks: Check[] = [];
  const report = (check: Check): Check => {
    checks.push(check);
    options.onCheck?.(check);
    return check;
  };
  const nothing = { url: target.url, dialect: undefined, model: options.model, checks };

  const reachable = report(await checkReachable(target));
  if (reachable.state === "fail") return { ...nothing, reachable: false };
  report(await checkHealth(target));
  report(await checkReady(target));
  report(await checkInfo(target));

  const facts = await readFacts(target);
  const model = options.model ?? facts.models[0];
  const answering = await findDialects(target, facts, model, options.dialect);
  const chat =
    answering.check.state === "fail" && options.dialect === undefined
      ? await checkChat(target, options.model)
      : undefined;
  if (chat !== undefined) {
    report(chat.check);
    return { ...nothing, model: chat.model, reachable: true };
  }
  report(answering.check);
  if (answering.dialect === undefined) return { ...nothing, model, reachable: true };
  await examineVectors(target, answering.dialect, model, facts, report);
  report(await checkErrorEnvelope(target, answering.dialect));
  return { ...nothing, dialect: answering.dialect, model, reachable: true };
}

interface AnsweringDialects {
  readonly check: Check;
  readonly dialect: EmbeddingDialectName | undefined;
}

/** Asks every dialect for one text. A 200 counts, whatever it holds: the checks after this look at what it holds. */
async function findDialects(
  target: ProbeTarget,
  facts: TargetFacts,
  model: string | undefined,
  given: EmbeddingDialectName | undefined,
): Promise<AnsweringDialects> {
  const name = "dialects";
  const asked = new Map<EmbeddingDialectName, AskedEmbedding>();
  const candidates = new Set([...(given === undefined ? [] : [given]), ...facts.candidates]);
  for (const dialect of candidates) {
    const result = await askEmbedding(target, dialect, model, [sample]);
    asked.set(dialect, result);
    if (result.kind === "silent") break;
  }
  const works = [...asked].filter(([, { kind }]) => kind === "embedded").map(([dialect]) => dialect);
  const answers = [...asked].filter(([, { kind }]) => kind === "invalid").map(([dialect]) => dialect);
  const dialect = given ?? works[0] ?? answers[0];
  if (works.length > 0 && (given === undefined || works.includes(given))) {
    const withModel = model === undefined ? "" : `, model ${model}`;
    return { check: ok(name, `${works.join(", ")}; examined as ${dialect}${withModel}`), dialect };
  }
  const tried = [...asked].map(([dialect, result]) => `${dialect} ${describeAsked(result)}`).join("; ");
  const fix = "Name the model with --model, give a key if the server wants one, or wait until it is ready.";
  return { check: fail(name, tried, fix), dialect };
}

async function examineVectors(
  target: ProbeTarget,
  dialect: EmbeddingDialectName,
  model: string | undefined,
  facts: TargetFacts,
  report: (check: Check) => Check,
): Promise<void> {
  const alone = await askEmbedding(target, dialect, model, [sample]);
  report(checkEmbedded("one text", alone, 1));
  const batch = await askEmbedding(target, dialect, model, texts);
  report(checkEmbedded("one batch", batch, texts.length));
  const again = await askEmbedding(target, dialect, model, [sample]);
  const answers = [alone, batch, again];
  report(checkFinite(answers));
  if (alone.kind !== "embedded" || batch.kind !== "embedded" || again.kind !== "embedded") {
    for (const name of ["dimensions", "norm", "same text twice", "alone and in a batch", "different texts"]) {
      report(skipped(name, "it needs the answers above"));
    }
    return;
  }
  const blocks = [alone, batch, again].map(({ received }) => received.vectors);
  const vector = alone.received.vectors.values;
  report(checkDimensions(blocks, facts.dimensions));
  report(checkNorms(blocks));
  const twice = "Something random or stateful runs with the model: dropout, sampling, replicas that differ.";
  report(checkSame("same text twice", vector, again.received.vectors.values, twice));
  const company =
    "Padding reaches the vectors: the attention mask has to be used by the model and by the pooling.";
  report(checkSame("alone and in a batch", vector, toRows(batch.received.vectors)[0]!, company));
  report(checkDistinct(batch.received.vectors));
  report(await checkBase64(target, dialect, model, sample, vector));
}
