import { quantizeSteps, type QuantizedPrecision } from "@weir/engine";
import { WeirError } from "@weir/protocol";
import { compareModels, fixtureTexts, isRemoteUrl, toPassages } from "@weir/server";
import type { CommandContext } from "../command-context.ts";
import { embeddingEnginePackage, importEmbeddingEngine, locateEngine } from "../engine-packages.ts";
import { resolveCacheDirectory } from "../platform/cache-directory.ts";
import { describeCompared, toComparedReport, type ComparedPair } from "./describe-compared.ts";
import { locateModel } from "./locate-model.ts";
import { parseModelArgument, type ModelArgument } from "./model-argument.ts";
import { readComparedTexts, type ComparedTexts } from "./read-compared-texts.ts";

export interface CompareFlags {
  readonly texts?: string;
  readonly precisionB?: QuantizedPrecision;
  readonly threads?: number;
  readonly json?: true;
}

/** Measures two models and prints what came out. Throws USAGE where they are not two that can be loaded here. */
export async function compareAndPrint(
  a: string,
  b: string | undefined,
  flags: CompareFlags,
  context: CommandContext,
): Promise<void> {
  const pair = await compare(readPair(a, b, flags), flags, context);
  context.stdout.write(
    flags.json === true
      ? `${JSON.stringify(toComparedReport(pair), undefined, 2)}\n`
      : describeCompared(pair),
  );
}

interface NamedPair {
  readonly models: readonly [ModelArgument, ModelArgument];
  readonly names: readonly [string, string];
}

function readPair(a: string, b: string | undefined, { precisionB }: CompareFlags): NamedPair {
  if (b === undefined && precisionB === undefined) {
    const message =
      "expected two models, got one. Name another, or compare it with itself in another precision: --precision-b int8";
    throw new WeirError("USAGE", message);
  }
  const remote = [a, b].find((argument) => argument !== undefined && isRemoteUrl(argument));
  if (remote !== undefined) {
    const message = `${remote}: expected a model that can be loaded here, got another server's. weir run measures servers.`;
    throw new WeirError("USAGE", message);
  }
  const models = [parseModelArgument(a), parseModelArgument(b ?? a)] as const;
  const [first, second] = models;
  const named = precisionB === undefined ? second.name : `${second.name} in ${precisionB}`;
  // Two of one name (folders of different places) are told apart by what was written.
  const isClear = first.name !== named;
  return { models, names: isClear ? [first.name, named] : [first.source, second.source] };
}

async function compare(
  { models, names }: NamedPair,
  { texts: place, precisionB, threads }: CompareFlags,
  context: CommandContext,
): Promise<ComparedPair> {
  const { toModelSpec } = await importEmbeddingEngine();
  const chosen: ComparedTexts =
    place === undefined
      ? { source: "built-in sentences", texts: fixtureTexts, found: fixtureTexts.length }
      : await readComparedTexts(place);
  const engineModule = locateEngine(embeddingEnginePackage);
  const sides = [];
  for (const model of models) {
    const spec = await toModelSpec(await locateModel(model, context));
    sides.push({ engineModule, spec: { ...spec, ...(threads === undefined ? {} : { threads }) } });
  }
  const { show, clear } = createProgressLine(context);
  const [a, b] = sides;
  try {
    const measured = await compareModels(
      a!,
      { ...b!, ...(precisionB === undefined ? {} : { precision: precisionB }) },
      {
        texts: chosen.texts,
        timed: place === undefined ? toPassages(fixtureTexts) : chosen.texts,
        cacheDirectory: resolveCacheDirectory(context.env),
        onProgress: (step, share) => show(`${step}: ${Math.floor(100 * share)} %`),
        onEvent(event) {
          if (event.kind !== "quantizing") return;
          const { step, done, total } = event.progress;
          show(
            `making ${event.precision} weights, ${quantizeSteps[step]}: ${Math.floor((100 * done) / total)} %`,
          );
        },
      },
      context.signal,
    );
    const { source, found, texts } = chosen;
    return { ...measured, names, texts: { source, found, count: texts.length } };
  } catch (error) {
    if (context.signal.aborted) {
      throw new WeirError("CANCELLED", "the comparison was interrupted", { cause: error });
    }
    throw error;
  } finally {
    clear();
  }
}

/** One line on a terminal that is written over; nothing elsewhere. */
function createProgressLine({ stderr }: CommandContext): {
  readonly show: (line: string) => void;
  readonly clear: () => void;
} {
  if (stderr.isTTY !== true) return { show: () => {}, clear: () => {} };
  const start = "\r\u001b[2K";
  return { show: (line) => void stderr.write(start + line), clear: () => void stderr.write(start) };
}
