import { createServer } from "node:net";

/** The first port from `from` that can be listened on, among the next twenty; undefined where there is none. */
export async function findFreePort(host: string, from: number): Promise<number | undefined> {
  for (let port = from; port < Math.min(from + 20, 65_536); port++) {
    if (await canListen(host, port)) return port;
  }
  return undefined;
}

function canListen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ host, port, exclusive: true }, () => void probe.close(() => resolve(true)));
  });
}
