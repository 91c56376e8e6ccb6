import { StringDecoder } from "node:string_decoder";

export interface SseEvent {
  /** `message` where the event has no name. */
  readonly event: string;
  /** Its data lines, joined by line feeds. */
  readonly data: string;
}

/**
 * Reads server-sent events from bytes as they come, cut anywhere: also inside a character or between CR and LF.
 * Comments are dropped, and an event that the stream ends in the middle of is never given. llama.cpp's field `error` is
 * read as the data of an event `error`.
 * Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export class SseDecoder {
  readonly #utf8 = new StringDecoder("utf8");
  #rest = "";
  #event = "";
  #data: string | undefined;
  #endedWithCr = false;
  #begun = false;

  /** Characters that wait for the end of their event, its name included. */
  get heldCharacters(): number {
    return this.#rest.length + this.#event.length + (this.#data === undefined ? 0 : this.#data.length + 1);
  }

  /** The events that these bytes complete. */
  push(bytes: Uint8Array): readonly SseEvent[] {
    let text = this.#utf8.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    if (text === "") return [];
    if (!this.#begun && text.startsWith("\uFEFF")) text = text.slice(1);
    this.#begun = true;
    if (this.#endedWithCr && text.startsWith("\n")) text = text.slice(1);
    this.#endedWithCr = text.endsWith("\r");
    if (text.includes("\r")) text = text.replaceAll(/\r\n?/g, "\n");

    const events: SseEvent[] = [];
    let start = 0;
    // Only what is new is searched: a long line that comes in many pieces costs no more than a short one.
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      let line = text.slice(start, end);
      if (this.#rest !== "") {
        line = this.#rest + line;
        this.#rest = "";
      }
      start = end + 1;
      if (line !== "") this.#readLine(line);
      else {
        if (this.#data !== undefined)
          events.push({ event: this.#event === "" ? "message" : this.#event, data: this.#data });
        this.#event = "";
        this.#data = undefined;
      }
    }
    if (start < text.length) this.#rest += start === 0 ? text : text.slice(start);
    return events;
  }

  #readLine(line: string): void {
    const colon = line.indexOf(":");
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (name === "data" || name === "error")
      this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
    if (name === "event") this.#event = value;
    else if (name === "error") this.#event = name;
  }
}
