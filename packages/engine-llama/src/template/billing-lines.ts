/**
 * Leaves out the line that some agent clients put into their system prompt and that differs with every request: with it no
 * conversation would begin like the one before.
 */
export function stripBillingLines(text: string): string {
  return text.replace(/^[ \t]*x-anthropic-billing-header:[^\n]*(?:\n|$)/gim, "");
}
