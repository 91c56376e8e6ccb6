import { chatDialects, WeirError } from "@weir/protocol";
import { encodeRequest } from "../http/encode-request.ts";
import type { HttpTarget } from "../http/http-target.ts";
import { parseExpectedStatus } from "../workloads/expected-status.ts";
import type { ScenarioRequest } from "./scenario.ts";

/** What a scenario asked to send, ready to be sent and judged. */
export interface EncodedStep {
  readonly request: ScenarioRequest;
  readonly bytes: Uint8Array;
  /** Place in the scenario's `steps`. */
  readonly part: number;
  /** 1 where a status is expected. */
  readonly expected: Uint8Array;
}

/** Encodes what scenarios yield. */
export class StepEncoder {
  readonly #target: HttpTarget;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #steps: readonly string[];
  readonly #expected = new Map<string, Uint8Array>();

  constructor(target: HttpTarget, headers: Readonly<Record<string, string>>, steps: readonly string[]) {
    this.#target = target;
    this.#headers = headers;
    this.#steps = steps;
  }

  /** Throws USAGE for a request that cannot be sent or names no known step. */
  encode(request: ScenarioRequest): EncodedStep {
    if (typeof request !== "object" || request === null || typeof request.path !== "string")
      throw new WeirError(
        "USAGE",
        `a scenario must yield requests such as { path: "/v1/models" }, got ${JSON.stringify(request) ?? "nothing"}`,
      );
    const { path, json } = request;
    if (!/^\/[!-~]*$/.test(path))
      throw new WeirError(
        "USAGE",
        `a request's path must begin with a slash and be percent-encoded, got ${JSON.stringify(path)}`,
      );
    if (request.stream !== undefined && !(request.stream in chatDialects))
      throw new WeirError(
        "USAGE",
        `a request's stream must be one of ${Object.keys(chatDialects).join(", ")}, got ${JSON.stringify(request.stream)}`,
      );
    const body = toBody(request);
    const method = (request.method ?? (body === undefined ? "GET" : "POST")).toUpperCase();
    if (!/^[A-Z]+$/.test(method))
      throw new WeirError("USAGE", `a request's method must be letters, got ${JSON.stringify(method)}`);
    const announced: Readonly<Record<string, string>> =
      json === undefined ? {} : { "Content-Type": "application/json" };
    const headers = mergeHeaders(announced, this.#headers, request.headers ?? {});
    const bytes = encodeRequest(this.#target, { method, path, headers, ...(body !== undefined && { body }) });
    return { request, bytes, part: this.#partOf(request), expected: this.#table(request.expect ?? "2xx") };
  }

  #partOf({ step }: ScenarioRequest): number {
    if (this.#steps.length === 0 && step === undefined) return 0;
    const part = step === undefined ? -1 : this.#steps.indexOf(step);
    if (part !== -1) return part;
    const known = this.#steps.length === 0 ? "none" : this.#steps.join(", ");
    throw new WeirError(
      "USAGE",
      `a request's step must be one of the scenario's steps (${known}), got ${JSON.stringify(step) ?? "none"}. Name it in steps: [...].`,
    );
  }

  #table(expect: string): Uint8Array {
    let table = this.#expected.get(expect);
    if (table === undefined) {
      table = parseExpectedStatus(expect);
      this.#expected.set(expect, table);
    }
    return table;
  }
}

function toBody({ json, body }: ScenarioRequest): Uint8Array | undefined {
  if (json !== undefined && body !== undefined)
    throw new WeirError("USAGE", "a request must have json or body, got both");
  if (json !== undefined) return new TextEncoder().encode(JSON.stringify(json));
  return typeof body === "string" ? new TextEncoder().encode(body) : body;
}

/** The later ones win, however their names are written. */
function mergeHeaders(...all: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const merged = new Map<string, readonly [name: string, value: string]>();
  for (const headers of all)
    for (const [name, value] of Object.entries(headers)) merged.set(name.toLowerCase(), [name, value]);
  return Object.fromEntries(merged.values());
}
