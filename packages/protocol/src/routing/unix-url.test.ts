import { expect, it } from "vitest";
import { parseUnixUrl, toUnixUrl } from "./unix-url.ts";

it.each(["/run/weir.sock", "/tmp/a b/ü%2F.sock", "\\\\.\\pipe\\weir-1"])(
  "names the socket %s",
  (socketPath) => {
    const url = toUnixUrl(socketPath);
    expect(URL.canParse(url)).toBe(true);
    expect(parseUnixUrl(url)).toEqual({ socketPath, path: "" });
    expect(parseUnixUrl(`${url}/v1/models?a=b`)).toEqual({ socketPath, path: "/v1/models?a=b" });
  },
);

it.each(["http://localhost", "http+unix://", "http+unix:///run/weir.sock", "http+unix://%zz", ""])(
  "finds no socket in %j",
  (url) => {
    expect(parseUnixUrl(url)).toBeUndefined();
  },
);
