/** What of a text may be shown, and which of the stop texts ended it. */
interface StopCut {
  readonly text: string;
  /** Index of the stop text; undefined while none was seen. */
  readonly stop: number | undefined;
}

/** Finds stop texts in a text that comes in pieces. What may be the beginning of one is held back. */
export interface StopTexts {
  push(text: string): StopCut;
  /** What was held back, as nothing follows it. */
  end(): string;
}

/** Where several end the text in the same place of it, the one that begins first counts, and of those the longest. */
export function createStopTexts(stops: readonly string[]): StopTexts {
  let held = "";

  function push(text: string): StopCut {
    const whole = held + text;
    const found = findFirst(whole, stops);
    if (found !== undefined) {
      held = "";
      return { text: whole.slice(0, found.at), stop: found.stop };
    }
    const keep = heldLength(whole, stops);
    held = whole.slice(whole.length - keep);
    return { text: keep === 0 ? whole : whole.slice(0, -keep), stop: undefined };
  }

  function end(): string {
    const rest = held;
    held = "";
    return rest;
  }

  return { push, end };
}

function findFirst(
  text: string,
  stops: readonly string[],
): { readonly at: number; readonly stop: number } | undefined {
  let best: { at: number; stop: number } | undefined;
  for (const [stop, each] of stops.entries()) {
    const at = each === "" ? -1 : text.indexOf(each);
    if (at === -1) continue;
    const isBetter =
      best === undefined || at < best.at || (at === best.at && each.length > (stops[best.stop]?.length ?? 0));
    if (isBetter) best = { at, stop };
  }
  return best;
}

/** Length of the longest end of the text that a stop text begins with. */
function heldLength(text: string, stops: readonly string[]): number {
  let longest = 0;
  for (const stop of stops) {
    const most = Math.min(stop.length - 1, text.length);
    for (let length = most; length > longest; length -= 1)
      if (text.endsWith(stop.slice(0, length))) {
        longest = length;
        break;
      }
  }
  return longest;
}
