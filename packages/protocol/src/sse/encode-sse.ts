/**
 * One server-sent event as text: an `event:` line where it has a name, one `data:` line, an empty line. `data` is JSON
 * or another text without line breaks.
 */
export function encodeSse(data: string, event?: string): string {
  return event === undefined ? `data: ${data}\n\n` : `event: ${event}\ndata: ${data}\n\n`;
}
