const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const longestStatusLineBytes = 8 * 1024;

/** A line that holds a NUL or a carriage return which does not end it (RFC 9110 section 5.5). */
export const brokenLine = -1;

/** The place of the next line feed, `end` where there is none yet, or {@link brokenLine}. */
export function endOfHeadLine(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (;;) {
    while (at < end && bytes[at]! > carriageReturn) at += 1;
    if (at === end || bytes[at] === lineFeed) return at;
    if (bytes[at] === 0) return brokenLine;
    if (bytes[at] === carriageReturn && at + 1 < end && bytes[at + 1] !== lineFeed) return brokenLine;
    at += 1;
  }
}

/** Whether an unfinished first line can still become a status line: garbage is named at once, not at a time limit. */
export function mayBeStatusLine(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start > longestStatusLineBytes) return false;
  const expected = "HTTP/1.";
  const length = Math.min(expected.length, end - start);
  for (let index = 0; index < length; index += 1)
    if (bytes[start + index] !== expected.charCodeAt(index)) return false;
  return true;
}
