import { embeddingDialects, type EmbeddingDialectName } from "@weir/protocol";

/** What `--dialect` takes. */
export const dialectChoices: readonly (EmbeddingDialectName | "auto")[] = [
  "auto",
  ...(Object.keys(embeddingDialects) as EmbeddingDialectName[]),
];
