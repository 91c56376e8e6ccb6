export {
  describeEmbeddingEngine,
  type ConformanceOptions,
  type EngineUnderTest,
} from "./engine-conformance.ts";
export { startWeir, type WeirOptions } from "./start-weir.ts";
