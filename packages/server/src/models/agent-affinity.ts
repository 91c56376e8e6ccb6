import type { ChatAgent } from "@weir/engine";

/** What keeps requests of one agent on one of several servers; nothing where the client did not say whose they are. */
export function toAffinity({ keyId, id }: ChatAgent): { readonly affinity?: string } {
  return id === undefined ? {} : { affinity: `${keyId}/${id}` };
}
