/** A new id for a call of a tool: clients find the call of an answer by it, in a conversation that may have many. */
export function createCallId(): string {
  return `call_${crypto.randomUUID().replaceAll("-", "")}`;
}
