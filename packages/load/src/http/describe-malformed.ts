import { malformedMessages, type MalformedAnswerKind } from "./transport-failure.ts";

/**
 * What is wrong with an answer, in a sentence. Shows what came where that tells more than its fault: the greeting of
 * another protocol, a web page without a head.
 * @param bytes what was read last, `length` bytes of it
 */
export function describeMalformed(kind: MalformedAnswerKind, bytes: Uint8Array, length: number): string {
  if (kind !== "malformed-status-line") return malformedMessages[kind];
  if (isTlsRecord(bytes, length)) return "this port speaks TLS: use https:// in the URL";
  if (isHttp2Settings(bytes, length)) return "this port speaks HTTP/2 alone: add --http2";
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(length, 40)).toString("latin1");
  return `${malformedMessages[kind]} (it begins with ${JSON.stringify(start)})`;
}

// An alert or a handshake, of SSL 3 or any TLS (RFC 8446 section 5.1).
function isTlsRecord(bytes: Uint8Array, length: number): boolean {
  return length >= 3 && (bytes[0] === 0x15 || bytes[0] === 0x16) && bytes[1] === 0x03 && bytes[2]! <= 0x04;
}

// A server begins with its settings, on stream 0 (RFC 9113 sections 3.4 and 6.5).
function isHttp2Settings(bytes: Uint8Array, length: number): boolean {
  if (length < 9 || bytes[3] !== 0x04) return false;
  return bytes[0] === 0 && bytes[5] === 0 && bytes[6] === 0 && bytes[7] === 0 && bytes[8] === 0;
}
