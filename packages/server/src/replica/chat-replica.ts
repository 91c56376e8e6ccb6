import type {
  AgentRecord,
  ChatHooks,
  ChatJob,
  ChatMemoryStats,
  ChatModelInfo,
  ChatModelSpec,
  ChatWork,
} from "@weir/engine";
import { type ChatRequest, createChatRequest, WeirError } from "@weir/protocol";
import { createChatJobs, type ChatJobs } from "./chat-jobs.ts";
import type { JobAccount, Replica, ReplicaKind, ReplicaOptions } from "./replica-kind.ts";
import { startReplicaProcess } from "./replica-process.ts";

/** A process with a chat model. */
export interface ChatReplica extends Replica<ChatModelInfo> {
  /** As it was when the replica last said so: about once a second, and whenever a job has ended. */
  readonly memory: ChatMemoryStats;
  /**
   * The least time that one step of the answer took which it gave before it was ready, in milliseconds: what else the
   * machine did at that moment is not the model's. Undefined where it was too short to tell.
   */
  readonly stepMs: number | undefined;
  /** Rejects with REPLICA_LOST as soon as the process is gone, with CANCELLED, or with what the engine threw. */
  chat(job: ChatJob, hooks: ChatHooks, signal: AbortSignal, account?: JobAccount): Promise<ChatWork>;
  countTokens(request: ChatRequest, signal: AbortSignal): Promise<number>;
  listAgents(keyId: string | undefined): Promise<readonly AgentRecord[]>;
  saveAgent(keyId: string, id: string): Promise<AgentRecord | undefined>;
  deleteAgent(keyId: string, id: string): Promise<boolean>;
}

/** Whose conversation it is that only shows that the model works. It is forgotten at once. */
const nobody = { keyId: "", id: "weir-warm-up" };

/**
 * Work that shows that a model computes and how fast, on nobody's account. Short: every start waits for it, and on a busy
 * machine each token takes a while.
 */
export function createTrialJob(): ChatJob {
  const text = "the weir holds what the river brings";
  const request: ChatRequest = createChatRequest([{ role: "user", parts: [{ kind: "text", text }] }], {
    maxTokens: 4,
    temperature: 0,
    ignoreEos: true,
  });
  return { request, agent: nobody, rank: 0, isTrial: true };
}

/** How much slower than its fastest step the mean of an answer may have been. */
const mostHiccup = 10;

/** How long it may take to write the states of its agents to disk before it is killed. */
const stopTimeoutMs = 60_000;

/** Starts a process and waits until it has loaded the model and answered once. Nothing is left running when this rejects. */
export async function startChatReplica(
  options: ReplicaOptions<ChatModelSpec>,
  signal: AbortSignal,
): Promise<ChatReplica> {
  let memory: ChatMemoryStats | undefined;
  let stepMs: number | undefined;
  const kind: ReplicaKind<ChatModelInfo, ChatJobs> = {
    entry: new URL("./chat-child-main", import.meta.url),
    createJobs: (send) => createChatJobs(send, (now) => (memory = now)),
    async warmUp(jobs, _, warmUpSignal) {
      stepMs = await warmUpChat(jobs, warmUpSignal);
    },
    toModelBytes: ({ weightBytes, kvBytes }) => weightBytes + kvBytes,
    onPong: (pong) => (memory = pong.memory ?? memory),
    stopTimeoutMs,
  };
  const replica = await startReplicaProcess(kind, options, signal);
  const chatReplica: Omit<ChatReplica, keyof Replica | "memory" | "stepMs"> = {
    chat: (job, hooks, jobSignal, account) =>
      replica.run((jobs) => jobs.chat(job, hooks, jobSignal), { cost: 1, ...account }),
    countTokens: (request, jobSignal) => replica.ask((jobs) => jobs.ask("count-tokens", request, jobSignal)),
    listAgents: (keyId) => replica.ask((jobs) => jobs.ask("agents", keyId === undefined ? {} : { keyId })),
    saveAgent: async (keyId, id) =>
      (await replica.ask((jobs) => jobs.ask("save-agent", { keyId, id }))) ?? undefined,
    deleteAgent: (keyId, id) => replica.ask((jobs) => jobs.ask("delete-agent", { keyId, id })),
  };
  Object.defineProperty(replica, "memory", { get: () => memory });
  return Object.assign(replica, { ...chatReplica, stepMs }) as unknown as ChatReplica;
}

async function warmUpChat(jobs: ChatJobs, signal: AbortSignal): Promise<number | undefined> {
  let cameMs: number | undefined;
  let leastMs = Number.POSITIVE_INFINITY;
  const onEvents = (): void => {
    const nowMs = performance.now();
    if (cameMs !== undefined) leastMs = Math.min(leastMs, nowMs - cameMs);
    cameMs = nowMs;
  };
  try {
    const { outputTokens, generationMs } = await jobs.chat(createTrialJob(), { onEvents }, signal);
    await jobs.ask("delete-agent", nobody);
    // Not every token is a text yet, and what waited on the link comes at once: neither may make it look faster or slower.
    const meanMs = outputTokens < 2 ? undefined : generationMs / (outputTokens - 1);
    return meanMs === undefined || leastMs > meanMs ? meanMs : Math.max(leastMs, meanMs / mostHiccup);
  } catch (error) {
    if (!(error instanceof WeirError) || error.code !== "ENGINE_FAILED") throw error;
    const message = `the model loads but does not answer: ${error.message}`;
    throw new WeirError("MODEL_INVALID", message, { cause: error });
  }
}
