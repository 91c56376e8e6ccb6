/**
 * The 97.5 % quantile of Student's t: what a two-sided 95 % interval is as many standard errors wide on either side.
 * A table (e.g. Abramowitz and Stegun, table 26.10) up to 30 degrees, beyond it the expansion 26.7.5 of the same book,
 * which is then right to five digits.
 *
 * @param degrees whole number >= 1
 */
export function tQuantile(degrees: number): number {
  if (degrees < 1) return Infinity;
  const known = table[degrees - 1];
  if (known !== undefined) return known;
  return (
    z +
    (z ** 3 + z) / (4 * degrees) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * degrees ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * degrees ** 3)
  );
}

const z = 1.959964;

const table: readonly number[] = [
  12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157, 2.228139,
  2.200985, 2.178813, 2.160369, 2.144787, 2.13145, 2.119905, 2.109816, 2.100922, 2.093024, 2.085963, 2.079614,
  2.073873, 2.068658, 2.063899, 2.059539, 2.055529, 2.051831, 2.048407, 2.04523, 2.042272,
];
