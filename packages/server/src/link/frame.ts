/**
 * The frames that cross the pipe between the HTTP process and a replica.
 *
 *     0  u32  bytes of meta          8  u32  job id (0: the link itself)
 *     4  u32  bytes of body         12  u8   kind      13  u8  flags      14  u16  magic
 *
 * then meta (UTF-8 JSON, may be empty) and body (raw bytes). All integers little-endian. JSON holds what is small and
 * has names; vectors, texts, pictures and KV states are bodies and are never turned into JSON.
 */
export type FrameKind =
  | "hello"
  | "start"
  | "ready"
  | "failed"
  | "job"
  | "event"
  | "end"
  | "error"
  | "credit"
  | "cancel"
  | "stop"
  | "ping"
  | "pong";

export interface Frame {
  readonly kind: FrameKind;
  readonly jobId: number;
  readonly meta: unknown;
  /** Starts at offset 0 of its own ArrayBuffer, so that typed arrays can be laid over it. */
  readonly body: Uint8Array;
}

export interface FrameHead {
  readonly kind: FrameKind;
  readonly jobId: number;
  readonly metaBytes: number;
  readonly bodyBytes: number;
  /** The body is not the payload but the path of a file that holds it. */
  readonly spilled: boolean;
}

export const frameHeadBytes = 16;
const frameMagic = 0x5731;
const spilledFlag = 1;

// The position of a kind is its number on the wire: append, never reorder.
const frameKinds: readonly FrameKind[] = [
  "hello",
  "start",
  "ready",
  "failed",
  "job",
  "event",
  "end",
  "error",
  "credit",
  "cancel",
  "stop",
  "ping",
  "pong",
];

/** Head and meta as one buffer; the body follows as it is. */
export function encodeFrameHead(
  kind: FrameKind,
  jobId: number,
  meta: unknown,
  bodyBytes: number,
  spilled: boolean,
): Buffer {
  const json = meta === undefined ? "" : JSON.stringify(meta);
  const metaBytes = Buffer.byteLength(json);
  const head = Buffer.allocUnsafe(frameHeadBytes + metaBytes);
  head.writeUInt32LE(metaBytes, 0);
  head.writeUInt32LE(bodyBytes, 4);
  head.writeUInt32LE(jobId, 8);
  head.writeUInt8(frameKinds.indexOf(kind), 12);
  head.writeUInt8(spilled ? spilledFlag : 0, 13);
  head.writeUInt16LE(frameMagic, 14);
  head.write(json, frameHeadBytes);
  return head;
}

/** Throws when the bytes are not a frame head: something else wrote to the pipe, and nothing after it can be read. */
export function parseFrameHead(bytes: Buffer): FrameHead {
  const magic = bytes.readUInt16LE(14);
  const kind = frameKinds[bytes.readUInt8(12)];
  if (magic !== frameMagic || kind === undefined) {
    throw new Error(`the link carries foreign bytes: ${bytes.subarray(0, frameHeadBytes).toString("hex")}`);
  }
  return {
    kind,
    jobId: bytes.readUInt32LE(8),
    metaBytes: bytes.readUInt32LE(0),
    bodyBytes: bytes.readUInt32LE(4),
    spilled: (bytes.readUInt8(13) & spilledFlag) !== 0,
  };
}
