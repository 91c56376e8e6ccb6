import { randomBytes } from "node:crypto";
import { askOnce, type Asked } from "@weir/load";
import {
  chatDialects,
  createChatRequest,
  embeddingDialects,
  WeirError,
  type ChatDialectName,
  type EmbeddingDialectName,
} from "@weir/protocol";
import { anthropicVersionHeader } from "../../probe/read-chat-facts.ts";
import { identifyTarget } from "../../run/identify-target.ts";
import type { RunRequest } from "../../run/run-request.ts";

/** A request as the server's clients send it, ready to go. */
export interface SampleRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** New to the server each time. */
  readonly createBody: () => Uint8Array;
}

/** How a request is sent. */
export interface SendOptions {
  readonly signal: AbortSignal;
  /** In place of those of the command line, e.g. without a key. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

const largeTexts = 8;
const largeCharacters = 2000;
const largeTokens = 64;

/** Requests of a workload: at 0 as small as they can be, else the larger and the longer the higher `size` is. */
export type CreateSample = (size: number) => SampleRequest;

/** What a request of this workload is. Throws TARGET_UNREACHABLE or TARGET_UNKNOWN. */
export async function findSamples(base: RunRequest, signal: AbortSignal): Promise<CreateSample> {
  const found = await identifyTarget(base, signal);
  signal.throwIfAborted();
  if (found.kind !== "found")
    throw new WeirError("TARGET_UNREACHABLE", found.kind === "not-started" ? found.message : "interrupted");
  const { dialect, model } = found.target;
  return base.workload.kind === "chat"
    ? (size) => createChatSample(dialect as ChatDialectName, model, size)
    : (size) => createEmbeddingSample(dialect as EmbeddingDialectName, model, size);
}

function createEmbeddingSample(
  name: EmbeddingDialectName,
  model: string | undefined,
  size: number,
): SampleRequest {
  const dialect = embeddingDialects[name];
  return {
    path: dialect.path,
    headers: {},
    createBody: () => {
      const texts =
        size === 0
          ? [createText(200)]
          : Array.from({ length: size * largeTexts }, () => createText(largeCharacters));
      const inputs = { kind: "texts", texts } as const;
      const open = { normalize: true, pooling: undefined, dimensions: undefined, truncate: true };
      return dialect.encodeRequest({ model, inputs, ...open }, "float");
    },
  };
}

function createChatSample(name: ChatDialectName, model: string | undefined, size: number): SampleRequest {
  const dialect = chatDialects[name];
  return {
    path: dialect.path,
    headers: name === "anthropic" ? anthropicVersionHeader : {},
    createBody: () => {
      const text = createText(200);
      const request = createChatRequest([{ role: "user", parts: [{ kind: "text", text }] }], {
        model,
        maxTokens: size === 0 ? 1 : size * largeTokens,
        temperature: 0,
      });
      return dialect.encodeRequest(request, { kind: "whole" });
    },
  };
}

// No cache has seen it before.
function createText(characters: number): string {
  const start = `${randomBytes(6).toString("hex")} `;
  return (
    start + "the river goes over the weir and on to the mill ".repeat(Math.ceil(characters / 48))
  ).slice(0, characters);
}

/** Sends one request on a connection of its own. */
export async function sendSample(
  base: RunRequest,
  { path, headers, createBody }: SampleRequest,
  { signal, headers: given = base.headers, timeoutMs = base.timeoutMs }: SendOptions,
): Promise<Asked> {
  return await askOnce(
    base.url,
    {
      method: "POST",
      path,
      headers: { "content-type": "application/json", ...headers, ...given },
      body: createBody(),
    },
    {
      ...base.connection,
      connectTimeoutMs: 5000,
      timeoutMs,
      signal,
      headerNames: ["retry-after", "retry-after-ms"],
    },
  );
}

/** What came back, in a word or two: `200`, `no answer within 5 s`. */
export function describeAsked(asked: Asked): string {
  return asked.kind === "answered" ? String(asked.status) : asked.message;
}

export function isGood(asked: Asked): boolean {
  return asked.kind === "answered" && asked.status >= 200 && asked.status < 300;
}
