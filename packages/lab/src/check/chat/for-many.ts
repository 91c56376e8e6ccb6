import { setMaxListeners } from "node:events";
import type { SuiteContext } from "../suite.ts";

/** The same context for any number of requests at once: Node warns of more than ten that wait for one signal. */
export function forMany(context: SuiteContext): SuiteContext {
  const signal = AbortSignal.any([context.signal]);
  setMaxListeners(0, signal);
  return { ...context, signal };
}
