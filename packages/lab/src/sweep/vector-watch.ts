import type { EmbeddingDialectName } from "@weir/protocol";
import { askEmbedding } from "../probe/ask-embedding.ts";
import { createProbeTarget, type ProbeOptions, type ProbeTarget } from "../probe/probe-target.ts";
import { toRows } from "../probe/check-vectors.ts";
import { createBuiltInTexts } from "../texts/built-in-texts.ts";
import { judgeVectors, type VectorFindings, type VectorSighting } from "./judge-vectors.ts";

/** Texts that are asked for again and again: of different lengths, and not of English letters only. No cache-buster is in front. */
const keptTexts: readonly string[] = [
  "weir",
  "Ein Wehr stößt Wasser um; 堰は川をせき止める。",
  createBuiltInTexts({ characters: 300 }).texts[0]!,
  createBuiltInTexts({ characters: 1_000 }).texts[1]!,
];

const longestMs = 30_000;

/** Asks for the same texts again and again and remembers how their vectors were. */
export class VectorWatch {
  readonly #target: ProbeTarget;
  readonly #dialect: EmbeddingDialectName;
  readonly #model: string | undefined;
  readonly #sightings: VectorSighting[] = [];
  readonly #unanswered = new Set<string>();
  #first: readonly Float32Array[] | undefined;
  #looks = 0;

  constructor(url: string, dialect: EmbeddingDialectName, model: string | undefined, options: ProbeOptions) {
    this.#target = createProbeTarget(url, {
      ...options,
      timeoutMs: Math.min(options.timeoutMs ?? longestMs, longestMs),
    });
    this.#dialect = dialect;
    this.#model = model;
  }

  get findings(): VectorFindings {
    return judgeVectors(this.#sightings, keptTexts.length, [...this.#unanswered]);
  }

  /** Asks once: all together, the next time in another order, then each alone. Throws CANCELLED where the signal aborts. */
  async look(underLoad: boolean): Promise<void> {
    const turn = this.#looks % 3;
    this.#looks += 1;
    const order = [...keptTexts.keys()];
    if (turn === 1) order.reverse();
    const companies = turn === 2 ? order.map((text) => [text]) : [order];
    const vectors: Float32Array[] = [];
    for (const company of companies) {
      const rows = await this.#ask(company.map((text) => keptTexts[text]!));
      if (rows === undefined) return;
      company.forEach((text, row) => (vectors[text] = rows[row]!));
    }
    this.#note(vectors, underLoad);
  }

  /** Looks while `load` goes on, until it has ended; once at least. */
  async lookDuring(load: Promise<unknown>): Promise<void> {
    let over = false;
    const ended = load.then(
      () => (over = true),
      () => (over = true),
    );
    while (!over) {
      await this.look(true);
      // Somewhere between often enough and a load of its own.
      await Promise.race([ended, pause(pauseMs)]);
    }
  }

  async #ask(texts: readonly string[]): Promise<readonly Float32Array[] | undefined> {
    const asked = await askEmbedding(this.#target, this.#dialect, this.#model, texts);
    if (asked.kind === "embedded") return toRows(asked.received.vectors);
    this.#unanswered.add(
      asked.kind === "silent" ? `The server ${asked.reason}.` : `Kept texts: ${asked.reason}.`,
    );
    return undefined;
  }

  #note(vectors: readonly Float32Array[], underLoad: boolean): void {
    const first = (this.#first ??= vectors);
    const dimensions = vectors[0]!.length;
    const comparable = first !== vectors && first.every((row, text) => row.length === vectors[text]!.length);
    this.#sightings.push({
      underLoad,
      dimensions,
      norms: vectors.map((row) => Math.sqrt(dot(row, row))),
      cosines: comparable ? vectors.map((row, text) => cosine(row, first[text]!)) : [],
      sameBits:
        comparable &&
        vectors.every((row, text) => row.every((value, at) => Object.is(value, first[text]![at]))),
    });
  }
}

const pauseMs = 150;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}

function cosine(a: Float32Array, b: Float32Array): number {
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index += 1) sum += a[index]! * b[index]!;
  return sum;
}
