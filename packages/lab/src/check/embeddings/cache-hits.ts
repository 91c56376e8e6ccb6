import { formatNumber } from "../../record/format-number.ts";
import { createBuiltInTexts } from "../../texts/built-in-texts.ts";
import { heldFrom, told } from "../chat/rows.ts";
import type { CheckRow, Suite, SuiteContext } from "../suite.ts";
import { embeddingsOf } from "./bulk-texts.ts";

const characters = 200;
const batch = 64;

/** The same texts once more. */
export const cacheHits: Suite = {
  name: "cache-hits",
  description:
    "What a server's cache of embeddings is worth: texts of 200 characters in batches of 64 that are new to it, and then the same few again and again.",
  takes: "20 s",
  workload: "embeddings",
  settings: {
    duration: { unit: "ms", default: 8000, description: "of either half" },
    users: { unit: "count", default: 2, description: "requests at once" },
    "least-rate": { unit: "per-second", default: 15_000, description: "texts per second from the cache" },
  },
  check: checkCacheHits,
};

async function* checkCacheHits({ base, run, setting }: SuiteContext): AsyncGenerator<CheckRow, string, void> {
  const texts = createBuiltInTexts({ characters });
  const half = (cache: "busted" | "warm"): Parameters<typeof run>[1] => ({
    workload: { ...embeddingsOf(base), texts, batch, cache },
    users: setting("users"),
    durationMs: setting("duration"),
    requests: undefined,
    warmupMs: 1000,
    limits: [],
  });
  const computed = await run("texts that are new", half("busted"));
  const repeated = await run("the same texts again", half("warm"));
  const [slow, fast] = [computed, repeated].map(({ record }) => record.summary.units.perSecond) as [
    number,
    number,
  ];
  yield told(
    { key: "computed", metric: "texts per second that are new", unit: "per-second", value: slow },
    "more",
  );
  yield heldFrom(
    { key: "cached", metric: "texts per second from the cache", unit: "per-second", value: fast },
    setting("least-rate"),
    "Give the cache memory for what is asked again (--cache-ram of weir serve), and the load generator a core of its own.",
  );
  if (slow > 0)
    yield told({ key: "gain", metric: "from the cache to new", unit: "ratio", value: fast / slow }, "more");
  return `${formatNumber(fast)} texts/s come from the cache where ${formatNumber(slow)} are computed.`;
}
