import { WeirError } from "@weir/protocol";

/** What `build` makes of a request's schemas. Throws INVALID_REQUEST where they are too large or too deep for that. */
export function enforceGrammar<Built>(build: () => Built): Built {
  try {
    return build();
  } catch (error) {
    if (error instanceof WeirError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    const message = `response_format or tools: expected a schema that can be enforced, got one that is too large or too deep (${why}). Make it smaller, or ask without enforcing it.`;
    throw new WeirError("INVALID_REQUEST", message, { cause: error });
  }
}
