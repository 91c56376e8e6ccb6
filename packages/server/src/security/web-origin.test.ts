import { describe, expect, it } from "vitest";
import { isLoopback } from "./loopback.ts";
import {
  isOwnHost,
  isSameOrigin,
  parseAllowedHosts,
  parseAllowedOrigins,
  parseHostHeader,
} from "./web-origin.ts";

describe("loopback", () => {
  it.each(["127.0.0.1", "127.8.9.10", "localhost", "LOCALHOST", "::1", "::ffff:127.0.0.1"])(
    "is %s",
    (host) => {
      expect(isLoopback(host)).toBe(true);
    },
  );

  it.each(["0.0.0.0", "::", "10.0.0.1", "127.0.0.1.evil.example", "localhost.evil.example", "128.0.0.1", ""])(
    "is not %j",
    (host) => {
      expect(isLoopback(host)).toBe(false);
    },
  );
});

describe("a Host header", () => {
  it.each([
    ["127.0.0.1:8787", "127.0.0.1"],
    ["Localhost", "localhost"],
    ["[::1]:80", "::1"],
    ["a.example", "a.example"],
    ["user@127.0.0.1", undefined],
    ["127.0.0.1:8787/path", undefined],
    ["::1", undefined],
    ["", undefined],
  ])("%j names %j", (header, name) => {
    expect(parseHostHeader(header)).toBe(name);
  });

  it("is this machine's own, or allowed", () => {
    const none = parseAllowedHosts([]);
    expect(isOwnHost("localhost:1", none)).toBe(true);
    expect(isOwnHost(undefined, none)).toBe(true);
    expect(isOwnHost("rebound.example", none)).toBe(false);
    expect(isOwnHost("", none)).toBe(false);
    expect(isOwnHost("Box.lan:8787", parseAllowedHosts(["box.LAN"]))).toBe(true);
    expect(isOwnHost("rebound.example", parseAllowedHosts(["*"]))).toBe(true);
  });
});

describe("an Origin", () => {
  it("is the server's own where it names the Host that is asked", () => {
    expect(isSameOrigin("http://localhost:8787", "localhost:8787")).toBe(true);
    expect(isSameOrigin("https://weir.example", "weir.example")).toBe(true);
    expect(isSameOrigin("http://localhost:3000", "localhost:8787")).toBe(false);
    expect(isSameOrigin("null", "null")).toBe(false);
    expect(isSameOrigin("http://a", undefined)).toBe(false);
  });
});

describe("what is allowed", () => {
  it.each(["https://a.example/", "a.example", "https://a.example/app"])("is no origin: %s", (origin) => {
    expect(() => parseAllowedOrigins([origin])).toThrow("--allow-origin");
  });
  it.each(["a.example:80", "http://a.example", ""])("is no host: %j", (host) => {
    expect(() => parseAllowedHosts([host])).toThrow("--allow-host");
  });
  it("takes origins of desktop apps", () => {
    expect([...parseAllowedOrigins(["app://bundle", "null", "file://", "HTTP://A:1"])]).toEqual([
      "app://bundle",
      "null",
      "file://",
      "http://a:1",
    ]);
  });
});
