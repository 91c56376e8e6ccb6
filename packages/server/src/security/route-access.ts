import type { Scope } from "./scopes.ts";

/**
 * Who may use a route once keys are required: everybody (probes), whom the route itself lets in (the launch token), or a
 * key with a scope.
 */
export type RouteAccess = "public" | "own" | Scope;

/** What is known of the route that a request met: its own pattern, undefined where it met none. */
export interface MetRoute {
  readonly url: string | undefined;
  readonly config: { readonly probe?: true };
}

/**
 * Decided by the route's own pattern, never by the URL as it was sent, which can be written in many ways. What is not
 * named here, an unknown route too, takes the scope `infer`: forgetting a route keeps it closed.
 */
export function resolveRouteAccess({ url, config }: MetRoute): RouteAccess {
  if (config.probe === true) return "public";
  if (url === "/shutdown") return "own";
  if (url === "/metrics") return "metrics";
  return url?.startsWith("/admin/") === true ? "admin" : "infer";
}
