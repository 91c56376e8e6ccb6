import type { PassedChat } from "../models/chat-backend.ts";
import type { UpstreamDialect } from "./upstream-target.ts";

/** Anthropic says what it was given at the beginning. */
const headBytes = 4 * 1024;
/** More than the last frames of an answer take. */
const tailBytes = 8 * 1024;

/**
 * The beginning and the end of an answer that goes through, for what can be told from them. Nothing is looked at before the answer is
 * over. In JSON a quote inside of a text has a backslash before it: what is searched for cannot stand in a text.
 */
export class AnswerTail {
  readonly #dialect: UpstreamDialect;
  #head: Uint8Array[] = [];
  #headLeft = headBytes;
  #last: Uint8Array[] = [];
  #lastBytes = 0;

  constructor(dialect: UpstreamDialect) {
    this.#dialect = dialect;
  }

  push(bytes: Uint8Array): void {
    if (this.#headLeft > 0) {
      this.#head.push(bytes.subarray(0, this.#headLeft));
      this.#headLeft -= bytes.length;
    }
    this.#last.push(bytes);
    this.#lastBytes += bytes.length;
    // In steps: moving all of them for each would cost more than the bytes.
    if (this.#lastBytes > 2 * tailBytes && this.#last.length > 1) this.#shorten();
  }

  /** Whether the dialect's own end is there. `closed`: the answer ended as HTTP has it. */
  hasEnd(closed: boolean): boolean {
    const tail = this.#readTail();
    switch (this.#dialect) {
      case "anthropic":
        return /"type":\s*"message_stop"/.test(tail);
      case "ollama":
        return isDone(tail);
      case "openai":
        // Not every server of this API writes the last line.
        return /(?:^|\n)data: ?\[DONE\]/.test(tail) || (closed && /"finish_reason":\s*"/.test(tail));
    }
  }

  /** Whether the last that the server sent is an error of the dialect. */
  hasError(): boolean {
    const frames = this.#readTail().trimEnd();
    const border = this.#dialect === "ollama" ? frames.lastIndexOf("\n") : findLastFrame(frames);
    const last = frames.slice(border + 1).trimStart();
    return this.#dialect === "ollama"
      ? last.startsWith('{"error":')
      : /^(?:event: ?error\r?\n|data: ?\{"(?:error":|type":\s*"error"))/.test(last);
  }

  readUsage(): PassedChat {
    const tail = this.#readTail();
    switch (this.#dialect) {
      case "anthropic": {
        const text = Buffer.concat(this.#head).toString("latin1") + tail;
        const fresh = findLast(text, "input_tokens");
        const cached = findLast(text, "cache_read_input_tokens");
        const created = findLast(text, "cache_creation_input_tokens");
        return {
          inputTokens: fresh === undefined ? undefined : fresh + (cached ?? 0) + (created ?? 0),
          cachedInputTokens: cached,
          outputTokens: findLast(tail, "output_tokens"),
        };
      }
      case "ollama":
        return {
          inputTokens: findLast(tail, "prompt_eval_count"),
          cachedInputTokens: undefined,
          outputTokens: findLast(tail, "eval_count"),
        };
      case "openai":
        return {
          inputTokens: findLast(tail, "prompt_tokens"),
          cachedInputTokens: findLast(tail, "cached_tokens"),
          outputTokens: findLast(tail, "completion_tokens"),
        };
    }
  }

  #shorten(): void {
    let from = this.#last.length;
    let bytes = 0;
    while (from > 0 && bytes < tailBytes) bytes += this.#last[--from]!.length;
    this.#last = this.#last.slice(from);
    this.#lastBytes = bytes;
  }

  #readTail(): string {
    const all = Buffer.concat(this.#last);
    return all.toString("latin1", Math.max(0, all.length - tailBytes));
  }
}

/** Whether the last line says so. A call's arguments are objects in this dialect, with whatever fields a tool has. */
function isDone(tail: string): boolean {
  const lines = tail.trimEnd();
  const last = lines.slice(lines.lastIndexOf("\n") + 1);
  try {
    return (JSON.parse(last) as { readonly done?: unknown } | null)?.done === true;
  } catch {
    // It is cut where it is longer than what is kept.
    return /"done":\s*true/.test(last);
  }
}

function findLastFrame(frames: string): number {
  return Math.max(frames.lastIndexOf("\n\n"), frames.lastIndexOf("\n\r\n"));
}

function findLast(text: string, name: string): number | undefined {
  const found = Array.from(text.matchAll(new RegExp(`"${name}":\\s*(\\d{1,12})`, "g"))).at(-1)?.[1];
  return found === undefined ? undefined : Number(found);
}
