import type { Duplex } from "node:stream";
import { WeirError } from "@weir/protocol";
import { encodeFrameHead, type Frame, type FrameKind } from "./frame.ts";
import { createFrameReader, type ReadFrame } from "./frame-reader.ts";
import { spillLimitBytes, takeSpillFile, writeSpillFile } from "./spill-directory.ts";

export interface LinkConnectionOptions {
  readonly onFrame: (frame: Frame) => void;
  /** Called once, with the reason where it was not a clean end. No frame follows. */
  readonly onClose: (error: Error | undefined) => void;
  /** The file that carried a job's payload is gone or cannot be read. The link goes on; what becomes of the job is the caller's. */
  readonly onUnread: (jobId: number, error: WeirError) => void;
  /** Where payloads over {@link spillLimitBytes} go; asked for at each use, since a replica is told it by a frame. */
  readonly spillDirectory: () => string;
}

/** One end of the link. Frames arrive in the order they were sent, spilled ones included. */
export interface LinkConnection {
  send(kind: FrameKind, jobId: number, meta?: unknown, body?: Uint8Array): void;
  /** Hands over what `send` is called with inside as one write: one wake-up of the other side instead of several. */
  together(sends: () => void): void;
  /** Ends our side once everything sent has been handed over. */
  end(): void;
  destroy(): void;
}

const noBody = new Uint8Array(0);

export function createLinkConnection(socket: Duplex, options: LinkConnectionOptions): LinkConnection {
  let closed = false;
  // While a file is being read or written, what comes after it waits in the chain. Undefined: nothing to wait for,
  // and frames pass without a turn of the event loop.
  let inbound: Promise<void> | undefined;
  let outbound: Promise<void> | undefined;

  function close(error: Error | undefined): void {
    if (closed) return;
    closed = true;
    socket.destroy();
    options.onClose(error);
  }

  // A spilled frame that arrived before the end is still delivered.
  function closeInTurn(): void {
    void (inbound ?? Promise.resolve()).then(() => close(undefined));
  }

  function deliver(frame: ReadFrame, body: Uint8Array): void {
    if (!closed) options.onFrame({ kind: frame.kind, jobId: frame.jobId, meta: frame.meta, body });
  }

  async function receiveInTurn(frame: ReadFrame, before: Promise<void> | undefined): Promise<void> {
    await before;
    if (!frame.spilled) return deliver(frame, frame.body);
    let body: Uint8Array;
    try {
      body = await takeSpillFile(Buffer.from(frame.body).toString());
    } catch (error) {
      // Clients may see this: it does not say where the server keeps its files.
      const why = (error as NodeJS.ErrnoException).code ?? "unknown error";
      const message = `a large payload between the server and the model's process could not be read from disk (${why})`;
      if (!closed) options.onUnread(frame.jobId, new WeirError("REPLICA_LOST", message, { cause: error }));
      return;
    }
    deliver(frame, body);
  }

  const reader = createFrameReader((frame) => {
    if (inbound === undefined && !frame.spilled) {
      deliver(frame, frame.body);
      return;
    }
    const turn = receiveInTurn(frame, inbound).then(
      () => {
        if (inbound === turn) inbound = undefined;
      },
      (error: unknown) => close(error as Error),
    );
    inbound = turn;
  });

  function write(kind: FrameKind, jobId: number, meta: unknown, body: Uint8Array, spilled: boolean): void {
    if (closed || socket.writableEnded) return;
    socket.cork();
    socket.write(encodeFrameHead(kind, jobId, meta, body.length, spilled));
    if (body.length > 0) socket.write(body);
    socket.uncork();
  }

  async function sendInTurn(
    kind: FrameKind,
    jobId: number,
    meta: unknown,
    body: Uint8Array,
    before: Promise<void> | undefined,
  ): Promise<void> {
    await before;
    if (closed) return;
    if (body.length <= spillLimitBytes) return write(kind, jobId, meta, body, false);
    let path: string;
    try {
      path = await writeSpillFile(options.spillDirectory(), body);
    } catch {
      // The disk is full, or somebody swept the folder away: the pipe carries it too, only with more memory.
      return write(kind, jobId, meta, body, false);
    }
    write(kind, jobId, meta, Buffer.from(path), true);
  }

  socket.on("data", (chunk: Buffer) => {
    try {
      reader.push(chunk);
    } catch (error) {
      close(error as Error);
    }
  });
  socket.on("error", close);
  socket.on("end", closeInTurn);
  socket.on("close", closeInTurn);

  return {
    send(kind, jobId, meta, body = noBody) {
      if (outbound === undefined && body.length <= spillLimitBytes) {
        write(kind, jobId, meta, body, false);
        return;
      }
      const turn = sendInTurn(kind, jobId, meta, body, outbound).then(
        () => {
          if (outbound === turn) outbound = undefined;
        },
        (error: unknown) => close(error as Error),
      );
      outbound = turn;
    },
    together(sends) {
      socket.cork();
      try {
        sends();
      } finally {
        socket.uncork();
      }
    },
    end() {
      void (outbound ?? Promise.resolve()).then(() => socket.end());
    },
    destroy() {
      close(undefined);
    },
  };
}
