import { selectEmbedDialect, embeddingDialects, WeirError, type EmbeddingDialect } from "@weir/protocol";
import { createRandom } from "@weir/stats";
import { embed } from "../answers/embed.ts";
import type { ErrorDialect, Exchange } from "./exchange.ts";
import { PartCounter } from "./part-counter.ts";
import { readJson } from "./read-body.ts";
import { refuse } from "./refuse.ts";

/** Embeddings in the dialect of the path; POST /embed is two dialects', told apart by the body. */
export function answerEmbeddings(exchange: Exchange, pathDialect: EmbeddingDialect | "embed"): void {
  let dialect = pathDialect === "embed" ? embeddingDialects.sidecar : pathDialect;
  readJson(
    exchange.request,
    (body) => {
      if (pathDialect === "embed") dialect = embeddingDialects[selectEmbedDialect(body)];
      const { request, encoding } = dialect.parseRequest(body);
      const { options } = exchange.context;
      answerAfterService(exchange, dialect, (totalMs) =>
        dialect.encodeResponse(embed(request, options.dimensions, options.model), encoding, {
          totalMs,
          loadMs: 0,
        }),
      );
    },
    (error) => exchange.fail(error, dialect),
  );
}

/** Takes any body, multipart or not, and says how large it was: `{"bytes","parts"}`. */
export function answerUpload(exchange: Exchange): void {
  const { request } = exchange;
  const counter = PartCounter.of(request.headers["content-type"]);
  const dialect = embeddingDialects.openai;
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    counter?.push(chunk);
  });
  request.on("end", () => {
    const body = { bytes, parts: counter?.parts ?? 1 };
    answerAfterService(exchange, dialect, () => Buffer.from(JSON.stringify(body)));
  });
}

function answerAfterService(
  exchange: Exchange,
  dialect: ErrorDialect,
  encode: (totalMs: number) => Uint8Array,
): void {
  const { options, timer } = exchange.context;
  const serviceMs = options.serviceMs ?? options.ttftMs;
  const draw = createRandom(options.seed * 1_000_003 + exchange.index)();
  if (draw < options.errorRate) {
    exchange.fail(new WeirError("ENGINE_FAILED", "the mock was told to fail (errorRate)"), dialect);
    return;
  }
  exchange.enterSlot(
    () => refuse(exchange, dialect, serviceMs),
    () => {
      const totalMs = serviceMs * exchange.timeFactor;
      const answer = encode(totalMs);
      const dueMs = exchange.dueMs(totalMs);
      timer.add({ dueMs, fire: () => exchange.answer(200, answer, dueMs) });
    },
  );
}
