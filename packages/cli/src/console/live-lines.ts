import type { TextOutput } from "../command-context.ts";
import { cutToWidth } from "./visible-text.ts";

/** A few lines at the end of a terminal that are drawn again and again in place, never wider than it. */
export class LiveLines {
  readonly #output: TextOutput;
  #drawn = 0;

  constructor(output: TextOutput) {
    this.#output = output;
  }

  draw(lines: readonly string[]): void {
    // One column is left free: a terminal that wraps in its last column would put the next drawing a line too low.
    const columns = Math.max(1, (this.#output.columns ?? 80) - 1);
    const text = lines.map((line) => `\u001B[2K${cutToWidth(line, columns)}\n`).join("");
    this.#output.write(this.#toTop() + text + this.#clearBelow(lines.length));
    this.#drawn = lines.length;
  }

  /** Takes the lines away; what is written next stands where they were. */
  clear(): void {
    if (this.#drawn === 0) return;
    this.#output.write(`${this.#toTop()}\u001B[0J`);
    this.#drawn = 0;
  }

  #toTop(): string {
    return this.#drawn === 0 ? "" : `\u001B[${this.#drawn}A\r`;
  }

  #clearBelow(drawing: number): string {
    return drawing < this.#drawn ? "\u001B[0J" : "";
  }
}
