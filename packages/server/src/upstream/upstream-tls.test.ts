import { connect, type AddressInfo } from "node:net";
import { once } from "node:events";
import { createServer } from "node:tls";
import Anthropic from "@anthropic-ai/sdk";
import { startMock } from "@weir/mock";
import { localhostCertificate } from "@weir/testkit/certificate";
import OpenAI from "openai";
import { describe, expect, test } from "vitest";
import { startApart } from "../fixtures/start-apart.ts";
import { openTestModel } from "./fixtures/upstream-client.ts";

interface Tunnel extends AsyncDisposable {
  readonly port: number;
  /** What clients named as the server they want. */
  readonly names: readonly (string | false | null)[];
}

/** TLS before a server that speaks none. */
async function startTunnel(url: string): Promise<Tunnel> {
  const names: (string | false | null)[] = [];
  const server = createServer(localhostCertificate, (socket) => {
    names.push(socket.servername);
    const behind = connect(Number(new URL(url).port), "127.0.0.1");
    socket.pipe(behind).pipe(socket);
    socket.on("error", () => behind.destroy());
    behind.on("error", () => socket.destroy());
  });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    names,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}

const fast = { ttftMs: 0, gapMs: 0, spin: false, chunks: 5 } as const;
const hello = [{ role: "user" as const, content: "Hello" }];

describe("an upstream behind TLS", () => {
  test.each(["127.0.0.1", "localhost"])(
    "at %s is passed through and translated, where its certificate is trusted",
    async (host) => {
      await using mock = await startMock(fast);
      await using tunnel = await startTunnel(mock.url);
      const servers = [{ url: `https://${host}:${tunnel.port}` }];
      const options = { models: [{ name: "chat", upstream: { servers } }] };
      await using weir = await startApart(options, { NODE_EXTRA_CA_CERTS: localhostCertificate.certFile });
      const openai = new OpenAI({ baseURL: `${weir.url}/v1`, apiKey: "none", maxRetries: 0 });
      const asked = { model: "chat", messages: hello } as const;
      const passed = await openai.chat.completions
        .stream({ ...asked, stream_options: { include_usage: true } })
        .finalChatCompletion();
      expect(passed.usage).toMatchObject({ completion_tokens: 5 });
      const anthropic = new Anthropic({ baseURL: weir.url, apiKey: "none", maxRetries: 0 });
      const translated = await anthropic.messages.stream({ ...asked, max_tokens: 50 }).finalMessage();
      expect(translated).toMatchObject({ stop_reason: "end_turn", usage: { output_tokens: 5 } });
      // An address is no name: no such name may be sent.
      expect(new Set(tunnel.names)).toEqual(new Set([host === "localhost" ? "localhost" : false]));
    },
  );

  test("says what to do where nobody signed its certificate whom this machine trusts", async () => {
    await using mock = await startMock(fast);
    await using tunnel = await startTunnel(mock.url);
    const opening = openTestModel([`https://127.0.0.1:${tunnel.port}`]);
    await expect(opening).rejects.toThrow(
      /trusts \(DEPTH_ZERO_SELF_SIGNED_CERT\); NODE_EXTRA_CA_CERTS=FILE names/,
    );
  });
});
