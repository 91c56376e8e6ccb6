/** Longer than any sentence; what is longer is a dump. */
const mostCharacters = 300;

// Frames of JavaScript, of V8's native traces, of glibc's and gdb's, of Python's, of Rust's.
const framePatterns: readonly RegExp[] = [
  /^\s*at\s/,
  /^\s*#?\d+:?\s+0x[\da-f]+/i,
  /^\s*File ".*", line \d+/,
  /\[0x[\da-f]+\]\s*$/i,
  /^\s*\d+:\s+\S+(::\S+)+\s*$/,
];

// What a runtime puts around an error: where it was thrown, a caret below, fields of the error, headings, its own version.
const framingPatterns: readonly RegExp[] = [
  /^\s*$/,
  /^\S*[/\\]?\S+\.\w+:\d+(:\d+)?\)?$/,
  /^[\s^~]+$/,
  /^\s*[{}[\]]+,?\s*$/,
  /^\s+\w+: .*,?$/,
  /^(-+|<-+).*(-+|-+>)\s*$/,
  /^Node\.js v\d/,
  /^Traceback \(most recent call last\):/,
  /^\s*(stack backtrace:|note: run with `RUST_BACKTRACE)/,
];

const errorPattern =
  /^(?:Uncaught |thread '.*' panicked|(?:FATAL|fatal)\b|[\w.$ ]*(?:Error|Exception|error|exception)\b[^:]*:)/;

// oxlint-disable-next-line no-control-regex -- colours are control characters
const colourPattern = /\u001B\[[\d;]*[A-Za-z]/g;

/**
 * What a process that ended had to say, as a client may read it: the last line that is a message, no frame of a stack, its
 * paths cut down to file names. Undefined where there is no such line. Everything that was printed is the operator's.
 */
export function describeLastWords(lines: readonly string[]): string | undefined {
  const messages = lines
    .map((line) => line.replaceAll(colourPattern, "").trimEnd())
    .filter((line) => ![...framePatterns, ...framingPatterns].some((pattern) => pattern.test(line)));
  // Where a runtime printed the error itself, what comes after it is about it.
  const words = messages.findLast((line) => errorPattern.test(line.trim())) ?? messages.at(-1);
  return words === undefined ? undefined : withoutPaths(words.trim()).slice(0, mostCharacters);
}

const quotedPath = /(["'`])((?:file:\/\/)?(?:[a-z]:[\\/]|~?\/|\\\\)[^"'`]*)\1/gi;
const barePath = /(?<![\w/\\])(?:file:\/\/|[a-z]:[\\/]|~?\/|\.{1,2}\/|\\\\)[^\s"'`()<>,;]*/gi;

/** Every path in a text cut down to its file's name, without line numbers. */
export function withoutPaths(text: string): string {
  return text
    .replaceAll(quotedPath, (_, quote: string, path: string) => `${quote}${toFileName(path)}${quote}`)
    .replaceAll(barePath, (path) => toFileName(path));
}

function toFileName(path: string): string {
  const [, stem, end] = /^(.*?)((?::\d+)*[:.]?)$/.exec(path)!;
  const name = stem!.split(/[/\\]/).findLast((part) => part !== "") ?? "";
  return name + (end!.endsWith(":") || end!.endsWith(".") ? end!.slice(-1) : "");
}
