import { formatCount } from "../record/format-number.ts";

/** One time that the kept texts were asked for. `cosines` are with the vectors of the first time, one for each text. */
export interface VectorSighting {
  /** Whether other requests were in flight beside it. */
  readonly underLoad: boolean;
  readonly dimensions: number;
  /** One for each text, in one order. */
  readonly norms: readonly number[];
  /** Empty the first time, and where vectors have another length. */
  readonly cosines: readonly number[];
  /** Whether every value was the same, bit by bit. */
  readonly sameBits: boolean;
}

/** What came of the texts that are kept for looking at vectors. */
export interface VectorFindings {
  /** Texts that were kept, and times that they were asked for: in all, and under load. */
  readonly texts: number;
  readonly sightings: number;
  readonly underLoad: number;
  /** Of the first vectors; null where there never were any. */
  readonly dimensions: number | null;
  readonly norm: { readonly min: number; readonly max: number } | null;
  /** Least cosine of a text's vector with its first one; null where it was seen once. */
  readonly leastCosine: number | null;
  /** Sightings whose vectors were the first ones bit by bit. */
  readonly sameBits: number;
  /** What was seen, a sentence. */
  readonly sentence: string;
  /** What should not be, a sentence each; empty where all is well. */
  readonly problems: readonly string[];
  /** Why some sightings gave no vectors, a sentence each. */
  readonly unanswered: readonly string[];
}

/** How far a text's vector may change its length, as a share. float16 engines err by up to about 1e-3. */
const normTolerance = 2e-3;

/** Batch effects of float32 and float16 stay below; a wrong or mixed-up vector is far beyond. */
const leastSameCosine = 0.9999;

export function judgeVectors(
  sightings: readonly VectorSighting[],
  texts: number,
  unanswered: readonly string[] = [],
): VectorFindings {
  const dimensions = [...new Set(sightings.map((sighting) => sighting.dimensions))];
  const norms = sightings.flatMap((sighting) => sighting.norms);
  const cosines = sightings.flatMap((sighting) => sighting.cosines);
  const norm = norms.length === 0 ? null : { min: Math.min(...norms), max: Math.max(...norms) };
  const leastCosine = cosines.length === 0 ? null : Math.min(...cosines);
  const later = sightings.slice(1);
  const sameBits = later.filter((sighting) => sighting.sameBits).length;
  const underLoad = sightings.filter((sighting) => sighting.underLoad).length;
  const known = {
    texts,
    sightings: sightings.length,
    underLoad,
    dimensions: dimensions[0] ?? null,
    norm,
    leastCosine,
    sameBits,
  };
  const changedNorm = largestChange(sightings);
  const problems = [
    ...(dimensions.length > 1 ? [`Vectors had ${dimensions.join(" and ")} dimensions.`] : []),
    ...(changedNorm > normTolerance
      ? [`A text's vector had another length the next time, by ${(changedNorm * 100).toFixed(2)} %.`]
      : []),
    ...(leastCosine !== null && leastCosine < leastSameCosine
      ? [
          `The same text got another vector: ${describeOther(later)}, cosine ${leastCosine.toFixed(6)}; expected at least ${leastSameCosine}.`,
        ]
      : []),
  ];
  return { ...known, sentence: describe(known, later.length), problems, unanswered };
}

/** How far the length of any text's vector was from its first one, as a share. */
function largestChange(sightings: readonly VectorSighting[]): number {
  const first = sightings[0]?.norms ?? [];
  const changes = sightings.flatMap(({ norms }) =>
    norms.map((norm, text) => Math.abs(norm / (first[text] ?? norm) - 1)),
  );
  return Math.max(0, ...changes);
}

function describeOther(later: readonly VectorSighting[]): string {
  const wrong = later.filter(({ cosines }) => cosines.some((cosine) => cosine < leastSameCosine));
  const loaded = wrong.filter(({ underLoad }) => underLoad).length;
  return `${formatCount(wrong.length, "time")} of ${later.length}, ${loaded} of them under load`;
}

function describe(
  found: Omit<VectorFindings, "sentence" | "problems" | "unanswered">,
  later: number,
): string {
  const { texts, underLoad, dimensions, norm, leastCosine, sameBits } = found;
  if (dimensions === null || norm === null) return "No vectors of the kept texts came back.";
  const length = norm.max - norm.min < 1e-5 ? trim(norm.min) : `${trim(norm.min)} to ${trim(norm.max)}`;
  const kept = `${formatCount(texts, "kept text")}: ${dimensions} dimensions, length ${length}`;
  if (leastCosine === null) return `${kept}; seen once.`;
  const same =
    sameBits === later
      ? "the same bits every time"
      : `the same bits ${sameBits} of ${later} times, else at most ${(1 - leastCosine).toExponential(1)} away (1 - cosine)`;
  return `${kept}; asked again ${formatCount(later, "time")}, ${underLoad} under load: ${same}.`;
}

function trim(value: number): string {
  return String(Number(value.toFixed(5)));
}
