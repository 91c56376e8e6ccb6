import type { Check } from "@weir/lab";

const least = { major: 20, minor: 19 };
/** The oldest release line that still gets security fixes. Node 20's ended in April 2026. */
const leastMaintainedMajor = 22;

/** `version` as `process.versions.node` has it, e.g. `20.19.0`. */
export function checkNode(version: string): Check {
  const name = "node";
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const detail = `Node ${version}`;
  if (major < least.major || (major === least.major && minor < least.minor)) {
    const fix = `Install Node ${least.major}.${least.minor} or newer, best the newest LTS release.`;
    return { name, state: "fail", detail, fix };
  }
  if (major < leastMaintainedMajor) {
    const fix = "It works, but gets no security fixes any more: install the newest LTS release when you can.";
    return { name, state: "warn", detail, fix };
  }
  return { name, state: "ok", detail };
}
