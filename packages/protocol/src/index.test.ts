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
    "ollamaDialect",
    "ollamaRootText",
    "openaiDialect",
    "parseAnthropicCountRequest",
    "parseEmbedFileRequest",
    "parseUnixUrl",
    "poolings",
    "selectEmbedDialect",
    "selectModelsDialect",
    "selectRootAnswer",
    "sidecarDialect",
    "teiDialect",
    "toUnixUrl",
    "toWeirError",
    "truncatedInputsField",
    "truncatedInputsHeader",
  ]);
});
