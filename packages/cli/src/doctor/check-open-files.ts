import type { Check } from "@weir/lab";
import type { OpenFilesLimit } from "@weir/load";

/** Every connection takes one; so do pipes and files. */
const comfortable = 4_096;
const least = 256;

export function checkOpenFiles(reading: OpenFilesLimit): Check {
  const name = "open files";
  if (reading.kind === "unlimited") return { name, state: "ok", detail: "no limit" };
  if (reading.kind === "unknown")
    return { name, state: "skipped", detail: "this system has no limit to read" };
  const { files } = reading;
  const detail = `at most ${files} at a time`;
  if (files >= comfortable) return { name, state: "ok", detail };
  const fix = `Run ulimit -n ${comfortable} in the shell before you start weir; every connection takes one.`;
  return { name, state: files < least ? "fail" : "warn", detail, fix };
}
