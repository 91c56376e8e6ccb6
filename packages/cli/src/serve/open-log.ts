import { createLogger, type LogLevel, type ServerOptions } from "@weir/server";
import pretty from "pino-pretty";
import type { TextOutput } from "../command-context.ts";
import type { LogFormat } from "./serve-settings.ts";

export interface Log {
  readonly logger: NonNullable<ServerOptions["logger"]>;
  /** What the lines are: what else is written beside JSON has to be JSON too. */
  readonly format: Exclude<LogFormat, "auto">;
}

/** Lines for people on a terminal, JSON elsewhere, unless told otherwise. */
export function openLog(level: LogLevel, format: LogFormat, output: TextOutput): Log {
  const resolved = format === "auto" ? (output.isTTY === true ? "pretty" : "json") : format;
  const destination = { write: (line: string): void => void output.write(line) };
  if (resolved === "pretty") {
    const toText = pretty.prettyFactory({
      colorize: output.isTTY === true,
      ignore: "pid,hostname",
      translateTime: "SYS:HH:MM:ss.l",
      singleLine: true,
    });
    const write = (line: string): void => void output.write(toText(line));
    return { logger: createLogger({ level, destination: { write } }), format: resolved };
  }
  // Standard error itself is written without holding the server up.
  return { logger: createLogger(output.fd === 2 ? { level } : { level, destination }), format: resolved };
}
