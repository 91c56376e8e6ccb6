import { StringDecoder } from "node:string_decoder";

export interface SseEvent {
  /** `message` where the event has no name. */
  readonly event: string;
  /** Its data lines, joined by line feeds. */
  readonly data: string;
}

/**
 * Reads server-sent events from bytes as they come, cut anywhere: also inside a character or between CR and LF.
 * Comments are dropped, and an event that the stream ends in the middle of is never given.
 * Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export class SseDecoder {
  readonly #utf8 = new StringDecoder("utf8");
  #rest = "";
  #event = "";
  #data: string[] = [];
  #endedWithCr = false;
  #begun = false;

  /** The events that these bytes complete. */
  push(bytes: Uint8Array): readonly SseEvent[] {
    let text = this.#utf8.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    if (text === "") return [];
    if (!this.#begun && text.startsWith("\uFEFF")) text = text.slice(1);
    this.#begun = true;
    if (this.#endedWithCr && text.startsWith("\n")) text = text.slice(1);
    if (text === "") return this.#clearCr();
    this.#endedWithCr = text.endsWith("\r");
    const lines = (this.#rest + text).split(/\r\n|\r|\n/);
    this.#rest = lines.pop()!;
    return lines.flatMap((line) => this.#readLine(line) ?? []);
  }

  #clearCr(): readonly SseEvent[] {
    this.#endedWithCr = false;
    return [];
  }

  #readLine(line: string): SseEvent | undefined {
    if (line === "") {
      const event =
        this.#data.length === 0
          ? undefined
          : { event: this.#event === "" ? "message" : this.#event, data: this.#data.join("\n") };
      this.#event = "";
      this.#data = [];
      return event;
    }
    const colon = line.indexOf(":");
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#event = value;
    return undefined;
  }
}
