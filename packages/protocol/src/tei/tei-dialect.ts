import type { EmbeddingDialect } from "../canonical/embedding-dialect.ts";
import { encodeTeiError } from "./encode-error.ts";
import { encodeTeiRequest } from "./encode-request.ts";
import { encodeTeiResponse } from "./encode-response.ts";
import { parseTeiError } from "./parse-error.ts";
import { parseTeiRequest } from "./parse-request.ts";
import { parseTeiResponse } from "./parse-response.ts";

/** Hugging Face's text-embeddings-inference. Shares its path with the sidecar; the body tells them apart. */
export const teiDialect: EmbeddingDialect = {
  name: "tei",
  path: "/embed",
  parseRequest: parseTeiRequest,
  encodeResponse: encodeTeiResponse,
  encodeError: encodeTeiError,
  encodeRequest: encodeTeiRequest,
  parseResponse: parseTeiResponse,
  parseError: parseTeiError,
};
