import type * as EngineLlama from "@weir/engine-llama";
import type * as EngineOnnx from "@weir/engine-onnx";
import { WeirError } from "@weir/protocol";

/** The package that runs embedding models. An optional peer: who only measures never installs it. */
export const embeddingEnginePackage = "@weir/engine-onnx";

/** The package that runs chat models, on the same terms. */
export const chatEnginePackage = "@weir/engine-llama";

/** The address of an installed engine package, as `import()` takes it. Throws ENGINE_MISSING with the line to type. */
export function locateEngine(name: string): string {
  try {
    return import.meta.resolve(name);
  } catch (error) {
    const message = `this needs the package ${name}, which is not installed. Run: npm install ${name}`;
    throw new WeirError("ENGINE_MISSING", message, { cause: error });
  }
}

/** The engine package itself, for what the command needs of it beside serving. */
export async function importEmbeddingEngine(): Promise<typeof EngineOnnx> {
  return (await import(locateEngine(embeddingEnginePackage))) as typeof EngineOnnx;
}

export async function importChatEngine(): Promise<typeof EngineLlama> {
  return (await import(locateEngine(chatEnginePackage))) as typeof EngineLlama;
}
