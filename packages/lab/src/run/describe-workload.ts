import type { ChatPrompt, ChatTurns, LoadPlan } from "@weir/load";
import { contentHash } from "@weir/stats";
import type { RecordedSingleWorkload, RecordedWorkload } from "../record/recorded-workload.ts";
import type { ChatLoadRequest, EmbeddingsRequest, RunTarget, WorkloadRequest } from "./run-request.ts";

/** What a run sent, as run.json says it: contents are described and hashed, not repeated. */
export function describeWorkload(
  workload: WorkloadRequest,
  target: RunTarget | undefined,
  plan: LoadPlan | undefined,
): RecordedWorkload {
  switch (workload.kind) {
    case "embeddings":
      return describeEmbeddings(workload, target, plan);
    case "chat":
      return describeChat(workload, target, plan);
    case "http":
      return {
        kind: "http",
        methods: [...new Set(workload.requests.map(({ method }) => method))],
        requests: workload.requests.length,
        expect: workload.expect,
        hash: contentHash(JSON.stringify(workload.requests)),
      };
    case "upload":
      return {
        kind: "upload",
        form: workload.form.kind,
        ...(workload.form.kind === "multipart" &&
          workload.form.fields !== undefined && { fields: workload.form.fields }),
        ...(workload.inTurn === true && { inTurn: true }),
        path: workload.path.replace(/\?.*$/, ""),
        files: workload.files.length,
        bytes: workload.files.reduce((sum, { bytes }) => sum + bytes, 0),
        expect: workload.expect,
        hash: contentHash(JSON.stringify(workload.files)),
      };
    case "scenario": {
      const { kind, name, path, hash, steps } = workload;
      return { kind, name, file: path, steps, hash };
    }
    case "mixed": {
      const sent = plan?.workload.kind === "mixed" ? plan.workload.parts : [];
      return {
        kind: "mixed",
        parts: workload.parts.map((part, place) => ({
          name: part.name,
          weight: part.weight,
          workload: describeWorkload(
            part.workload,
            target?.parts?.[place],
            plan === undefined || sent[place] === undefined
              ? undefined
              : { ...plan, workload: sent[place].workload },
          ) as RecordedSingleWorkload,
        })),
      };
    }
  }
}

function describeEmbeddings(
  workload: EmbeddingsRequest,
  target: RunTarget | undefined,
  plan: LoadPlan | undefined,
): RecordedWorkload {
  const { texts } = workload.texts;
  return {
    kind: workload.kind,
    dialect: (target?.dialect as EmbeddingsRequest["dialect"] | undefined) ?? workload.dialect,
    model: target?.model ?? workload.model ?? null,
    texts: {
      source: workload.texts.source,
      count: texts.length,
      characters: describeSizes(texts.map((text) => text.length)),
      hash: contentHash(JSON.stringify(texts)),
    },
    batch: workload.batch,
    cache: describeCache(workload.cache, plan),
  };
}

function describeChat(
  workload: ChatLoadRequest,
  target: RunTarget | undefined,
  plan: LoadPlan | undefined,
): RecordedWorkload {
  const { kind, stream, temperature, ignoreEos, check, turns } = workload;
  const { source, prompts } = workload.prompts;
  return {
    kind,
    dialect: (target?.dialect as ChatLoadRequest["dialect"] | undefined) ?? workload.dialect,
    model: target?.model ?? workload.model ?? null,
    stream,
    prompts: {
      source,
      count: prompts.length,
      messages: describeSizes(prompts.map(({ messages }) => messages.length)),
      characters: describeSizes(prompts.map(countCharacters)),
      hash: contentHash(JSON.stringify(prompts)),
    },
    maxTokens: workload.maxTokens ?? null,
    temperature,
    ignoreEos,
    check: check === undefined ? null : `chunks${check.comparison}${check.chunks}`,
    turns: describeTurns(turns),
    cache: describeCache(workload.cache, plan),
  };
}

function describeTurns(turns: ChatTurns): Extract<RecordedWorkload, { kind: "chat" }>["turns"] {
  switch (turns.kind) {
    case "single":
      return turns;
    case "tools":
      return {
        kind: "tools",
        toolTurns: turns.toolTurns,
        tools: turns.tools.map(({ name }) => name),
        hash: contentHash(JSON.stringify(turns.tools)),
      };
    case "conversation":
      return { kind: "conversation", rounds: turns.rounds, agentHeader: turns.agentHeader ?? null };
  }
}

function countCharacters({ messages }: ChatPrompt): number {
  return messages.reduce(
    (sum, message) =>
      sum +
      (message.role === "user"
        ? message.parts.reduce((all, part) => all + (part.kind === "text" ? part.text.length : 0), 0)
        : message.text.length),
    0,
  );
}

function describeSizes(sizes: readonly number[]): { min: number; mean: number; max: number } {
  return {
    min: sizes.reduce((least, size) => Math.min(least, size), Infinity),
    mean: sizes.reduce((sum, size) => sum + size, 0) / sizes.length,
    max: sizes.reduce((most, size) => Math.max(most, size), 0),
  };
}

function describeCache(
  kind: "busted" | "warm",
  plan: LoadPlan | undefined,
): { kind: "busted" | "warm"; start: string | null } {
  const sent = plan !== undefined && "cache" in plan.workload ? plan.workload.cache : undefined;
  return { kind, start: sent?.kind === "busted" ? sent.start : null };
}
