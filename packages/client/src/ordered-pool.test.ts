import { describe, expect, it } from "vitest";
import { mapOrdered } from "./ordered-pool.ts";

interface Gate {
  readonly promise: Promise<void>;
  open(): void;
}

function createGate(): Gate {
  let open!: () => void;
  const promise = new Promise<void>((resolve) => (open = resolve));
  return { promise, open };
}

/** A source of 0, 1, 2, ... that counts what was read and whether it was closed. */
function createSource(count = Number.POSITIVE_INFINITY): {
  iterator: AsyncGenerator<number, void, undefined>;
  read: number;
  closed: boolean;
} {
  const source = { iterator: numbers(), read: 0, closed: false };
  async function* numbers(): AsyncGenerator<number, void, undefined> {
    try {
      while (source.read < count) yield source.read++;
    } finally {
      source.closed = true;
    }
  }
  return source;
}

/** Until everything that could go on by itself has. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

const limits = { concurrency: 2, readAhead: 4, signal: undefined };

describe("mapOrdered", () => {
  it("yields in order whatever finishes first, and closes the source", async () => {
    const source = createSource(7);
    const work = async (input: number): Promise<number> => {
      for (let turn = 0; turn < (input % 3) * 3; turn += 1) await new Promise((go) => setImmediate(go));
      return input * 10;
    };
    const outputs: number[] = [];
    for await (const output of mapOrdered(source.iterator, work, limits)) outputs.push(output);
    expect(outputs).toEqual([0, 10, 20, 30, 40, 50, 60]);
    expect(source.closed).toBe(true);
  });

  it("works on no more than `concurrency` and holds no more than `readAhead`", async () => {
    const source = createSource();
    const gates: Gate[] = [];
    let working = 0;
    let most = 0;
    const work = async (input: number): Promise<number> => {
      most = Math.max(most, ++working);
      await (gates[input] = createGate()).promise;
      working -= 1;
      return input;
    };
    const pool = mapOrdered(source.iterator, work, limits);
    const first = pool.next();
    await settle();
    expect([source.read, gates.length, most]).toEqual([4, 2, 2]);
    // The second is done before the first: its place is taken by the next, and nothing more is read.
    gates[1]!.open();
    await settle();
    expect([source.read, gates.length]).toEqual([4, 3]);
    gates[0]!.open();
    expect(await first).toEqual({ done: false, value: 0 });
    await settle();
    // One was taken away, so one more is held; nobody asks for more.
    expect([source.read, gates.length, most]).toEqual([5, 4, 2]);
    for (const gate of gates) gate.open();
    const ending = pool.return();
    await settle();
    for (const gate of gates) gate.open();
    await ending;
    expect(source.closed).toBe(true);
  });

  it("ends with the first work that fails, stops the others and closes the source", async () => {
    const source = createSource();
    const stopped: unknown[] = [];
    const work = (input: number, signal: AbortSignal): Promise<number> =>
      input === 1
        ? Promise.reject(new Error("second"))
        : new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => {
              stopped.push(input);
              reject(new Error("stopped"));
            });
          });
    const pool = mapOrdered(source.iterator, work, limits);
    await expect(pool.next()).rejects.toThrow("second");
    expect([stopped, source.closed]).toEqual([[0], true]);
    expect(await pool.next()).toEqual({ done: true, value: undefined });
  });

  it("gives what came before a source fails", async () => {
    async function* failing(): AsyncGenerator<number> {
      yield 1;
      yield 2;
      throw new Error("the source broke");
    }
    const got: number[] = [];
    const read = async (): Promise<void> => {
      for await (const output of mapOrdered(failing(), async (input) => input, limits)) got.push(output);
    };
    await expect(read()).rejects.toThrow("the source broke");
    expect(got).toEqual([1, 2]);
  });

  it("does not wait for a source that never answers when it is cancelled", async () => {
    const controller = new AbortController();
    async function* silent(): AsyncGenerator<number> {
      yield 1;
      await new Promise(() => {});
    }
    const pool = mapOrdered(silent(), async (input) => input, { ...limits, signal: controller.signal });
    expect(await pool.next()).toEqual({ done: false, value: 1 });
    const second = pool.next();
    controller.abort(new Error("enough"));
    await expect(second).rejects.toMatchObject({ code: "CANCELLED" });
  });

  it("starts nothing when it is cancelled before", async () => {
    const source = createSource();
    const pool = mapOrdered(source.iterator, async (input) => input, {
      ...limits,
      signal: AbortSignal.abort(),
    });
    await expect(pool.next()).rejects.toMatchObject({ code: "CANCELLED" });
    expect(source.read).toBe(0);
  });
});
