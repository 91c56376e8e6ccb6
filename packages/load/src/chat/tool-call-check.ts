import { WeirError, type ChatTool, type ChatToolCall } from "@weir/protocol";
import { Ajv, type ValidateFunction } from "ajv";
import type { WorkloadChecks } from "../workload.ts";

type TallyName = "tool-turns" | "tool-names" | "tool-json" | "tool-schema" | "text-turns";

/**
 * Counts what tool calls are worth: turns that were due to call a tool and did (`tool-turns`), calls of a tool that was
 * offered (`tool-names`), with arguments that are a JSON object (`tool-json`) and fit the tool's schema (`tool-schema`),
 * and last requests that were answered in text (`text-turns`).
 */
export class ToolCallCheck {
  readonly #validators = new Map<string, ValidateFunction>();
  readonly #tallies: Record<TallyName, { of: number; right: number }> = {
    "tool-turns": { of: 0, right: 0 },
    "tool-names": { of: 0, right: 0 },
    "tool-json": { of: 0, right: 0 },
    "tool-schema": { of: 0, right: 0 },
    "text-turns": { of: 0, right: 0 },
  };

  /** Throws USAGE where there are no tools, or the parameters of one are no JSON Schema. */
  constructor(tools: readonly ChatTool[]) {
    if (tools.length === 0) throw new WeirError("USAGE", "turns of tools need at least one tool, got none");
    const ajv = new Ajv({ strict: false, validateFormats: false });
    for (const { name, parameters } of tools) {
      try {
        this.#validators.set(name, ajv.compile(parameters));
      } catch (cause) {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new WeirError(
          "USAGE",
          `the parameters of tool ${name} must be a JSON Schema, got one that does not compile: ${reason}`,
        );
      }
    }
  }

  get tallies(): NonNullable<WorkloadChecks["tallies"]> {
    return this.#tallies;
  }

  /** Counts an answer where calls were due. */
  takeCalls(calls: readonly ChatToolCall[]): void {
    this.#count("tool-turns", calls.length > 0);
    for (const { name, argumentsJson } of calls) {
      const validate = this.#validators.get(name);
      const values = parseArguments(argumentsJson);
      this.#count("tool-names", validate !== undefined);
      this.#count("tool-json", values !== undefined);
      this.#count("tool-schema", values !== undefined && validate?.(values) === true);
    }
  }

  /** Counts an answer where text was due. */
  takeText(text: string, calls: readonly ChatToolCall[]): void {
    this.#count("text-turns", text !== "" && calls.length === 0);
  }

  #count(name: TallyName, right: boolean): void {
    const tally = this.#tallies[name];
    tally.of += 1;
    if (right) tally.right += 1;
  }
}

/** Arguments of a call; undefined where they are not a JSON object. */
export function parseArguments(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const values = JSON.parse(json) as unknown;
    return typeof values === "object" && values !== null && !Array.isArray(values)
      ? (values as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
