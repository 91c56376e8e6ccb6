import { WeirError } from "../canonical/weir-error.ts";

/** Most bytes one number takes, its comma or bracket included: `-0.00000123456789,` */
export const maxFloatBytes = 18;

/**
 * How many decimals a float32 needs, by its biased exponent; 0 where the number is written the slow way.
 *
 * A decimal reads back as the same float32 when it is nearer to it than half the gap to the next one. For a number in
 * [2^k, 2^(k+1)) that gap is 2^(k-23), and rounding to d decimals errs by at most 0.5e-d, so d has to satisfy
 * 0.5e-d < 2^(k-24). Down to 2^-6 nine decimals do; most values of a normalised vector lie there.
 */
const decimalsByExponent = new Uint8Array(256);
const scaleByExponent = new Float64Array(256);
const exponentBias = 127;
const leastFixedExponent = -16;
for (let exponent = leastFixedExponent; exponent < 0; exponent += 1) {
  // Four digits are written at a time after the first one to four, hence at least nine.
  const decimals = Math.max(9, Math.floor(Math.log10(0.5 / 2 ** (exponent - 24))) + 1);
  decimalsByExponent[exponent + exponentBias] = decimals;
  scaleByExponent[exponent + exponentBias] = 10 ** decimals;
}

/** From 1 to below 256, seven decimals are enough for the same reason, and the scaled number fits in 32 bits. */
const leastUnitsExponent = exponentBias;
const mostUnitsExponent = exponentBias + 7;

/** The four ASCII digits of 0000 to 9999, the first digit in the lowest byte. */
const fourDigits = new Uint32Array(10_000);
for (let value = 0; value < fourDigits.length; value += 1) {
  const thousands = 48 + Math.floor(value / 1000);
  const hundreds = 48 + (Math.floor(value / 100) % 10);
  const tens = 48 + (Math.floor(value / 10) % 10);
  const ones = 48 + (value % 10);
  fourDigits[value] = (thousands | (hundreds << 8) | (tens << 16) | (ones << 24)) >>> 0;
}

const minus = 0x2d;
const comma = 0x2c;
const point = 0x2e;
const zeroPoint = 0x2e30;

/**
 * Writes `values[start .. end)` as JSON numbers with commas between them and returns the offset after the last byte.
 * Every number reads back, as a double rounded to float32, as the same bits. `target` needs room for
 * {@link maxFloatBytes} a value. Throws ENGINE_FAILED for NaN and infinities, which JSON cannot say.
 */
export function writeFloatRow(
  target: DataView,
  offset: number,
  values: Float32Array,
  start: number,
  end: number,
): number {
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  let at = offset;
  for (let index = start; index < end; index += 1) {
    const word = bits[index]!;
    const exponent = (word >>> 23) & 0xff;
    const decimals = decimalsByExponent[exponent]!;
    if (decimals === 0) {
      const inUnits = exponent >= leastUnitsExponent && exponent <= mostUnitsExponent;
      at = inUnits
        ? writeUnits(target, at, values[index]!)
        : writeAnyFloat(target, at, values[index]!, index - start);
    } else {
      // Branch-free: signs are random, and so is whether a value needs nine decimals or ten.
      target.setUint8(at, minus);
      at += word >>> 31;
      const scaled = (Math.abs(values[index]!) * scaleByExponent[exponent]! + 0.5) >>> 0;
      const upper = (scaled / 10_000) >>> 0;
      const first = (upper / 10_000) >>> 0;
      target.setUint16(at, zeroPoint, true);
      target.setUint32(at + 2, fourDigits[first]! >>> (8 * (12 - decimals)), true);
      at += decimals - 6;
      target.setUint32(at, fourDigits[upper - first * 10_000]!, true);
      target.setUint32(at + 4, fourDigits[scaled - upper * 10_000]!, true);
      at += 8;
    }
    target.setUint8(at, comma);
    at += 1;
  }
  return end > start ? at - 1 : at;
}

/** A number of 1 to below 256, as vectors have that are not normalised. */
function writeUnits(target: DataView, offset: number, value: number): number {
  const scaled = (Math.abs(value) * 1e7 + 0.5) >>> 0;
  const whole = (scaled / 10_000_000) >>> 0;
  const wholeDigits = whole < 10 ? 1 : whole < 100 ? 2 : 3;
  const fraction = scaled - whole * 10_000_000;
  const upper = (fraction / 10_000) >>> 0;
  target.setUint8(offset, minus);
  let at = value < 0 ? offset + 1 : offset;
  target.setUint32(at, fourDigits[whole]! >>> (8 * (4 - wholeDigits)), true);
  at += wholeDigits;
  // The point takes the place of the first of four digits, which is 0.
  target.setUint32(at, (fourDigits[upper]! & ~0xff) | point, true);
  target.setUint32(at + 4, fourDigits[fraction - upper * 10_000]!, true);
  return at + 8;
}

/** Zero, and numbers of 256 and more or below 2^-16 in size: nine significant digits, by the engine's own formatter. */
function writeAnyFloat(target: DataView, offset: number, value: number, column: number): number {
  if (!Number.isFinite(value)) {
    throw new WeirError("ENGINE_FAILED", `value ${column} of a vector is ${value}; expected a finite number`);
  }
  const text = value === 0 ? (Object.is(value, -0) ? "-0" : "0") : value.toPrecision(9);
  for (let index = 0; index < text.length; index += 1)
    target.setUint8(offset + index, text.charCodeAt(index));
  return offset + text.length;
}
