import { WeirError } from "@weir/protocol";
import type { FastifyRequest } from "fastify";
import { jobClasses, type JobClass } from "../admission/job.ts";
import { findFollowed } from "./last-answers.ts";
import type { JobTerms } from "../models/queued-backend.ts";
import { parsePassedServers, passedServersHeader } from "../remote/passed-servers.ts";

type Headers = FastifyRequest["headers"];

/**
 * The terms that a request names in its headers, whatever its dialect: `x-request-class`, `x-request-timeout`, and that
 * it is a retry. One that names no time has `defaultTimeoutMs` at least. Throws INVALID_REQUEST with the header's name.
 */
export function readJobTerms(request: FastifyRequest, defaultTimeoutMs: number): JobTerms {
  const { headers, socket, admissionKey, report } = request;
  const timeoutMs = parseRequestTimeout(headers["x-request-timeout"]);
  const { remoteAddress, remotePort } = socket;
  const follows = findFollowed(request);
  const passedServers = parsePassedServers(headers[passedServersHeader]);
  return {
    key: admissionKey ?? { id: report.keyId },
    class: parseRequestClass(headers["x-request-class"]),
    deadline:
      timeoutMs === undefined
        ? { kind: "default", atLeastMs: defaultTimeoutMs }
        : { kind: "whole", ms: timeoutMs },
    // A connection is as near to a name of its client as HTTP has; one over a Unix socket has no address.
    ...(remoteAddress === undefined ? {} : { caller: `${remoteAddress}:${remotePort}` }),
    isRetry: isRetry(headers),
    ...(follows === undefined ? {} : { follows }),
    ...(passedServers.length === 0 ? {} : { passedServers }),
  };
}

export function parseRequestClass(header: Headers[string]): JobClass {
  if (header === undefined) return "normal";
  const found = jobClasses.find((name) => name === String(header).trim().toLowerCase());
  if (found !== undefined) return found;
  throw new WeirError(
    "INVALID_REQUEST",
    `x-request-class: expected ${jobClasses.join(", ")}, got ${JSON.stringify(header)}`,
    { field: "x-request-class" },
  );
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Seconds, or a number with ms, s, m or h. Undefined where the header is not there. In milliseconds. */
export function parseRequestTimeout(header: Headers[string]): number | undefined {
  if (header === undefined) return undefined;
  const [, digits, unit] = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*(ms|s|m|h)?\s*$/i.exec(String(header)) ?? [];
  const ms = Number(digits) * unitMs[unit?.toLowerCase() ?? "s"]!;
  if (ms > 0 && ms < Number.POSITIVE_INFINITY) return ms;
  throw new WeirError(
    "INVALID_REQUEST",
    `x-request-timeout: expected seconds above 0 (30, 0.5) or a time with its unit (500ms, 30s, 2m), got ${JSON.stringify(header)}`,
    { field: "x-request-timeout" },
  );
}

/** The clients that OpenAI and Anthropic generate count their own retries. */
function isRetry(headers: Headers): boolean {
  return Number(headers["x-stainless-retry-count"]) > 0;
}
