/**
 * A replica with a chat model. It has one thread: such an engine computes on threads of its own, so that this one is always
 * free for the link. When the parent is gone, it writes what its agents have said to disk and ends.
 */
import type { ChatEngine, ChatEngineModule, ChatModelInfo, ChatModelSpec } from "@weir/engine";
import { toWeirError } from "@weir/protocol";
import type { ChatJobMeta } from "../link/chat-frames.ts";
import type { Frame } from "../link/frame.ts";
import { createLinkConnection } from "../link/link-connection.ts";
import {
  linkVersion,
  toErrorMeta,
  type CreditMeta,
  type HelloMeta,
  type PongMeta,
  type ReadyMeta,
  type StartMeta,
} from "../link/link-messages.ts";
import { collectGarbage } from "../platform/collect-garbage.ts";
import { yieldToAnswers } from "../platform/priority.ts";
import { openChildEnd } from "../platform/replica-pipe.ts";
import { endProcessNow, leaveSignalsToParent } from "../platform/signals.ts";
import { createChatChildJobs, type ChatChildJobs } from "./chat-child-jobs.ts";

/** How long it may take to part once the parent is gone; one that tells it to stop sees to that itself. */
const orphanMs = 10_000;

leaveSignalsToParent();

let spillDirectory = "";
let engine: ChatEngine | undefined;
let jobs: ChatChildJobs | undefined;
let leaving = false;
const loading = new AbortController();

const link = createLinkConnection(openChildEnd(), {
  onFrame: receive,
  onClose() {
    setTimeout(endProcessNow, orphanMs);
    void leave();
  },
  onUnread: (jobId, error) => link.send("error", jobId, toErrorMeta(error)),
  spillDirectory: () => spillDirectory,
});

const hello: HelloMeta = { version: linkVersion, pid: process.pid };
link.send("hello", 0, hello);

function receive(frame: Frame): void {
  switch (frame.kind) {
    case "start":
      void start(frame.meta as StartMeta<ChatModelSpec>);
      break;
    case "job":
      jobs!.accept(frame.jobId, frame.meta as ChatJobMeta, frame.body);
      break;
    case "credit":
      jobs?.credit(frame.jobId, (frame.meta as CreditMeta).bytes);
      break;
    case "cancel":
      jobs?.cancel(frame.jobId);
      break;
    case "stop":
      void leave();
      break;
    case "ping":
      sendPong();
      break;
    case "pong":
    case "hello":
    case "ready":
    case "failed":
    case "event":
    case "end":
    case "error":
      throw new Error(`a replica sends ${frame.kind} frames, it does not read them`);
  }
}

async function start(meta: StartMeta<ChatModelSpec>): Promise<void> {
  ({ spillDirectory } = meta);
  try {
    yieldToAnswers();
    const module = (await import(meta.engineModule)) as ChatEngineModule;
    engine = await module.createChatEngine(meta.spec, loading.signal);
    jobs = createChatChildJobs(engine, link);
    collectGarbage();
    const ready: ReadyMeta<ChatModelInfo> = { info: engine.info };
    link.send("ready", 0, ready);
  } catch (error) {
    link.send("failed", 0, toErrorMeta(toWeirError(error)));
  }
}

function sendPong(): void {
  const pong: PongMeta = {
    rssBytes: process.memoryUsage.rss(),
    ...(jobs?.clock.read(performance.now()) ?? { busyMs: 0, expectedMs: undefined }),
    ...(engine === undefined ? {} : { memory: engine.stats }),
  };
  link.send("pong", 0, pong);
}

/** What is under way is cancelled: whoever stops a replica has let it finish. */
async function leave(): Promise<void> {
  if (leaving) return;
  leaving = true;
  loading.abort();
  try {
    await jobs?.end();
    await engine?.persist(new AbortController().signal);
    await engine?.[Symbol.asyncDispose]();
  } catch (error) {
    process.stderr.write(`the agents' states were not all written: ${toWeirError(error).message}\n`);
  } finally {
    // The link is still open; this is a process of its own, made to end here.
    // oxlint-disable-next-line unicorn/no-process-exit
    process.exit(0);
  }
}
