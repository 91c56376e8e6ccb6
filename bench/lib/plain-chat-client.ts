import { request, type Agent } from "node:http";

export interface PlainStream {
  /** From sending to the first chunk with text. */
  readonly ttftMs: number;
  /** Between chunks with text. */
  readonly gapsMs: readonly number[];
}

/**
 * A streamed chat answer as one reads it with Node alone: `node:http`, lines split as text, JSON.parse of every event,
 * the clock read for each.
 */
export function readPlainStream(url: string, agent: Agent, maxTokens: number): Promise<PlainStream> {
  const body = JSON.stringify({
    model: "mock",
    stream: true,
    max_tokens: maxTokens,
    messages: [{ role: "user", content: "measure" }],
  });
  return new Promise((resolve, reject) => {
    const sentMs = performance.now();
    const headers = { "content-type": "application/json", "content-length": body.length };
    const call = request(`${url}/v1/chat/completions`, { method: "POST", agent, headers }, (answer) => {
      let rest = "";
      let ttftMs = Number.NaN;
      let lastMs = 0;
      const gapsMs: number[] = [];
      answer.setEncoding("utf8");
      answer.on("data", (text: string) => {
        const lines = (rest + text).split("\n");
        rest = lines.pop()!;
        for (const line of lines) {
          if (!line.startsWith("data: ") || line === "data: [DONE]") continue;
          const event = JSON.parse(line.slice(6)) as { choices: { delta: { content?: string } }[] };
          if ((event.choices[0]?.delta.content ?? "") === "") continue;
          const nowMs = performance.now();
          if (Number.isNaN(ttftMs)) ttftMs = nowMs - sentMs;
          else gapsMs.push(nowMs - lastMs);
          lastMs = nowMs;
        }
      });
      answer.once("end", () => resolve({ ttftMs, gapsMs }));
      answer.once("error", reject);
    });
    call.once("error", reject);
    call.end(body);
  });
}
