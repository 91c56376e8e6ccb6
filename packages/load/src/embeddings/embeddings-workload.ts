import { embeddingDialects, truncatedInputsHeader, type EmbeddingDialect } from "@weir/protocol";
import { requestOrder, type ClosedLoopSchedule } from "@weir/stats";
import type { HttpTarget } from "../http/http-target.ts";
import type { ResponseHead } from "../http/response-head.ts";
import { ServerTimeReader } from "../http/server-time.ts";
import { AnswerObservation } from "../streams/answer-observation.ts";
import type {
  AnswerJudgement,
  ReceivedAnswer,
  Workload,
  WorkloadChecks,
  WorkloadSession,
} from "../workload.ts";
import { AnswerCheck } from "./answer-check.ts";
import { CacheBuster } from "./cache-buster.ts";
import type { EmbeddingsPlan } from "./embeddings-plan.ts";
import { createRequestTemplates, type RequestTemplate } from "./request-templates.ts";

/** Texts in, vectors out, in any dialect. Throws USAGE where the plan has no texts or a header that cannot be sent. */
export function createEmbeddingsWorkload(
  plan: EmbeddingsPlan,
  schedule: ClosedLoopSchedule,
  target: HttpTarget,
  headers: Readonly<Record<string, string>>,
): Workload {
  const dialect = embeddingDialects[plan.dialect];
  const templates = createRequestTemplates(plan, dialect, target, headers);
  const order = requestOrder(schedule, templates.length);
  const check = new AnswerCheck(dialect, plan.batch);
  const buster = plan.cache.kind === "busted" ? new CacheBuster(plan.cache.start) : undefined;
  return {
    kind: "embeddings",
    unit: "texts",
    requests: templates.length,
    createSession(user: number): WorkloadSession {
      const first = Math.floor((user * templates.length) / schedule.users) % templates.length;
      return new EmbeddingsSession({ dialect, templates, order, first, check, buster, batch: plan.batch });
    },
    get checks(): WorkloadChecks {
      return check.checks;
    },
  };
}

interface SessionParts {
  readonly dialect: EmbeddingDialect;
  readonly templates: readonly RequestTemplate[];
  readonly order: Uint32Array;
  readonly first: number;
  readonly check: AnswerCheck;
  readonly buster: CacheBuster | undefined;
  readonly batch: number;
}

class EmbeddingsSession implements WorkloadSession {
  readonly #parts: SessionParts;
  // The judgements of answers that are not read, made once.
  readonly #unread: Extract<AnswerJudgement, { kind: "good" }>;
  readonly #unreadUncut: AnswerJudgement;
  readonly #serverTime = new ServerTimeReader();
  readonly #observed = new AnswerObservation();
  #place: number;
  #scratch: Uint8Array = new Uint8Array(0);
  #examining = false;
  #truncated: number | undefined;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    this.#place = parts.first;
    const good = { kind: "good", units: parts.batch, observed: this.#observed } as const;
    this.#unread = { ...good, truncated: undefined };
    this.#unreadUncut = { ...good, truncated: 0 };
  }

  nextRequest(): Uint8Array {
    const { templates, order, buster } = this.#parts;
    const template = templates[order[this.#place]!]!;
    this.#place = this.#place + 1 === order.length ? 0 : this.#place + 1;
    if (buster === undefined) return template.bytes;
    const request = this.#copyOf(template.bytes);
    for (const slot of template.slots) buster.writeNext(request, slot);
    return request;
  }

  readHead(head: ResponseHead): boolean {
    const { check } = this.#parts;
    this.#truncated = check.noteTruncationHeader(head.find(truncatedInputsHeader));
    this.#serverTime.read(head, this.#observed);
    this.#examining = head.status === 200 && check.wantsNext(performance.now());
    return this.#examining;
  }

  judge(answer: ReceivedAnswer): AnswerJudgement {
    if (answer.status !== 200) return this.#judgeRefusal(answer);
    if (answer.bodyBytes === 0)
      return { kind: "bad", failure: "wrong-answer", message: "status 200 with an empty body" };
    if (this.#examining) return this.#examine(answer.body);
    if (this.#truncated === undefined) return this.#unread;
    return this.#truncated === 0 ? this.#unreadUncut : { ...this.#unread, truncated: this.#truncated };
  }

  #examine(body: Uint8Array): AnswerJudgement {
    const judgement = this.#parts.check.examine(body, this.#truncated);
    return judgement.kind === "good" ? { ...judgement, observed: this.#observed } : judgement;
  }

  #judgeRefusal(answer: ReceivedAnswer): AnswerJudgement {
    const said = this.#parts.dialect.parseError(answer.body);
    const status = `status ${answer.status} instead of 200`;
    return {
      kind: "bad",
      failure: `http-${answer.status}`,
      message: said === undefined ? status : `${status}: ${said}`,
    };
  }

  // A user has one request in flight, so one block of its own is enough: the template stays as it is for the others.
  #copyOf(bytes: Uint8Array): Uint8Array {
    if (this.#scratch.length !== bytes.length)
      this.#scratch =
        this.#scratch.buffer.byteLength >= bytes.length
          ? new Uint8Array(this.#scratch.buffer, 0, bytes.length)
          : new Uint8Array(bytes.length);
    this.#scratch.set(bytes);
    return this.#scratch;
  }
}
