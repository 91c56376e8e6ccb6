import type { EmbeddingDialect } from "../canonical/embedding-dialect.ts";
import { errorCodes, type ErrorCode } from "../canonical/error-codes.ts";
import { WeirError } from "../canonical/weir-error.ts";
import { embeddingDialects } from "../embedding-dialects.ts";
import { describeTable } from "./markdown-table.ts";

const codes = Object.keys(errorCodes) as ErrorCode[];
const dialects = Object.values(embeddingDialects);

/** The page `docs/reference/errors.md`: every code, and how each dialect's envelope carries it. */
export function describeErrorCodes(): string {
  return `# Errors

Every error of Weir has a code. The code fixes the HTTP status of an answer, the exit code of a command, and whether the
same request may succeed a moment later; the message says what was expected, what came instead and what to do next.
This page is generated from the table in \`packages/protocol/src/canonical/error-codes.ts\`.

## Codes

${describeTable(
  ["code", "status", "exit code", "retry", "what to do"],
  codes.map((code) => {
    const { status, exitCode, retryable, hint } = errorCodes[code];
    return [`\`${code}\``, String(status), String(exitCode), retryable ? "yes" : "no", hint];
  }),
)}

Answers to requests that may be retried carry \`Retry-After\` (seconds) and \`retry-after-ms\` where the time is known, and
every error answer carries \`x-should-retry: true\` or \`false\`.

## Envelopes

An error leaves in the envelope of the dialect that was asked. Unknown routes use OpenAI's, and \`POST /embed\`, where the
body tells TEI's clients from others, the sidecar's until the body is read: keys, rates and sizes are looked at before
it. A message that names no next step is followed by the one of the table. The same error in each:

${describeTable(
  ["dialect", "body"],
  dialects.map((dialect) => [dialect.name, `\`${describeExample(dialect)}\``]),
)}

Where a dialect's clients act on a status of its own, it differs from the table:

${describeTable(
  ["dialect", "code", "status"],
  dialects.flatMap((dialect) =>
    codes
      .map((code) => ({ code, status: encode(dialect, code).status }))
      .filter(({ code, status }) => status !== errorCodes[code].status)
      .map(({ code, status }) => [dialect.name, `\`${code}\``, String(status)]),
  ),
)}

## Before it is a request

What does not arrive as a whole HTTP request has met no route. It is answered in OpenAI's envelope with a request id of its own,
and its connection is closed:

${describeTable(
  ["code", "status", "when"],
  [
    [
      "`request_timeout`",
      "408",
      "the request did not arrive within the limits for headers or for the whole of it",
    ],
    ["`headers_too_large`", "431", "its headers have more than 16 KiB"],
    ["`invalid_http`", "400", "it cannot be read as HTTP"],
  ],
)}

\`INTERNAL\` errors never show their own message to clients: the answer names the request id under which the server's log
has it.
`;
}

function describeExample(dialect: EmbeddingDialect): string {
  return JSON.stringify(encode(dialect, "INVALID_REQUEST").body);
}

function encode(dialect: EmbeddingDialect, code: ErrorCode): { status: number; body: object } {
  const error = new WeirError(code, "input[3]: expected a string, got null. Send a list of strings.", {
    field: "input[3]",
  });
  return dialect.encodeError(error, "request-id");
}
