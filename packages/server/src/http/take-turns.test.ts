import { once } from "node:events";
import { connect, type AddressInfo, type Socket } from "node:net";
import { fastify, type FastifyInstance } from "fastify";
import { expect, it, vi } from "vitest";
import { addTurns } from "./take-turns.ts";

const count = 60;
/** What each request takes: a few go into one turn. */
const workMs = 0.6;

interface Answering extends AsyncDisposable {
  readonly open: () => Promise<Socket>;
  /** What was worked on, in the order in which that began. */
  readonly begun: string[];
}

async function answer(): Promise<Answering> {
  const app: FastifyInstance = fastify();
  addTurns(app);
  const begun: string[] = [];
  app.get<{ Params: { id: string } }>("/work/:id", ({ params: { id } }, reply) => {
    begun.push(id);
    for (const fromMs = performance.now(); performance.now() - fromMs < workMs;);
    return reply.send(id);
  });
  app.get("/probe", { config: { probe: true } }, (_request, reply) => {
    begun.push("probe");
    return reply.send("well");
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return {
    begun,
    async open() {
      const socket = connect(port, "127.0.0.1");
      await once(socket, "connect");
      // One answer, so that the server has the connection too.
      const first = once(socket, "data");
      socket.write("GET /probe HTTP/1.1\r\nhost: localhost\r\n\r\n");
      await first;
      socket.resume();
      return socket;
    },
    async [Symbol.asyncDispose]() {
      app.server.closeAllConnections();
      await app.close();
    },
  };
}

async function openMany(server: Answering): Promise<{ readonly users: Socket[]; readonly prober: Socket }> {
  const users: Socket[] = [];
  for (let index = 0; index < count; index++) users.push(await server.open());
  const prober = await server.open();
  server.begun.length = 0;
  return { users, prober };
}

const ask = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`;
const untilBegun = (server: Answering, most: number): Promise<unknown> =>
  vi.waitUntil(() => server.begun.length === most, { interval: 5, timeout: 10_000 });

it("a probe that comes behind many requests waits for a few of them only", async () => {
  await using server = await answer();
  const { users, prober } = await openMany(server);
  for (const [index, user] of users.entries()) user.write(ask(`/work/${index}`));
  prober.write(ask("/probe"));
  await untilBegun(server, count + 1);
  expect(server.begun.indexOf("probe")).toBeLessThan(count / 4);
});

it("requests go in in the order in which they came, those behind others of their connection too", async () => {
  await using server = await answer();
  const user = await server.open();
  server.begun.length = 0;
  const ids = Array.from({ length: count }, (_, index) => String(index));
  user.write(ids.map((id) => ask(`/work/${id}`)).join(""));
  await untilBegun(server, count);
  expect(server.begun).toEqual(ids);
});

it("those whose client left while they waited keep nobody else waiting", async () => {
  await using server = await answer();
  const { users, prober } = await openMany(server);
  for (const [index, user] of users.entries()) {
    user.write(ask(`/work/${index}`), () => {
      if (index % 2 === 0) user.destroy();
    });
  }
  prober.write(ask("/work/last"));
  await vi.waitUntil(() => server.begun.includes("last"), { interval: 5, timeout: 10_000 });
  const stayed = users.flatMap((_, index) => (index % 2 === 0 ? [] : [String(index)]));
  expect(server.begun).toEqual(expect.arrayContaining(stayed));
});
