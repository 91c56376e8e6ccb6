export { createClient, type Client, type EmbedOptions, type Embeddings } from "./create-client.ts";
export type { ClientOptions } from "./client-options.ts";
