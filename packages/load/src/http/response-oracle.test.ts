import http from "node:http";
import net from "node:net";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Caller } from "../fixtures/caller.ts";
import { listen } from "../fixtures/listen.ts";

/** What a client made of some bytes: an answer, or undefined for an error. */
interface Reading {
  readonly status: number;
  readonly header: string | undefined;
  /** As Latin-1 text. */
  readonly body: string;
}

const token = fc.stringMatching(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,12}$/);
const value = fc.stringMatching(/^[\x21-\x7e]([\x20-\x7e\t]{0,20}[\x21-\x7e])?$/);
const space = fc.constantFrom("", " ", "\t", "  ");
const body = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString("latin1"));

const otherHeader = fc
  .tuple(token, space, value, space)
  // Names that mean something to a client are left to the framing below.
  .filter(([name]) => !/^(content-length|transfer-encoding|connection|upgrade|x-test|trailer)$/i.test(name))
  .map(([name, before, text, after]) => `${name}:${before}${text}${after}\r\n`);

const chunked = fc
  .tuple(
    fc.array(
      fc.tuple(
        body.filter((text) => text !== ""),
        fc.constantFrom("", ";a", ";a=b", ';a="b c"'),
        fc.boolean(),
        fc.nat(20),
      ),
      { maxLength: 4 },
    ),
    fc.array(fc.tuple(token, value), { maxLength: 2 }),
  )
  .map(([pieces, trailers]) => {
    const chunks = pieces.map(([text, extension, upper, zeros]) => {
      const size = text.length.toString(16);
      return `${"0".repeat(zeros)}${upper ? size.toUpperCase() : size}${extension}\r\n${text}\r\n`;
    });
    const ends = trailers
      .filter(([name]) => !/^(content-length|transfer-encoding)$/i.test(name))
      .map(([name, text]) => `${name}: ${text}\r\n`);
    return `Transfer-Encoding: chunked\r\n\r\n${chunks.join("")}0\r\n${ends.join("")}\r\n`;
  });

const framed = fc.oneof(
  body.map((text) => `Content-Length: ${text.length}\r\n\r\n${text}`),
  chunked,
  body.map((text) => `Connection: close\r\n\r\n${text}`),
);

/** An answer that has no body, whatever it says of its length. */
const bodiless = fc
  .tuple(
    fc.constantFrom("204 No Content", "304 Not Modified"),
    value,
    fc.constantFrom("", "Content-Length: 12\r\n", "Transfer-Encoding: chunked\r\n"),
  )
  .map(([status, test, length]) => `HTTP/1.1 ${status}\r\nX-Test: ${test}\r\n${length}\r\n`);

/** A right answer in any of its forms: interim answers before it, headers around, each of the three framings. */
const withBody = fc
  .tuple(
    fc.constantFrom("", "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"),
    fc.constantFrom(
      "HTTP/1.1 200 OK",
      "HTTP/1.1 200 ",
      "HTTP/1.1 404 Not Found",
      "HTTP/1.1 599 x",
      "HTTP/1.0 200 OK",
    ),
    fc.array(otherHeader, { maxLength: 4 }),
    value,
    framed,
  )
  .map(
    ([interim, status, headers, test, rest]) =>
      `${interim}${status}\r\n${headers.join("")}X-Test: ${test}\r\n${rest}`,
  );

const answer = fc.oneof({ arbitrary: withBody, weight: 5 }, { arbitrary: bodiless, weight: 1 });

describe("HttpConnection beside node:http", () => {
  let server: Awaited<ReturnType<typeof listen>>;
  let script: { readonly bytes: Buffer; readonly cuts: readonly number[] };

  beforeAll(async () => {
    server = await listen(
      net.createServer((socket) => {
        socket.setNoDelay(true);
        socket.once("data", () => {
          const { bytes, cuts } = script;
          const ends = [...new Set([...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].toSorted(
            (a, b) => a - b,
          );
          let start = 0;
          for (const end of ends) {
            socket.write(bytes.subarray(start, end));
            start = end;
          }
          socket.end();
        });
      }),
    );
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  async function readWithNode(): Promise<Reading | undefined> {
    return await new Promise((resolve) => {
      const request = http.get(server.url, { agent: false }, (response) => {
        const pieces: Buffer[] = [];
        response.on("data", (piece: Buffer) => pieces.push(piece));
        response.on("error", () => resolve(undefined));
        response.on("end", () =>
          resolve({
            status: response.statusCode!,
            header: first(response.rawHeaders, "x-test"),
            body: Buffer.concat(pieces).toString("latin1"),
          }),
        );
      });
      request.on("error", () => resolve(undefined));
    });
  }

  async function readWithOurs(): Promise<Reading | undefined> {
    const caller = new Caller(server.url);
    const { failure, status, header, body: text } = await caller.call({ method: "GET", path: "/" });
    caller.close();
    return failure === undefined ? { status, header, body: text } : undefined;
  }

  const cuts = fc.array(fc.nat(2000), { maxLength: 6 });

  it("reads every right answer as node:http does", async () => {
    await fc.assert(
      fc.asyncProperty(answer, cuts, async (text, at) => {
        script = { bytes: Buffer.from(text, "latin1"), cuts: at };
        const ours = await readWithOurs();
        expect(ours).toBeDefined();
        expect(ours).toEqual(await readWithNode());
      }),
      { numRuns: 150 },
    );
  });

  it("never takes damaged bytes for another answer than node:http does", async () => {
    const damage = fc.array(
      fc.tuple(fc.nat(400), fc.constantFrom("", "\r", "\n", ":", " ", "0", "f", "-", "\0")),
      {
        minLength: 1,
        maxLength: 3,
      },
    );
    await fc.assert(
      fc.asyncProperty(answer, damage, cuts, async (text, changes, at) => {
        let damaged = text;
        for (const [place, by] of changes) {
          const here = place % damaged.length;
          damaged = damaged.slice(0, here) + by + damaged.slice(here + 1);
        }
        script = { bytes: Buffer.from(damaged, "latin1"), cuts: at };
        const [ours, nodes] = [await readWithOurs(), await readWithNode()];
        // Either may be the stricter one; where both read an answer, it is the same one.
        expect(ours).toEqual(ours === undefined ? undefined : (nodes ?? ours));
      }),
      { numRuns: 250 },
    );
  });
});

function first(rawHeaders: readonly string[], name: string): string | undefined {
  const at = rawHeaders.findIndex((text, index) => index % 2 === 0 && text.toLowerCase() === name);
  return at === -1 ? undefined : rawHeaders[at + 1];
}
