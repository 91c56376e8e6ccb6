import { commonPrefixTokens } from "./common-prefix.ts";
import { goesOn, type Agent, type Conversation } from "./conversation.ts";
import { leastWorthTokens } from "./least-worth-tokens.ts";
import type { SlotEntry } from "./slot-entry.ts";
import type { StoredMatch, StoredState } from "./stored-state.ts";

/** What an answer can begin with. */
export interface StartSituation {
  readonly entries: readonly SlotEntry[];
  /** Most slots that may be held or leased. */
  readonly hotLimit: number;
  readonly keyId: string;
  /** Undefined where the client gave no name, or a new one. */
  readonly agent: Agent | undefined;
  readonly named: boolean;
  readonly prompt: Uint32Array;
  /** What of its key and of everybody's fits best on disk. */
  readonly stored: StoredMatch | undefined;
  /** Whether what a slot holds could be written before somebody else takes it. */
  readonly canSpill: boolean;
}

/** What it does begin with: the slot it takes, and what of that slot or of which file it keeps. */
export interface StartChoice {
  readonly entry: SlotEntry;
  readonly source:
    | { readonly kind: "none" }
    | { readonly kind: "hot"; readonly common: number }
    | { readonly kind: "stored"; readonly stored: StoredState; readonly common: number };
  /** The conversation that goes on. Undefined: another one begins. */
  readonly conversation: Conversation | undefined;
  /** Where the prompt left what is known of its agent; undefined where it did not. */
  readonly divergedAt: number | undefined;
}

/** Undefined: nothing can begin yet, ask again when a slot comes free. */
export function chooseStart(situation: StartSituation): StartChoice | undefined {
  const { entries, hotLimit, prompt, stored } = situation;
  if (entries.filter(({ use }) => use === "leased").length >= hotLimit) return undefined;
  // The last token is computed in any case: what comes after it is wanted.
  const usable = prompt.length - 1;
  const hot = findHot(situation, usable);
  const warm =
    findOwn(situation, usable) ?? (stored && { ...stored, common: Math.min(stored.common, usable) });
  const warmCommon = warm === undefined || warm.common < leastWorthTokens ? 0 : warm.common;
  const divergedAt = whereDiverged(situation, hot, warm);

  const fromElsewhere = (): StartChoice | undefined => {
    const entry = findRoom(entries, hotLimit);
    if (entry === undefined) return undefined;
    const owner = warmCommon === 0 ? undefined : warm?.stored.owner;
    const conversation =
      owner !== undefined && !owner.hot && isOwn(situation, owner) && goesOn(owner, warmCommon)
        ? owner
        : undefined;
    // Who makes room may leave as much as a file would bring; only to its own key.
    const left = entry.holder?.agent.keyId === situation.keyId ? entry.holder.tokens : undefined;
    const leftCommon = left === undefined ? 0 : Math.min(commonPrefixTokens(left, prompt), usable);
    if (leftCommon >= leastWorthTokens && leftCommon >= warmCommon) {
      return { entry, source: { kind: "hot", common: leftCommon }, conversation, divergedAt };
    }
    if (warm === undefined || warmCommon === 0)
      return { entry, source: { kind: "none" }, conversation, divergedAt };
    return {
      entry,
      source: { kind: "stored", stored: warm.stored, common: warmCommon },
      conversation,
      divergedAt,
    };
  };

  if (hot === undefined || (hot.common < leastWorthTokens && !goesOn(hot.holder, hot.common)))
    return fromElsewhere();
  if (warmCommon > hot.common + leastWorthTokens) return fromElsewhere();
  const take = (conversation: Conversation | undefined): StartChoice | undefined =>
    hot.entry.use === "saving"
      ? undefined
      : { entry: hot.entry, source: { kind: "hot", common: hot.common }, conversation, divergedAt };
  if (goesOn(hot.holder, hot.common)) return take(hot.holder);

  // Another conversation that begins like this one. Which would lose more: what goes on here, or what has to be computed?
  if (warmCommon >= hot.common - leastWorthTokens) return fromElsewhere() ?? take(undefined);
  if (!hot.holder.unsaved || situation.canSpill) return take(undefined);
  if (hot.common * 2 >= hot.holder.tokens.length) return take(undefined);
  return fromElsewhere() ?? take(undefined);
}

