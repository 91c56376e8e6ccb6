export { createEmbeddingComputer } from "./onnx-computer.ts";
export { createEmbeddingPreparer } from "./onnx-preparer.ts";
