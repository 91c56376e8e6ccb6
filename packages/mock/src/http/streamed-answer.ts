import { WeirError, type ChatStreamEncoder } from "@weir/protocol";
import { createRandom, type RandomSource } from "@weir/stats";
import type { AnswerPlan } from "../answers/plan-answer.ts";
import type { Deadline } from "../timing/deadline-heap.ts";
import type { Exchange } from "./exchange.ts";
import { FrameWriter } from "./frame-writer.ts";

// How long before its time the first piece of a split chunk leaves.
const splitLeadMs = 1;

/** One stream under way: a deadline that moves from chunk to chunk. */
export class StreamedAnswer implements Deadline {
  dueMs = 0;
  readonly #exchange: Exchange;
  readonly #plan: AnswerPlan;
  readonly #encoder: ChatStreamEncoder;
  readonly #writer: FrameWriter;
  readonly #cutPlace: RandomSource | undefined;
  #chunk = 0;
  /** What is left of a chunk whose first piece has left. */
  #tail: Uint8Array | undefined;
  /** Frames that are due with the next write. */
  #pending: Uint8Array;

  constructor(exchange: Exchange, plan: AnswerPlan, encoder: ChatStreamEncoder, type: string) {
    const { options } = exchange.context;
    this.#exchange = exchange;
    this.#plan = plan;
    this.#encoder = encoder;
    const opening = encoder.open();
    const openAtOnce = options.roleOnlyDelta;
    this.#writer = new FrameWriter(
      exchange.response,
      exchange.headers(type),
      openAtOnce ? opening : new Uint8Array(0),
    );
    this.#pending = openAtOnce ? new Uint8Array(0) : opening;
    this.#cutPlace = options.split ? createRandom(options.seed * 7 + exchange.index) : undefined;
    this.#schedule();
  }

  fire(): void {
    if (this.#exchange.isOver) return;
    if (this.#tail !== undefined) return this.#writeChunk(this.#tail);
    if (this.#chunk >= this.#plan.sentChunks) return this.#end(new Uint8Array(0));
    const frame = this.#encoder.encode(this.#plan.events[this.#chunk]!);
    const bytes = this.#join(frame);
    if (this.#cutPlace === undefined || bytes.length < 2) return this.#writeChunk(bytes);
    const place = 1 + Math.floor(this.#cutPlace() * (bytes.length - 1));
    this.#writer.write(bytes.subarray(0, place));
    this.#tail = bytes.subarray(place);
    this.dueMs = this.#chunkDueMs();
    this.#exchange.context.timer.add(this);
  }

  /** A frame with what was waiting for it. Empty where the dialect has nothing to say yet. */
  #join(frame: Uint8Array): Uint8Array {
    const whole = this.#pending.length === 0 ? frame : Buffer.concat([this.#pending, frame]);
    this.#pending = new Uint8Array(0);
    return whole.length === 0 ? whole : this.#writer.toBytes(whole);
  }

  #writeChunk(bytes: Uint8Array): void {
    const { timing, log } = this.#exchange.context;
    const isFirst = this.#chunk === 0;
    const dueMs = this.#chunkDueMs();
    this.#tail = undefined;
    this.#chunk += 1;
    log.countChunk(this.#plan.tokensPerChunk);
    if (this.#chunk === this.#plan.sentChunks) this.#end(bytes);
    else {
      if (!this.#writer.write(bytes)) timing.recordHeldBack();
      this.#schedule();
    }
    if (bytes.length === 0) return;
    if (isFirst) timing.recordFirst(dueMs);
    else timing.recordChunk(dueMs);
  }

  /** The last chunk, and how the stream ends, in one write. */
  #end(bytes: Uint8Array): void {
    const dueMs = this.#chunkDueMs();
    switch (this.#plan.fate) {
      case "cut":
        this.#writer.write(bytes);
        this.#exchange.settle({ kind: "cut" }, dueMs);
        this.#writer.cut();
        return;
      case "fail": {
        const error = new WeirError("ENGINE_FAILED", "the mock was told to fail here (failRate)");
        const frame = this.#writer.toBytes(this.#encoder.fail(error, this.#exchange.id));
        this.#writer.end(Buffer.concat([bytes, frame]));
        this.#exchange.settle({ kind: "failed-midway" }, dueMs);
        return;
      }
      case "whole":
      case "error": {
        const frame = this.#encoder.encode({ kind: "finish", finish: this.#plan.finish });
        this.#writer.end(Buffer.concat([bytes, this.#join(frame)]));
        this.#exchange.settle({ kind: "answered", status: 200 }, dueMs);
      }
    }
  }

  /** When the chunk at hand is due; for an answer without chunks or past its last one, when the last was. */
  #chunkDueMs(): number {
    const { dueMs } = this.#plan;
    return this.#exchange.dueMs(dueMs[Math.min(this.#chunk, dueMs.length - 1)] ?? 0);
  }

  #schedule(): void {
    this.dueMs = this.#chunkDueMs() - (this.#cutPlace === undefined ? 0 : splitLeadMs);
    this.#exchange.context.timer.add(this);
  }
}
