type Expect = "value" | "value-or-end" | "key" | "key-or-end" | "colon" | "comma-or-end" | "end";

/** What a character did: the value goes on, is complete with it, or is no JSON with it. */
export type ScanStep = "more" | "done" | "error";

/** Reads one JSON object or array character by character, strictly (RFC 8259). */
export class JsonScanner {
  #expect: Expect = "value";
  readonly #open: ("}" | "]")[] = [];
  /** Inside a string: after a backslash, and how many hex digits of \u are still to come. */
  #string: { readonly key: boolean; escaped: boolean; hexLeft: number } | undefined;
  /** The number or word under way. */
  #scalar = "";

  get depth(): number {
    return this.#open.length;
  }

  /** Whether the next value would be that of a key of the outermost object. */
  get atOuterValue(): boolean {
    const between = this.#string === undefined && this.#scalar === "";
    return between && this.#expect === "value" && this.#open.length === 1 && this.#open[0] === "}";
  }

  feed(char: string): ScanStep {
    if (this.#string !== undefined) return this.#feedString(this.#string, char);
    if (this.#scalar !== "") {
      if (isScalar(this.#scalar + char)) {
        this.#scalar += char;
        return "more";
      }
      if (!isWholeScalar(this.#scalar)) return "error";
      this.#scalar = "";
      this.#expect = "comma-or-end";
    }
    if (char === " " || char === "\n" || char === "\r" || char === "\t") return "more";
    return this.#feedMark(char);
  }

  /** What has to follow to make it valid JSON: nothing that was said is taken back. */
  closing(): string {
    let text = "";
    let expect = this.#expect;
    if (this.#string !== undefined) {
      if (this.#string.escaped) text += this.#string.hexLeft > 0 ? "0".repeat(this.#string.hexLeft) : "\\";
      text += '"';
      expect = this.#string.key ? "colon" : "comma-or-end";
    } else if (this.#scalar !== "") {
      text += restOfScalar(this.#scalar);
      expect = "comma-or-end";
    }
    if (expect === "key") text += '"":null';
    else if (expect === "colon") text += ":null";
    else if (expect === "value") text += this.#open.length === 0 ? "{}" : "null";
    return text + this.#open.toReversed().join("");
  }

  #feedString(string: { readonly key: boolean; escaped: boolean; hexLeft: number }, char: string): ScanStep {
    if (string.hexLeft > 0) {
      if (!/[0-9A-Fa-f]/.test(char)) return "error";
      string.hexLeft -= 1;
      string.escaped = string.hexLeft > 0;
    } else if (string.escaped) {
      if (char === "u") string.hexLeft = 4;
      else if ('"\\/bfnrt'.includes(char)) string.escaped = false;
      else return "error";
    } else if (char === "\\") {
      string.escaped = true;
    } else if (char === '"') {
      this.#string = undefined;
      this.#expect = string.key ? "colon" : "comma-or-end";
    } else if (char < " ") {
      return "error";
    }
    return "more";
  }

  #feedMark(char: string): ScanStep {
    const closer = this.#open.at(-1);
    switch (this.#expect) {
      case "value":
      case "value-or-end":
        if (char === "{" || char === "[") {
          this.#open.push(char === "{" ? "}" : "]");
          this.#expect = char === "{" ? "key-or-end" : "value-or-end";
          return "more";
        }
        if (this.#open.length === 0) return "error";
        if (char === "]" && this.#expect === "value-or-end") return this.#close();
        if (char === '"') {
          this.#string = { key: false, escaped: false, hexLeft: 0 };
          return "more";
        }
        if (!isScalar(char)) return "error";
        this.#scalar = char;
        return "more";
      case "key":
      case "key-or-end":
        if (char === "}" && this.#expect === "key-or-end") return this.#close();
        if (char !== '"') return "error";
        this.#string = { key: true, escaped: false, hexLeft: 0 };
        return "more";
      case "colon":
        if (char !== ":") return "error";
        this.#expect = "value";
        return "more";
      case "comma-or-end":
        if (char === closer) return this.#close();
        if (char !== ",") return "error";
        this.#expect = closer === "}" ? "key" : "value";
        return "more";
      case "end":
        return "error";
    }
  }

  #close(): ScanStep {
    this.#open.pop();
    this.#expect = this.#open.length === 0 ? "end" : "comma-or-end";
    return this.#open.length === 0 ? "done" : "more";
  }
}

const words: readonly string[] = ["true", "false", "null"];

/** Whether it can grow to a number or a word. */
function isScalar(text: string): boolean {
  return (
    words.some((word) => word.startsWith(text)) ||
    /^-?(?:(?:0|[1-9]\d*)(?:\.\d*)?(?:(?<=\d)[eE][+-]?\d*)?)?$/.test(text)
  );
}

function isWholeScalar(text: string): boolean {
  return words.includes(text) || /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text);
}

function restOfScalar(text: string): string {
  const word = words.find((word) => word.startsWith(text));
  if (word !== undefined) return word.slice(text.length);
  return isWholeScalar(text) ? "" : "0";
}
