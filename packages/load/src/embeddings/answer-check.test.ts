import { openaiDialect } from "@weir/protocol";
import { describe, expect, it } from "vitest";
import { AnswerCheck } from "./answer-check.ts";

const right = Buffer.from(
  '{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5,0.25]}]}',
);
const garbage = Buffer.from("<html>hi</html>");

/** A check that has read its first answers, all right, and has no time left to read more. */
function createSettledCheck(): AnswerCheck {
  const check = new AnswerCheck(openaiDialect, 1);
  for (let answer = 0; answer < 8; answer++) {
    expect(check.wantsNext(0)).toBe(true);
    expect(check.examine(right, undefined).kind).toBe("good");
  }
  return check;
}

describe("answer check", () => {
  it("reads the first answers, then as many as the time allows", () => {
    const check = createSettledCheck();
    expect(check.wantsNext(0)).toBe(false);
    expect(check.wantsNext(1e9)).toBe(true);
  });

  it("reads every answer once one was wrong: the others are not counted as completed unread", () => {
    const check = createSettledCheck();
    expect(check.examine(garbage, undefined)).toMatchObject({ kind: "bad", failure: "wrong-answer" });
    expect(check.wantsNext(0)).toBe(true);
    check.examine(right, undefined);
    expect(check.wantsNext(0)).toBe(true);
    expect(check.checks).toEqual({ examined: 10, failed: 1 });
  });
});
