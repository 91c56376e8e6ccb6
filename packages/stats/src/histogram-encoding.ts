/** Sparse counts as base64: for each bucket in use, LEB128 of the distance to the one before, then of its count. */
export function encodeBuckets(counts: Float64Array): string {
  let bytes = "";
  let previous = 0;
  for (let bucket = 0; bucket < counts.length; bucket += 1) {
    const count = counts[bucket]!;
    if (count === 0) continue;
    bytes += encodeWhole(bucket - previous) + encodeWhole(count);
    previous = bucket;
  }
  return btoa(bytes);
}

/** Fills `counts` and returns their sum. Throws a RangeError where the text is damaged. */
export function decodeBuckets(text: string, counts: Float64Array): number {
  const bytes = toBytes(text);
  const reader = { at: 0 };
  let bucket = 0;
  let sum = 0;
  while (reader.at < bytes.length) {
    bucket += decodeWhole(bytes, reader);
    const count = decodeWhole(bytes, reader);
    if (bucket >= counts.length) throw new RangeError(`histogram bucket ${bucket} is out of range`);
    counts[bucket] = count;
    sum += count;
  }
  return sum;
}

function toBytes(text: string): string {
  try {
    return atob(text);
  } catch (error) {
    throw new RangeError("histogram counts must be base64", { cause: error });
  }
}

// LEB128: 7 bits a byte, lowest first, the high bit set on all but the last. Division instead of shifts: a count may
// exceed 32 bits.
function encodeWhole(value: number): string {
  let rest = value;
  let bytes = "";
  while (rest >= 128) {
    bytes += String.fromCharCode((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return bytes + String.fromCharCode(rest);
}

function decodeWhole(bytes: string, reader: { at: number }): number {
  let value = 0;
  let scale = 1;
  for (;;) {
    if (reader.at >= bytes.length) throw new RangeError("histogram counts end in the middle of a number");
    const byte = bytes.charCodeAt(reader.at);
    reader.at += 1;
    value += (byte % 128) * scale;
    if (byte < 128) return value;
    scale *= 128;
  }
}
