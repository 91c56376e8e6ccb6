import type { Option } from "commander";
import { createFlags } from "../create-flags.ts";

/** The flags of plain HTTP, as they were written. */
export interface HttpFlags {
  readonly method?: string | undefined;
  readonly body?: string | undefined;
  readonly bodyFile?: string | undefined;
  readonly targets?: string | undefined;
  readonly expect?: string | undefined;
}

export function createHttpOptions(): Option[] {
  return createFlags("HTTP requests of your own:", [
    ["--method <name>", "GET, POST, ... (default: GET, or POST where there is something to send)"],
    ["--body <text>", "what to send; JSON is announced as such"],
    ["--body-file <file>", "a file to send, announced by its ending"],
    [
      "--targets <file>",
      "many requests, gone through in order: METHOD URL, then Name: value lines, then @BODYFILE, as vegeta has them",
    ],
    ["--expect <statuses>", "statuses of good answers, e.g. 200,204 (default: 2xx)"],
  ]);
}
