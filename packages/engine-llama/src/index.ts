export type { ChatEngineModule } from "@weir/engine";
export { createChatEngine } from "./llama-engine.ts";
export { checkChatModel, type ChatModelFile } from "./gguf/check-chat-model.ts";
export {
  isReferenceChatModelName,
  listReferenceChatModels,
  type ReferenceChatModel,
  type ReferenceChatModelName,
} from "./reference/reference-chat-models.ts";
export type { ChatArchitecture, ChatShape } from "./reference/chat-shape.ts";
export {
  isReferenceChatModelBuilt,
  resolveReferenceChatModel,
  type ResolvedReferenceChatModel,
  type ResolveReferenceChatOptions,
} from "./reference/resolve-reference-chat-model.ts";
export type { ChatBuildOptions, ChatBuildProgress } from "./reference/write-chat-model.ts";
