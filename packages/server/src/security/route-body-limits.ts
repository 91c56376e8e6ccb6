import type { RouteOptions } from "fastify";

// Enough for every field that such a request has.
const smallBytes = 64 * 1024;

const smallRoutes: ReadonlySet<string> = new Set(["/embed-file", "/shutdown"]);

/** Gives routes whose requests are small a body limit that is; all others have the server's. For `onRoute`. */
export function limitRouteBody(route: RouteOptions & { bodyLimit?: number | undefined }): void {
  if (smallRoutes.has(route.url) || route.url.startsWith("/admin/")) route.bodyLimit ??= smallBytes;
}
