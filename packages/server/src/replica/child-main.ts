/**
 * The main thread of a replica. It belongs to the native engine, which blocks it for as long as a batch takes;
 * everything that must stay responsive lives in the link thread.
 */
import type { EmbeddingComputer, EmbeddingEngineModule } from "@weir/engine";
import { toWeirError } from "@weir/protocol";
import { toErrorMeta } from "../link/link-messages.ts";
import { collectGarbage } from "../platform/collect-garbage.ts";
import { createEntryWorker } from "../platform/node-entry.ts";
import { leaveSignalsToParent } from "../platform/signals.ts";
import { yieldToAnswers } from "../platform/priority.ts";
import type { FromMainThread, ToMainThread } from "./thread-messages.ts";

leaveSignalsToParent();

const linkThread = createEntryWorker(new URL("./child-link", import.meta.url));
let computer: EmbeddingComputer | undefined;

function reply(message: FromMainThread, transfer: ArrayBuffer[] = []): void {
  linkThread.postMessage(message, transfer);
}

async function load(message: Extract<ToMainThread, { kind: "load" }>): Promise<void> {
  try {
    yieldToAnswers();
    const engine = (await import(message.engineModule)) as EmbeddingEngineModule;
    computer = await engine.createEmbeddingComputer(message.spec);
    collectGarbage();
    reply({ kind: "loaded", info: computer.info });
  } catch (error) {
    reply({ kind: "load-failed", error: toErrorMeta(toWeirError(error)) });
  }
}

async function compute({ batch }: Extract<ToMainThread, { kind: "compute" }>): Promise<void> {
  const startedMs = performance.now();
  try {
    if (computer === undefined) throw new Error("a batch came before the model was loaded");
    const vectors = await computer.compute(batch);
    const computeMs = performance.now() - startedMs;
    reply({ kind: "computed", vectors, computeMs }, [vectors.values.buffer as ArrayBuffer]);
  } catch (error) {
    reply({ kind: "compute-failed", error: toErrorMeta(toWeirError(error)) });
  }
}

async function exit(): Promise<void> {
  await computer?.[Symbol.asyncDispose]();
  // The link thread is still holding the pipe open; this is a process of its own, made to end here.
  // oxlint-disable-next-line unicorn/no-process-exit
  process.exit(0);
}

// Batches are computed one after the other even where an engine does yield between them.
let turn: Promise<void> = Promise.resolve();

linkThread.on("message", (message: ToMainThread) => {
  turn = turn.then(() => {
    switch (message.kind) {
      case "load":
        return load(message);
      case "compute":
        return compute(message);
      case "exit":
        return exit();
    }
  });
});
