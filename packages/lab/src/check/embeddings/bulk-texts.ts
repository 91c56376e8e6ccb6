import { createBuiltInTexts } from "../../texts/built-in-texts.ts";
import type { TextSet } from "../../texts/text-set.ts";
import type { EmbeddingsRequest, RunRequest } from "../../run/run-request.ts";

const [shortest, longest] = [500, 3500];
const different = 256;

/** Documents of 2,000 characters on average, their lengths spread evenly in an order without a pattern. */
export function createDocuments(): TextSet {
  const { texts } = createBuiltInTexts({ characters: longest });
  const documents = Array.from({ length: different }, (_, index) => {
    const characters = shortest + ((index * 7919) % (longest - shortest + 1));
    return texts[index % texts.length]!.slice(0, characters);
  });
  return { source: "built-in English paragraphs, 500 to 3,500 characters", texts: documents };
}

/** What somebody types. */
export function createQueries(): TextSet {
  const { texts } = createBuiltInTexts({ characters: 200 });
  return {
    source: "beginnings of built-in English paragraphs",
    texts: texts.map((text) => text.slice(0, 40)),
  };
}

/** The embeddings that the command line asks for. */
export function embeddingsOf({ workload }: RunRequest): EmbeddingsRequest {
  if (workload.kind !== "embeddings")
    throw new Error(`expected a workload of embeddings, got ${workload.kind}`);
  return workload;
}

/** The class of a request, as servers that know classes take it; others take no notice. */
export function withClass(base: RunRequest, name: "interactive" | "batch"): Pick<RunRequest, "headers"> {
  return { headers: { "x-request-class": name, ...base.headers } };
}
