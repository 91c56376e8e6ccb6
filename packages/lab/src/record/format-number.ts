/** A number with three digits that matter, and thousands separated: 0.0123, 4.56, 78.9, 1,234. */
export function formatNumber(value: number): string {
  if (value === 0) return "0";
  const magnitude = Math.abs(value);
  if (magnitude >= 99.95) return Math.round(value).toLocaleString("en-US");
  const decimals =
    magnitude >= 9.995 ? 1 : magnitude >= 0.9995 ? 2 : Math.min(6, 3 - Math.floor(Math.log10(magnitude)) - 1);
  return value.toFixed(decimals);
}

/** Milliseconds with their unit; seconds from 10,000 ms on. */
export function formatMs(ms: number): string {
  return ms >= 10_000 ? `${formatNumber(ms / 1000)} s` : `${formatNumber(ms)} ms`;
}

/** A length of time for people: 450 ms, 3 s, 12.3 s, 4 min 5 s, 2 h 3 min. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${String(Number((ms / 1000).toFixed(ms < 9950 ? 2 : 1)))} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600)
    return `${Math.floor(seconds / 60)} min${seconds % 60 === 0 ? "" : ` ${seconds % 60} s`}`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h${minutes % 60 === 0 ? "" : ` ${minutes % 60} min`}`;
}

/** A share of 1 as a percentage with its sign: 100 %, 12 %, 3.4 %, 0.42 %. */
export function formatShare(share: number): string {
  const percent = share * 100;
  return `${String(percent === 0 ? 0 : Number(percent.toPrecision(percent >= 99.5 ? 3 : 2)))} %`;
}

/** `1 request`, `1,234 requests`. */
export function formatCount(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}
