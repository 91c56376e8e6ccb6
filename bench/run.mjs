// `npm run bench -- NAME [flags]`: runs bench/NAME.ts from source. Without a name it lists the benches, with --help it
// prints what a bench says of itself.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));
const asksHelp = (flag) => flag === "--help" || flag === "-h";
const [name, ...flags] = process.argv.slice(2);
const names = readdirSync(folder).flatMap((entry) => (entry.endsWith(".ts") ? [entry.slice(0, -3)] : []));
if (name === undefined || asksHelp(name)) console.log(describeAll());
else if (!names.includes(name)) {
  console.error(`expected a bench, got "${name}"; npm run bench lists them`);
  process.exitCode = 2;
} else if (flags.some(asksHelp)) console.log(readFirstComment(name));
else run(name);

function run(name) {
  const script = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  const args = ["--conditions=@weir/source", "--import", import.meta.resolve("@weir/testkit/source")];
  const child = spawn(process.execPath, [...args, script, ...flags], { stdio: "inherit" });
  // The prompt comes back when the bench has cleared up, not before.
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
  child.once("exit", (code, signal) => {
    process.exitCode = code ?? (signal === "SIGINT" ? 130 : 1);
  });
}

/** The benches with the question that README.md has for each. */
function describeAll() {
  const rows = readFileSync(`${folder}README.md`, "utf8").matchAll(/^\| \[([\w-]+)\]\(\S+\) +\| (.*?) +\|/gm);
  const questions = new Map([...rows].map(([, bench, question]) => [bench, question.replaceAll("`", "")]));
  const all = [...questions.keys(), ...names.filter((each) => !questions.has(each))];
  const width = Math.max(...all.map((each) => each.length)) + 2;
  return [
    "npm run bench -- NAME [flags]     runs a bench; --help says what it does and which flags it takes",
    "",
    ...all.map((each) => `  ${each.padEnd(width)}${questions.get(each) ?? ""}`.trimEnd()),
  ].join("\n");
}

function readFirstComment(name) {
  const text = readFileSync(`${folder}${name}.ts`, "utf8");
  const comment = /^\/\*\*\n([^]*?)\n \*\//.exec(text)?.[1] ?? "";
  return comment.replaceAll(/^ \* ?/gm, "");
}
