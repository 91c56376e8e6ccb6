import type { EmbeddingPreparer } from "@weir/engine";
import { WeirError, type ModelInputs, type ModelRequest, type TokenWork } from "@weir/protocol";

/**
 * What the tokenizer alone gives, as JSON: a list of tokens for each text, or a text for each list of ids. One input for each
 * step, so that the thread can see to others in between.
 */
export function* doTokenWork(
  preparer: EmbeddingPreparer,
  { kind, special, promptName }: TokenWork & Pick<ModelRequest, "promptName">,
  inputs: ModelInputs,
): Generator<undefined, Uint8Array, undefined> {
  const answers: string[] = [];
  if (kind === "tokenize" && inputs.kind === "texts") {
    for (const text of inputs.texts) {
      answers.push(JSON.stringify(preparer.tokenize(text, { special, promptName })));
      yield;
    }
  } else if (kind === "decode" && inputs.kind === "tokens") {
    for (const ids of inputs.tokens) {
      answers.push(JSON.stringify(preparer.decode(ids, special)));
      yield;
    }
  } else {
    throw new WeirError("INTERNAL", `${inputs.kind} came to ${kind}`);
  }
  return new Uint8Array(Buffer.from(`[${answers.join()}]`));
}

/** Work of the tokenizer alone, first come, first served, an input at a time. */
export interface TokenJobs {
  add(jobId: number, work: ReturnType<typeof doTokenWork>): void;
  /** Does the next input. Returns false where there was nothing to do. */
  step(): boolean;
}

export interface TokenJobsOptions {
  /** Asked before each step: a job that nobody wants any more is dropped. */
  readonly isWanted: (jobId: number) => boolean;
  readonly onDone: (jobId: number, answer: Uint8Array, tokenizeMs: number) => void;
  readonly onFailed: (jobId: number, error: unknown) => void;
}

export function createTokenJobs({ isWanted, onDone, onFailed }: TokenJobsOptions): TokenJobs {
  const jobs: { readonly jobId: number; readonly work: ReturnType<typeof doTokenWork>; tookMs: number }[] =
    [];
  return {
    add(jobId, work) {
      jobs.push({ jobId, work, tookMs: 0 });
    },
    step() {
      const [job] = jobs;
      if (job === undefined) return false;
      const startedMs = performance.now();
      try {
        const step = isWanted(job.jobId) ? job.work.next() : undefined;
        job.tookMs += performance.now() - startedMs;
        if (step !== undefined && step.done !== true) return true;
        jobs.shift();
        if (step !== undefined) onDone(job.jobId, step.value, job.tookMs);
      } catch (error) {
        jobs.shift();
        onFailed(job.jobId, error);
      }
      return true;
    },
  };
}
