import type { NativeModel } from "./addon.ts";

/** What tokens are as text. */
export interface TokenBytes {
  /** UTF-8 of one token; several may make up one character. Special tokens are their names. */
  of(token: number): Uint8Array;
  /** Whether the token is no text but a mark, e.g. of a turn's beginning. */
  isControl(token: number): boolean;
}

// llama.h, enum llama_token_attr
const controlBit = 8;
const plainBits = 1 | controlBit | 16;
const byteBit = 32;

const encoder = new TextEncoder();

/**
 * Bytes instead of llama.cpp's own text, in which a character that is spread over tokens is lost. `vocabulary` is
 * tokenizer.ggml.model of the file.
 */
export function createTokenBytes(model: NativeModel, vocabulary: string): TokenBytes {
  const known: Uint8Array[] = [];
  const toBytes = vocabulary === "gpt2" ? fromByteLetters : fromPieces;

  function read(token: number): Uint8Array {
    const attributes = model.getTokenAttributes(token);
    const name = model.getTokenString(token);
    if ((attributes & plainBits) !== 0) return encoder.encode(name);
    const byte = (attributes & byteBit) === 0 ? null : /^<0x([0-9A-Fa-f]{2})>$/.exec(name);
    if (byte !== null) return Uint8Array.of(Number.parseInt(byte[1] ?? "", 16));
    return isKnownKind(vocabulary)
      ? toBytes(name)
      : encoder.encode(model.detokenize(Uint32Array.of(token), true));
  }

  return {
    of: (token) => (known[token] ??= read(token)),
    isControl: (token) => (model.getTokenAttributes(token) & controlBit) !== 0,
  };
}

// Others have no names from which their bytes follow; their text comes from llama.cpp, one token at a time.
function isKnownKind(vocabulary: string): boolean {
  return vocabulary === "gpt2" || vocabulary === "llama" || vocabulary === "t5" || vocabulary === "gemma4";
}

function fromPieces(name: string): Uint8Array {
  return encoder.encode(name.replaceAll("\u2581", " "));
}

/** Byte-level BPE writes each byte as a letter: printable ones as themselves, the rest from U+0100 on (GPT-2's encoder.py). */
const bytesOfLetters: ReadonlyMap<string, number> = new Map(listByteLetters());

function* listByteLetters(): Generator<[string, number]> {
  let next = 256;
  for (let byte = 0; byte < 256; byte += 1) {
    const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    yield [String.fromCodePoint(printable ? byte : next++), byte];
  }
}

function fromByteLetters(name: string): Uint8Array {
  const bytes: number[] = [];
  for (const letter of name) {
    const byte = bytesOfLetters.get(letter);
    if (byte === undefined) return encoder.encode(name);
    bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}
