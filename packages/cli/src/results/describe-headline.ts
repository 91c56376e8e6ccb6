import type { RecordVerdict } from "@weir/lab";
import type { Paint } from "../console/paint.ts";
import { wrapWords } from "../console/visible-text.ts";

/** What stands in front of a sentence that is no plain answer; verdicts that are have none. */
const headings: Readonly<Record<string, string>> = {
  "limit-missed": "LIMIT MISSED",
  stopped: "STOPPED EARLY",
  inconclusive: "INCONCLUSIVE",
  invalid: "INVALID",
  "not-measured": "NOT MEASURED",
  interrupted: "INTERRUPTED",
};

/**
 * The verdict as a result begins with it: its sentence in bold behind what is wrong with it, then the reasons that the sentence
 * does not hold already.
 * @param room columns that there are; Infinity where nothing is to be wrapped
 */
export function describeHeadline(
  { kind, sentence, reasons }: RecordVerdict,
  paint: Paint,
  room: number,
): string[] {
  const heading = headings[kind];
  const warn = kind === "interrupted" || kind === "inconclusive" ? paint.yellow : paint.red;
  const [first = "", ...more] = sentence.split("\n");
  const [start = "", ...rest] = wrapWords(heading === undefined ? first : `${heading} ${first}`, room);
  const others = reasons.filter((reason) => !sentence.includes(reason.replace(/\.$/, "")));
  const below = (lines: readonly string[], tone: (text: string) => string): string[] =>
    lines
      .flatMap((each) => each.split("\n"))
      .flatMap((line) => wrapWords(line, room - indent.length))
      .map((line) => indent + tone(line));
  return [
    heading === undefined
      ? paint.bold(start)
      : warn(paint.bold(heading)) + paint.bold(start.slice(heading.length)),
    ...rest.map((line) => paint.bold(line)),
    ...below(more, paint.bold),
    ...below(others, warn),
  ];
}

const indent = "  ";
