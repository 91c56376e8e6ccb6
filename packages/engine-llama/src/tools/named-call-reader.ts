import type { CallStep } from "./call-reader.ts";
import { JsonScanner } from "./json-scanner.ts";

const more: CallStep = { kind: "more" };

/** Between name and arguments Mistral's models may write the call's id; ours is made anew. */
const idMark = "[CALL_ID]";

/** Reads `name[ARGS]{...}` and `name{...}`, as {@link CallReader} does its own. */
export class NamedCallReader {
  readonly #names: ReadonlySet<string>;
  readonly #mark: string;
  readonly #scanner: JsonScanner = new JsonScanner();
  #read = "";
  #begun = false;

  constructor(names: ReadonlySet<string>, mark: string) {
    this.#names = names;
    this.#mark = mark;
  }

  feed(char: string): CallStep {
    if (this.#begun) return this.#feedArguments(char);
    if (char !== "{") {
      this.#read += char;
      return this.#canBeHead() ? more : { kind: "text", text: this.#read };
    }
    const name = this.#read.split(idMark)[0]!.split(this.#mark)[0]!.trim();
    if (!this.#names.has(name)) return { kind: "text", text: this.#read + char };
    this.#begun = true;
    this.#scanner.feed(char);
    return { kind: "begin", name, json: char };
  }

  end(): CallStep {
    if (!this.#begun) return { kind: "text", text: this.#read };
    return { kind: "done", json: this.#scanner.closing(), rest: "" };
  }

  #feedArguments(char: string): CallStep {
    const step = this.#scanner.feed(char);
    if (step === "error") return { kind: "done", json: this.#scanner.closing(), rest: char };
    if (step === "done") return { kind: "done", json: char, rest: "" };
    return { kind: "arguments", json: char };
  }

  #canBeHead(): boolean {
    const bracket = this.#read.indexOf("[");
    const name = bracket < 0 ? this.#read : this.#read.slice(0, bracket);
    if (bracket < 0) return [...this.#names].some((known) => known.startsWith(name.trimEnd()));
    const marks = this.#read.slice(bracket);
    if (!this.#names.has(name.trim())) return false;
    if (this.#mark.startsWith(marks.trimEnd()) || idMark.startsWith(marks)) return true;
    const id = /^\[CALL_ID\][0-9A-Za-z]*(.*)$/s.exec(marks);
    return id !== null && this.#mark.startsWith(id[1]!.trimEnd());
  }
}
