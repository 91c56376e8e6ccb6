import { frameHeadBytes, parseFrameHead, type Frame, type FrameHead } from "./frame.ts";

export interface ReadFrame extends Frame {
  readonly spilled: boolean;
}

export interface FrameReader {
  /** Takes the next bytes of the stream, cut anywhere, and calls back for each frame that they complete. */
  push(chunk: Uint8Array): void;
}

/** Each frame's payload is copied once, from the chunks straight to where it stays. */
export function createFrameReader(onFrame: (frame: ReadFrame) => void): FrameReader {
  const headBytes = Buffer.allocUnsafe(frameHeadBytes);
  let head: FrameHead | undefined;
  let target: Uint8Array = headBytes;
  let filled = 0;
  let meta: Buffer = Buffer.alloc(0);

  // What is being filled (head, then meta, then body) is full: move on, through empty parts too.
  function advance(): void {
    if (head === undefined) {
      head = parseFrameHead(headBytes);
      // allocUnsafeSlow: a buffer of its own, never a slice of the shared pool.
      meta = Buffer.allocUnsafeSlow(head.metaBytes);
      target = meta;
    } else if (target === meta) {
      target = new Uint8Array(new ArrayBuffer(head.bodyBytes));
    } else {
      const frame: ReadFrame = {
        kind: head.kind,
        jobId: head.jobId,
        meta: head.metaBytes === 0 ? undefined : JSON.parse(meta.toString("utf8")),
        body: target,
        spilled: head.spilled,
      };
      head = undefined;
      target = headBytes;
      filled = 0;
      onFrame(frame);
      return;
    }
    filled = 0;
    if (target.length === 0) advance();
  }

  return {
    push(chunk) {
      let offset = 0;
      while (offset < chunk.length) {
        const take = Math.min(chunk.length - offset, target.length - filled);
        target.set(chunk.subarray(offset, offset + take), filled);
        filled += take;
        offset += take;
        if (filled === target.length) advance();
      }
    },
  };
}
