import { Command, Option } from "commander";
import type { CommandContext } from "../command-context.ts";
import { ambientFlags } from "../flags/ambient-flags.ts";
import { toVariable } from "../flags/flag-reader.ts";
import type { MockFlags } from "./resolve-mock-options.ts";

/** What each flag is for; all take a value but those without one. Each is also an environment variable. */
const flags: readonly (readonly [flag: string, description: string])[] = [
  ["--host <address>", "address to listen on (default: 127.0.0.1)"],
  ["--port <number>", "port to listen on; 0 picks a free one (default: 8787)"],
  ["--model <name>", "name of the model that it lists (default: mock)"],
  ["--ttft <time>", "from a request's arrival to its first token (default: 50ms)"],
  ["--gap <time>", "between one chunk and the next (default: 20ms)"],
  ["--jitter <time>", "each chunk is up to so much earlier or later (default: 0)"],
  ["--chunks <number>", "chunks of an answer (default: the request's longest answer, or 50)"],
  ["--tokens-per-chunk <number>", "tokens in each chunk (default: 1)"],
  ["--reasoning-chunks <number>", "chunks of reasoning before the text (default: 0)"],
  ["--no-role-delta", "put the role into the first token's delta, not into one of its own"],
  ["--tool-calls <number>", "turns that call a tool before one of text (default: 0)"],
  ["--split", "send each chunk in two pieces, cut anywhere"],
  ["--service-time <time>", "to the answer of embeddings and uploads (default: as --ttft)"],
  ["--dimensions <number>", "values of an embedding (default: 384)"],
  ["--slots <number>", "requests answered at a time (default: any number)"],
  ["--queue <number>", "requests that may wait for a slot; refused above (default: any number)"],
  [
    "--refuse-with <status>",
    "503, 429, 529, or dialect: 529 for Anthropic's API, else 503 (default: dialect)",
  ],
  ["--error-rate <share>", "requests answered with 500, such as 1%"],
  ["--cut-rate <share>", "streams whose connection is cut half way"],
  ["--fail-rate <share>", "streams that end half way with an error event"],
  [
    "--stall <time/period>",
    "1s/10s halts everything 1 s every 10 s; 1s/5% halts one answer in twenty for 1 s",
  ],
  ["--slowdown <share>", "everything takes longer by this share, such as 10%"],
  ["--slope <share>", "each other answer under way makes an answer longer by this share, such as 2%"],
  [
    "--cliff <number/factor>",
    "50/10x: answers that begin while more than 50 are under way take 10 times as long (to refuse them instead: --slots 50 --queue 0)",
  ],
  ["--noise <share>", "answers take longer or shorter at random; 20% is the spread (sigma, log-normal)"],
  ["--seed <number>", "decides jitter, noise, cuts and who fails (default: 1)"],
  ["--no-spin", "do not watch the clock in a loop: less exact, and no core of its own while it streams"],
];

/** `weir mock`: a deterministic model server with known timings, until it is told to end. */
export function createMockCommand(context: CommandContext): Command {
  const command = new Command("mock").description(
    "a deterministic model server with known timings, to check clients and load tools against",
  );
  for (const [flag, description] of flags) {
    const option = new Option(flag, description);
    // WEIR_NO_SPIN would read as its own opposite.
    command.addOption(option.negate ? option : option.env(toVariable(option.name())));
  }
  return command
    .addHelpText(
      "after",
      `
Servers whose capacity is known, to try \`weir capacity\` on (with answers of 50 ms; N users in a closed loop):
  weir mock --slots 8                   holds what fits: response 50 ms x N / 8 above 8 users
  weir mock --slots 50 --queue 0        holds 50, refuses the 51st
  weir mock --cliff 50/10x              holds 50; with 51 answers take 500 ms
  weir mock --slope 2%                  response 50 ms x (1 + 2 % x (N - 1)): 100 ms at 51 users
  weir mock --slots 8 --noise 20%       the same with noise

GET /mock/log has what became of the requests, GET /mock/timing how late the mock itself was.`,
    )
    .action(async (given: MockFlags) => {
      const { mock } = await import("./mock.ts");
      await mock(given, context, ambientFlags(command));
    });
}
