import { charClass, choice, repeat, sequence, text, type GrammarNode } from "./grammar-node.ts";

/** Numbers from `min` to `max`; a bound that is not given is as far as the digits go. */
export interface NumberBounds {
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly exclusiveMin: boolean;
  readonly exclusiveMax: boolean;
}

/** Whole numbers between bounds, in plain digits. Undefined where there is none. */
export function integerGrammar(bounds: NumberBounds, digits: number): GrammarNode | undefined {
  const { min, max } = withinDigits(bounds, digits);
  const low =
    bounds.exclusiveMin && Number.isInteger(min) && bounds.min !== undefined ? min + 1 : Math.ceil(min);
  const high =
    bounds.exclusiveMax && Number.isInteger(max) && bounds.max !== undefined ? max - 1 : Math.floor(max);
  return rangeGrammar(low, high, 0);
}

/** Whole numbers and decimal fractions between bounds, without exponents. Undefined where there is none. */
export function numberGrammar(
  bounds: NumberBounds,
  digits: number,
  decimals: number,
): GrammarNode | undefined {
  const { min, max } = withinDigits(bounds, digits);
  const whole = integerGrammar(bounds, digits);
  const options = whole === undefined ? [] : [whole];
  if (Number.isInteger(min) && Number.isInteger(max)) {
    const above = rangeGrammar(Math.max(0, min), max - 1, 0);
    if (above !== undefined) options.push(sequence(above, fraction(decimals, bounds.exclusiveMin)));
    const below = rangeGrammar(Math.max(0, -max), -min - 1, 0);
    if (below !== undefined)
      options.push(sequence(text("-"), below, fraction(decimals, bounds.exclusiveMax)));
  } else {
    // As many places as the finer bound has, and two more where that leaves room.
    const places = Math.min(9, Math.max(placesOf(min), placesOf(max)) + 2);
    const scale = 10 ** places;
    // Units that a double still counts one by one.
    const far = 10 ** 15;
    const low = Math.max(-far, Math.ceil(min * scale - 1e-6)) + (bounds.exclusiveMin ? 1 : 0);
    const high = Math.min(far, Math.floor(max * scale + 1e-6)) - (bounds.exclusiveMax ? 1 : 0);
    const parts = rangeGrammar(low, high, places);
    if (parts !== undefined) options.push(parts);
  }
  return options.length === 0 ? undefined : choice(options);
}

function withinDigits(bounds: NumberBounds, digits: number): { readonly min: number; readonly max: number } {
  const far = 10 ** digits - 1;
  // A bound that lies farther than the digits go is the only thing that can be written.
  const min = bounds.min ?? Math.min(-far, bounds.max ?? 0);
  const max = bounds.max ?? Math.max(far, bounds.min ?? 0);
  const most = Number.MAX_SAFE_INTEGER;
  return { min: Math.max(-most, min), max: Math.min(most, max) };
}

function fraction(decimals: number, notZero: boolean): GrammarNode {
  if (!notZero) return sequence(text("."), repeat(charClass("0-9"), 1, decimals));
  return sequence(text("."), repeat(charClass("0-9"), 0, decimals - 1), charClass("1-9"));
}

/** `low` to `high` units of the last of `places` decimals, each number written with all of them. */
function rangeGrammar(low: number, high: number, places: number): GrammarNode | undefined {
  if (low > high) return undefined;
  const options: GrammarNode[] = [];
  if (low < 0) {
    const least = high < 0 ? -high : 1;
    options.push(sequence(text("-"), positiveRange(least, -low, places)));
  }
  if (high >= 0) options.push(positiveRange(Math.max(0, low), high, places));
  return choice(options);
}

function positiveRange(low: number, high: number, places: number): GrammarNode {
  const options: GrammarNode[] = [];
  let from = low;
  while (from <= high) {
    const digits = Math.max(String(from).length, places + 1);
    const to = Math.min(high, 10 ** digits - 1);
    options.push(digitRange(point(from, places), point(to, places)));
    from = to + 1;
  }
  return choice(options);
}

function point(units: number, places: number): string {
  if (places === 0) return String(units);
  const padded = String(units).padStart(places + 1, "0");
  return `${padded.slice(0, -places)}.${padded.slice(-places)}`;
}

/** All texts between two of one length whose points stand at one place. */
function digitRange(low: string, high: string): GrammarNode {
  if (low === high) return text(low);
  const first = low.charAt(0);
  const last = high.charAt(0);
  if (first === last) return sequence(text(first), digitRange(low.slice(1), high.slice(1)));
  const rest = low.slice(1);
  const least = rest.replace(/\d/g, "0");
  const most = rest.replace(/\d/g, "9");
  const options: GrammarNode[] = [];
  const fromFirst = rest === least;
  const toLast = high.slice(1) === most;
  if (!fromFirst) options.push(sequence(text(first), digitRange(rest, most)));
  const start = Number(first) + (fromFirst ? 0 : 1);
  const end = Number(last) - (toLast ? 0 : 1);
  if (start <= end) options.push(sequence(charClass(`${start}-${end}`), ...anyDigits(rest)));
  if (!toLast) options.push(sequence(text(last), digitRange(least, high.slice(1))));
  return choice(options);
}

/** Any digits where `sample` has digits. */
function anyDigits(sample: string): readonly GrammarNode[] {
  return sample
    .split(".")
    .flatMap((digits, index) => [
      ...(index > 0 ? [text(".")] : []),
      ...(digits === "" ? [] : [repeat(charClass("0-9"), digits.length, digits.length)]),
    ]);
}

function placesOf(value: number): number {
  const [, decimals = ""] = value.toFixed(9).replace(/0+$/, "").split(".");
  return decimals.length;
}
