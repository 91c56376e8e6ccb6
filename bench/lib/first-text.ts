import { connect, type Socket } from "node:net";
import { once } from "node:events";

/** A connection that is kept, read as bytes: a client's own HTTP library would be half of what is to be measured. */
export interface FirstTextClient extends AsyncDisposable {
  /**
   * Asks in Ollama's dialect. Gives the time from sending to the first text, less what the engine says that it took to its first token.
   * Rejects where the answer is no stream of that dialect.
   */
  ask(body: Readonly<Record<string, unknown>>, agentId: string): Promise<number>;
}

export async function openFirstTextClient(url: string): Promise<FirstTextClient> {
  const { hostname, port, host } = new URL(url);
  const socket: Socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await once(socket, "connect");
  return {
    async ask(body, agentId) {
      const sent = JSON.stringify({ stream: true, ...body });
      const head = `POST /api/generate HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\nx-agent-id: ${agentId}\r\ncontent-length: ${Buffer.byteLength(sent)}\r\n\r\n`;
      return await new Promise((resolve, reject) => {
        let text = "";
        let firstMs: number | undefined;
        const take = (bytes: Buffer): void => {
          text += bytes.toString("latin1");
          if (/"response":"[^"]/.test(text)) firstMs ??= performance.now() - sentMs;
          // A short answer comes in one piece, without chunks.
          if (!/"done":true.*\}\n(?:\r\n0\r\n\r\n)?$/.test(text) && !text.includes('"error"')) return;
          socket.off("data", take);
          const promptNs = /"prompt_eval_duration":(\d+)/.exec(text)?.[1];
          if (firstMs === undefined || promptNs === undefined)
            reject(new Error(`expected a stream of Ollama's dialect, got ${text}`));
          else resolve(firstMs - Number(promptNs) / 1e6);
        };
        socket.on("data", take);
        const sentMs = performance.now();
        socket.write(head + sent);
      });
    },
    async [Symbol.asyncDispose]() {
      socket.destroy();
    },
  };
}
