import { describe, expect, it } from "vitest";
import { describeLastWords, withoutPaths } from "./last-words.ts";

describe("the last words of a process", () => {
  it("are the message of an error that Node printed, without its stack and its place", () => {
    const printed = `
/srv/app/node_modules/engine/computer.js:10
    throw new Error("no more memory");
    ^

Error: no more memory for /srv/models/mini/onnx/model.onnx
    at compute (/srv/app/node_modules/engine/computer.js:10:11)
    at async file:///srv/app/server/child-main.js:3:1 {
  code: 'ENOMEM',
  path: '/srv/models'
}

Node.js v20.20.2`;
    expect(describeLastWords(printed.split("\n"))).toBe("Error: no more memory for model.onnx");
  });

  it("are V8's when the heap is full", () => {
    const printed = `<--- Last few GCs --->

[42:0x5581]    1204 ms: Mark-Compact 30.1 (41.4) -> 29.9 (41.7) MB, 12.1 / 0.0 ms

<--- JS stacktrace --->

FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory
----- Native stack trace -----

 1: 0xb8d0a3 node::OOMErrorHandler(char const*, v8::OOMDetails const&) [/usr/bin/node]
 2: 0xf06250 v8::Utils::ReportOOMFailure(v8::internal::Isolate*, char const*) [/usr/bin/node]`;
    expect(describeLastWords(printed.split("\n"))).toBe(
      "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
    );
  });

  it.each([
    [["loading", "out of memory"], "out of memory"],
    [
      ["\u001B[31mterminate called: bad_alloc\u001B[0m", "/lib/libc.so.6(abort+0x1) [0x7f00]"],
      "terminate called: bad_alloc",
    ],
    [["    at a (/b.js:1:2)", "", "Node.js v22.1.0"], undefined],
    [[], undefined],
    [["x".repeat(5_000)], "x".repeat(300)],
  ])("of %j are %j", (lines, words) => {
    expect(describeLastWords(lines)).toBe(words);
  });
});

describe("a text without its paths", () => {
  it.each([
    ["cannot open /srv/a/b.onnx: no such file", "cannot open b.onnx: no such file"],
    ["at file:///srv/a/b.js:10:4", "at b.js"],
    ["failed:/srv/a/b.", "failed:b."],
    [String.raw`in C:\Users\me\m.onnx, line 3`, "in m.onnx, line 3"],
    ["open '/home/some body/m.onnx' failed", "open 'm.onnx' failed"],
    ["~/models/x and ../y/z", "x and z"],
    ["12 tokens/s, and/or 3/4", "12 tokens/s, and/or 3/4"],
  ])("%j is %j", (text, shown) => {
    expect(withoutPaths(text)).toBe(shown);
  });
});
