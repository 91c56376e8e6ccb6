/** How many tokens two lists have in common from their start. */
export function commonPrefixTokens(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const end = Math.min(a.length, b.length);
  let at = 0;
  while (at < end && a[at] === b[at]) at++;
  return at;
}

export function sameTokens(a: ArrayLike<number>, b: ArrayLike<number> | undefined): boolean {
  return a.length === b?.length && commonPrefixTokens(a, b) === a.length;
}
