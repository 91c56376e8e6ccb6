import { StringDecoder } from "node:string_decoder";

/** Cuts newline-delimited JSON into lines as the bytes come, cut anywhere. Empty lines are dropped. */
export class NdjsonDecoder {
  readonly #utf8 = new StringDecoder("utf8");
  #rest = "";

  /** The lines that these bytes complete. */
  push(bytes: Uint8Array): readonly string[] {
    const text = this.#utf8.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    const lines = (this.#rest + text).split(/\r?\n/);
    this.#rest = lines.pop()!;
    return lines.filter((line) => line !== "");
  }

  /** The last line where no line break ended it; empty where there is none. */
  end(): string {
    const rest = this.#rest + this.#utf8.end();
    this.#rest = "";
    return rest;
  }
}
