import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { resolveServeOptions } from "./resolve-serve-options.ts";

describe("serve options", () => {
  it("have the documented defaults", () => {
    expect(resolveServeOptions({ model: ["a=/m"] })).toMatchObject({
      models: [{ name: "a", source: "/m" }],
      replicas: 1,
      threads: "auto",
      device: "auto",
      recycle: { jobs: 10_000, ageMs: 86_400_000 },
      cache: { ramBytes: 64_000_000, diskBytes: 0, directory: undefined },
      server: {
        host: "127.0.0.1",
        port: 8787,
        limits: {
          jobs: 256,
          tokens: 16_777_216,
          inputs: 2048,
          bodyBytes: 33_554_432,
          heldBytes: 536_870_912,
          requestTimeoutMs: 30_000,
        },
        startTimeoutMs: 120_000,
        keepAliveMs: Number.POSITIVE_INFINITY,
        drainTimeoutMs: 30_000,
        security: { insecureNoAuth: false, allowOrigins: [], allowHosts: [] },
        timeouts: { receiveMs: 60_000, sendMs: 30_000 },
        observing: { slowRequests: { defaultMs: 100, byJob: {} } },
      },
      logLevel: "info",
      logFormat: "auto",
    });
  });

  it.each([
    [{ keepAlive: "10m" }, {}, 600_000],
    [{ keepAlive: "-1" }, {}, Number.POSITIVE_INFINITY],
    [{ keepAlive: "0" }, {}, 0],
    [{}, { WEIR_KEEP_ALIVE: "1h30m" }, 5_400_000],
  ])("take a keep-alive as Ollama writes it: %j %j", (flags, env, keepAliveMs) => {
    const { server } = resolveServeOptions({ model: ["a=/m"], ...flags }, { env });
    expect(server.keepAliveMs).toBe(keepAliveMs);
  });

  it("say what is wrong with a keep-alive", () => {
    expect(() => resolveServeOptions({ model: ["a=/m"], keepAlive: "long" })).toThrow(
      '--keep-alive: expected a duration such as 10m or 1h30m, seconds, or forever (as below 0), got "long".',
    );
  });

  it("name every problem at once, and where each came from", () => {
    const resolve = (): unknown =>
      resolveServeOptions(
        { model: ["/x/a", "/y/a"], port: "70000", alias: ["b"] },
        {
          env: { WEIR_THREADS: "two", WEIR_START_TIMEOUT: "30" },
          config: {
            name: "weir.config.ts",
            directory: "/etc/weir",
            section: { bodyLimit: -1, "max-jobs": 3, colour: "blue", insecureNoAuth: "yes" },
          },
        },
      );
    for (const problem of [
      '--port: expected a whole number from 0 to 65535, got "70000".',
      "--alias: expected NAME=MODEL",
      'WEIR_THREADS: expected a whole number from 1 to 1024, or auto, got "two".',
      'WEIR_START_TIMEOUT: expected a duration such as 500ms, 30s or 2m, got "30". Say 30s for seconds.',
      "serve.bodyLimit in weir.config.ts: expected a whole number from 1 to 1024, got -1.",
      "serve.max-jobs in weir.config.ts: expected the name of an option, got one that there is not. Write it maxJobs.",
      "serve.colour in weir.config.ts: expected the name of an option",
      'serve.insecureNoAuth in weir.config.ts: expected true or false, got "yes".',
    ])
      expect(resolve).toThrow(problem);
  });

  it.each([
    [{ cacheRam: "256MB" }, {}, { ramBytes: 256e6, diskBytes: 0 }],
    [{ cacheRam: "0" }, {}, { ramBytes: 0, diskBytes: 0 }],
    [
      { cacheRam: "off", cacheDisk: "1.5GiB" },
      {},
      { ramBytes: 0, diskBytes: 1.5 * 2 ** 30, directory: undefined },
    ],
    [{ cacheDir: "/c" }, {}, { diskBytes: 4e9, directory: "/c" }],
    [{ cacheDir: "/c", cacheDisk: "0" }, {}, { diskBytes: 0 }],
    [{}, { WEIR_CACHE_DISK: "500MB", WEIR_CACHE_DIR: "/c" }, { diskBytes: 500e6, directory: "/c" }],
    // It says where built models are, too: whoever set it did not ask for a file of vectors.
    [{}, { WEIR_CACHE_DIR: "/c" }, { diskBytes: 0, directory: "/c" }],
  ])("cache what %j and %j say", (flags, env, cache) => {
    expect(resolveServeOptions({ model: ["a=/m"], ...flags }, { env }).cache).toMatchObject(cache);
  });

  it.each(["64", "4 gigabytes", "1kB", "-1MB", "MB"])("take no cache of %j", (cacheRam) => {
    expect(() => resolveServeOptions({ model: ["a=/m"], cacheRam })).toThrow(
      `--cache-ram: expected a size such as 256MB or 4GB, at least 1MB, or 0 for none, got ${JSON.stringify(cacheRam)}`,
    );
  });

  it("keep answers only where they are told to", () => {
    const resolveAnswers = (flags: object, env = {}) =>
      resolveServeOptions({ model: ["a=/m.gguf"], ...flags }, { env }).chat.answers;
    expect(resolveAnswers({})).toBeUndefined();
    expect(resolveAnswers({}, { WEIR_ANSWER_CACHE: "exact" })).toEqual({
      mode: "exact",
      maxBytes: 64e6,
      threshold: 0.95,
      ttlMs: 86_400_000,
    });
    const flags = { answerCacheMb: "8", answerCacheThreshold: "90%", answerCacheTtl: "1h" };
    expect(resolveAnswers({ answerCache: "semantic", ...flags })).toEqual({
      mode: "semantic",
      maxBytes: 8e6,
      threshold: 0.9,
      ttlMs: 3_600_000,
    });
    expect(() => resolveAnswers({ answerCache: "yes" })).toThrow("expected off, exact, semantic, got");
  });

  it("ask for a model, and say how to do without", () => {
    expect(() => resolveServeOptions({})).toThrow("--model reference-embed-minilm");
  });

  it("take other servers' models, their keys out of variables, and say what is missing", () => {
    const flags = {
      model: ["a=http://host/v1#m", "tei+http://host#big"],
      remoteKeyEnv: ["COMMON", "big=BIG"],
      remoteTimeout: "5s",
    };
    const { models, remote } = resolveServeOptions(flags, { env: { COMMON: "c ", BIG: "b" } });
    expect(models).toEqual([
      { name: "a", source: "http://host/v1#m" },
      { name: "big", source: "tei+http://host#big" },
    ]);
    expect(remote).toEqual({ keys: { common: "c", byModel: { big: "b" } }, timeoutMs: 5_000, slots: 8 });
    const astray = { ...flags, model: [...flags.model, "local=/m"], remoteKeyEnv: ["bgi=BIG", "local=BIG"] };
    for (const name of ["bgi", "local"]) {
      const problem = `--remote-key-env: expected MODEL=VARIABLE with a model on another server (a, big), got "${name}".`;
      expect(() => resolveServeOptions(astray, { env: { BIG: "b" } })).toThrow(problem);
    }
    expect(() => resolveServeOptions({ ...astray, model: ["local=/m"] })).toThrow("(there is none)");
    const wrong = { model: ["http://host", "b=nope+http://host"], remoteKeyEnv: ["COMMON", "b="] };
    for (const problem of [
      `--model: expected a name for another server's model, NAME=URL, got "=http://host".`,
      `--model: "nope+http://host": expected one of openai, sidecar, tei, ollama before the +.`,
      "--remote-key-env: expected the name of a variable with a key, got COMMON, which is not set.",
      "--remote-key-env: expected the name of a variable with a key, got none.",
    ])
      expect(() => resolveServeOptions(wrong)).toThrow(problem);
  });

  it("have a precision for all models and for one of them", () => {
    const model = ["a=/m/a", "b=/m/b"];
    expect(resolveServeOptions({ model })).toMatchObject({
      precision: { common: "fp32", byModel: {} },
      minAgreement: 0.95,
    });
    const env = { WEIR_PRECISION: "auto, b=int8-accurate", WEIR_MIN_AGREEMENT: "98%" };
    expect(resolveServeOptions({ model }, { env })).toMatchObject({
      precision: { common: "auto", byModel: { b: "int8-accurate" } },
      minAgreement: 0.98,
    });
    const config = {
      name: "weir.config.json",
      directory: "/",
      section: { model, precision: "int8", minAgreement: 0.9 },
    };
    expect(resolveServeOptions({}, { config })).toMatchObject({
      precision: { common: "int8" },
      minAgreement: 0.9,
    });
    for (const [flags, problem] of [
      [
        { precision: ["half"] },
        "--precision: expected fp32, auto, int8, int8-accurate, or one of them for a model",
      ],
      [{ precision: ["int8", "int4", "half"] }, ', got "int4" and "half".'],
      [{ precision: ["a=int8", "a=fp32"] }, "--precision: expected one precision for a, got int8 and fp32."],
      [{ precision: ["auto", "int8"] }, "--precision: expected one precision for all models"],
      [{ precision: ["c=int8"] }, "--precision: expected the name of a model (a, b), got c."],
      [{ minAgreement: "1.5" }, "--min-agreement: expected a share from 0 to 1 such as 0.95, or 95%, got"],
      [{ minAgreement: "-1" }, "--min-agreement: expected a share"],
    ] as const)
      expect(() => resolveServeOptions({ model, ...flags })).toThrow(problem);
  });

  it("come from a flag before a variable before the file", () => {
    const config = {
      name: "weir.config.json",
      directory: "/etc/weir",
      section: { model: "file=/m", port: 1, host: "::1", maxJobs: 5, slow: "1s", replicas: "auto" },
    };
    const env = {
      WEIR_PORT: "2",
      WEIR_MAX_JOBS: "6",
      WEIR_HOST: "",
      WEIR_ALLOW_ORIGIN: "https://a.example, https://b.example",
    };
    const resolved = resolveServeOptions({ port: "3" }, { env, config });
    expect(resolved.server).toMatchObject({
      port: 3,
      limits: { jobs: 6 },
      host: "::1",
      security: { allowOrigins: ["https://a.example", "https://b.example"] },
      observing: { slowRequests: { defaultMs: 1_000 } },
    });
    expect(resolved.replicas).toBe("auto");
    expect(resolved.models).toEqual([{ name: "file", source: "/m" }]);
  });

  it("take switches from each of them", () => {
    const model = ["/m"];
    const noAuth = (flag: boolean | undefined, variable: string): boolean | undefined =>
      resolveServeOptions({ model, insecureNoAuth: flag }, { env: { WEIR_INSECURE_NO_AUTH: variable } })
        .server.security.insecureNoAuth;
    expect([
      noAuth(true, "0"),
      noAuth(undefined, "1"),
      noAuth(undefined, "false"),
      noAuth(undefined, ""),
    ]).toEqual([true, true, false, false]);
  });

  it("count paths of the file that start with a dot from the file's folder, and no others", () => {
    const section = {
      model: ["a=./models/a", "reference-embed-minilm"],
      apiKeys: "./keys.json",
      allowRoot: ["../data", "/abs", "rel"],
    };
    const config = { name: "weir.config.ts", directory: "/etc/weir", section };
    const resolved = resolveServeOptions({}, { config });
    expect(resolved.models.map(({ source }) => source)).toEqual([
      join("/etc/weir/models/a"),
      "reference-embed-minilm",
    ]);
    expect(resolved.server.security.apiKeysFile).toBe("/etc/weir/keys.json");
    expect(resolved.server.allowRoots).toEqual(["/etc/data", "/abs", "rel"]);
    expect(resolveServeOptions({ model: ["./m"] }, { config }).models).toEqual([
      { name: "m", source: "./m" },
    ]);
  });

  it("listen on a socket instead of a port, wherever the stronger word for one was said", () => {
    const model = ["/m"];
    const socketOf = (flags: Record<string, string>, env: Record<string, string> = {}): string | undefined =>
      resolveServeOptions({ model, ...flags }, { env }).server.unixSocket;
    expect(socketOf({ unixSocket: "/run/a" })).toBe("/run/a");
    expect(socketOf({ unixSocket: "/run/a" }, { WEIR_PORT: "80", WEIR_HOST: "::" })).toBe("/run/a");
    expect(socketOf({ port: "0" }, { WEIR_UNIX_SOCKET: "/run/a" })).toBeUndefined();
    expect(() => socketOf({ unixSocket: "/run/a", port: "0" })).toThrow(
      "--unix-socket: expected it without --host and --port, got both.",
    );
    expect(() => socketOf({}, { WEIR_UNIX_SOCKET: "/run/a", WEIR_HOST: "::1" })).toThrow("got both");
  });

  it("turn their units into the server's", () => {
    const flags = {
      model: ["/m"],
      maxRss: "2000",
      recycleJobs: "0",
      recycleAge: "0",
      heldLimit: "64",
      requestTimeout: "2m",
      slow: ["1s", "embed-file=5s"],
      bodyLimit: "1",
      maxJobs: "0",
      alias: ["x=m", "y=x"],
    };
    const { recycle, server } = resolveServeOptions(flags);
    expect(recycle).toEqual({
      jobs: Number.POSITIVE_INFINITY,
      ageMs: Number.POSITIVE_INFINITY,
      rssBytes: 2_000_000_000,
    });
    expect(server.limits).toMatchObject({
      bodyBytes: 1_048_576,
      heldBytes: 67_108_864,
      requestTimeoutMs: 120_000,
      jobs: 0,
    });
    expect(server.observing.slowRequests).toEqual({ defaultMs: 1_000, byJob: { "embed-file": 5_000 } });
    expect(server.aliases).toEqual({ x: "m", y: "x" });
  });
});
