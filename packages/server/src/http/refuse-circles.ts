import { WeirError } from "@weir/protocol";
import type { FastifyInstance } from "fastify";
import { parsePassedServers, passedServersHeader } from "../remote/passed-servers.ts";

/**
 * Refuses what this server sent off itself and what came back to it, over whichever others: it would go round until its
 * deadline. 508. `id` is what this server adds to what it sends.
 */
export function addCircleRefusal(app: FastifyInstance, id: string): void {
  app.addHook("onRequest", ({ headers }, _reply, done) => {
    const passed = parsePassedServers(headers[passedServersHeader]);
    const index = passed.indexOf(id);
    done(index < 0 ? undefined : toCircle(passed.length - index - 1));
  });
}

function toCircle(others: number): WeirError {
  const way = others === 0 ? "" : ` through ${others} other${others === 1 ? "" : "s"}`;
  const message = `expected a model's address to be that of another server, got one that leads back to this server${way}. Give the model the address of the server that computes it, or a folder`;
  return new WeirError("LOOP_DETECTED", message);
}
