import { formatMs, formatNumber, formatShare } from "../record/format-number.ts";
import type { CheckRow } from "./suite.ts";

/** A figure with its unit, as people read it: `412 ms`, `105 MB`, `0.42 %`, `24.3/s`, `1.85 x`. */
export function formatValue(value: number, unit: CheckRow["unit"]): string {
  switch (unit) {
    case "ms":
      return formatMs(value);
    case "bytes":
      return `${formatNumber(value / 1e6)} MB`;
    case "share":
      return formatShare(value);
    case "per-second":
      return `${formatNumber(value)}/s`;
    case "ratio":
      return `${formatNumber(value)} x`;
    case "count":
      return value.toLocaleString("en-US");
    case "none":
      return formatNumber(value);
  }
}
