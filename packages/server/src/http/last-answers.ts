import type { Socket } from "node:net";
import type { FastifyInstance } from "fastify";
import type { Follows } from "../admission/arrival.ts";

interface LastAnswer {
  readonly kind: Follows["kind"];
  readonly atMs: number;
}

/** What was answered last on each connection. */
const lastAnswers = new WeakMap<Socket, LastAnswer>();

/** Notes of each connection what was answered on it last, and when that was out. */
export function addLastAnswers(app: FastifyInstance): void {
  app.addHook("onResponse", ({ raw }, reply, done) => {
    const kind = reply.getHeader("retry-after-ms") === undefined ? "answer" : "refusal";
    lastAnswers.set(raw.socket, { kind, atMs: performance.now() });
    done();
  });
}

/** What a request follows on its connection; undefined where it is the first. */
export function findFollowed(socket: Socket): Follows | undefined {
  const last = lastAnswers.get(socket);
  return last && { kind: last.kind, idleMs: performance.now() - last.atMs };
}
