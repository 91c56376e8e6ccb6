// The embedding server of an app: starts when it is first needed, ends with the app. Nothing here knows Electron.
import { launchSidecar, vectorAt } from "@weir/client";

/**
 * @param {object} options
 * @param {string} options.model A folder in the Hugging Face layout, or a reference model's name.
 * @param {string} [options.cacheDirectory] Where reference models and what was measured are kept.
 * @param {string} [options.command] Path of @weir/cli/bin/weir.js where it is not beside @weir/client.
 * @param {(line: string) => void} options.log
 */
export function createEmbedder({ model, cacheDirectory, command, log }) {
  const ending = new AbortController();
  /** @type {Promise<import("@weir/client").Sidecar> | undefined} */
  let launching;

  const launch = () =>
    launchSidecar({
      model,
      socket: true,
      // Somebody waits for it, but a first start, or one after a crash, may take some seconds.
      client: { preset: "interactive", timeoutMs: 30_000, longTexts: "split" },
      signal: ending.signal,
      onEvent: (event) => log(describeEvent(event)),
      ...(cacheDirectory === undefined ? {} : { env: { WEIR_CACHE_DIR: cacheDirectory } }),
      ...(command === undefined ? {} : { command }),
    });

  return {
    /** The texts of a list that are nearest to a question, the nearest first. */
    async search(question, texts, { signal } = {}) {
      launching ??= launch().catch((error) => {
        launching = undefined; // The next question tries again.
        throw error;
      });
      const { client } = await launching;
      const { vectors } = await client.embed([question, ...texts], { signal });
      const asked = vectorAt(vectors, 0);
      const scores = texts.map((text, index) => ({
        text,
        score: vectorAt(vectors, index + 1).reduce((sum, value, column) => sum + value * asked[column], 0),
      }));
      return scores.toSorted((a, b) => b.score - a.score);
    },
    /** Of the server, for the app's own diagnostics; undefined while there is none. */
    async pid() {
      return (await launching)?.pid;
    },
    /** Call it before the app quits. Ends a start that is under way too. */
    async close() {
      ending.abort();
      const sidecar = await launching?.catch(() => undefined);
      await sidecar?.close();
    },
  };
}

function describeEvent(event) {
  switch (event.kind) {
    case "output":
      return `weir ${event.stream}: ${event.line}`;
    case "ready":
      return `sidecar ready at ${event.url} after ${Math.round(event.startMs)} ms, process ${event.pid}`;
    case "ended":
      return `sidecar ended (${event.reason}); a new one in ${event.restartInMs} ms`;
    case "given-up":
      return `sidecar given up: ${event.error.message}`;
    default:
      return `sidecar ${event.kind}`;
  }
}
