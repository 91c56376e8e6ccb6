import { formatMs, formatNumber } from "../record/format-number.ts";
import type { Cell, DataTable } from "../tables/data-table.ts";
import type { CalibrateRecord } from "./calibrate-record.ts";

const ms = (value: Cell): string => formatMs(Number(value));

/** The errors of each level, one row each. */
export function toCalibrationTable({ levels }: CalibrateRecord): DataTable {
  return {
    title: null,
    columns: [
      { key: "users", heading: "users" },
      { key: "chunksPerSecond", heading: "chunks/s", show: (value) => formatNumber(Number(value)) },
      ...(["ttft", "chunkGap", "response"] as const).flatMap((of) =>
        (["p50", "p95", "max"] as const).map((figure) => ({
          key: `${of}Error${figure[0]!.toUpperCase()}${figure.slice(1)}Ms`,
          heading: `${headings[of]} ${figure}`,
          show: ms,
        })),
      ),
      { key: "mockTtftErrorP95Ms", heading: "mock's own TTFT", show: ms },
      { key: "valid", heading: "valid" },
    ],
    rows: levels.map((level) => ({
      tone: level.valid ? undefined : "bad",
      cells: [
        level.users,
        level.chunksPerSecond,
        ...[level.ttftErrorMs, level.chunkGapErrorMs, level.responseErrorMs].flatMap(({ p50, p95, max }) => [
          p50,
          p95,
          max,
        ]),
        level.mockErrorMs.ttft,
        level.valid,
      ],
    })),
  };
}

const headings = { ttft: "TTFT", chunkGap: "gap", response: "response" } as const;
