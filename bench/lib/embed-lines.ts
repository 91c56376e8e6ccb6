import { makeTexts } from "./make-texts.ts";
import type { EmbedSpeed, EmbedTask } from "./embed-load.ts";

/** One thing that is measured on every server, and what is wanted of it. */
export interface EmbedLine {
  readonly name: string;
  readonly task: EmbedTask;
  readonly figure: "texts/s" | "p50";
  /** Against the better peer: at least so many times its texts/s, or at most so many times its p50. */
  readonly wanted: { readonly float32: number; readonly int8: number };
  /** Clients of the line that shows how speed goes with them; its own best is what it is held against. */
  readonly clients?: number;
}

const [shortest, longest] = [50, 2_000];

/** Lengths spread evenly over the range, in an order without a pattern. */
function makeMixedTexts(count: number): string[] {
  const longTexts = makeTexts(count, longest);
  return longTexts.map((text, index) =>
    text.slice(0, shortest + ((index * 7_919) % (longest - shortest + 1))),
  );
}

/** `work` 1 is some 10 s a line for a server of 25 texts of 1,000 characters a second. */
export function createEmbedLines(work: number): EmbedLine[] {
  const times = (requests: number, least: number): number => Math.max(least, Math.round(requests * work));
  const task = (
    texts: (count: number) => string[],
    batch: number,
    users: number,
    requests: number,
  ): EmbedTask => ({
    texts: texts(batch * requests),
    batch,
    users,
    requests,
  });
  const of = (characters: number) => (count: number) => makeTexts(count, characters);
  const rate = { figure: "texts/s", wanted: { float32: 1.15, int8: 1.9 } } as const;
  return [
    { name: "1000 characters x 32", task: task(of(1_000), 32, 1, times(10, 3)), ...rate, clients: 1 },
    { name: "200 characters x 64", task: task(of(200), 64, 1, times(8, 3)), ...rate },
    { name: "50 to 2000 characters x 32", task: task(makeMixedTexts, 32, 1, times(10, 3)), ...rate },
    {
      name: "64 clients of one text",
      task: task(of(200), 1, 64, times(512, 128)),
      figure: "texts/s",
      wanted: { float32: 1.3, int8: 1.9 },
    },
    {
      name: "one client of one text",
      task: task(of(200), 1, 1, times(60, 20)),
      figure: "p50",
      wanted: { float32: 1, int8: 0.55 },
    },
    ...[2, 3, 5, 10].map((clients) => ({
      name: `1000 characters x 32, ${clients} clients`,
      task: task(of(1_000), 32, clients, times(10, clients)),
      ...rate,
      clients,
    })),
  ];
}

/** The line's figure: texts a second, or milliseconds. */
export function readFigure({ figure }: EmbedLine, speed: EmbedSpeed): number {
  return figure === "p50" ? speed.p50Ms : speed.textsPerSecond;
}

/** Of the ratios to several peers the one to the better of them. */
export function worstOf({ figure }: EmbedLine, ratios: readonly number[]): number {
  return figure === "p50" ? Math.max(...ratios) : Math.min(...ratios);
}

/** Whether a ratio to the better peer is what is wanted. */
export function holds({ figure }: EmbedLine, ratio: number, wanted: number): boolean {
  return figure === "p50" ? ratio <= wanted : ratio >= wanted;
}
