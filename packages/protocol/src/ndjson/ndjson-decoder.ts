import { StringDecoder } from "node:string_decoder";

/** Cuts newline-delimited JSON into lines as the bytes come, cut anywhere. Empty lines are dropped. */
export class NdjsonDecoder {
  readonly #utf8 = new StringDecoder("utf8");
  #rest = "";

  /** Characters that wait for the end of their line. */
  get heldCharacters(): number {
    return this.#rest.length;
  }

  /** The lines that these bytes complete. */
  push(bytes: Uint8Array): readonly string[] {
    const text = this.#utf8.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    const lines: string[] = [];
    let start = 0;
    // Only what is new is searched: a long line that comes in many pieces costs no more than a short one.
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      let line = text.slice(start, end);
      if (this.#rest !== "") {
        line = this.#rest + line;
        this.#rest = "";
      }
      if (line.endsWith("\r")) line = line.slice(0, -1);
      if (line !== "") lines.push(line);
      start = end + 1;
    }
    if (start < text.length) this.#rest += start === 0 ? text : text.slice(start);
    return lines;
  }

  /** The last line where no line break ended it; empty where there is none. */
  end(): string {
    const rest = this.#rest + this.#utf8.end();
    this.#rest = "";
    return rest;
  }
}
