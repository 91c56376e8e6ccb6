/**
 * What the launched process runs before the command itself, as a script for `node --eval`: it watches the pipe that is
 * its standard input. Nothing is ever written to that pipe; its end means that the parent is gone, however it went, on
 * every platform. The command then gets half a second to end by itself, as on SIGTERM: whoever waited for its work is
 * gone too. A script rather than a file, so that it survives a bundler. The command's file is the first argument, which
 * makes `process.argv` what it is when Node runs that file.
 */
export const parentWatchScript: string = `
"use strict";
const { Socket } = require("node:net");
const { pathToFileURL } = require("node:url");
let parentGone = false;
function onParentGone() {
  if (parentGone) return;
  parentGone = true;
  setTimeout(() => process.kill(process.pid, "SIGKILL"), 500);
  // Emitted rather than sent: on Windows a signal that is sent ends the process at once.
  if (!process.emit("SIGTERM", "SIGTERM")) process.kill(process.pid, "SIGKILL");
}
const pipe = new Socket({ fd: 0, readable: true, writable: false });
for (const event of ["end", "close", "error"]) pipe.on(event, onParentGone);
pipe.resume();
pipe.unref();
import(pathToFileURL(process.argv[1]).href);
`;
