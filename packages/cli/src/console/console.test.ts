import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LiveLines } from "./live-lines.ts";
import { createPaint } from "./paint.ts";
import { drawBar } from "./progress-bar.ts";
import { layOutTable } from "./text-table.ts";
import { cutToWidth, quoteForeign, visibleWidth } from "./visible-text.ts";

const terminal = { write: () => true, isTTY: true, columns: 80 };
const pipe = { write: () => true };
const painted = createPaint(terminal, {});

describe("createPaint", () => {
  it("paints on a terminal only, unless the environment says otherwise", () => {
    expect(painted.red("x")).toBe("\u001B[31mx\u001B[39m");
    expect(createPaint(pipe, {}).red("x")).toBe("x");
    expect(createPaint(terminal, { NO_COLOR: "1" }).red("x")).toBe("x");
    expect(createPaint(terminal, { NO_COLOR: "" }).red("x")).not.toBe("x");
    expect(createPaint(terminal, { TERM: "dumb" }).red("x")).toBe("x");
    expect(createPaint(pipe, { FORCE_COLOR: "1" }).red("x")).not.toBe("x");
  });
});

describe("widths", () => {
  it("does not count colours, and cuts to the width asked", () => {
    const text = `${painted.bold("rate")} ${painted.red("😀 wide")}`;
    expect(visibleWidth(text)).toBe(11);
    expect(visibleWidth(cutToWidth(text, 8))).toBe(8);
    expect(cutToWidth(text, 11)).toBe(text);
    // What was switched on is switched off, wherever the cut is.
    for (let columns = 0; columns < 11; columns += 1)
      expect(cutToWidth(text, columns)).toContain("\u001B[39m");
    expect(cutToWidth("plain text", 6)).toBe("plain…");
  });

  it("shows what others wrote on one line, without anything that moves the cursor", () => {
    expect(quoteForeign("a\r\n\tb \u001B[2Jc\u0000d\u202Ee", 100)).toBe("a b [2Jc d e");
    expect(quoteForeign("x".repeat(50), 10)).toBe(`${"x".repeat(9)}…`);
  });
});

describe("layOutTable", () => {
  it("aligns the first column to the left and the others to the right, colours or not", () => {
    expect(
      layOutTable([
        ["name", painted.dim("p50"), "n"],
        ["service", "1,234 ms", "5"],
        ["lag", "", "1,000"],
      ]),
    ).toEqual([
      `name          ${painted.dim("p50")}      n`,
      "service  1,234 ms      5",
      "lag                1,000",
    ]);
  });
});

describe("drawBar", () => {
  it("has its width whatever the fraction, and grows with it", () => {
    const plain = createPaint(pipe, {});
    fc.assert(
      fc.property(
        fc.double({ min: -1, max: 2, noNaN: true }),
        fc.integer({ min: 1, max: 60 }),
        (fraction, columns) => {
          expect(visibleWidth(drawBar(fraction, columns, plain))).toBe(columns);
        },
      ),
    );
    expect(drawBar(0.55, 10, plain)).toBe("━━━━━╸────");
    expect(drawBar(0, 3, plain) + drawBar(1, 3, plain)).toBe("───━━━");
  });
});

describe("LiveLines", () => {
  it("draws in place, never as wide as the terminal, and takes everything away again", () => {
    const screen = createScreen(20);
    const lines = new LiveLines(screen);
    screen.write("before\n");
    lines.draw([`${painted.bold("measuring")} something long indeed`, "second"]);
    expect(screen.rows()).toEqual(["before", "measuring somethin…", "second"]);
    lines.draw(["short"]);
    expect(screen.rows()).toEqual(["before", "short"]);
    lines.draw(["one", "two", "three"]);
    expect(screen.rows()).toEqual(["before", "one", "two", "three"]);
    lines.clear();
    lines.clear();
    screen.write("after\n");
    expect(screen.rows()).toEqual(["before", "after"]);
  });
});

/** Enough of a terminal for what LiveLines uses: text, line feeds, cursor up, clear line, clear below. */
function createScreen(columns: number): {
  write(text: string): true;
  isTTY: true;
  columns: number;
  rows(): string[];
} {
  const screen: string[] = [""];
  let row = 0;
  return {
    isTTY: true,
    columns,
    write(text) {
      // eslint-disable-next-line no-control-regex
      for (const part of text.split(/(\u001B\[\d*[A-Za-z]|\r|\n)/)) {
        const up = /\[(\d+)A$/.exec(part);
        if (up !== null) row -= Number(up[1]);
        else if (part === "\n") {
          row += 1;
          screen[row] ??= "";
        } else if (part.endsWith("[2K")) screen[row] = "";
        else if (part.endsWith("[0J")) {
          screen[row] = "";
          screen.length = row + 1;
        } else if (part !== "\r" && !part.startsWith("\u001B")) {
          screen[row] += part;
          if (screen[row]!.length >= columns)
            throw new Error(`row ${row} is as wide as the terminal: ${screen[row]}`);
        }
      }
      return true;
    },
    rows: () => screen.filter((line) => line !== ""),
  };
}
