/**
 * Makes weights of another precision in a process of its own, as that computes for a while and takes the memory of two
 * models. Gets a {@link QuantizedRequest} as its argument, and says how far it is and what came of it to its parent.
 */
import type { ModelQuantizer } from "@weir/engine";
import { toWeirError, WeirError } from "@weir/protocol";
import { toErrorMeta } from "../link/link-messages.ts";
import { yieldToAnswers } from "../platform/priority.ts";
import { endProcessNow, leaveSignalsToParent } from "../platform/signals.ts";
import type { FromQuantizer } from "./make-quantized.ts";
import { findQuantized, type QuantizedRequest } from "./quantized-store.ts";

leaveSignalsToParent();
// Nobody waits for it any more.
process.on("disconnect", endProcessNow);
yieldToAnswers();

function say(message: FromQuantizer): void {
  process.send!(message);
}

async function make(request: QuantizedRequest): Promise<FromQuantizer> {
  try {
    const engine = (await import(request.engineModule)) as Partial<ModelQuantizer>;
    if (engine.writeQuantizedModel === undefined) {
      throw new WeirError("MODEL_INVALID", "its engine cannot make other weights");
    }
    const onProgress = (progress: Extract<FromQuantizer, { kind: "progress" }>["progress"]): void =>
      say({ kind: "progress", progress });
    return { kind: "done", place: await findQuantized(engine as ModelQuantizer, request, onProgress) };
  } catch (error) {
    return { kind: "failed", error: toErrorMeta(toWeirError(error)) };
  }
}

say(await make(JSON.parse(process.argv[2]!) as QuantizedRequest));
process.disconnect();
