import { referenceWeightsPhrase } from "@weir/engine";
import { isFaithful, type MeasuredModel, type MeasuredPair } from "@weir/server";
import { layOutTable } from "../console/text-table.ts";
import type { ComparedTexts } from "./read-compared-texts.ts";

/** Two models as they were named, and what was measured. */
export interface ComparedPair extends MeasuredPair {
  readonly names: readonly [a: string, b: string];
  readonly texts: Omit<ComparedTexts, "texts"> & { readonly count: number };
}

export interface Verdict {
  /** `same`: all vectors are equal. `alike`: what is found with the one is found with the other. */
  readonly kind: "same" | "alike" | "different";
  /** Whether there were texts enough to tell. */
  readonly isFirm: boolean;
  readonly sentence: string;
}

/** What precisions have to keep by default: models that do can stand for each other. */
const leastAgreement = 0.95;

/** Of fewer, not even all without a difference say that it is at most one in twenty: 0.95^60 is 0.05. */
const leastTelling = 60;

/** Rounding of float32 is below it, and float16 may be: such vectors do mix. */
const leastEqualCosine = 1 - 1e-6;

/** Of a pair, in a sentence: whether B finds what A finds, and what it takes for that. */
export function judgePair({ a, b, vectors, names }: ComparedPair): Verdict {
  const [nameA, nameB] = names;
  const cost =
    `at ${(b.textsPerSecond / a.textsPerSecond).toFixed(2)} times its speed${overlap(a.rates, b.rates) ? " (the rounds overlap: it may be chance)" : ""}, ` +
    `${(b.info.weightBytes / a.info.weightBytes).toFixed(2)} times its size and ` +
    `${(b.idleRssBytes / a.idleRssBytes).toFixed(2)} times its memory`;
  const shares =
    vectors.clearTexts === 0
      ? `${toPercent(vectors.agreement)} of the texts keep their nearest neighbour (none has a clear one)`
      : `${toPercent(vectors.clearAgreement)} of the texts with a clear nearest neighbour keep it`;
  const isSameLength = a.info.dimensions === b.info.dimensions;
  if (isSameLength && vectors.leastCosine >= leastEqualCosine) {
    const sentence = `${nameB} gives the same vectors as ${nameA}, ${cost}: the cosine is 1 for each of ${vectors.texts} texts.`;
    return { kind: "same", isFirm: true, sentence };
  }
  const isFirm = vectors.clearTexts >= leastTelling;
  const known =
    vectors.clearTexts === 0
      ? `${vectors.texts} texts without a clear nearest neighbour`
      : `${vectors.clearTexts} clear nearest neighbours`;
  const hedge = isFirm ? "" : `As far as ${known} can tell, `;
  if (isSameLength && isFaithful(vectors, leastAgreement)) {
    const sentence = `${hedge}${nameB} finds what ${nameA} finds, ${cost}: ${shares}, the mean cosine is ${vectors.meanCosine.toFixed(4)}.`;
    return { kind: "alike", isFirm, sentence };
  }
  const sentence = `${hedge}${nameB} finds other texts than ${nameA}, ${cost}: ${shares}.`;
  return { kind: "different", isFirm, sentence };
}

function overlap(a: readonly number[], b: readonly number[]): boolean {
  return Math.min(...a) <= Math.max(...b) && Math.min(...b) <= Math.max(...a);
}

const conclusions: Readonly<Record<Verdict["kind"], string>> = {
  same: "Their vectors mix: what is stored for the one can be searched with the other.",
  alike:
    "Their vectors still do not mix: texts that are stored for the one have to be embedded again for the other.",
  different: "Which of them finds the right texts, only texts with known answers can tell.",
};

