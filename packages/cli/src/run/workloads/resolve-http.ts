import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import path from "node:path";
import {
  contentTypeOf,
  parseExpectedStatus,
  parseTargets,
  type HttpPlan,
  type HttpPlanBody,
  type HttpPlanRequest,
} from "@weir/load";
import { WeirError } from "@weir/protocol";
import type { FlagReader } from "../../flags/flag-reader.ts";
import { contentOf } from "./read-file.ts";
import type { RequestAddress } from "./request-address.ts";
import type { ResolvedWorkload } from "./resolved-workload.ts";
import type { HttpFlags } from "./http-flags.ts";

/** Problems are noted; undefined where a file cannot be read. `headers` are those sent with every request. */
export async function resolveHttp(
  flags: HttpFlags,
  read: FlagReader,
  address: RequestAddress,
  headers: Readonly<Record<string, string>>,
): Promise<ResolvedWorkload<HttpPlan> | undefined> {
  noteContradictions(flags, read, address);
  const expect = flags.expect ?? "2xx";
  read.attempt(() => parseExpectedStatus(expect), "expect");
  const announced = hasContentType(headers);
  const requests =
    flags.targets === undefined
      ? await resolveOne(flags, read, address, announced)
      : await readTargets(flags.targets, read, address, announced);
  return requests === undefined
    ? undefined
    : { url: address.server, workload: { kind: "http", requests, expect } };
}

function noteContradictions(flags: HttpFlags, read: FlagReader, address: RequestAddress): void {
  if (flags.body !== undefined && flags.bodyFile !== undefined)
    read.note("--body and --body-file exclude each other: a request has one body; take one of them.");
  if (flags.targets === undefined) return;
  for (const [name, value] of [
    ["method", flags.method],
    ["body", flags.body],
    ["body-file", flags.bodyFile],
  ] as const)
    if (value !== undefined)
      read.note(`--targets and --${name} exclude each other: the file says what each request is.`);
  if (address.path !== undefined && address.path !== "/")
    read.note(
      `the URL must name the server alone beside --targets, got the path ${address.path}: the file names the paths.`,
    );
}

export function readMethod(given: string | undefined, read: FlagReader, absent: string): string {
  if (given === undefined) return absent;
  const method = given.toUpperCase();
  // RFC 9110 section 9.1: a token. CONNECT and its like would need another kind of connection.
  if (/^[A-Z]+$/.test(method) && method !== "CONNECT") return method;
  read.note(`--method: expected a method such as GET, POST or DELETE, got ${JSON.stringify(given)}.`);
  return absent;
}

async function resolveOne(
  flags: HttpFlags,
  read: FlagReader,
  address: RequestAddress,
  announced: boolean,
): Promise<readonly HttpPlanRequest[] | undefined> {
  const { bodyFile, body: text } = flags;
  const body: HttpPlanBody | "unreadable" | undefined =
    bodyFile === undefined
      ? text === undefined
        ? undefined
        : { kind: "text", text }
      : ((await read.attemptAsync(async () => planFile(bodyFile, "--body-file"))) ?? "unreadable");
  if (body === "unreadable") return undefined;
  const method = readMethod(flags.method, read, body === undefined ? "GET" : "POST");
  const headers = body === undefined || announced ? {} : { "Content-Type": contentTypeOfBody(body) };
  return [{ method, path: address.path ?? "/", headers, body }];
}

async function readTargets(
  file: string,
  read: FlagReader,
  { server }: RequestAddress,
  announced: boolean,
): Promise<readonly HttpPlanRequest[] | undefined> {
  return await read.attemptAsync(async () => {
    const entries = parseTargets(await contentOf(file, "--targets"), server);
    return await Promise.all(
      entries.map(async ({ method, path: requestPath, headers, bodyFile }): Promise<HttpPlanRequest> => {
        if (bodyFile === undefined) return { method, path: requestPath, headers, body: undefined };
        const body = await planFile(bodyFile, `--targets ${file}`);
        const own =
          announced || hasContentType(headers)
            ? headers
            : { ...headers, "Content-Type": contentTypeOfBody(body) };
        return { method, path: requestPath, headers: own, body };
      }),
    );
  }, "targets");
}

async function planFile(file: string, flag: string): Promise<HttpPlanBody> {
  const found = await stat(file).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error || !found.isFile()) {
    const why = found instanceof Error ? describeAbsence(found) : describeOther(found);
    throw new WeirError("USAGE", `${flag}: expected a file that can be read, got ${file}, which ${why}.`);
  }
  return { kind: "file", path: path.resolve(file), bytes: found.size };
}

function describeAbsence({ code, message }: NodeJS.ErrnoException): string {
  return code === "ENOENT" ? "is not there" : `cannot be looked at: ${message}`;
}

function describeOther(found: Stats): string {
  return found.isDirectory() ? "is a folder" : "is no plain file";
}

function contentTypeOfBody(body: HttpPlanBody): string {
  if (body.kind === "file") return contentTypeOf(body.path);
  return isJson(body.text) ? "application/json" : "text/plain; charset=utf-8";
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function hasContentType(headers: Readonly<Record<string, string>>): boolean {
  return Object.keys(headers).some((name) => name.toLowerCase() === "content-type");
}
