import { createHash } from "node:crypto";

/** What is written beside an engine's state: whose it is, what it holds, and how to tell that it is whole. */
export interface StateEntry {
  /** Of everything that a state depends on; see fingerprint.ts. */
  readonly fingerprint: string;
  readonly kind: "conversation" | "prefix" | "prewarm";
  readonly keyId: string;
  /** The agent's; empty for what is nobody's own. */
  readonly id: string;
  readonly named: boolean;
  readonly branch: number;
  readonly promptTokens: number;
  readonly prefixTokens: number;
  readonly turns: number;
  readonly reusedTokens: number;
  readonly evaluatedTokens: number;
  readonly lastUsedAtMs: number;
  /** File name of the engine's state. */
  readonly stateName: string;
  readonly stateBytes: number;
  readonly stateSha256: string;
}

/** Its last character is the version of the layout. */
const magic = Buffer.from("weirkv-1");
const headBytes = magic.length + 8;
const hashBytes = 32;

/**
 * Layout: magic, two uint32 with the sizes of what follows, the entry as JSON, its tokens as uint32, SHA-256 of all before.
 * Numbers are in the machine's own order, as in the engine's state.
 */
export function encodeStateEntry(entry: StateEntry, tokens: Uint32Array): Buffer {
  const json = Buffer.from(JSON.stringify(entry));
  const sizes = Buffer.from(Uint32Array.of(json.length, tokens.length).buffer);
  const body = Buffer.concat([
    magic,
    sizes,
    json,
    Buffer.from(tokens.buffer, tokens.byteOffset, tokens.byteLength),
  ]);
  return Buffer.concat([body, createHash("sha256").update(body).digest()]);
}

/** Undefined for whatever is not exactly what `encodeStateEntry` wrote. */
export function parseStateEntry(
  bytes: Buffer,
): { readonly entry: StateEntry; readonly tokens: Uint32Array } | undefined {
  if (bytes.length < headBytes + hashBytes || !bytes.subarray(0, magic.length).equals(magic))
    return undefined;
  const body = bytes.subarray(0, bytes.length - hashBytes);
  if (!createHash("sha256").update(body).digest().equals(bytes.subarray(body.length))) return undefined;
  const [jsonBytes = 0, tokenCount = 0] = toUint32(body, magic.length, 2);
  if (headBytes + jsonBytes + tokenCount * 4 !== body.length) return undefined;
  const entry = JSON.parse(body.toString("utf8", headBytes, headBytes + jsonBytes)) as StateEntry;
  return { entry, tokens: toUint32(body, headBytes + jsonBytes, tokenCount) };
}

function toUint32(bytes: Buffer, at: number, count: number): Uint32Array {
  const start = bytes.byteOffset + at;
  return new Uint32Array(bytes.buffer.slice(start, start + count * 4));
}
