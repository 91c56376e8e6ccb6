import type { ChatHooks } from "@weir/engine";
import { describe, expect, it } from "vitest";
import { toChatRequest } from "../fixtures/echo-chat.ts";
import { encodeJsonBody } from "../link/chat-frames.ts";
import type { FrameKind } from "../link/frame.ts";
import { createChatJobs } from "./chat-jobs.ts";

interface Sent {
  readonly kind: FrameKind;
  readonly jobId: number;
  readonly meta: unknown;
}

function open() {
  const sent: Sent[] = [];
  const jobs = createChatJobs(
    (kind, jobId, meta) => void sent.push({ kind, jobId, meta }),
    () => {},
  );
  const job = { request: toChatRequest("word"), agent: { keyId: "", id: undefined }, rank: 0 };
  return {
    sent,
    jobs,
    chat: (hooks: ChatHooks) => jobs.chat(job, hooks, new AbortController().signal),
    hear: (jobId: number, text: string) => {
      const body = encodeJsonBody({ events: [{ kind: "text", text }] });
      jobs.receive({ kind: "event", jobId, meta: undefined, body });
      return body.length;
    },
    end: (jobId: number) =>
      jobs.receive({ kind: "end", jobId, meta: undefined, body: encodeJsonBody({ answer: {}, memory: {} }) }),
  };
}

describe("the answers of a chat replica", () => {
  it("are paid for in steps, not event by event, and never so late that the replica would wait", async () => {
    const { sent, chat, hear, end } = open();
    const heard: number[] = [];
    const asked = chat({ onEvents: (events) => void heard.push(events.length) });
    const [{ meta }] = sent as [Sent];
    const { creditBytes } = meta as { creditBytes: number };
    let bytes = 0;
    for (let count = 0; count < 1_000; count += 1) {
      bytes += hear(1, "x".repeat(2_000));
      const paid = sent.flatMap((frame) =>
        frame.kind === "credit" ? [(frame.meta as { bytes: number }).bytes] : [],
      );
      const owed = bytes - paid.reduce((sum, one) => sum + one, 0);
      expect(owed).toBeLessThan(creditBytes / 2);
    }
    end(1);
    await asked;
    expect(heard).toHaveLength(1_000);
    expect(sent.filter(({ kind }) => kind === "credit").length).toBeLessThan(20);
  });

  it("fail alone where what they are given to throws", async () => {
    const { sent, chat, hear, end } = open();
    const failing = chat({
      onEvents: () => {
        throw new TypeError("not like this");
      },
    });
    const heard: string[] = [];
    const other = chat({ onEvents: () => void heard.push("event") });
    hear(1, "one");
    hear(2, "one");
    await expect(failing).rejects.toThrow("not like this");
    expect(sent.at(-1)).toMatchObject({ kind: "cancel", jobId: 1 });
    hear(1, "late");
    end(2);
    await other;
    expect(heard).toEqual(["event"]);
  });
});
