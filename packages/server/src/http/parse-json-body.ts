import { setImmediate } from "node:timers/promises";
import { WeirError } from "@weir/protocol";
import { scanJson, type JsonList } from "./scan-json.ts";

export interface JsonBounds {
  /** Most texts or lists that any request may have. What is far above is refused before it is parsed. */
  readonly inputs: number;
  /** Most values of a request that is no list of inputs. @default what a list of so many inputs has */
  readonly values?: number | undefined;
  /** Bodies up to here are parsed in one go. @default 64 KiB */
  readonly atOnceBytes?: number;
}

/** The size up to which parsing takes well under a millisecond of texts, and a few of the worst there is. */
const defaultAtOnceBytes = 64 * 1024;
/** How long others may have to wait for their turn. */
const turnMs = 2;

/**
 * What `JSON.parse` makes of a body, without keeping others waiting: a large one is parsed list by list, in pieces between
 * which everybody else has a turn. Throws INVALID_JSON, and TOO_MANY_INPUTS for more values than any request has.
 */
export async function parseJsonBody(body: Buffer, bounds: JsonBounds): Promise<unknown> {
  const { inputs, values, atOnceBytes = defaultAtOnceBytes } = bounds;
  if (body.length <= atOnceBytes) return parseAtOnce(body);
  let turnEndsMs = performance.now() + turnMs;
  const rest = async (): Promise<void> => {
    if (performance.now() < turnEndsMs) return;
    await setImmediate();
    turnEndsMs = performance.now() + turnMs;
  };
  const scanning = scanJson(body, { inputs, values, pieceBytes: atOnceBytes });
  let step = scanning.next();
  for (; step.done !== true; step = scanning.next()) await rest();
  try {
    return await parseLists(body, step.value, rest);
  } catch (error) {
    if (error instanceof SyntaxError) throw invalidJson(body, error, "");
    throw error;
  }
}

function parseAtOnce(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (error) {
    throw invalidJson(body, error as Error, ` (${(error as Error).message})`);
  }
}

/** Parses what is around the large lists, with a name in the place of each, and then piece by piece what is in them. */
async function parseLists(
  body: Buffer,
  lists: readonly JsonList[],
  rest: () => Promise<void>,
): Promise<unknown> {
  // Nobody who wrote the body can have known it.
  const mark = crypto.randomUUID();
  let frame = "";
  let from = 0;
  for (const [index, { start, end }] of lists.entries()) {
    frame += `${body.toString("utf8", from, start)}"${mark}${index}"`;
    from = end;
  }
  const whole: unknown = JSON.parse(frame + body.toString("utf8", from));
  const filled = new Map<string, unknown[]>();
  for (const [index, { cuts }] of lists.entries()) {
    const values: unknown[] = [];
    for (let piece = 0; piece + 1 < cuts.length; piece++) {
      await rest();
      const parsed = JSON.parse(`[${body.toString("utf8", cuts[piece]! + 1, cuts[piece + 1])}]`) as unknown[];
      // A comma with nothing before or after it.
      if (parsed.length === 0 && cuts.length > 2) throw new SyntaxError("a value is missing");
      for (const value of parsed) values.push(value);
    }
    filled.set(`${mark}${index}`, values);
  }
  if (typeof whole !== "object" || whole === null) return whole;
  for (const [name, value] of Object.entries(whole)) {
    const list = typeof value === "string" ? filled.get(value) : undefined;
    // Not by assignment, for which the name __proto__ is a special one.
    if (list !== undefined) Object.defineProperty(whole, name, { value: list });
  }
  return whole;
}

function invalidJson(body: Buffer, cause: Error, where: string): WeirError {
  const start = body.toString("utf8", 0, 40).trim();
  const message = `the body is not valid JSON${where}; it starts with ${JSON.stringify(start)}`;
  return new WeirError("INVALID_JSON", message, { cause });
}
