import { expect, it } from "vitest";
import { resolveServeOptions } from "./resolve-serve-options.ts";

it("puts the servers of one name together, whichever way they are written", () => {
  const upstream = [
    "a=http://one:8000,openai+http://two/v1#their/model",
    "b=anthropic+https://api.anthropic.com#claude",
    "a=http://three",
  ];
  const flags = { upstream, upstreamIdle: "5s", upstreamSlots: "3", remoteKeyEnv: ["b=KEY"] };
  const options = resolveServeOptions(flags, { env: { KEY: "k" } });
  expect(options.upstreams).toEqual([
    {
      name: "a",
      servers: [
        { url: "http://one:8000/" },
        { url: "http://two/v1", dialect: "openai", model: "their/model" },
        { url: "http://three/" },
      ],
    },
    { name: "b", servers: [{ url: "https://api.anthropic.com/", dialect: "anthropic", model: "claude" }] },
  ]);
  expect(options.upstream).toEqual({ slots: 3, firstByteMs: 300_000, idleMs: 5_000 });
  expect(options.remote.keys.byModel).toEqual({ b: "k" });
});

it("says what is wrong with each, without a user's password", () => {
  const upstream = [
    "http://host",
    "=http://host",
    "a=",
    "b=tei+http://host",
    "c=http://me:pass@host",
    "d=http://host",
    "e=ftp://host",
  ];
  const resolve = (): unknown => resolveServeOptions({ model: ["d=/m"], upstream });
  for (const problem of [
    "--upstream: expected NAME=URL, e.g. chat=http://127.0.0.1:8000/v1, got no name.",
    "--upstream: expected NAME=URL, e.g. chat=http://127.0.0.1:8000/v1, got a= without an address.",
    '--upstream: "tei+http://host": expected one of openai, anthropic, ollama before the +.',
    "--upstream: expected an address without a user or password.",
    '--upstream: "ftp://host": expected an http or https address.',
    "--upstream: expected a name of its own, got d, which --model has too.",
  ])
    expect(resolve).toThrow(problem);
  expect(resolve).not.toThrow("pass@");
});
