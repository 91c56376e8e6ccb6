import { sampleTableColumns } from "../../samples/sample-table.ts";
import { runColumns, type FactColumn } from "../run-columns.ts";
import { sliceColumns } from "./slice-columns.ts";

export interface StoreView {
  readonly name: "runs" | "slices" | "samples";
  readonly meaning: string;
  readonly columns: readonly { readonly name: string; readonly type: string; readonly meaning: string }[];
}

const recordColumn: { name: string; type: string; meaning: string } = {
  name: "record",
  type: "JSON",
  meaning: "the whole run.json: record->>'$.plan.url', (record->'$.summary.checks')",
};

const sampleTypes = { INT32: "INTEGER", INT64: "BIGINT", DOUBLE: "DOUBLE", STRING: "VARCHAR" } as const;
const sampleMeanings: Readonly<Record<string, string>> = {
  request: "counted from 0, in the order they were given out",
  worker: "the generator's thread",
  user: "which of the users sent it",
  part: "of a mix or scenario; null where there are none",
  phase: "warm-up or window",
  attempt: "0, and counted up where a request is sent again",
  turn: "the user's turn that it belongs to",
  dueUs: "when it was due, microseconds from the run's start",
  outcome: "completed, failed or cut-off",
  status: "HTTP status; null where none came",
  failure: "why it failed; null where it did not",
  bodyBytes: "bytes of the answer's body",
  units: "units completed by it",
  restMs: "service time without what the server says that it took",
};

/** What weir runs query has: one row per run, per second of a run, and per attempt of a request. */
export const storeViews: readonly StoreView[] = [
  {
    name: "runs",
    meaning: "one row per run; the runs that a measurement is made of are runs too",
    columns: [...runColumns, recordColumn],
  },
  {
    name: "slices",
    meaning: "one row per second of each run",
    columns: sliceColumns satisfies readonly FactColumn[],
  },
  {
    name: "samples",
    meaning: "one row per attempt of a request, of runs with --samples",
    columns: [
      { name: "run", type: "VARCHAR", meaning: "id of the run" },
      ...sampleTableColumns.map(({ name, type }) => ({
        name,
        type: sampleTypes[type],
        meaning: sampleMeanings[name] ?? describeSample(name),
      })),
    ],
  },
];

function describeSample(name: string): string {
  const words = name.replace(/(Us|Ms)$/, "").replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  if (name.endsWith("Us"))
    return `when: ${words}; microseconds from the run's start, null where it did not come`;
  return name.endsWith("Ms") ? `${words}: milliseconds that the server says` : words;
}
