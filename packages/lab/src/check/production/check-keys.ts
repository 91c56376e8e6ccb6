import { readFile } from "node:fs/promises";
import { parseHttpTarget } from "@weir/load";
import { isReachedFromOutside } from "../../platform/listening-processes.ts";
import type { CheckRow, SuiteContext } from "../suite.ts";
import { describeAsked, isGood, sendSample, type SampleRequest } from "./sample-request.ts";
import { holds, unseen } from "./yes-or-no.ts";

const keyHeaders: ReadonlySet<string> = new Set(["authorization", "x-api-key", "api-key"]);
const madeUpKey = "weir-check-made-up-key-5f0c";

/** Whether keys keep others out, and are kept out of the log. */
export async function* checkKeys(
  { base, signal, started, tell }: SuiteContext,
  sample: SampleRequest,
): AsyncGenerator<CheckRow, void, void> {
  tell("asking without a key");
  const others = Object.fromEntries(
    Object.entries(base.headers).filter(([name]) => !keyHeaders.has(name.toLowerCase())),
  );
  const hasKey = Object.keys(others).length < Object.keys(base.headers).length;
  const without = await sendSample(base, sample, { signal, headers: others });
  const wrong = await sendSample(base, sample, {
    signal,
    headers: { ...others, Authorization: `Bearer ${madeUpKey}` },
  });
  const refused = [without, wrong].every(
    (asked) => asked.kind === "answered" && [401, 403].includes(asked.status),
  );
  const named = { key: "keys/needed", metric: "keys" };
  const asked = `without one ${describeAsked(without)}, with a made-up one ${describeAsked(wrong)}`;
  if (hasKey || refused)
    yield holds(
      named,
      refused,
      asked,
      "401 or 403 without",
      "Have the server refuse requests without a key that it knows.",
    );
  else {
    const reach = await isReachedFromOutside(parseHttpTarget(base.url));
    yield holds(
      named,
      reach === "no" || !isGood(without),
      reach === "no"
        ? "none needed; listens on loopback only"
        : `${asked}; ${reach === "yes" ? "reached from other machines" : "not on this machine"}`,
      "needed, or loopback only",
      "Have it refuse requests without a key, or bind 127.0.0.1 and put something before it that checks who asks.",
    );
  }
  const log = { key: "keys/log", metric: "keys in its log" };
  if (started?.logFile === undefined) {
    yield unseen(log, "it needs --start");
    return;
  }
  const text = await readFile(started.logFile, "utf8").catch(() => "");
  const secrets = [
    madeUpKey,
    ...Object.entries(base.headers).flatMap(([name, value]) =>
      keyHeaders.has(name.toLowerCase()) ? [value.replace(/^\S+\s+/, "")] : [],
    ),
  ];
  const found = secrets.some((secret) => secret !== "" && text.includes(secret));
  yield holds(
    log,
    !found,
    found ? "written as they come" : "none",
    "none",
    "Leave the authorization header out of what is logged, or cut it.",
  );
}
