import { isUnsaved, save, spill, type Pool } from "./pool.ts";
import type { SlotEntry } from "./slot-entry.ts";

/** Writes what is idle while nobody works, so that making room later takes no time. */
export interface BackgroundSaves extends AsyncDisposable {
  /** To be called whenever an answer is finished: it looks again after a quiet moment. */
  nudge(): void;
}

export interface BackgroundSavesOptions {
  readonly pool: Pool;
  /** How long nobody may have worked. */
  readonly quietMs: number;
  readonly isQuiet: () => boolean;
  readonly hotLimit: () => number;
  /** Called when a slot is free again. */
  readonly onFree: () => void;
}

export function createBackgroundSaves(options: BackgroundSavesOptions): BackgroundSaves {
  const { pool } = options;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let closed = false;

  function nudge(): void {
    clearTimeout(timer);
    if (closed) return;
    timer = setTimeout(() => {
      // A slot whose engine failed says so to the next answer; here nobody asked.
      running ??= work()
        .catch(() => undefined)
        .finally(() => {
          running = undefined;
        });
    }, options.quietMs);
    timer.unref();
  }

  /** One after another, and each only while it is still quiet. */
  async function work(): Promise<void> {
    while (!closed && options.isQuiet()) {
      const held = pool.entries.filter(({ use, holder }) => use === "idle" && holder !== undefined);
      held.sort((a, b) => a.lastUsed - b.lastUsed);
      const tooMany = held.length > options.hotLimit() ? held[0] : undefined;
      const entry = tooMany ?? held.find(({ holder }) => holder !== undefined && isUnsaved(pool, holder));
      if (entry?.holder === undefined) return;
      const { holder } = entry;
      await whileSaving(entry, () => (tooMany === undefined ? save(pool, entry, holder) : empty(entry)));
      await holder.saving;
    }
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
      clearTimeout(timer);
      await running;
    },
  };
}
