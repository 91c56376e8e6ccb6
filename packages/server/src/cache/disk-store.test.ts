import { mkdtemp, open, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { diskFileName, openDiskFile, type DiskFileEvent } from "./disk-file.ts";
import { DiskStore } from "./disk-store.ts";
import { missing, toNote } from "./ram-store.ts";

const floats = 96;
let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "weir-disk-"));
  path = join(directory, diskFileName);
});
afterEach(() => rm(directory, { recursive: true }));

async function openStore(maxBytes = 32e6) {
  const events: DiskFileEvent[] = [];
  const damages: string[] = [];
  const file = await openDiskFile(
    { directory, maxBytes, onEvent: (event) => events.push(event) },
    new AbortController().signal,
  );
  const store = new DiskStore(file, {
    maxBytes,
    onDamage: (reason) => damages.push(reason),
    onWriteFailure: (error) => {
      throw error;
    },
  });
  return { store, events, damages, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
}

type Opened = Awaited<ReturnType<typeof openStore>>;

const keyOf = (index: number): string => createHash("sha256").update(String(index)).digest("binary");
const vectorOf = (index: number): Float32Array =>
  Float32Array.from({ length: floats }, (_, at) => index + at / 7);

function write({ store }: Opened, from: number, to: number): void {
  for (let index = from; index < to; index++)
    store.write(keyOf(index), vectorOf(index), 0, floats, toNote(index, index % 2 === 0));
}

/** How many of them are there; every one that is has to be right. */
function countRight({ store }: Opened, from: number, to: number): number {
  let found = 0;
  const target = new Float32Array(floats + 1);
  for (let index = from; index < to; index++) {
    const note = store.read(keyOf(index), target, 1, floats);
    if (note === missing) continue;
    expect(note).toBe(toNote(index, index % 2 === 0));
    expect(target.subarray(1)).toEqual(vectorOf(index));
    found++;
  }
  return found;
}

/** A file with entries, closed in order. */
async function fill(count: number): Promise<void> {
  await using opened = await openStore();
  write(opened, 0, count);
}

async function overwrite(at: number, bytes: Buffer): Promise<void> {
  const file = await open(path, "r+");
  await file.write(bytes, 0, bytes.length, at);
  await file.close();
}

/** In every copy of the vector: pages that are free now hold older ones. */
async function flipBitOf(values: Float32Array): Promise<void> {
  const content = await readFile(path);
  const vector = Buffer.from(values.buffer);
  expect(content.includes(vector)).toBe(true);
  for (let at = content.indexOf(vector); at >= 0; at = content.indexOf(vector, at + 1))
    await overwrite(at + 9, Buffer.from([content[at + 9]! ^ 4]));
}

describe("the cache's file", () => {
  it("has what was written, at once and after it was opened again", async () => {
    {
      await using opened = await openStore();
      write(opened, 0, 50);
      expect(countRight(opened, 0, 60)).toBe(50);
    }
    await using opened = await openStore();
    expect(opened.events).toEqual([{ kind: "opened", path, entries: 50 }]);
    expect(countRight(opened, 0, 60)).toBe(50);
    expect(opened.store.read(keyOf(1), new Float32Array(8), 0, 8)).toBe(missing);
  });

  it("is one for all who have it open", async () => {
    await using one = await openStore();
    await using two = await openStore();
    write(one, 0, 20);
    write(two, 20, 40);
    while (countRight(one, 0, 40) + countRight(two, 0, 40) < 80)
      await new Promise((done) => setImmediate(done));
    await one.store.clear();
    while (countRight(two, 0, 40) > 0) await new Promise((done) => setImmediate(done));
    expect(two.store.entries).toBe(0);
  });

  it("stays within its bound", async () => {
    const maxBytes = 20e6;
    await using opened = await openStore(maxBytes);
    const vector = new Float32Array(384).fill(1);
    for (let index = 0; index < 7_000; index++) {
      opened.store.write(keyOf(index), vector, 0, vector.length, 1);
      if (index % 1_000 < 999) continue;
      // Until it is written: more than may wait would be dropped.
      while (opened.store.waiting > 0) await new Promise((done) => setImmediate(done));
      expect(await opened.store.bytes()).toBeLessThanOrEqual(maxBytes);
    }
    expect(opened.store.dropped).toBe(0);
    expect(opened.store.evictions + opened.store.entries).toBe(7_000);
    expect(opened.store.evictions).toBeGreaterThan(1_000);
    expect(opened.store.entries).toBeGreaterThan(3_000);
  });

  it("drops what it cannot write as fast as it comes", async () => {
    await using opened = await openStore();
    const large = new Float32Array(4 * 1024 * 1024);
    for (let index = 0; index < 5; index++) opened.store.write(keyOf(index), large, 0, large.length, 1);
    expect(opened.store.dropped).toBe(4);
    write(opened, 10, 20);
    expect(opened.store.read(keyOf(0), new Float32Array(large.length), 0, large.length)).toBe(1);
  });

  it("is begun anew where it is larger than it may be now", async () => {
    await fill(5_000);
    expect((await stat(path)).size).toBeGreaterThan(2e6);
    await using opened = await openStore(2e6);
    expect(opened.events).toMatchObject([{ kind: "set-aside", movedTo: undefined }, { entries: 0 }]);
  });
});

describe("a file that cannot be trusted is moved aside, and named", () => {
  /** Why it was moved aside: opens it, and looks at what there is after that. */
  async function reasonOfSetAside(): Promise<string> {
    const before = await readFile(path);
    await using opened = await openStore();
    expect(opened.events).toMatchObject([
      { kind: "set-aside", path },
      { kind: "opened", entries: 0 },
    ]);
    const [event] = opened.events as [Extract<DiskFileEvent, { kind: "set-aside" }>];
    expect(Buffer.compare(await readFile(event.movedTo!), before)).toBe(0);
    write(opened, 0, 5);
    expect(countRight(opened, 0, 5)).toBe(5);
    return event.reason;
  }

  it("where it is no such file", async () => {
    await writeFile(path, "not a database at all\n".repeat(1_000));
    expect(await reasonOfSetAside()).toMatch(/./);
  });

  it("where it is somebody else's database, or another version's", async () => {
    await fill(1);
    const { open: openDatabase } = await import("lmdb");
    const database = openDatabase<Buffer, Buffer>({ path, encoding: "binary", keyEncoding: "binary" });
    await database.put(Buffer.from("weir"), Buffer.from("weir embedding cache 99"));
    await database.close();
    expect(await reasonOfSetAside()).toMatch(/expected a file that says/);
  });

  it("where it was cut off", async () => {
    await fill(500);
    await truncate(path, Math.floor((await stat(path)).size / 2));
    expect(await reasonOfSetAside()).toMatch(/./);
  });

  it("where a bit of a vector is another one", async () => {
    await fill(500);
    await flipBitOf(vectorOf(77));
    expect(await reasonOfSetAside()).toMatch(/not as it was written/);
  });

  it.each([1, 2, 3, 4])("or wherever else the damage is (%i)", async (seed) => {
    await fill(500);
    const { size } = await stat(path);
    const noise = createHash("sha512").update(String(seed)).digest();
    for (let place = 0; place < 40; place++) {
      const at = 8_192 + ((noise.readUInt32LE(place) + place * 7_919) % (size - 8_192 - 64));
      await overwrite(at, noise);
    }
    await using opened = await openStore();
    expect(opened.events[0]).toMatchObject({ kind: "set-aside" });
  });

  it("while it is open: an entry that is read is checked", async () => {
    await using opened = await openStore();
    write(opened, 0, 50);
    while (opened.store.waiting > 0) await new Promise((done) => setImmediate(done));
    await flipBitOf(vectorOf(7));
    expect(opened.store.read(keyOf(7), new Float32Array(floats), 0, floats)).toBe(missing);
    expect(opened.damages).toHaveLength(1);
    await opened.store.setAside("test");
    expect((await readdir(directory)).filter((name) => name.includes(".damaged-"))).toHaveLength(1);
  });
});
