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
    "encodeOllamaLoadAnswer",
    "encodeOllamaLoaded",
    "encodeOllamaProcesses",
    "encodeOllamaTags",
    "encodeServerInfo",
    "errorCodes",
    "ollamaDialect",
    "ollamaRootText",
    "openaiDialect",
    "parseAnthropicCountRequest",
    "parseEmbedFileRequest",
    "parseKeepAlive",
    "parseOllamaLoadRequest",
    "poolings",
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
