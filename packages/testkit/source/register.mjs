/** Imported before anything else (`--import`), and first in a thread: from then on TypeScript can be imported. */
import * as module from "node:module";
import { load, resolve } from "./hooks.mjs";

process.setSourceMapsEnabled(true);
// Node 20 has only hooks in a thread of their own, which is also where they cost most.
if (module.registerHooks === undefined) module.register("./hooks.mjs", import.meta.url);
else module.registerHooks({ load, resolve });
