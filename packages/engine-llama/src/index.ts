export type { ChatEngineModule } from "@weir/engine";
export { createChatEngine } from "./llama-engine.ts";
