import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ResponseParser } from "./response-parser.ts";

interface Seen {
  status: number;
  header: string | undefined;
  body: string;
  ends: boolean[];
  error: string | undefined;
  closing: string | undefined;
}

/** Reads one answer that arrives in these pieces, then (if asked) the end of the connection. */
function read(pieces: readonly Uint8Array[], options: { head?: boolean; thenClose?: boolean } = {}): Seen {
  const seen: Seen = {
    status: 0,
    header: undefined,
    body: "",
    ends: [],
    error: undefined,
    closing: undefined,
  };
  const parser = new ResponseParser({
    onHead(head) {
      seen.status = head.status;
      seen.header = head.find("x-process-time");
    },
    onBody(bytes, start, end) {
      seen.body += Buffer.from(bytes.subarray(start, end)).toString("latin1");
    },
    onEnd(reusable) {
      seen.ends.push(reusable);
    },
  });
  parser.begin(options.head);
  for (const piece of pieces) {
    // As from a socket: a block that is overwritten right after, longer than what was read.
    const block = new Uint8Array(piece.length + 7).fill(0x58);
    block.set(piece);
    seen.error ??= parser.feed(block, piece.length);
    block.fill(0);
  }
  if (options.thenClose === true) seen.closing = parser.close();
  return seen;
}

const bytesOf = (text: string): Uint8Array => Buffer.from(text, "latin1");

const recordings: readonly {
  name: string;
  wire: string;
  expected: Partial<Seen>;
  head?: boolean;
  thenClose?: boolean;
}[] = [
  {
    name: "content-length, kept alive",
    wire: "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nX-Process-Time:  12.34ms \r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello",
    expected: { status: 200, header: "12.34ms", body: "hello", ends: [true] },
  },
  {
    name: "no reason phrase, bare line feeds, odd case",
    wire: "HTTP/1.1 404\nCONTENT-length:2\n\nno",
    expected: { status: 404, body: "no", ends: [true] },
  },
  {
    name: "connection: close among other options",
    wire: "HTTP/1.1 200 OK\r\nConnection: foo, Close\r\nContent-Length: 0\r\n\r\n",
    expected: { status: 200, body: "", ends: [false] },
  },
  {
    name: "HTTP/1.0 is not kept alive unless it says so",
    wire: "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx",
    expected: { body: "x", ends: [false] },
  },
  {
    name: "HTTP/1.0 that says so",
    wire: "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\nx",
    expected: { body: "x", ends: [true] },
  },
  {
    name: "chunked with extensions and trailers",
    wire: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5;name="v;1"\r\nhello\r\n00A ; x\r\n, chunked \r\n0\r\nX-Sum: 1\r\nX-B: 2\r\n\r\n',
    expected: { status: 200, body: "hello, chunked ", ends: [true] },
  },
  {
    name: "chunked without content, bare line feeds",
    wire: "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n0\n\n",
    expected: { body: "", ends: [true] },
  },
  {
    name: "until the connection closes",
    wire: "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nall of this",
    expected: { body: "all of this", ends: [false], closing: undefined },
    thenClose: true,
  },
  {
    name: "interim answers first",
    wire: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\nContent-Length: 9\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok",
    expected: { status: 201, body: "ok", ends: [true] },
  },
  {
    name: "204 has no body",
    wire: "HTTP/1.1 204 No Content\r\nX: y\r\n\r\n",
    expected: { status: 204, ends: [true] },
  },
  {
    name: "304 has no body, whatever its length says",
    wire: "HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n",
    expected: { status: 304, body: "", ends: [true] },
  },
  {
    name: "304 may repeat both headers of the body it leaves out, and two lengths",
    wire: "HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\nTransfer-Encoding: gzip, chunked\r\nContent-Length: 9\r\n\r\n",
    expected: { status: 304, body: "", ends: [true] },
  },
  {
    name: "204 with both headers",
    wire: "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n",
    expected: { status: 204, ends: [true] },
  },
  {
    name: "a header on several lines",
    wire: "HTTP/1.1 200 OK\r\nA: b\r\n folded\r\nX-Process-Time: 1 \r\n\t2\r\n  3\r\nContent-Length: 2\r\n\r\nok",
    expected: { header: "1 2 3", body: "ok", ends: [true] },
  },
  {
    name: "chunk sizes with many zeros in front",
    wire: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0000000000000005\r\nhello\r\n0000000000000000\r\n\r\n",
    expected: { body: "hello", ends: [true] },
  },
  {
    name: "HEAD with both headers",
    wire: "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nTransfer-Encoding: chunked\r\n\r\n",
    expected: { status: 200, body: "", ends: [true] },
    head: true,
  },
  {
    name: "the answer to HEAD has no body",
    wire: "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
    expected: { status: 200, body: "", ends: [true] },
    head: true,
  },
  {
    name: "equal lengths twice",
    wire: "HTTP/1.1 200 OK\r\nContent-Length: 3, 3\r\nContent-Length: 3\r\n\r\nabc",
    expected: { body: "abc", ends: [true] },
  },
];

