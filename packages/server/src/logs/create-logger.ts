import { pino, stdTimeFunctions, type DestinationStream, type Logger } from "pino";

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "silent";

export interface LoggerOptions {
  /** Lines below it are not written. @default "info" */
  readonly level?: LogLevel;
  /** Takes whole lines. @default standard error, written without holding the server up */
  readonly destination?: DestinationStream;
}

/** A logger of JSON lines: time (ISO 8601, UTC), level by name, msg, and fields. */
export function createLogger({ level = "info", destination }: LoggerOptions = {}): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination ?? pino.destination({ dest: 2, sync: false }),
  );
}
