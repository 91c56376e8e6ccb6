/** What one turn of an agent showed. Counts are the server's own; null where it did not count. */
export interface StoryTurn {
  readonly tookMs: number;
  readonly inputTokens: number | null;
  readonly cachedTokens: number | null;
  readonly outputTokens: number | null;
  /** Whether a conversation began with it: nothing that was said before is in its prompt. */
  readonly opens: boolean;
  /** Agents, by their place, whose secret word is in the answer. */
  readonly names: readonly number[];
}

/** All that an agent lived through. */
export interface AgentStory {
  /** By which it is known to the server. */
  readonly id: string;
  readonly turns: readonly StoryTurn[];
  /** Turns that were not answered in the end, and what the first of them was. */
  readonly failed: number;
  readonly failure: string | undefined;
  /** Requests that were refused at first and sent again. */
  readonly refused: number;
  /** How often its conversation was begun anew because the server would not take it any longer. */
  readonly restarted: number;
}

/** Something of one agent that came to another. */
export interface Leak {
  readonly agent: number;
  /** From 1 on. */
  readonly turn: number;
  readonly what: string;
}

/** How much more the server may count for what it puts between turns, such as the marks of its chat template. */
const templateTokens = 16;

/** Answers in which an agent was told another's secret word. */
export function findForeignWords(stories: readonly AgentStory[]): readonly Leak[] {
  return stories.flatMap(({ turns }, agent) =>
    turns.flatMap(({ names }, index) =>
      names
        .filter((other) => other !== agent)
        .map((other) => ({ agent, turn: index + 1, what: `has the secret word of agent ${other + 1}` })),
    ),
  );
}

/**
 * Turns in which the server took more of a prompt from its cache than the agent itself had said and been told before: the rest
 * would be of somebody else's conversation.
 * @param sharedTokens what prompts of strangers have in common, such as the beginning of a chat template
 */
export function findForeignTokens(stories: readonly AgentStory[], sharedTokens: number): readonly Leak[] {
  return stories.flatMap(({ turns }, agent) => {
    let known = sharedTokens;
    return turns.flatMap(({ cachedTokens, inputTokens, outputTokens }, index) => {
      const mostTokens = known + templateTokens;
      known = Math.max(known, (inputTokens ?? Infinity) + (outputTokens ?? 0));
      return cachedTokens !== null && cachedTokens > mostTokens
        ? [
            {
              agent,
              turn: index + 1,
              what: `${cachedTokens} tokens from a cache, its own past explains ${mostTokens}`,
            },
          ]
        : [];
    });
  });
}

/** What was taken from a cache, of all turns whose counts are known. */
export interface Reuse {
  readonly promptTokens: number;
  readonly cachedTokens: number;
  /** Tokens of prompts that the agent had sent before, word for word, in the same conversation. */
  readonly repeatedTokens: number;
  /** What of these came from a cache. */
  readonly reusedTokens: number;
}

/** Undefined where the server does not say what it took from a cache. */
export function countReuse(stories: readonly AgentStory[]): Reuse | undefined {
  let [known, promptTokens, cachedTokens, repeatedTokens, reusedTokens] = [0, 0, 0, 0, 0];
  for (const { turns } of stories) {
    let before = 0;
    for (const turn of turns) {
      if (turn.opens) before = 0;
      if (turn.inputTokens !== null && turn.cachedTokens !== null) {
        known += 1;
        promptTokens += turn.inputTokens;
        cachedTokens += turn.cachedTokens;
        const repeated = Math.min(before, turn.inputTokens);
        repeatedTokens += repeated;
        reusedTokens += Math.min(repeated, turn.cachedTokens);
      }
      before = turn.inputTokens ?? 0;
    }
  }
  return known === 0 ? undefined : { promptTokens, cachedTokens, repeatedTokens, reusedTokens };
}
