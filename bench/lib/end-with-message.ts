import { basename } from "node:path";

/** Ends the bench for what it was asked: one line of what was expected, what it got and what to do, and exit code 2. */
export function endWithMessage(message: string): never {
  const name = basename(process.argv[1] ?? "", ".ts");
  process.stderr.write(`${message}; what it takes: npm run bench -- ${name} --help\n`);
  process.exit(2);
}
