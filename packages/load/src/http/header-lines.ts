import { nameMatches, textOf, type ResponseHead } from "./response-head.ts";
import type { MalformedAnswerKind } from "./transport-failure.ts";

const carriageReturn = 0x0d;
const colon = 0x3a;
const lineFeed = 0x0a;
const tab = 0x09;
const space = 0x20;
const zero = 0x30;
const keepAliveWord = "keep-alive";
const framingNames = ["content-length", "transfer-encoding", "connection"];
// 15 digits stay below 2^53, so that every length is exact in a double.
const mostLengthDigits = 15;

// RFC 9110 section 5.6.2: the characters of a field name.
const tokenBytes = new Uint8Array(256);
for (const character of "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
  tokenBytes[character.charCodeAt(0)] = 1;

/** What the header lines say about where the body ends. */
export interface BodyFraming {
  /** -1 until a Content-Length was seen. */
  contentLength: number;
  chunked: boolean;
  /** The last word of the Connection headers seen so far; undefined leaves it to the version. */
  keepAlive: boolean | undefined;
  /** What is wrong with them; nothing to an answer that has no body. */
  fault: MalformedAnswerKind | undefined;
}

/** Reads `HTTP/1.1 200 OK` from `bytes[start, end)` into `head`; false where it is something else. */
export function parseStatusLine(bytes: Uint8Array, start: number, end: number, head: ResponseHead): boolean {
  const last = bytes[end - 1] === carriageReturn ? end - 1 : end;
  if (last - start < 12) return false;
  const minor = bytes[start + 7]! - zero;
  const hundreds = bytes[start + 9]! - zero;
  const tens = bytes[start + 10]! - zero;
  const ones = bytes[start + 11]! - zero;
  const named =
    bytes[start] === 0x48 &&
    bytes[start + 1] === 0x54 &&
    bytes[start + 2] === 0x54 &&
    bytes[start + 3] === 0x50 &&
    bytes[start + 4] === 0x2f &&
    bytes[start + 5] === 0x31 &&
    bytes[start + 6] === 0x2e &&
    bytes[start + 8] === space;
  if (!named || (minor !== 0 && minor !== 1)) return false;
  if (hundreds < 1 || hundreds > 9 || tens < 0 || tens > 9 || ones < 0 || ones > 9) return false;
  // The reason phrase may be missing, with or without the space before it.
  if (last - start > 12 && bytes[start + 12] !== space) return false;
  head.status = hundreds * 100 + tens * 10 + ones;
  head.minorVersion = minor;
  return true;
}

/**
 * Whether the line at `start` continues the one before it (RFC 9112 section 5.2). Lines that decide where the body ends
 * must stand on one line: readers differ about them.
 * @param first where the first header line begins
 */
export function continuesLine(bytes: Uint8Array, first: number, start: number): boolean {
  if (start === first || (bytes[start] !== space && bytes[start] !== tab)) return false;
  let before = start;
  do {
    before -= 1;
    while (before > first && bytes[before - 1] !== lineFeed) before -= 1;
  } while (before > first && (bytes[before] === space || bytes[before] === tab));
  return !framingNames.some((name) => nameMatches(bytes, before, start, name));
}

/** Checks one header line and notes what it says about the body's end. */
export function parseHeaderLine(
  bytes: Uint8Array,
  start: number,
  end: number,
  framing: BodyFraming,
): MalformedAnswerKind | undefined {
  let at = start;
  while (at < end && tokenBytes[bytes[at]!] === 1) at += 1;
  // A name that is empty or holds a blank (RFC 9112 section 5.1).
  if (at === start || at >= end || bytes[at] !== colon) return "malformed-header";
  switch (at - start) {
    case 14:
      return nameMatches(bytes, start, end, "content-length")
        ? noteContentLength(bytes, at + 1, end, framing)
        : undefined;
    case 17:
      return nameMatches(bytes, start, end, "transfer-encoding")
        ? noteTransferEncoding(textOf(bytes, at + 1, end), framing)
        : undefined;
    case 10:
      if (nameMatches(bytes, start, end, "connection")) noteConnection(bytes, at + 1, end, framing);
      return undefined;
    default:
      return undefined;
  }
}

// The usual ` 34\r` is read from its bytes; anything else takes the slow way, which knows every form.
function noteContentLength(
  bytes: Uint8Array,
  start: number,
  end: number,
  framing: BodyFraming,
): MalformedAnswerKind | undefined {
  let at = bytes[start] === space ? start + 1 : start;
  const last = bytes[end - 1] === carriageReturn ? end - 1 : end;
  if (last - at < 1 || last - at > mostLengthDigits)
    return noteContentLengthText(textOf(bytes, start, end), framing);
  let length = 0;
  for (; at < last; at += 1) {
    const digit = bytes[at]! - zero;
    if (digit < 0 || digit > 9) return noteContentLengthText(textOf(bytes, start, end), framing);
    length = length * 10 + digit;
  }
  return setContentLength(length, framing);
}

function noteContentLengthText(value: string, framing: BodyFraming): MalformedAnswerKind | undefined {
  // A list of equal numbers is one number (RFC 9110 section 8.6).
  for (const part of value.split(",")) {
    const digits = part.trim();
    if (!/^\d{1,15}$/.test(digits)) return "malformed-content-length";
    setContentLength(Number(digits), framing);
  }
  return undefined;
}

function setContentLength(length: number, framing: BodyFraming): undefined {
  if (framing.contentLength !== -1 && framing.contentLength !== length)
    framing.fault ??= "conflicting-lengths";
  framing.contentLength = length;
  return undefined;
}

function noteTransferEncoding(value: string, framing: BodyFraming): undefined {
  if (framing.chunked || value.toLowerCase() !== "chunked") framing.fault ??= "unsupported-transfer-coding";
  framing.chunked = true;
  return undefined;
}

function noteConnection(bytes: Uint8Array, start: number, end: number, framing: BodyFraming): void {
  if (isPlainKeepAlive(bytes, start, end)) {
    framing.keepAlive ??= true;
    return;
  }
  for (const option of textOf(bytes, start, end).toLowerCase().split(",")) {
    if (option.trim() === "close") framing.keepAlive = false;
    else if (option.trim() === "keep-alive") framing.keepAlive ??= true;
  }
}

function isPlainKeepAlive(bytes: Uint8Array, start: number, end: number): boolean {
  const at = bytes[start] === space ? start + 1 : start;
  const last = bytes[end - 1] === carriageReturn ? end - 1 : end;
  if (last - at !== keepAliveWord.length) return false;
  for (let index = 0; index < keepAliveWord.length; index += 1)
    if (bytes[at + index] !== keepAliveWord.charCodeAt(index)) return false;
  return true;
}
