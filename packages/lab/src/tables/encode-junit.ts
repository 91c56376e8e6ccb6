/** One thing that was tested, as CI systems know it. */
export interface JunitCase {
  readonly name: string;
  readonly timeMs?: number | undefined;
  /** Undefined where it passed. */
  readonly problem?: { readonly kind: "failure" | "error" | "skipped"; readonly message: string } | undefined;
  /** Shown with it, e.g. the table. */
  readonly output?: string | undefined;
}

/** One suite as JUnit's XML, as GitLab, Jenkins and GitHub's actions read it (testmoapp.com/junitxml describes it). */
export function encodeJunit(suiteName: string, cases: readonly JunitCase[]): string {
  const count = (kind: string): number => cases.filter(({ problem }) => problem?.kind === kind).length;
  const counts = `tests="${cases.length}" failures="${count("failure")}" errors="${count("error")}" skipped="${count("skipped")}"`;
  const timeMs = cases.reduce((sum, each) => sum + (each.timeMs ?? 0), 0);
  const attributes = `name="${escapeXml(suiteName)}" ${counts} time="${toSeconds(timeMs)}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites ${attributes}>
  <testsuite ${attributes}>
${cases.map((each) => encodeCase(suiteName, each)).join("")}  </testsuite>
</testsuites>
`;
}

function encodeCase(suiteName: string, { name, timeMs = 0, problem, output }: JunitCase): string {
  const inside = [
    ...(problem === undefined ? [] : [`<${problem.kind} message="${escapeXml(problem.message)}"/>`]),
    ...(output === undefined ? [] : [`<system-out>${escapeXml(output)}</system-out>`]),
  ];
  const head = `    <testcase classname="${escapeXml(suiteName)}" name="${escapeXml(name)}" time="${toSeconds(timeMs)}"`;
  if (inside.length === 0) return `${head}/>\n`;
  return `${head}>\n${inside.map((line) => `      ${line}\n`).join("")}    </testcase>\n`;
}

const toSeconds = (ms: number): string => (ms / 1000).toFixed(3);

/** Characters that XML 1.0 has no place for, even escaped. */
const forbidden =
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g;

function escapeXml(text: string): string {
  return text
    .replaceAll(forbidden, "\uFFFD")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
