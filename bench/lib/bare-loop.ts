import { connect, type Socket } from "node:net";

/**
 * Requests a second of the least that sockets of Node can do: write, count the bytes that come, write again. All
 * answers must be of one length.
 */
export async function bareLoop(url: URL, connections: number, durationMs: number): Promise<number> {
  const request = Buffer.from(`GET ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`);
  const memory = new Uint8Array(64 * 1024);
  let answerBytes = 0;
  let answers = 0;
  const open = (): Promise<Socket> =>
    new Promise((resolve, reject) => {
      let got = 0;
      const onRead = (length: number): boolean => {
        // The first answer of all comes alone, and in one piece on loopback: it tells the length of each.
        if (answerBytes === 0) answerBytes = length;
        got += length;
        if (got >= answerBytes) {
          got = 0;
          answers += 1;
          socket.write(request);
        }
        return true;
      };
      const socket = connect({
        host: url.hostname,
        port: Number(url.port),
        noDelay: true,
        onread: { buffer: memory, callback: onRead },
      });
      socket.once("error", reject);
      socket.once("connect", () => resolve(socket));
    });
  const sockets: Socket[] = [];
  for (let index = 0; index < connections; index += 1) sockets.push(await open());
  const startedMs = performance.now();
  for (const socket of sockets) socket.write(request);
  await new Promise((resolve) => setTimeout(resolve, durationMs));
  const rate = (answers * 1000) / (performance.now() - startedMs);
  for (const socket of sockets) socket.destroy();
  return rate;
}
