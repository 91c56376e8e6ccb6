import type { Paint } from "./paint.ts";

/** A bar of this many columns, `fraction` of it filled. */
export function drawBar(fraction: number, columns: number, paint: Paint): string {
  const halves = Math.round(Math.min(1, Math.max(0, fraction)) * columns * 2);
  const whole = Math.floor(halves / 2);
  const half = halves % 2 === 1 ? "╸" : "";
  return paint.cyan("━".repeat(whole) + half) + paint.dim("─".repeat(columns - whole - half.length));
}
