import { WeirError } from "@weir/protocol";

// What was expected and what came is one clause; what to do is another.
const secondClause = /[.;!?](\s|$)/;

/** The same error, whose message names the next step: its own, or else its code's. */
export function withNextStep(error: WeirError): WeirError {
  const { code, message, field, retryAfterMs, hint, cause } = error;
  if (secondClause.test(message)) return error;
  return new WeirError(code, `${message}. ${hint}`, {
    ...(field === undefined ? {} : { field }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    cause,
  });
}
