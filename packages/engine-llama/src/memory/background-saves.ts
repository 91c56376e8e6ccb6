import { isUnsaved, save, spill, type Pool } from "./pool.ts";
import type { SlotEntry } from "./slot-entry.ts";

/**
 * Writes what is idle, so that making room later takes no time and a process that dies takes little with it: while nobody
 * works at once, beside the work of others what has been idle for a while.
 */
export interface BackgroundSaves extends AsyncDisposable {
  /** To be called whenever an answer is finished: it looks again after a quiet moment. */
  nudge(): void;
}

export interface BackgroundSavesOptions {
  readonly pool: Pool;
  /** How long nobody may have worked. */
  readonly quietMs: number;
  /** How long a conversation has been idle when it is written beside the work of others; each delays them by one write. */
  readonly idleMs: number;
  /** As conversations' `lastUsedAtMs`. */
  readonly now: () => number;
  readonly isQuiet: () => boolean;
  readonly hotLimit: () => number;
  /** Called when a slot is free again. */
  readonly onFree: () => void;
}

export function createBackgroundSaves(options: BackgroundSavesOptions): BackgroundSaves {
  const { pool } = options;
  let quietTimer: NodeJS.Timeout | undefined;
  let idleTimer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let closed = false;

  function nudge(): void {
    clearTimeout(quietTimer);
    if (closed) return;
    quietTimer = setTimeout(begin, options.quietMs);
    quietTimer.unref();
    // Not moved by those that come later: there may never be a quiet moment.
    idleTimer ??= setTimeout(() => {
      idleTimer = undefined;
      begin();
    }, options.idleMs).unref();
  }

  function begin(): void {
    // A slot whose engine failed says so to the next answer; here nobody asked.
    running ??= work()
      .catch(() => undefined)
      .finally(() => {
        running = undefined;
        if (pool.entries.some((entry) => isWaiting(entry))) nudge();
      });
  }

  function isWaiting({ use, holder }: SlotEntry): boolean {
    return use === "idle" && holder !== undefined && isUnsaved(pool, holder) && !options.isQuiet();
  }

  /** One after another, and each only where it is in nobody's way. */
  async function work(): Promise<void> {
    while (!closed) {
      const isQuiet = options.isQuiet();
      const held = pool.entries.filter(({ use, holder }) => use === "idle" && holder !== undefined);
      held.sort((a, b) => a.lastUsed - b.lastUsed);
      const tooMany = isQuiet && held.length > options.hotLimit() ? held[0] : undefined;
      const entry = tooMany ?? held.find((each) => isDue(each, isQuiet));
      if (entry?.holder === undefined) return;
      const { holder } = entry;
      await whileSaving(entry, () => (tooMany === undefined ? save(pool, entry, holder) : empty(entry)));
      await holder.saving;
    }
  }

  function isDue({ holder }: SlotEntry, isQuiet: boolean): boolean {
    if (holder === undefined || !isUnsaved(pool, holder)) return false;
    return isQuiet || options.now() - holder.lastUsedAtMs >= options.idleMs;
  }

  async function empty(entry: SlotEntry): Promise<void> {
    await spill(pool, entry, 0);
    await entry.slot.erase();
  }

  async function whileSaving(entry: SlotEntry, act: () => Promise<void>): Promise<void> {
    entry.use = "saving";
    try {
      await act();
    } finally {
      entry.use = "idle";
      options.onFree();
    }
  }

  return {
    nudge,
    async [Symbol.asyncDispose]() {
      closed = true;
      clearTimeout(quietTimer);
      clearTimeout(idleTimer);
      await running;
    },
  };
}
