import { expect, it } from "vitest";
import * as protocol from "./index.ts";

it("exports what is promised, and nothing else", () => {
  expect(Object.keys(protocol).toSorted()).toEqual([
    "NdjsonDecoder",
    "SseDecoder",
    "WeirError",
    "chatDialects",
    "countInputs",
    "embeddingDialects",
    "encodeEmbedFileResponse",
    "encodeHealth",
    "encodeModelsResponse",
    "encodeServerInfo",
    "errorCodes",
    "findInputTokens",
    "ollamaDialect",
    "ollamaRootText",
    "openaiDialect",
    "parseAnthropicCountRequest",
    "parseEmbedFileRequest",
    "parseErrorEnvelope",
    "parseRetryAfter",
    "poolings",
    "replaceField",
    "selectEmbedDialect",
    "selectModelsDialect",
    "selectRootAnswer",
    "sidecarDialect",
    "teiDialect",
    "toWeirError",
    "truncatedInputsField",
    "truncatedInputsHeader",
  ]);
});
