import type { EmbeddingDialect } from "../canonical/embedding-dialect.ts";
import { encodeSidecarError } from "./encode-error.ts";
import { encodeSidecarRequest } from "./encode-request.ts";
import { encodeSidecarResponse } from "./encode-response.ts";
import { parseSidecarError } from "./parse-error.ts";
import { parseSidecarRequest } from "./parse-request.ts";
import { parseSidecarResponse } from "./parse-response.ts";

/** The small embedding service of desktop apps: one model, lists of texts, plain vectors. */
export const sidecarDialect: EmbeddingDialect = {
  name: "sidecar",
  path: "/embed",
  parseRequest: parseSidecarRequest,
  encodeResponse: encodeSidecarResponse,
  encodeError: encodeSidecarError,
  encodeRequest: encodeSidecarRequest,
  parseResponse: parseSidecarResponse,
  parseError: parseSidecarError,
};
