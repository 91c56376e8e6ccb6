import { embeddingDialects, type EmbeddingDialectName } from "@weir/protocol";
import { askEmbedding, type AskedEmbedding } from "./ask-embedding.ts";
import { fail, ok, skipped, warn, type Check } from "./check.ts";
import { describeAsked } from "./detect-embedding-dialect.ts";
import { describeAnswer, type ProbeTarget } from "./probe-target.ts";

/** Says what came of a request that should have given `count` vectors. */
export function checkEmbedded(name: string, asked: AskedEmbedding, count: number): Check {
  if (asked.kind === "embedded") {
    const { dimensions } = asked.received.vectors;
    return ok(name, `${count} x ${dimensions} values in ${asked.tookMs.toFixed(1)} ms`);
  }
  return fail(name, describeAsked(asked), "The server's log says why, or what its API expects instead.");
}

/** Every value is a number. A NaN reaches clients as null, as a bare NaN (no JSON at all) or as base64 bits. */
export function checkFinite(answers: readonly AskedEmbedding[]): Check {
  const name = "finite numbers";
  const invalid = answers.filter((asked) => asked.kind === "invalid");
  const culprit = invalid.find(({ reason, body }) => reason.includes("finite") || holdsNoNumber(body));
  if (culprit !== undefined) {
    const fix =
      "The model's output overflows: check its number format (float16 often does), and refuse such results.";
    return fail(name, culprit.reason, fix);
  }
  if (answers.every((asked) => asked.kind === "embedded")) return ok(name, "every value of every vector");
  return skipped(name, "there are no vectors to look at");
}

function holdsNoNumber(body: Uint8Array): boolean {
  return /[[,]\s*(?:-?NaN|-?Infinity|null)\b/.test(Buffer.from(body).toString());
}

/** OpenAI's Node client asks for base64 unless told otherwise, and decodes whatever comes. */
export async function checkBase64(
  target: ProbeTarget,
  dialect: EmbeddingDialectName,
  model: string | undefined,
  text: string,
  expected: Float32Array,
): Promise<Check> {
  const name = "base64 vectors";
  if (dialect !== "openai") return skipped(name, `the ${dialect} dialect has none`);
  const asked = await askEmbedding(target, dialect, model, [text], "base64");
  const fix =
    'Answer "encoding_format": "base64" with base64 of little-endian float32: the openai package for Node asks for it by default and misreads lists.';
  if (asked.kind !== "embedded") return warn(name, describeAsked(asked), fix);
  const answer = JSON.parse(Buffer.from(asked.body).toString()) as { data: { embedding: unknown }[] };
  if (typeof answer.data[0]?.embedding !== "string")
    return warn(name, "answered with a list of numbers", fix);
  const { values } = asked.received.vectors;
  const farthest = values.reduce(
    (most, value, index) => Math.max(most, Math.abs(value - (expected[index] ?? 0))),
    0,
  );
  if (values.length === expected.length && farthest <= 1e-4) return ok(name, "honoured, the same vector");
  return fail(name, `another vector than as numbers (largest difference ${farthest.toPrecision(3)})`, fix);
}

/** A client's mistake is a 4xx in the dialect's own envelope. */
export async function checkErrorEnvelope(target: ProbeTarget, name: EmbeddingDialectName): Promise<Check> {
  const dialect = embeddingDialects[name];
  const body = Buffer.from(JSON.stringify({ model: 42, input: 42, inputs: 42, texts: 42 }));
  const answer = await target.post(dialect.path, body);
  const check = "error envelope";
  const detail = `numbers in place of texts: ${describeAnswer(answer)}`;
  const fix = `Answer a wrong request with status 400 and the ${name} error body, which clients show to their users.`;
  if (answer.kind === "silent") return fail(check, detail, fix);
  const message = dialect.parseError(answer.body);
  if (answer.status >= 500) return fail(check, `${detail}, the status of a server's own failure`, fix);
  if (answer.status < 400) return fail(check, `${detail}, as if it were right`, fix);
  if (message === undefined) return warn(check, `${detail} without a message that ${name} clients find`, fix);
  return ok(check, `${describeAnswer(answer)}: ${message}`);
}
