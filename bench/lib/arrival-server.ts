import { createServer, type AddressInfo } from "node:net";
import { once } from "node:events";

const answer = Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

export interface ArrivalServer {
  readonly port: number;
  /** `performance.now()` of every piece of a request that came; small requests come in one piece. Forgets them. */
  readonly take: () => Float64Array;
}

/** Answers anything on a bare socket and notes when it came. */
export async function startArrivalServer(most = 2_000_000): Promise<ArrivalServer> {
  const timesMs = new Float64Array(most);
  let count = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on("data", () => {
      if (count < most) timesMs[count++] = performance.now();
      socket.write(answer);
    });
    // Generators reset what they no longer need.
    socket.on("error", () => socket.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    take: () => {
      const taken = timesMs.slice(0, count);
      count = 0;
      return taken;
    },
  };
}
