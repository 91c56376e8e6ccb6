import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { AnswerTrail } from "../admission/answer-trail.ts";
import type { Follows } from "../admission/arrival.ts";

interface LastAnswer {
  readonly kind: Follows["kind"];
  readonly atMs: number;
}

/** Clients are forgotten beyond so many: what is lost is soon learned again. */
const mostClients = 1_000;

/** What was answered last on each connection. */
const lastAnswers = new WeakMap<Socket, LastAnswer>();
/** What was answered lately to each client of a server, over whichever connection. */
const trails = new WeakMap<Server, Map<string, AnswerTrail>>();
/** Asked for more than once of a request, but an answer accounts for one request only. */
const followed = new WeakMap<FastifyRequest, { readonly follows: Follows | undefined }>();

/** Notes what was answered to whom, and when that was out. */
export function addLastAnswers(app: FastifyInstance): void {
  app.addHook("onResponse", (request, reply, done) => {
    const nowMs = performance.now();
    const kind = reply.getHeader("retry-after-ms") === undefined ? "answer" : "refusal";
    lastAnswers.set(request.raw.socket, { kind, atMs: nowMs });
    if (kind === "answer" && request.report.job !== undefined) findTrail(request).noteAnswer(nowMs);
    done();
  });
}

/** What a request follows, on its connection or on its client's others; undefined where it is the first. */
export function findFollowed(request: FastifyRequest): Follows | undefined {
  const known = followed.get(request);
  if (known !== undefined) return known.follows;
  const nowMs = performance.now();
  const last = lastAnswers.get(request.raw.socket);
  const follows = findTrail(request).follow(last && { kind: last.kind, idleMs: nowMs - last.atMs }, nowMs);
  followed.set(request, { follows });
  return follows;
}

function findTrail({ report, socket, server }: FastifyRequest): AnswerTrail {
  const ours = trails.get(server.server) ?? new Map<string, AnswerTrail>();
  trails.set(server.server, ours);
  const client = `${report.keyId} ${socket.remoteAddress}`;
  const known = ours.get(client);
  if (known !== undefined) return known;
  if (ours.size >= mostClients) ours.clear();
  const trail = new AnswerTrail();
  ours.set(client, trail);
  return trail;
}
