/** Where a caller's trace goes on. Source: W3C Trace Context, level 1, section 3.2. */
export interface TraceParent {
  /** 32 hexadecimal digits, not all 0. */
  readonly traceId: string;
  /** The caller's span: 16 hexadecimal digits, not all 0. */
  readonly spanId: string;
  /** Bit 0: the caller records this trace. */
  readonly traceFlags: number;
}

// Later versions may append fields, version 00 may not; ff is no version.
const pattern = /^(?!ff)([\da-f]{2})-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(-.*)?$/;

/** Undefined where the header is missing or wrong: the trace then starts here, as the standard has it. */
export function parseTraceparent(header: string | readonly string[] | undefined): TraceParent | undefined {
  const match = typeof header === "string" ? pattern.exec(header) : null;
  if (match === null) return undefined;
  const [, version, traceId, spanId, flags, rest] = match;
  if (version === "00" && rest !== undefined) return undefined;
  return { traceId: traceId!, spanId: spanId!, traceFlags: Number.parseInt(flags!, 16) };
}
