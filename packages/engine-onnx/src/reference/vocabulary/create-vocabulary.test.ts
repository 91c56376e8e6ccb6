import { Tokenizer } from "@huggingface/tokenizers";
import { describe, expect, it } from "vitest";
import { describeReferenceModel } from "../reference-models.ts";
import { makeSmallFiles } from "../small-files.ts";
import { createVocabulary } from "./create-vocabulary.ts";
import { deriveWords } from "@weir/engine";

const prose = `A weir is a low wall across a river. It does not stop the water; it holds back enough of it to keep the
level steady, and lets the rest pass over the top. Millers built them to feed their wheels, boatmen to keep a channel
deep enough in summer, and the people who look after rivers to know how much water there is. That last use is the
oldest form of measurement on running water. Where the crest is sharp and level, the height of the stream above it
says how much flows in a second, and all that is needed to read it is a staff with marks. Nothing moves, nothing wears
out, and the answer does not depend on who is looking. Of course, there are conditions. The water must come to the wall
slowly, without waves, and it must fall freely on the other side: once the river below rises over the crest, the
reading means something else. Weeds and branches that catch on the edge raise the level and make the flow look larger
than it is. So the person who keeps the weir walks there after every storm, clears the crest, and writes down what the
staff says before and after. Good measurement is mostly this kind of work.`;

describe("createVocabulary", () => {
  it("has exactly the size of the models that it is for, without repeats", () => {
    const pieces = createVocabulary(30_522);
    expect(new Set(pieces).size).toBe(30_522);
    expect(pieces.slice(0, 5)).toEqual(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]);
    expect(createVocabulary(6000)).toEqual(pieces.slice(0, 6000));
    expect(() => createVocabulary(1_000_000)).toThrow(RangeError);
  });

  const tokenizer = new Tokenizer(
    JSON.parse(makeSmallFiles(describeReferenceModel("reference-embed-minilm"))["tokenizer.json"]!) as object,
    {},
  );

  it("cuts English prose into tokens of about four characters", () => {
    const { ids, tokens } = tokenizer.encode(prose);
    expect(tokens).not.toContain("[UNK]");
    expect(prose.length / ids.length).toBeGreaterThan(3.5);
    expect(prose.length / ids.length).toBeLessThan(4.8);
  });

  it.each([
    ["French", "Où est passé l’été, garçon ? Œuvre, naïve, cœur."],
    ["German", "Größe, Maß, Straße: „über“ 20 €"],
    ["Polish", "Zażółć gęślą jaźń"],
    ["Greek", "Ο ποταμός κυλάει ήσυχα"],
    ["Russian", "Река течёт; съёмка"],
    ["Hebrew", "הנהר זורם לאט"],
    ["Arabic", "النهر يجري ببطء ١٢٣"],
    ["Hindi", "नदी धीरे बहती है"],
    ["Thai", "แม่น้ำไหลช้า"],
    ["Korean", "강물이 천천히 흐른다"],
    ["Japanese", "川はゆっくりと流れる。ダム"],
    ["Chinese", "河水缓缓地流过堤坝。"],
    ["signs", "a → b ≤ c × 2 ½ √9 ☂ 🌊 §3 ©"],
  ])("knows the characters of %s", (_, text) => {
    expect(tokenizer.encode(text).tokens).not.toContain("[UNK]");
  });
});

describe("deriveWords", () => {
  it("makes the regular forms of English words", () => {
    const words = new Set(deriveWords());
    const forms =
      "stopped stopping measures measured measuring cities boxes applied applies applying lying agreed agreeing " +
      "bigger easiest readiness readily simply publicly remover unlikely rewrite";
    expect(forms.split(" ").filter((word) => !words.has(word))).toEqual([]);
    expect([...words].filter((word) => !/^[a-z]+$/.test(word))).toEqual([]);
  });
});
