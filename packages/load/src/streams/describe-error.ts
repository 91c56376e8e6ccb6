type Fields = Readonly<Record<string, unknown>>;

/** An object's members, or none for anything else. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export function tryParseJson(bytes: Uint8Array, start = 0, end: number = bytes.length): unknown {
  try {
    return JSON.parse(textOf(bytes, start, end)) as unknown;
  } catch {
    return undefined;
  }
}

/** The beginning of a text for a message, at most 200 characters. */
export function excerptOf(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  return textOf(bytes, start, Math.min(end, start + 800)).slice(0, 200);
}

/**
 * What a server says went wrong, in any of the usual envelopes: `{"error": text}`, `{"error": {"message"}}`,
 * `{"message"}`, `{"detail"}`; undefined where there is none of them.
 */
export function findErrorMessage(answer: unknown): string | undefined {
  if (typeof answer === "string") return answer;
  const { error, message, detail } = fieldsOf(answer);
  const inner = fieldsOf(error)["message"];
  for (const found of [error, inner, message, detail])
    if (typeof found === "string" && found !== "") return found;
  const rest = error ?? detail;
  return rest === undefined || rest === null ? undefined : JSON.stringify(rest).slice(0, 200);
}

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("utf8");
}
