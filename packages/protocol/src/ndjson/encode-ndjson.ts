/** One line of newline-delimited JSON. */
export function encodeNdjson(value: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify(value)}\n`;
}