interface HotMatch {
  readonly entry: SlotEntry;
  readonly holder: Conversation;
  readonly common: number;
}

/** Agents without a name share what their key has: they are told apart by their tokens alone. */
function isOwn({ keyId, agent, named }: StartSituation, conversation: Conversation): boolean {
  if (named) return conversation.agent === agent;
  return conversation.agent.keyId === keyId && !conversation.agent.named;
}

function findHot(situation: StartSituation, usable: number): HotMatch | undefined {
  let best: HotMatch | undefined;
  for (const entry of situation.entries) {
    const { holder } = entry;
    if (entry.use === "leased" || holder === undefined || !isOwn(situation, holder)) continue;
    const common = Math.min(commonPrefixTokens(holder.tokens, situation.prompt), usable);
    const better =
      common > (best?.common ?? 0) || (common === best?.common && entry.lastUsed > best.entry.lastUsed);
    if (better) best = { entry, holder, common };
  }
  return best;
}

/** A named agent's own file, unless another's is much better: its conversation goes on under its own name then. */
function findOwn({ agent, prompt, stored }: StartSituation, usable: number): StoredMatch | undefined {
  let best: StoredMatch | undefined;
  for (const conversation of agent?.conversations ?? []) {
    if (conversation.stored === undefined) continue;
    const common = Math.min(commonPrefixTokens(conversation.stored.tokens, prompt), usable);
    if (common > (best?.common ?? 0)) best = { stored: conversation.stored, common };
  }
  if (best === undefined || best.common + leastWorthTokens < Math.min(stored?.common ?? 0, usable))
    return undefined;
  return best;
}

function whereDiverged(
  situation: StartSituation,
  hot: HotMatch | undefined,
  warm: StoredMatch | undefined,
): number | undefined {
  const { named, agent, entries, prompt } = situation;
  const underWay = new Set(entries.filter(({ use }) => use === "leased").map(({ holder }) => holder));
  let common = -1;
  let knownTokens = 0;
  const consider = (conversation: Conversation, shared: number, tokens: number): void => {
    // Without a name, a conversation that does not go on is simply another one; of one under way nobody knows the end.
    if (underWay.has(conversation) || shared <= common || (!named && !goesOn(conversation, shared))) return;
    common = shared;
    knownTokens = tokens;
  };
  if (hot !== undefined) consider(hot.holder, hot.common, hot.holder.tokens.length);
  const owner = warm?.stored.owner;
  if (warm !== undefined && owner !== undefined && isOwn(situation, owner)) {
    consider(owner, warm.common, warm.stored.tokens.length);
  }
  // A name that is known, and nothing in common with anything it said.
  for (const one of named ? (agent?.conversations ?? []) : []) consider(one, 0, one.tokens.length);
  // A prompt that is known to its end has left nothing.
  return common >= 0 && common < knownTokens && common < prompt.length - 1 ? common : undefined;
}

/** An empty slot while there may be more, else the least recently used one that nobody works with. */
function findRoom(entries: readonly SlotEntry[], hotLimit: number): SlotEntry | undefined {
  const held = entries.filter(({ use, holder }) => use === "leased" || holder !== undefined).length;
  let oldest: SlotEntry | undefined;
  for (const entry of entries) {
    if (entry.use !== "idle") continue;
    if (entry.holder === undefined) {
      if (held < hotLimit) return entry;
    } else if (oldest === undefined || entry.lastUsed < oldest.lastUsed) oldest = entry;
  }
  return oldest;
}
