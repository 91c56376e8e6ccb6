import { afterEach, describe, expect, it } from "vitest";
import { createLogger } from "../../logs/create-logger.ts";
import { serveChat } from "./fixtures/serve-chat.ts";

let text = "";
afterEach(() => (text = ""));
const logger = createLogger({ destination: { write: (line: string) => void (text += line) } });
const path = "/v1/chat/completions";

async function untilLine(): Promise<Record<string, unknown>> {
  for (;;) {
    const line = text.split("\n").find((entry) => entry.includes(`"route":"${path}"`));
    if (line !== undefined) return JSON.parse(line) as Record<string, unknown>;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("what is known of a chat", () => {
  it.each([true, false])("is in its line of the log and in metrics: stream %s", async (stream) => {
    await using weir = await serveChat({ logger });
    const ask = async (agent: string) => {
      const answer = await fetch(weir.url + path, {
        method: "POST",
        headers: { "x-agent-id": agent },
        body: JSON.stringify({ stream, messages: [{ role: "user", content: "a b c" }] }),
      });
      return answer.text();
    };
    await ask("x");
    const line = await untilLine();
    expect(line).toMatchObject({
      msg: "request",
      level: "info",
      model: "echo-chat",
      job: "chat",
      status: 200,
      inputTokens: 4,
      cachedTokens: 0,
      outputTokens: 3,
    });
    expect(line["firstTokenMs"]).toBeGreaterThan(0);
    expect(line["firstTokenMs"]).toBeLessThanOrEqual(line["totalMs"] as number);
    await ask("x");
    const metrics = await (await fetch(`${weir.url}/metrics`)).text();
    const read = (name: string, kind = ""): string | undefined =>
      metrics
        .split("\n")
        .find((line) => line.startsWith(`${name}{`) && line.includes(kind))
        ?.split(" ")[1];
    expect(read("weir_chat_tokens_total", 'kind="input"')).toBe("8");
    expect(read("weir_chat_tokens_total", 'kind="cached"')).toBe("3");
    expect(read("weir_chat_tokens_total", 'kind="output"')).toBe("6");
    expect(read("weir_chat_first_token_seconds_count")).toBe("2");
  });
});
