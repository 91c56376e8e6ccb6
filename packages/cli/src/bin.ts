import { createProcessContext } from "./process-context.ts";
import { runMain } from "./main.ts";

const context = createProcessContext();
process.exitCode = await runMain(process.argv.slice(2), context);
