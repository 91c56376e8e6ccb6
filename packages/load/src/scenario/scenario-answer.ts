import { WeirError } from "@weir/protocol";
import type { ReceivedAnswer } from "../workload.ts";
import type { ScenarioAnswer, ScenarioRequest } from "./scenario.ts";

/**
 * An answer for as long as the scenario looks at it. Its text is decoded when it is asked for, and then kept: the bytes
 * are the next answer's a moment later.
 */
export class KeptAnswer implements ScenarioAnswer {
  readonly status: number;
  readonly bodyBytes: number;
  readonly #request: ScenarioRequest;
  readonly #headers: ReadonlyMap<string, string | undefined>;
  #body: Uint8Array | undefined;
  #text: string | undefined;

  /** @param said what a stream said; undefined where the answer is none */
  constructor(
    answer: ReceivedAnswer,
    request: ScenarioRequest,
    headers: ReadonlyMap<string, string | undefined>,
    said: string | undefined,
  ) {
    this.status = answer.status;
    this.bodyBytes = answer.bodyBytes;
    this.#request = request;
    this.#headers = headers;
    this.#body = answer.body;
    this.#text = said;
  }

  header(name: string): string | undefined {
    const lower = name.toLowerCase();
    if (this.#headers.has(lower)) return this.#headers.get(lower);
    throw new WeirError(
      "USAGE",
      `header(${JSON.stringify(name)}) was not kept. Name it in the request: keepHeaders: [${JSON.stringify(name)}].`,
    );
  }

  text(): string {
    if (!keepsBody(this.#request))
      throw new WeirError("USAGE", "the body was not kept. Say keepBody: true in the request.");
    if (this.#text !== undefined) return this.#text;
    if (this.#body === undefined)
      throw new WeirError(
        "USAGE",
        "an answer's text must be read before the next request is sent; its memory is then used again.",
      );
    this.#text = Buffer.from(this.#body.buffer, this.#body.byteOffset, this.#body.length).toString("utf8");
    return this.#text;
  }

  // oxlint-disable-next-line typescript/no-explicit-any -- as ScenarioAnswer says
  json(): any {
    const text = this.text();
    try {
      return JSON.parse(text);
    } catch {
      throw new Error(`expected JSON, got ${JSON.stringify(text.slice(0, 60))}`);
    }
  }

  /** The bytes are about to be used again. */
  release(): void {
    this.#body = undefined;
  }
}

/** Whether the scenario may read an answer's text. */
export function keepsBody({ keepBody, stream }: ScenarioRequest): boolean {
  return keepBody ?? stream === undefined;
}
