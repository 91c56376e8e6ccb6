import { readFileSync } from "node:fs";
import path from "node:path";
import { Histogram, toDistribution, type Distribution } from "@weir/stats";
import { isObject } from "../read-path.ts";
import type { Fact, FactColumn } from "../run-columns.ts";

/** A second of a run as it stands in slices.json, and the run it is of. */
interface ReadSlice {
  readonly run: string;
  readonly slice: Readonly<Record<string, unknown>>;
  readonly service: Distribution | undefined;
  readonly response: Distribution | undefined;
}

interface SliceColumn extends FactColumn {
  readonly read: (slice: ReadSlice) => Fact;
}

const count = (name: string, key: string, meaning: string): SliceColumn => ({
  name,
  type: "BIGINT",
  meaning,
  read({ slice }) {
    const value = slice[key];
    return typeof value === "number" ? value : null;
  },
});

const times = (name: "service" | "response", meaning: string): SliceColumn[] =>
  (["mean", "p50", "p95", "p99", "max"] as const).map((figure) => ({
    name: `${name}_${figure}_ms`,
    type: "DOUBLE",
    meaning: `${meaning}, ${figure}, ms; null where there are too few to say`,
    read: (slice) => slice[name]?.[figure] ?? null,
  }));

export const sliceColumns: readonly SliceColumn[] = [
  { name: "run", type: "VARCHAR", meaning: "id of the run", read: ({ run }) => run },
  {
    name: "second",
    type: "DOUBLE",
    meaning: "from the run's start, warm-up included",
    read: ({ slice }) => (typeof slice["startMs"] === "number" ? slice["startMs"] / 1000 : null),
  },
  count("offered", "offered", "requests that came due in it"),
  count("sent", "sent", "requests sent in it"),
  count("completed", "completed", "requests that ended well in it"),
  count("failed", "failed", "requests that failed in it"),
  count("units", "units", "units completed in it"),
  count("in_flight", "inFlight", "requests without an answer at its end"),
  ...times("response", "from due to end of those completed in it"),
  ...times("service", "from sent to end of those completed in it"),
];

/** The seconds of a run, from its folder. Undefined where slices.json is there and cannot be read; a run may have none. */
export function readSlices(folder: string, run: string): readonly Fact[][] | undefined {
  let text: string;
  try {
    text = readFileSync(path.join(folder, "slices.json"), "utf8");
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? [] : undefined;
  }
  try {
    const { slices } = JSON.parse(text) as { readonly slices: readonly unknown[] };
    return slices.filter(isObject).map((slice) => {
      const read: ReadSlice = {
        run,
        slice,
        service: toTimes(slice["serviceMs"]),
        response: toTimes(slice["responseMs"]),
      };
      return sliceColumns.map((column) => column.read(read));
    });
  } catch {
    return undefined;
  }
}

function toTimes(encoded: unknown): Distribution | undefined {
  if (!isObject(encoded)) return undefined;
  return toDistribution(Histogram.decode(encoded as unknown as Parameters<typeof Histogram.decode>[0]));
}
