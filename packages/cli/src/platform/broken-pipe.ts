/**
 * Whoever read an output may leave before its end (`weir serve --help | head -1`). What is written after that goes
 * nowhere; the command goes on and ends as it would have, since a server or a run has more to do than to print.
 */
export function ignoreBrokenPipe(output: NodeJS.EventEmitter): void {
  output.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}