/** The verdict, a table, and what follows from it. */
export function describeCompared(pair: ComparedPair): string {
  const { a, b, vectors, names, texts } = pair;
  const verdict = judgePair(pair);
  const row = (label: string, show: (model: MeasuredModel) => string): string[] => [label, show(a), show(b)];
  const isSameLength = a.info.dimensions === b.info.dimensions;
  const taken = texts.found > texts.count ? `, ${texts.count} of ${texts.found}` : "";
  const lines = [
    verdict.sentence,
    "",
    ...layOutTable([
      ["", ...names],
      row("weights on disk", ({ info }) => toMegabytes(info.weightBytes)),
      row("number format", ({ info }) => info.precision),
      row("dimensions", ({ info }) => String(info.dimensions)),
      row("longest text", ({ info }) => `${info.maxTokens} tokens`),
      row("loaded in", ({ startMs }) => `${(startMs / 1_000).toFixed(1)} s`),
      row("memory at rest", ({ idleRssBytes }) => toMegabytes(idleRssBytes)),
      row("memory at most", ({ peakRssBytes }) =>
        peakRssBytes === undefined ? "-" : toMegabytes(peakRssBytes),
      ),
      row("texts a second", ({ textsPerSecond }) => toRate(textsPerSecond)),
      row("from round to round", ({ rates }) => toRange(rates)),
    ]).map((line) => `  ${line}`),
    "",
    `  the same nearest neighbour  ${toPercent(vectors.agreement)} of ${vectors.texts} texts`,
    `  where it is clear           ${describeClear(vectors)}`,
    ...(isSameLength
      ? [
          `  cosine                      ${vectors.meanCosine.toFixed(4)} in the mean, ${vectors.leastCosine.toFixed(4)} at least`,
        ]
      : []),
    "",
    ...(isSameLength ? [] : ["Vectors of other lengths have no cosine; neighbours are each model's own."]),
    ...([a, b].some(({ info }) => info.reference) ? [`${referenceWeightsPhrase}.`] : []),
    conclusions[verdict.kind],
    ...(verdict.isFirm
      ? []
      : [
          `Texts with a clear nearest neighbour are what tells: at least ${leastTelling}, better hundreds (--texts).`,
        ]),
    `Texts: ${texts.source}${taken}. Speed: medians of ${a.rates.length} rounds in turns, one process each.`,
    "",
  ];
  return lines.join("\n");
}

function describeClear({ clearTexts, clearAgreement }: ComparedPair["vectors"]): string {
  if (clearTexts === 0) return "no text has a clear one";
  return `${toPercent(clearAgreement)} of ${clearTexts} texts whose nearest is nearer than the second by more than 0.01`;
}

/** The same for programs; null is what there is not. */
export function toComparedReport(pair: ComparedPair): Readonly<Record<string, unknown>> {
  const { a, b, vectors, names, texts } = pair;
  const describe = (name: string, model: MeasuredModel): Readonly<Record<string, unknown>> => ({
    name,
    weightBytes: model.info.weightBytes,
    precision: model.info.precision,
    dimensions: model.info.dimensions,
    maxTokens: model.info.maxTokens,
    device: model.info.device,
    reference: model.info.reference,
    startMs: Math.round(model.startMs),
    idleRssBytes: model.idleRssBytes,
    peakRssBytes: model.peakRssBytes ?? null,
    textsPerSecond: model.textsPerSecond,
    rates: model.rates,
  });
  const known = (value: number): number | null => (Number.isNaN(value) ? null : value);
  return {
    verdict: judgePair(pair),
    a: describe(names[0], a),
    b: describe(names[1], b),
    vectors: {
      texts: vectors.texts,
      agreement: vectors.agreement,
      clearTexts: vectors.clearTexts,
      clearAgreement: known(vectors.clearAgreement),
      meanCosine: known(vectors.meanCosine),
      leastCosine: Number.isNaN(vectors.meanCosine) ? null : vectors.leastCosine,
    },
    texts,
  };
}

/** Rounded down: what is below a bound must not read as if it met it. */
function toPercent(share: number): string {
  return `${(Math.floor(share * 1_000) / 10).toFixed(1)} %`;
}

function toMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

function toRange(rates: readonly number[]): string {
  return `${toRate(Math.min(...rates))} to ${toRate(Math.max(...rates))}`;
}

function toRate(perSecond: number): string {
  return perSecond >= 100 ? perSecond.toFixed(0) : perSecond.toPrecision(3);
}
