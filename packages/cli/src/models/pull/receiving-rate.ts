/** Bytes a second over the last seconds: what a download does now, not what it did on average. */
export class ReceivingRate {
  /** Bytes that came by a time, one entry per `stepMs`; the oldest first. */
  readonly #marks: { readonly atMs: number; readonly bytes: number }[] = [];
  #bytes = 0;

  note(atMs: number, bytes: number): void {
    const last = this.#marks.at(-1);
    if (last === undefined || atMs - last.atMs >= stepMs) this.#marks.push({ atMs, bytes: this.#bytes });
    this.#bytes += bytes;
    while (this.#marks.length > 2 && atMs - this.#marks[1]!.atMs >= windowMs) this.#marks.shift();
  }

  /** Undefined before there is enough to say. */
  perSecond(nowMs: number): number | undefined {
    const first = this.#marks[0];
    if (first === undefined || nowMs - first.atMs < leastMs) return undefined;
    return ((this.#bytes - first.bytes) / (nowMs - first.atMs)) * 1000;
  }
}

const windowMs = 5_000;
const stepMs = 250;
const leastMs = 500;
