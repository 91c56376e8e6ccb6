import type { EmbeddingDialect, EmbeddingDialectName } from "./canonical/embedding-dialect.ts";
import { ollamaDialect } from "./ollama/ollama-dialect.ts";
import { openaiDialect } from "./openai/openai-dialect.ts";
import { sidecarDialect } from "./sidecar/sidecar-dialect.ts";
import { teiDialect } from "./tei/tei-dialect.ts";

/** Every embedding dialect by its name. */
export const embeddingDialects: Readonly<Record<EmbeddingDialectName, EmbeddingDialect>> = {
  openai: openaiDialect,
  sidecar: sidecarDialect,
  tei: teiDialect,
  ollama: ollamaDialect,
};
