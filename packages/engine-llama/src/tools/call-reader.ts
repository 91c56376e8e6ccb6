import { JsonScanner } from "./json-scanner.ts";

/** What reading one more character of a call came to. */
export type CallStep =
  | { readonly kind: "more" }
  /** The name is known; arguments follow. */
  | { readonly kind: "begin"; readonly name: string; readonly json: string }
  | { readonly kind: "arguments"; readonly json: string }
  /** Complete; `json` is what remains of the arguments, `rest` what came after them and does not belong to the call. */
  | { readonly kind: "done"; readonly json: string; readonly rest: string }
  /** Complete, and only now known to be a call. */
  | { readonly kind: "whole"; readonly name: string; readonly json: string }
  /** No call: what was read is text. */
  | { readonly kind: "text"; readonly text: string };

/** A head with the name first, as models write it; the arguments can then be handed on while they come. */
const head =
  /^\s*\{\s*(?:"(?:type|id)"\s*:\s*"[^"\\]*"\s*,\s*)*"name"\s*:\s*("(?:[^"\\]|\\.)*")\s*,\s*(?:"(?:type|id)"\s*:\s*"[^"\\]*"\s*,\s*)*"(?:arguments|parameters)"\s*:\s*$/;

const knownKey = /"(?:name|type|id|arguments|parameters|function)"\s*:$/;

const more: CallStep = { kind: "more" };

/**
 * Reads `{"name": ..., "arguments": {...}}` (or `parameters`) character by character. Once the arguments have begun they
 * always end as valid JSON: where the model breaks off or errs, they are closed.
 */
export class CallReader {
  readonly #names: ReadonlySet<string>;
  readonly #scanner: JsonScanner = new JsonScanner();
  #arguments: JsonScanner | undefined;
  #argumentsEnded = false;
  #read = "";

  constructor(names: ReadonlySet<string>) {
    this.#names = names;
  }

  feed(char: string): CallStep {
    const begins = char === "{" && this.#arguments === undefined && this.#scanner.atOuterValue;
    const named = begins ? head.exec(this.#read)?.[1] : undefined;
    const step = this.#scanner.feed(char);
    if (this.#arguments !== undefined) return this.#feedArguments(this.#arguments, char, step);
    this.#read += char;
    if (step === "error" || this.#isOther(char)) return { kind: "text", text: this.#read };
    if (step === "done") return this.#readWhole();
    if (named === undefined) return more;
    const name = JSON.parse(named) as string;
    if (!this.#names.has(name)) return { kind: "text", text: this.#read };
    this.#arguments = new JsonScanner();
    this.#arguments.feed(char);
    return { kind: "begin", name, json: char };
  }

  /** The answer ended within the call. */
  end(): CallStep {
    if (this.#arguments === undefined) return { kind: "text", text: this.#read };
    return { kind: "done", json: this.#argumentsEnded ? "" : this.#arguments.closing(), rest: "" };
  }

  #feedArguments(scanner: JsonScanner, char: string, step: "more" | "done" | "error"): CallStep {
    if (step === "done") return { kind: "done", json: "", rest: "" };
    if (step === "error")
      return { kind: "done", json: this.#argumentsEnded ? "" : scanner.closing(), rest: char };
    if (this.#argumentsEnded) return more;
    this.#argumentsEnded = scanner.feed(char) === "done";
    return { kind: "arguments", json: char };
  }

  /** An object with other keys is no call: an answer in JSON must not wait for its end. */
  #isOther(char: string): boolean {
    return (
      char === ":" && this.#scanner.depth === 1 && this.#scanner.atOuterValue && !knownKey.test(this.#read)
    );
  }

  #readWhole(): CallStep {
    const outer = JSON.parse(this.#read) as Readonly<Record<string, unknown>>;
    const call = isRecord(outer["function"]) ? outer["function"] : outer;
    const name = call["name"];
    const given = readArguments(call["arguments"] ?? call["parameters"] ?? {});
    if (typeof name !== "string" || !this.#names.has(name) || given === undefined)
      return { kind: "text", text: this.#read };
    return { kind: "whole", name, json: JSON.stringify(given) };
  }
}

/** Some models write the arguments as a string of JSON, as OpenAI's API does. */
function readArguments(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== "string") return isRecord(value) ? value : undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    return isRecord(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
