import { expect, test } from "vitest";
import { AnswerGarbage } from "./answer-garbage.ts";
import { AnswerReader } from "./answer-reader.ts";

interface Read {
  status: number | undefined;
  contentType: string | undefined;
  readonly body: Uint8Array[];
  ended: boolean | undefined;
}

function read(pieces: readonly Uint8Array[], closes = false): Read {
  const got: Read = { status: undefined, contentType: undefined, body: [], ended: undefined };
  const reader = new AnswerReader({
    onHead({ status, header }) {
      got.status = status;
      got.contentType = header("content-type");
    },
    onBody: (bytes) => void got.body.push(bytes),
    onEnd: (reusable) => (got.ended = reusable),
  });
  for (const piece of pieces) {
    // As a socket's buffer does that is read into again.
    const copy = Buffer.from(piece);
    reader.push(copy);
    copy.fill(0x21);
  }
  if (closes) reader.close();
  return got;
}

/** What is given with a body's bytes as the same in one chunk. */
function readFramed(pieces: readonly string[]): (string | undefined)[] {
  const got: (string | undefined)[] = [];
  const reader = new AnswerReader({
    onHead: () => {},
    onBody: (_bytes, framed) => void got.push(framed && Buffer.from(framed).toString()),
    onEnd: () => {},
  });
  for (const piece of ["HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n", ...pieces])
    reader.push(bytesOf(piece));
  return got;
}

const textOf = ({ body }: Read): string => Buffer.concat(body).toString();
const bytesOf = (text: string): Buffer => Buffer.from(text.replaceAll("\n", "\r\n"), "utf8");

const recordings: readonly (readonly [name: string, bytes: Buffer, closes: boolean, reusable: boolean])[] = [
  [
    "chunks",
    bytesOf(
      "HTTP/1.1 200 OK\nContent-Type: text/event-stream\nTransfer-Encoding: chunked\n\n6\ndäta!\n4;ext=1\nmore\n0\nTrailer: x\n\n",
    ),
    false,
    true,
  ],
  [
    "a length",
    bytesOf("HTTP/1.1 200 OK\nContent-Type: text/event-stream\nContent-Length: 10\n\ndäta!more"),
    false,
    true,
  ],
  ["a close", bytesOf("HTTP/1.0 200 OK\ncontent-type:text/event-stream\n\ndäta!more"), true, false],
  [
    "an interim answer before",
    bytesOf(
      "HTTP/1.1 103 Early Hints\nLink: x\n\nHTTP/1.1 200 OK\nContent-Type: text/event-stream\nContent-Length: 10\nConnection: close\n\ndäta!more",
    ),
    false,
    false,
  ],
];

test.each(recordings)("an answer with %s is read wherever it is cut", (_name, bytes, closes, reusable) => {
  const cuts = [
    [bytes],
    Array.from(bytes, (_, index) => bytes.subarray(index, index + 1)),
    ...Array.from(bytes, (_, index) =>
      [bytes.subarray(0, index), bytes.subarray(index)].filter((part) => part.length > 0),
    ),
  ];
  for (const pieces of cuts) {
    const got = read(pieces, closes);
    expect({ ...got, body: textOf(got) }).toEqual({
      status: 200,
      contentType: "text/event-stream",
      body: "däta!more",
      ended: reusable,
    });
  }
});

test("the chunks of one read are one piece of the body", () => {
  const got = read([bytesOf("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n1\na\n1\nb\n1\nc\n")]);
  expect(got.body.map((piece) => Buffer.from(piece).toString())).toEqual(["abc"]);
  expect(got.ended).toBeUndefined();
});

test.each([
  ["no HTTP", "SSH-2.0-OpenSSH_9.6\n"],
  ["no status", "HTTP/1.1 OK\n\n"],
  ["a header without a name", "HTTP/1.1 200 OK\n: x\n\n"],
  ["a length that is none", "HTTP/1.1 200 OK\nContent-Length: 1,1\n\n"],
  ["a chunk without a length", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nxyz\n"],
  ["a chunk of another length", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n1\nab\n"],
  ["more than an answer", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", "x"],
])("%s is garbage", (_name, ...pieces) => {
  expect(() => read(pieces.map(bytesOf))).toThrow(AnswerGarbage);
});

test("an answer that is cut off is not whole", () => {
  expect(() => read([bytesOf("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nab")], true)).toThrow(
    AnswerGarbage,
  );
  expect(() => read([bytesOf("HTTP/1.1 200 OK\nContent-Length: 3\n\nab")], true)).toThrow(AnswerGarbage);
  expect(() => read([bytesOf("HTTP/1.1 200 OK\nContent-Le")], true)).toThrow(AnswerGarbage);
});

test("a read that is one whole chunk is given as that too, any other is not", () => {
  expect(readFramed(["5\nfirst\n", "0006\nsecond\n", "A\n0123456789\n"])).toEqual([
    "5\r\nfirst\r\n",
    "0006\r\nsecond\r\n",
    "A\r\n0123456789\r\n",
  ]);
  expect(readFramed(["5;ext=1\nfirst\n"])).toEqual([undefined]);
  expect(readFramed(["1\na\n1\nb\n"])).toEqual([undefined]);
  expect(readFramed(["5\nfir", "st\n6\nsecond\n", "5\nthird\n"])).toEqual([
    undefined,
    undefined,
    "5\r\nthird\r\n",
  ]);
  expect(readFramed(["5\nfirst\n0\n\n"])).toEqual([undefined]);
});
