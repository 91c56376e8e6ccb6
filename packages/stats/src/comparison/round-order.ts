/**
 * Which side comes first in a round, counted from 0: AB BA, then BA AB, and so on.
 *
 * Every two rounds (ABBA) take a steady drift out of the comparison. Turning every second ABBA round takes away what
 * neighbours have in common: noise that outlasts a half makes neighbouring rounds alike where they touch with the same
 * side, and unlike where they touch with different ones. In AB BA AB BA they always touch with the same side, and the
 * interval comes out too narrow.
 */
export function roundOrder(round: number): "ab" | "ba" {
  return round % 4 === 0 || round % 4 === 3 ? "ab" : "ba";
}
