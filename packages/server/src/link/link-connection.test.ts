import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { encodeFrameHead, type Frame, type FrameKind } from "./frame.ts";
import { createLinkConnection, type LinkConnection } from "./link-connection.ts";
import { spillLimitBytes } from "./spill-directory.ts";

let directory: string;
let sockets: [Socket, Socket];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "weir-test-"));
  sockets = await createSocketPair();
});

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await rm(directory, { recursive: true });
});

async function createSocketPair(): Promise<[Socket, Socket]> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(join(directory, "pair"), resolve));
  const accepted = new Promise<Socket>((resolve) => server.once("connection", resolve));
  const near = connect(join(directory, "pair"));
  const pair: [Socket, Socket] = [near, await accepted];
  server.close();
  return pair;
}

/** Two ends of a link; `received` yields what the far end got, once `count` frames are there or it closed. */
function createLink(spillDirectory: () => string = () => directory): {
  near: LinkConnection;
  unread: readonly [number, string][];
  received: (count: number) => Promise<Frame[]>;
  closed: Promise<Error | undefined>;
} {
  const frames: Frame[] = [];
  let wake = (): void => {};
  let onClosed!: (error: Error | undefined) => void;
  const closed = new Promise<Error | undefined>((resolve) => (onClosed = resolve));
  const unread: [number, string][] = [];
  const near = createLinkConnection(sockets[0], {
    spillDirectory,
    onFrame: () => {},
    onClose: () => {},
    onUnread: () => {},
  });
  createLinkConnection(sockets[1], {
    spillDirectory,
    onClose: onClosed,
    onUnread: (jobId, error) => void unread.push([jobId, error.message]),
    onFrame: (frame) => {
      frames.push(frame);
      wake();
    },
  });
  return {
    near,
    closed,
    unread,
    async received(count) {
      while (frames.length < count) await new Promise<void>((resolve) => (wake = resolve));
      return frames;
    },
  };
}

describe("link", () => {
  it("carries kind, job, meta and body of each frame in order", async () => {
    const { near, received } = createLink();
    const sent: [FrameKind, number, unknown, Uint8Array][] = [
      ["hello", 0, { version: 1, text: "é 😀" }, new Uint8Array(0)],
      ["job", 7, undefined, Uint8Array.from([1, 2, 3])],
      ["event", 4_294_967_295, { dimensions: 3 }, new Uint8Array(1_000_000).fill(9)],
      ["end", 7, null, new Uint8Array(0)],
    ];
    for (const [kind, jobId, meta, body] of sent) near.send(kind, jobId, meta, body);
    const frames = await received(sent.length);
    expect(frames.map((frame) => [frame.kind, frame.jobId, frame.meta, frame.body.length])).toEqual(
      sent.map(([kind, jobId, meta, body]) => [kind, jobId, meta, body.length]),
    );
    expect(Buffer.from(frames[2]!.body).equals(sent[2]![3])).toBe(true);
  });

  it("sends large payloads as private files, in order with the frames around them, and leaves no file", async () => {
    const { near, received } = createLink();
    const large = new Uint8Array(spillLimitBytes + 1);
    large[spillLimitBytes] = 42;
    near.send("job", 1, "before");
    near.send("job", 2, "large", large);
    near.send("cancel", 2, "after");
    const frames = await received(3);
    expect(frames.map((frame) => frame.meta)).toEqual(["before", "large", "after"]);
    expect(Buffer.from(frames[1]!.body).equals(large)).toBe(true);
    expect((await readdir(directory)).filter((name) => name !== "pair")).toEqual([]);
  });

  it("sends a large payload in the pipe where no file can be written", async () => {
    const { near, received } = createLink(() => join(directory, "swept-away"));
    const large = new Uint8Array(spillLimitBytes + 1).fill(7);
    near.send("job", 1, "large", large);
    near.send("cancel", 1, "after");
    const frames = await received(2);
    expect(frames.map((frame) => frame.meta)).toEqual(["large", "after"]);
    expect(Buffer.from(frames[0]!.body).equals(large)).toBe(true);
  });

  it("goes on with the other jobs where a file is gone, and does not say where it was", async () => {
    const { near, received, unread } = createLink();
    // As a link writes it: the path as the body, and the mark of a spilled frame.
    sockets[0].write(encodeFrameHead("job", 4, undefined, 5, true));
    sockets[0].write("/none");
    near.send("job", 5, "next");
    expect((await received(1)).map((frame) => frame.meta)).toEqual(["next"]);
    expect(unread).toEqual([[4, expect.stringMatching(/could not be read from disk \(ENOENT\)$/)]]);
  });

  it("writes a spilled payload for its owner alone", async () => {
    const { writeSpillFile } = await import("./spill-directory.ts");
    const path = await writeSpillFile(directory, new Uint8Array(1));
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it("hands over what was sent before its end, then says it is closed", async () => {
    const { near, received, closed } = createLink();
    near.send("job", 2, "large", new Uint8Array(spillLimitBytes + 1));
    near.end();
    await received(1);
    expect(await closed).toBeUndefined();
  });

  it("closes with a reason when something else writes to the pipe", async () => {
    const { closed } = createLink();
    sockets[0].write("Warning: a library printed this to the wrong descriptor\n");
    expect((await closed)?.message).toContain("foreign bytes");
  });
});
