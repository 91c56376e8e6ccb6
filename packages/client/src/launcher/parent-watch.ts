/** Removes the file of a socket that the launcher chose, and no other. */
const removeSocketScript = `
const { rmSync } = require("node:fs");
function removeSocket(argv) {
  const socket = argv[argv.indexOf("--unix-socket") + 1];
  if (/weir-[\\w-]{12}\\.sock$/.test(socket)) rmSync(socket, { force: true });
}
`;

/**
 * What the launched process runs before the command itself, as a script for `node --eval`. A thread of its own watches the
 * pipe that is the process's standard input: nothing is ever written to it, and its end means that the parent is gone,
 * however it went, on every platform. The command then gets a quarter of a second to end by itself, as on SIGTERM
 * (whoever waited for its work is gone too), after which the thread ends the process even if its main thread is busy
 * computing, together with the file of a socket that the launcher chose.
 *
 * A script rather than a file, so that it survives a bundler. The command's file is the first argument, which makes
 * `process.argv` what it is when Node runs that file.
 */
export const parentWatchScript: string = `
"use strict";
${removeSocketScript}
const { Worker } = require("node:worker_threads");
const { pathToFileURL } = require("node:url");
const watch = new Worker(${JSON.stringify(watchScript())}, { eval: true, execArgv: [], workerData: process.argv });
// Emitted rather than sent: on Windows a signal that is sent ends the process at once.
watch.on("message", () => {
  // It may end before it has closed its socket: of a line that it writes where nobody reads any more.
  process.once("exit", () => removeSocket(process.argv));
  if (!process.emit("SIGTERM", "SIGTERM")) process.exit(1);
});
watch.unref();
import(pathToFileURL(process.argv[1]).href);
`;

function watchScript(): string {
  return `
"use strict";
${removeSocketScript}
const { Socket } = require("node:net");
const { parentPort, workerData } = require("node:worker_threads");
let parentGone = false;
function onParentGone() {
  if (parentGone) return;
  parentGone = true;
  parentPort.postMessage("parent gone");
  setTimeout(endNow, 250);
}
function endNow() {
  removeSocket(workerData);
  process.kill(process.pid, "SIGKILL");
}
const pipe = new Socket({ fd: 0, readable: true, writable: false });
for (const event of ["end", "close", "error"]) pipe.on(event, onParentGone);
pipe.resume();
`;
}
