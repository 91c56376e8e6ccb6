import { WeirError, type EmbeddingDialect } from "@weir/protocol";
import { encodeRequest } from "../http/encode-request.ts";
import type { HttpTarget } from "../http/http-target.ts";
import { cacheBusterLength } from "./cache-buster.ts";
import type { EmbeddingsPlan } from "./embeddings-plan.ts";

/** A request ready to be sent, and where in it the cache-busters go. */
export interface RequestTemplate {
  readonly bytes: Uint8Array;
  /** Offsets of the words to overwrite, one a text; empty for a warm cache. */
  readonly slots: Uint32Array;
}

/** Prepared requests may take this much memory; of more texts only the first are used. */
const mostTemplateBytes = 128 * 1024 * 1024;

/**
 * Encodes the plan's requests once, so that sending one costs a copy. Texts are dealt to requests in order, and the
 * last request is filled up from the beginning: all have the same number of texts.
 */
export function createRequestTemplates(
  plan: EmbeddingsPlan,
  dialect: EmbeddingDialect,
  target: HttpTarget,
  headers: Readonly<Record<string, string>>,
): RequestTemplate[] {
  if (plan.texts.length === 0)
    throw new WeirError("USAGE", "there must be at least one text to send, got none");
  const marker = plan.cache.kind === "busted" ? unusedMarker(plan.texts) : undefined;
  const templates: RequestTemplate[] = [];
  const count = Math.ceil(plan.texts.length / plan.batch);
  let total = 0;
  for (let index = 0; index < count && total < mostTemplateBytes; index += 1) {
    const texts = Array.from({ length: plan.batch }, (_, place) => {
      const text = plan.texts[(index * plan.batch + place) % plan.texts.length]!;
      return marker === undefined ? text : `${marker} ${text}`;
    });
    const body = dialect.encodeRequest(
      {
        model: plan.model,
        inputs: { kind: "texts", texts },
        normalize: true,
        pooling: undefined,
        dimensions: undefined,
        truncate: true,
      },
      plan.encoding,
    );
    const bytes = encodeRequest(target, {
      method: "POST",
      path: dialect.path,
      headers: { "Content-Type": "application/json", ...headers },
      body,
    });
    templates.push({
      bytes,
      slots: marker === undefined ? new Uint32Array(0) : findSlots(bytes, marker, plan.batch),
    });
    total += bytes.length;
  }
  return templates;
}

function unusedMarker(texts: readonly string[]): string {
  for (let number = 0; ; number += 1) {
    const marker = `zq${number.toString(36).padStart(cacheBusterLength - 2, "0")}`;
    if (!texts.some((text) => text.includes(marker))) return marker;
  }
}

function findSlots(bytes: Uint8Array, marker: string, expected: number): Uint32Array {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const slots: number[] = [];
  for (let at = view.indexOf(marker); at !== -1; at = view.indexOf(marker, at + 1)) slots.push(at);
  if (slots.length !== expected)
    throw new WeirError(
      "INTERNAL",
      `a request of ${expected} texts must hold ${expected} cache-busters, found ${slots.length}`,
    );
  return Uint32Array.from(slots);
}
