import { describe, expect, it } from "vitest";
import {
  countReuse,
  findForeignTokens,
  findForeignWords,
  type AgentStory,
  type StoryTurn,
} from "./agent-story.ts";

type Counts = readonly [input: number | null, cached: number | null];

function storyOf(counts: readonly Counts[], rest: Partial<StoryTurn> = {}): AgentStory {
  const turns = counts.map(([inputTokens, cachedTokens], index) => ({
    tookMs: 1,
    inputTokens,
    cachedTokens,
    outputTokens: 10,
    opens: index === 0,
    names: [],
    ...rest,
  }));
  return { id: "a", turns, failed: 0, failure: undefined, refused: 0, restarted: 0 };
}

describe("findForeignTokens", () => {
  it("takes what the agent said, was told and has in common with strangers for its own", () => {
    const story = storyOf([
      [100, 30],
      [160, 110],
      [220, 170],
    ]);
    expect(findForeignTokens([story], 30)).toEqual([]);
  });

  it("names the turn in which more came from a cache than that", () => {
    const mixed = storyOf([
      [400, 300],
      [460, 410],
    ]);
    expect(findForeignTokens([storyOf([[50, 0]]), mixed], 30)).toEqual([
      { agent: 1, turn: 1, what: "300 tokens from a cache, its own past explains 46" },
    ]);
  });

  it("says nothing of turns that were not counted", () => {
    expect(
      findForeignTokens(
        [
          storyOf([
            [null, null],
            [null, 500],
          ]),
        ],
        0,
      ),
    ).toEqual([]);
  });
});

describe("findForeignWords", () => {
  it("finds another agent's word, and not the agent's own", () => {
    const own = storyOf([[1, 0]], { names: [0] });
    const told = storyOf([[1, 0]], { names: [0, 1] });
    expect(findForeignWords([own, told])).toEqual([
      { agent: 1, turn: 1, what: "has the secret word of agent 1" },
    ]);
  });
});

describe("countReuse", () => {
  it("holds what came from a cache against what was sent before in the same conversation", () => {
    const story = storyOf([
      [100, 20],
      [150, 100],
      [200, 75],
    ]);
    expect(countReuse([story])).toEqual({
      promptTokens: 450,
      cachedTokens: 195,
      repeatedTokens: 250,
      reusedTokens: 175,
    });
  });

  it("expects nothing of a conversation that begins", () => {
    const story = storyOf(
      [
        [100, 0],
        [100, 0],
      ],
      { opens: true },
    );
    expect(countReuse([story])).toMatchObject({ repeatedTokens: 0 });
  });

  it("knows nothing where the server does not say", () => {
    expect(countReuse([storyOf([[100, null]])])).toBeUndefined();
  });
});
