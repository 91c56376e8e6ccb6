/** Where dialects that count tokens put their count; the rest of it is numbers, which cannot look like this. */
const counts = /"(?:prompt_tokens|prompt_eval_count)"\s*:\s*(\d{1,12})/;
const looked = 2_048;

/**
 * The tokens that an answer of any dialect says it took, without reading its vectors: looked for at its end and its
 * beginning. Undefined where it does not say.
 */
export function findInputTokens(body: Uint8Array): number | undefined {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const places = [bytes.subarray(Math.max(0, bytes.length - looked)), bytes.subarray(0, looked)];
  for (const place of places) {
    const [, digits] = counts.exec(place.toString("latin1")) ?? [];
    if (digits !== undefined) return Number(digits);
  }
  return undefined;
}
