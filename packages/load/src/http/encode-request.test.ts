import { describe, expect, it } from "vitest";
import { encodeRequest } from "./encode-request.ts";
import { parseHttpTarget } from "./http-target.ts";

const target = parseHttpTarget("http://h:1/base");

describe("encodeRequest", () => {
  it.each(["/a b", "/a\r\nX-Injected: 1", "/\u00fc", "a", "", "/\ud800"])("refuses the path %j", (path) => {
    expect(() => encodeRequest(target, { method: "GET", path })).toThrow(
      /a path must begin with a slash and be/,
    );
  });

  it("says how a path is written", () => {
    expect(() => encodeRequest(target, { method: "GET", path: "/a \u00fc" })).toThrow("Write /a%20%C3%BC");
  });

  it.each(["", "GET /", "G\r\n"])("refuses the method %j", (method) => {
    expect(() => encodeRequest(target, { method, path: "/" })).toThrow(/method/);
  });

  it("sends anything else as it is", () => {
    const text = Buffer.from(encodeRequest(target, { method: "M-SEARCH", path: "/%20?a=[]|#x" })).toString();
    expect(text).toMatch(/^M-SEARCH \/base\/%20\?a=\[\]\|#x HTTP\/1\.1\r\nHost: h:1\r\n/);
  });
});
