import { promptMs, toArrival, type Follows } from "./arrival.ts";

/** Arrivals over which it is learned whether connections tell who is who. */
const memory = 32;
/** Below this part they do not: the client takes any connection of its pool. */
const telling = 0.65;

/**
 * Tells newcomers from retries among the requests of one client, whose pool may send each over any connection: an answer is
 * followed at once by its user's next request. Each answer accounts for one request that comes within 10 ms of it; those that no
 * answer accounts for were waiting. Where requests do follow on the very connection, that alone decides. Times are
 * milliseconds on the caller's clock.
 */
export class AnswerTrail {
  #answeredAtMs: number[] = [];
  #sameConnection = 1;

  /** Work was done for a request and its answer is out. */
  noteAnswer(nowMs: number): void {
    this.#drop(nowMs);
    this.#answeredAtMs.push(nowMs);
  }

  /** What a request follows, by what is known of its connection and of the client's other ones. */
  follow(connection: Follows | undefined, nowMs: number): Follows | undefined {
    this.#drop(nowMs);
    const answeredAtMs = this.#answeredAtMs.shift();
    if (answeredAtMs === undefined) return connection;
    const isSame = toArrival(false, connection) === "prompt";
    this.#sameConnection += (Number(isSame) - this.#sameConnection) / memory;
    if (isSame || this.#sameConnection >= telling) return connection;
    return { kind: "answer", idleMs: nowMs - answeredAtMs };
  }

  #drop(nowMs: number): void {
    while (this.#answeredAtMs.length > 0 && nowMs - this.#answeredAtMs[0]! >= promptMs)
      this.#answeredAtMs.shift();
  }
}
