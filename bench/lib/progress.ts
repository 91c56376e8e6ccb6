/** One line of what is being done, beside the result rather than in it. */
export function showProgress(text: string): void {
  process.stderr.write(`${text}\n`);
}
