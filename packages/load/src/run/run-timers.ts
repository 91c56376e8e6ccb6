/** Node's timers take no more than 2^31 - 1 ms, 24 days; a longer run arms one after the other. */
export const longestTimerMs: number = 2 ** 31 - 1;

/** Calls when a run's window begins and when its time is up. Times are `performance.now()`. */
export class RunTimers {
  readonly #windowStartMs: number;
  readonly #deadlineMs: number;
  #window: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;

  constructor(windowStartMs: number, deadlineMs: number) {
    this.#windowStartMs = windowStartMs;
    this.#deadlineMs = deadlineMs;
  }

  start(onWindow: (nowMs: number) => void, onDeadline: () => void): void {
    const untilWindowMs = Math.max(0, this.#windowStartMs - performance.now());
    this.#window = setTimeout(() => onWindow(performance.now()), Math.min(untilWindowMs, longestTimerMs));
    if (this.#deadlineMs < Infinity) this.#armDeadline(onDeadline);
  }

  close(): void {
    clearTimeout(this.#window);
    clearTimeout(this.#deadline);
  }

  #armDeadline(onDeadline: () => void): void {
    const leftMs = this.#deadlineMs - performance.now();
    this.#deadline = setTimeout(
      () => {
        if (performance.now() >= this.#deadlineMs) onDeadline();
        else this.#armDeadline(onDeadline);
      },
      Math.min(leftMs, longestTimerMs),
    );
  }
}