describe("ResponseParser", () => {
  describe.each(recordings)("$name", ({ wire, expected, head = false, thenClose = false }) => {
    const bytes = bytesOf(wire);
    const wanted = { error: undefined, closing: undefined, ...expected };

    it("reads it whole", () => {
      expect(read([bytes], { head, thenClose })).toMatchObject(wanted);
    });

    it("reads it cut at every byte, and byte by byte", () => {
      for (let cut = 1; cut < bytes.length; cut += 1)
        expect(read([bytes.subarray(0, cut), bytes.subarray(cut)], { head, thenClose })).toMatchObject(
          wanted,
        );
      expect(
        read(
          Array.from(bytes, (byte) => Uint8Array.of(byte)),
          { head, thenClose },
        ),
      ).toMatchObject(wanted);
    });

    it("says what is missing when the connection closes anywhere before the end", () => {
      if (thenClose) return;
      for (let cut = 0; cut < bytes.length; cut += 1) {
        const { closing, ends } = read([bytes.subarray(0, cut)], { head, thenClose: true });
        expect(ends).toEqual([]);
        expect(closing).toMatch(cut === 0 ? /^closed-before-answer$/ : /^closed-in-(head|body)$/);
      }
    });
  });

  it.each([
    ["SSH-2.0-OpenSSH_9.2\r\n", "malformed-status-line"],
    ["<html>", "malformed-status-line"],
    ["HTTP/2.0 200 OK\r\n\r\n", "malformed-status-line"],
    ["HTTP/1.1 20 OK\r\n\r\n", "malformed-status-line"],
    ["HTTP/1.1 2000\r\n\r\n", "malformed-status-line"],
    ["HTTP/1.1 099 No\r\n\r\n", "malformed-status-line"],
    ["HTTP/1.1 200 OK\r\nno colon here\r\n\r\n", "malformed-header"],
    ["HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\n", "malformed-header"],
    ["HTTP/1.1 200 OK\r\n A: b\r\n\r\n", "malformed-header"],
    ["HTTP/1.1 200 OK\r\nContent-Length: 1\r\n 2\r\n\r\n", "malformed-header"],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\t\r\n , gzip\r\n\r\n", "malformed-header"],
    ["HTTP/1.1 200 OK\r\nA: b\rC: d\r\n\r\n", "malformed-header"],
    ["HTTP/1.1 200 OK\r\nA: b\0\r\n\r\n", "malformed-header"],
    ["HTTP/1.1 200 O\rK\r\n\r\n", "malformed-status-line"],
    ["HTTP/1.1 200 OK\r\n: empty\r\n\r\n", "malformed-header"],
    ["HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "malformed-content-length"],
    ["HTTP/1.1 200 OK\r\nContent-Length: 1e3\r\n\r\n", "malformed-content-length"],
    ["HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", "malformed-content-length"],
    ["HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", "malformed-content-length"],
    ["HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "conflicting-lengths"],
    ["HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "conflicting-lengths"],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "unsupported-transfer-coding"],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n", "malformed-chunk-size"],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\rx", "malformed-chunk-size"],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffff\r\n", "chunk-size-overflow"],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc", "missing-chunk-end"],
    ["HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "unexpected-upgrade"],
    ["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n", "unexpected-bytes"],
    ["HTTP/1.1 204 No Content\r\n\r\nx", "unexpected-bytes"],
    ["HTTP/1.1 204 No Content\r\n\r\n\r\n\r\n", "unexpected-bytes"],
  ])("%j is %s, in one piece and byte by byte", (wire, error) => {
    expect(read([bytesOf(wire)])).toMatchObject({ error, ends: [] });
    expect(read(Array.from(bytesOf(wire), (byte) => Uint8Array.of(byte))).error).toBe(error);
  });

  it("ends what has no end: headers, a status line, interim answers, chunk extensions, trailers", () => {
    const piece = bytesOf("x".repeat(1000));
    const endless = (start: string, repeated: Uint8Array): string | undefined =>
      read([bytesOf(start), ...Array.from({ length: 200 }, () => repeated)]).error;
    expect(endless("HTTP/1.1 200 OK\r\nX: ", piece)).toBe("header-too-large");
    expect(endless("HTTP/1.1 200 OK\r\n", bytesOf(`A: ${"b".repeat(990)}\r\n`))).toBe("header-too-large");
    expect(endless("HTTP/1.1 200 ", piece)).toBe("malformed-status-line");
    expect(endless("", bytesOf("HTTP/1.1 100 Continue\r\n\r\n"))).toBe("too-many-interim-answers");
    const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    expect(endless(`${chunked}5;`, piece)).toBe("chunk-line-too-long");
    expect(endless(`${chunked}0\r\nX: `, piece)).toBe("header-too-large");
  });

  it("reads any body, in any chunks, in any pieces", () => {
    const part = fc.uint8Array({ minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }),
        (parts, cuts) => {
          const body = Buffer.concat(parts).toString("latin1");
          const chunks = parts.map(
            (one) => `${one.length.toString(16)}\r\n${Buffer.from(one).toString("latin1")}\r\n`,
          );
          const forms = [
            `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
            `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks.join("")}0\r\n\r\n`,
          ];
          for (const form of forms) {
            const bytes = bytesOf(form);
            const pieces: Uint8Array[] = [];
            for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
              const next = at + cuts.at(turn % cuts.length)!;
              pieces.push(bytes.subarray(at, next));
              at = next;
            }
            expect(read(pieces)).toMatchObject({ status: 200, body, ends: [true], error: undefined });
          }
        },
      ),
    );
  });

  it("never throws and never reports more than one end, whatever the bytes", () => {
    const pieces = fc.array(
      fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc
          .constantFrom(
            "HTTP/1.1 200 OK\r\n",
            "Content-Length: 3\r\n",
            "\r\n",
            "3\r\nabc\r\n",
            "Transfer-Encoding: chunked\r\n",
            "0\r\n\r\n",
          )
          .map(bytesOf),
      ),
    );
    fc.assert(
      fc.property(pieces, (given) => {
        expect(read(given, { thenClose: true }).ends.length).toBeLessThanOrEqual(1);
      }),
    );
  });
});
