/** A body of one's own. */
export type HttpPlanBody =
  | { readonly kind: "text"; readonly text: string }
  /** A file, its size looked up beforehand. Small ones are kept in memory, larger ones are read while they are sent. */
  | { readonly kind: "file"; readonly path: string; readonly bytes: number };

export interface HttpPlanRequest {
  readonly method: string;
  /** Path and query, with a slash at its beginning. */
  readonly path: string;
  /** Of this request alone, beside those of the transport. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: HttpPlanBody | undefined;
}

/** Any HTTP requests, as they are. Plain JSON. */
export interface HttpPlan {
  readonly kind: "http";
  /** At least one. Each user goes through all of them in order, from a place of its own. */
  readonly requests: readonly HttpPlanRequest[];
  /** Statuses of good answers: numbers and classes, e.g. `200,204` or `2xx`. */
  readonly expect: string;
}
