import { WeirError } from "@weir/protocol";

/** A large list that is a value of the outermost object. */
export interface JsonList {
  /** Where its `[` is, and the place after its `]`. */
  readonly start: number;
  readonly end: number;
  /** Where it may be cut: at its `[`, at commas between its values, and at its `]`. */
  readonly cuts: readonly number[];
}

export interface ScanBounds {
  readonly inputs: number;
  /** Most texts, lists and objects, names counted too. @default what a list of so many inputs has */
  readonly values?: number | undefined;
  /** Pieces are at least so long; shorter lists are not named. */
  readonly pieceBytes: number;
}

/** Beside its texts or lists a request has a few fields, each with a name and a value. */
const otherValues = 1_000;
/** Numbers in token lists, of which models read a few thousand each. */
const mostNumbers = 8_000_000;
/** Lists and objects within each other, of which schemas have some ten: what goes over them goes as deep. */
const deepest = 1_000;
/** Bytes between two pauses, a fraction of a millisecond. */
const strideBytes = 64 * 1024;

const [quote, comma, backslash] = [0x22, 0x2c, 0x5c];
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Goes over a body that should be a JSON object, and yields now and then so that the caller may pause. It does not judge the
 * syntax: whoever parses the pieces does. Throws TOO_MANY_INPUTS where there are more values than any request has, whose
 * parsing would take seconds.
 */
export function* scanJson(
  body: Buffer,
  { inputs, values: bound, pieceBytes }: ScanBounds,
): Generator<void, JsonList[]> {
  const lists: JsonList[] = [];
  const mostValues = bound ?? 2 * inputs + otherValues;
  const tooMany = (): WeirError => (bound === undefined ? tooManyInputs(inputs) : tooManyValues(bound));
  let values = 0;
  let commas = 0;
  let depth = 0;
  let cuts: number[] = [];
  let pauseAt = strideBytes;
  for (let at = 0; at < body.length; at++) {
    if (at >= pauseAt) {
      if (values > mostValues || commas > mostNumbers) throw tooMany();
      yield;
      pauseAt = at + strideBytes;
    }
    const byte = body[at]!;
    if (byte === quote) {
      values++;
      at = findStringEnd(body, at);
    } else if (byte === comma) {
      commas++;
      if (depth === 2 && cuts.length > 0 && at - cuts.at(-1)! >= pieceBytes) cuts.push(at);
    } else if (byte === openList || byte === openObject) {
      values++;
      depth++;
      if (depth > deepest) throw tooDeep();
      if (depth === 2) cuts = byte === openList ? [at] : [];
    } else if (byte === closeList || byte === closeObject) {
      const [start] = cuts;
      if (depth === 2 && byte === closeList && start !== undefined && at - start >= pieceBytes)
        lists.push({ start, end: at + 1, cuts: [...cuts, at] });
      depth--;
    }
  }
  if (values > mostValues || commas > mostNumbers) throw tooMany();
  return lists;
}

/** Where the string that begins at a quote ends: at its closing quote, or with the body. */
function findStringEnd(body: Buffer, start: number): number {
  for (let end = body.indexOf(quote, start + 1); end !== -1; end = body.indexOf(quote, end + 1)) {
    let before = end - 1;
    while (body[before] === backslash) before--;
    // An even number of backslashes are characters of their own.
    if ((end - before) % 2 === 1) return end;
  }
  return body.length;
}

function tooManyInputs(inputs: number): WeirError {
  const message = `expected at most ${inputs} inputs in one request, got far more values than that has; split the list`;
  return new WeirError("TOO_MANY_INPUTS", message);
}

function tooManyValues(most: number): WeirError {
  const message = `expected at most ${most} values in one conversation, got more; leave out its oldest messages, or tools`;
  return new WeirError("TOO_MANY_INPUTS", message);
}

function tooDeep(): WeirError {
  const message = `expected lists and objects at most ${deepest} deep within each other, got deeper ones`;
  return new WeirError("INVALID_JSON", message);
}
