import { describe, expect, it } from "vitest";
import { ResponseParser } from "./response-parser.ts";

const bytesOf = (text: string): Uint8Array => Buffer.from(text, "latin1");

describe("ResponseParser between two answers", () => {
  it("passes over one line break after a body, whenever it comes", () => {
    const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    const bytes = bytesOf(`${answer}\r\n${answer}`);
    for (let cut = answer.length; cut <= answer.length + 2; cut += 1)
      for (const idle of [true, false]) {
        let body = "";
        let ends = 0;
        const parser = new ResponseParser({
          onHead() {},
          onBody(from, start, end) {
            body += Buffer.from(from.subarray(start, end)).toString();
          },
          onEnd() {
            ends += 1;
          },
        });
        parser.begin();
        expect(parser.feed(bytes, cut)).toBeUndefined();
        // What is left of the break comes before the next request is sent, or after it.
        const rest = bytes.subarray(cut, answer.length + 2);
        expect(!idle || parser.passesIdle(rest, rest.length)).toBe(true);
        parser.begin();
        const next = bytes.subarray(idle ? answer.length + 2 : cut);
        expect(parser.feed(next, next.length)).toBeUndefined();
        expect({ body, ends }).toEqual({ body: "okok", ends: 2 });
        expect(parser.passesIdle(bytesOf("\r\nx"), 3)).toBe(false);
      }
  });
});
