import { embeddingDialects, type EmbeddingDialectName, type VectorEncoding } from "@weir/protocol";

/** One way to ask a server for vectors. */
export interface RemoteRoute {
  readonly dialect: EmbeddingDialectName;
  /** How the vectors are asked for where we read them ourselves. */
  readonly encoding: VectorEncoding;
  /** Path and query. */
  readonly path: string;
}

/**
 * The ways that are worth trying on a server, the likeliest first. Nearly every server speaks OpenAI's API, whose base64
 * is the fastest to read; some refuse to give that. An address with a path is where that API is, or a route itself.
 */
export function listRemoteRoutes(url: string, dialect: EmbeddingDialectName | undefined): RemoteRoute[] {
  const { pathname, search } = new URL(url);
  const base = pathname.replace(/\/+$/, "");
  const fitting = dialect === undefined ? listDialects(base) : [dialect];
  return fitting.flatMap((name) =>
    listPaths(base, name).flatMap((path) => {
      const encodings = name === "openai" ? (["base64", "float"] as const) : (["float"] as const);
      return encodings.map((encoding) => ({ dialect: name, encoding, path: `${path}${search}` }));
    }),
  );
}

function listDialects(base: string): readonly EmbeddingDialectName[] {
  if (base.endsWith("/embeddings")) return ["openai"];
  if (base.endsWith("/api/embed")) return ["ollama"];
  return base.endsWith("/embed") ? ["tei", "sidecar"] : ["openai", "tei", "sidecar", "ollama"];
}

function listPaths(base: string, name: EmbeddingDialectName): string[] {
  const { path } = embeddingDialects[name];
  if (base.endsWith(path) || (name === "openai" && base.endsWith("/embeddings"))) return [base];
  if (name === "ollama") return [`${base.replace(/\/(?:api|v1)$/, "")}${path}`];
  if (name !== "openai") return [`${base.replace(/\/v1$/, "")}${path}`];
  if (base === "") return [path];
  return /\/v\d\w*$/.test(base) ? [`${base}/embeddings`] : [`${base}/embeddings`, `${base}${path}`];
}
