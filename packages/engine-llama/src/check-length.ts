import { WeirError, type ChatRequest } from "@weir/protocol";

/** Up to so many characters for each token that fits nothing is looked at: all of it is tokenised soon enough. */
const plainCharsPerToken = 8;
/** Characters that are tokenised at once, in some tens of milliseconds. */
const sliceChars = 64 * 1024;
/** A cut in a word makes a few tokens more than there are. */
const tokensPerCut = 16;
/** Templates write tools in ways of their own, some of them shorter than JSON. */
const toolShare = 0.25;

type SizedRequest = Pick<ChatRequest, "messages" | "tools" | "toolChoice" | "rawPrompt">;

/**
 * Refuses what is certainly far too long before it is put into a template and tokenised as a whole, during which nobody else's
 * answer goes on. `countTokens` counts those of a text. Throws INPUT_TOO_LONG.
 */
export function refuseFarTooLong(
  request: SizedRequest,
  mostTokens: number,
  countTokens: (text: string) => number,
): void {
  const said = saidIn(request);
  const tools = request.tools.length === 0 || isWithoutTools(request) ? "" : JSON.stringify(request.tools);
  const chars = said.reduce((sum, { length }) => sum + length, tools.length);
  if (chars <= plainCharsPerToken * mostTokens) return;
  let tokens = 0;
  const add = (text: string, share: number): void => {
    for (let at = 0; at < text.length; at += sliceChars) {
      const counted = countTokens(text.slice(at, at + sliceChars));
      tokens += share * Math.max(0, counted - tokensPerCut);
      if (tokens > mostTokens) throw toTooLongError(mostTokens, `more than ${Math.floor(tokens)}`);
    }
  };
  add(tools, toolShare);
  for (const text of said) add(text.trim(), 1);
}

export function checkLength(promptTokens: number, contextTokens: number): void {
  if (promptTokens === 0)
    throw new WeirError(
      "INVALID_REQUEST",
      "expected a prompt of at least one token, got none. Send a message with text.",
    );
  if (promptTokens >= contextTokens) throw toTooLongError(contextTokens, String(promptTokens));
}

function toTooLongError(contextTokens: number, got: string): WeirError {
  return new WeirError(
    "INPUT_TOO_LONG",
    `expected a prompt of at most ${contextTokens - 1} tokens, got ${got}. Shorten the conversation, or start the server with a larger --context.`,
  );
}

function isWithoutTools({ toolChoice, rawPrompt }: SizedRequest): boolean {
  return toolChoice.kind === "none" || rawPrompt !== undefined;
}

/** Reasoning is left out: templates forget that of earlier turns. */
function saidIn({ messages, rawPrompt }: SizedRequest): readonly string[] {
  if (rawPrompt !== undefined) return [rawPrompt];
  return messages.flatMap((message) =>
    message.role === "user"
      ? message.parts.flatMap((part) => (part.kind === "text" ? [part.text] : []))
      : [message.text],
  );
}
