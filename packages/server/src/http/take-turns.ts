import type { FastifyInstance } from "fastify";

/** How much of one turn of the event loop new requests may take, in milliseconds. Of 1 ms, small requests cost a tenth more. */
const turnMs = 2;
/** Requests of one turn that had to wait; more of them than go into it. */
const mostPerTurn = 16;

/**
 * Lets requests in by turns of the event loop, each for a bounded time, in the order in which they came: where hundreds come at
 * once, most of them to be refused, everything else goes on between them: streams that are written, and probes, which wait for
 * nobody. A request that comes alone goes in at once. Call it before any hook that does something for a request.
 */
export function addTurns(app: FastifyInstance): void {
  const turns = new Turns();
  app.addHook("onRequest", ({ routeOptions }, _reply, done) => {
    if (routeOptions.config.probe === true) done();
    else turns.enter(done);
  });
}

class Turns {
  readonly #waiting: (() => void)[] = [];
  /** When the first request of this turn went in; undefined before. */
  #sinceMs: number | undefined;
  /** How often {@link #take} is still called in this turn. */
  #planned = 0;

  enter(go: () => void): void {
    if (this.#planned === 0) this.#plan(1);
    if (this.#waiting.length === 0 && this.#hasTime()) go();
    else this.#waiting.push(go);
  }

  #plan(count: number): void {
    this.#planned = count;
    // One for each: Node does all that follows from one request before it begins the next.
    for (let index = 0; index < count; index++) setImmediate(this.#take);
  }

  readonly #take = (): void => {
    if (this.#waiting.length > 0 && this.#hasTime()) this.#waiting.shift()!();
    this.#planned -= 1;
    if (this.#planned > 0) return;
    this.#sinceMs = undefined;
    if (this.#waiting.length > 0) this.#plan(Math.min(this.#waiting.length, mostPerTurn));
  };

  #hasTime(): boolean {
    const nowMs = performance.now();
    this.#sinceMs ??= nowMs;
    return nowMs - this.#sinceMs < turnMs;
  }
}
