import type { StoredState } from "./stored-state.ts";

/** What the beginnings that conversations share may take of the budget, at most. */
const prefixShare = 0.25;

/**
 * Which states go so that `neededBytes` more have room: whole conversations, the least recently used first. What many begin
 * with stays until it takes more than a quarter, or until nothing else is left: a conversation loses its tail and keeps its
 * beginning. What the operator named stays always.
 */
export function chooseEvictions(
  states: Iterable<StoredState>,
  capacityBytes: number,
  neededBytes: number,
): readonly StoredState[] {
  const oldestFirst = [...states].toSorted((a, b) => a.lastUsedAtMs - b.lastUsedAtMs);
  const conversations = oldestFirst.filter(({ kind }) => kind === "conversation");
  const prefixes = oldestFirst.filter(({ kind }) => kind === "prefix");
  let total = neededBytes + oldestFirst.reduce((sum, { bytes }) => sum + bytes, 0);
  let prefixBytes = prefixes.reduce((sum, { bytes }) => sum + bytes, 0);
  const evicted: StoredState[] = [];
  while (total > capacityBytes) {
    const next =
      prefixBytes > capacityBytes * prefixShare
        ? (prefixes.shift() ?? conversations.shift())
        : (conversations.shift() ?? prefixes.shift());
    if (next === undefined) break;
    if (next.kind === "prefix") prefixBytes -= next.bytes;
    total -= next.bytes;
    evicted.push(next);
  }
  return evicted;
}
