import type { ChatEvent } from "@weir/protocol";
import type { CallFormat } from "./call-format.ts";
import { CallReader, type CallStep } from "./call-reader.ts";
import { EventJoiner } from "./event-joiner.ts";
import { NamedCallReader } from "./named-call-reader.ts";

/** Turns what a model writes into events, whichever way it is cut. */
export interface AnswerParser {
  /** `text` with the texts of control tokens that the family marks calls and thoughts with, without its end token. */
  push(text: string): readonly ChatEvent[];
  /** What was held back. No `finish`: why it ended is not in the text. */
  end(): readonly ChatEvent[];
}

export interface AnswerParserOptions {
  readonly thinking: { readonly open: string; readonly close: string } | undefined;
  /** The prompt has opened the thoughts already. */
  readonly beginsThinking: boolean;
  readonly format: CallFormat;
  /** What may be called. Empty: calls are text. */
  readonly toolNames: ReadonlySet<string>;
  /** A new id for each call. */
  readonly createId: () => string;
}

type Mode =
  | { readonly kind: "thinking" }
  | { readonly kind: "text" }
  /** In a call, after its opener. */
  | {
      readonly kind: "call";
      readonly reader: CallReader | NamedCallReader;
      readonly opener: string;
      readonly listed: boolean;
    }
  /** After an opener: which of the format's ways follows. */
  | { readonly kind: "opened"; readonly opener: string }
  /** After a call: its closer, the next of a list, or what follows the calls. */
  | { readonly kind: "closing"; readonly listed: boolean };

/** White space before a mark does not belong to the text; longer runs are not held back for it. */
const longestHeldSpace = 64;

export function createAnswerParser(options: AnswerParserOptions): AnswerParser {
  const { thinking, format, toolNames } = options;
  const events = new EventJoiner();
  const calls = toolNames.size > 0;
  let mode: Mode = options.beginsThinking && thinking !== undefined ? { kind: "thinking" } : { kind: "text" };
  let held = "";
  let skipsSpace = mode.kind === "thinking";
  /** Nothing but white space has come: only here thoughts and bare calls begin. */
  let fresh = true;
  let callCount = 0;

  const marks = (): readonly string[] => {
    if (mode.kind === "thinking") return [thinking!.close];
    const openers = calls ? format.openers : [];
    if (!fresh) return openers;
    return [
      ...openers,
      ...(thinking === undefined ? [] : [thinking.open]),
      ...(calls && format.bare ? ["{"] : []),
    ];
  };

  const say = (text: string): void => {
    if (text === "") return;
    if (skipsSpace && text.trim() === "") return;
    skipsSpace = false;
    if (mode.kind === "thinking") events.add({ kind: "reasoning", text });
    else {
      fresh = false;
      events.add({ kind: "text", text });
    }
  };

  const meet = (mark: string): void => {
    if (mark === thinking?.close && mode.kind === "thinking") {
      mode = { kind: "text" };
      skipsSpace = true;
    } else if (mark === thinking?.open) {
      mode = { kind: "thinking" };
      skipsSpace = true;
    } else if (mark === "{") {
      mode = { kind: "call", reader: new CallReader(toolNames), opener: "", listed: false };
      feed(mark);
    } else {
      mode = { kind: "opened", opener: mark };
    }
  };

  const feedText = (char: string): void => {
    held += char;
    while (held !== "") {
      const known = marks();
      const begun = held.trimStart();
      const whole = known.find((mark) => mark === begun);
      if (whole !== undefined) {
        held = "";
        meet(whole);
        return;
      }
      if (
        begun === ""
          ? known.length > 0 && held.length <= longestHeldSpace
          : known.some((mark) => mark.startsWith(begun))
      )
        return;
      say(held.charAt(0));
      held = held.slice(1);
    }
  };

  /** What looked like a call is text, its opener included. */
  const sayAsText = (text: string): void => {
    mode = { kind: "text" };
    skipsSpace = false;
    say(text);
  };

  const take = (step: CallStep, opener: string, listed: boolean): void => {
    switch (step.kind) {
      case "more":
        return;
      case "begin":
      case "whole":
        events.add({ kind: "tool-call", index: callCount, id: options.createId(), name: step.name });
        events.add({ kind: "tool-arguments", index: callCount, json: step.json });
        callCount += 1;
        fresh = false;
        if (step.kind === "whole") mode = { kind: "closing", listed };
        return;
      case "arguments":
        events.add({ kind: "tool-arguments", index: callCount - 1, json: step.json });
        return;
      case "done":
        events.add({ kind: "tool-arguments", index: callCount - 1, json: step.json });
        mode = { kind: "closing", listed };
        for (const char of step.rest) feed(char);
        return;
      case "text":
        sayAsText(opener + step.text);
    }
  };

  const feedOpened = (char: string, opener: string): void => {
    const read = opener + char;
    const listed = opener.trimEnd().endsWith("[");
    if (char.trim() === "" || (char === "[" && format.listed && !listed)) {
      mode = { kind: "opened", opener: read };
    } else if (char === "{") {
      mode = { kind: "call", reader: new CallReader(toolNames), opener, listed };
      feed(char);
    } else if (format.namedBy !== undefined && !listed && /[\w-]/.test(char)) {
      mode = { kind: "call", reader: new NamedCallReader(toolNames, format.namedBy), opener, listed };
      feed(char);
    } else {
      sayAsText(read);
    }
  };

  const feedClosing = (char: string, listed: boolean): void => {
    if (held === "" && char.trim() === "") return;
    if (listed && held === "" && char === ",") return;
    if (listed && held === "" && char === "]") {
      mode = { kind: "text" };
      skipsSpace = true;
      return;
    }
    if ((listed || format.bare) && held === "" && char === "{") {
      mode = { kind: "call", reader: new CallReader(toolNames), opener: "", listed };
      feed(char);
      return;
    }
    // Several calls without marks around them are parted by a semicolon.
    if (format.bare && held === "" && char === ";") return;
    held += char;
    if (format.closer === held) held = "";
    else if (format.closer?.startsWith(held) === true) return;
    const rest = held;
    held = "";
    mode = { kind: "text" };
    skipsSpace = true;
    for (const again of rest) feed(again);
  };

  const feed = (char: string): void => {
    switch (mode.kind) {
      case "text":
      case "thinking":
        feedText(char);
        return;
      case "opened":
        feedOpened(char, mode.opener);
        return;
      case "call":
        take(mode.reader.feed(char), mode.opener, mode.listed);
        return;
      case "closing":
        feedClosing(char, mode.listed);
    }
  };

  return {
    push(text) {
      // By code units: where a text is cut must not matter.
      for (let place = 0; place < text.length; place += 1) feed(text.charAt(place));
      return events.take();
    },
    end() {
      if (mode.kind === "call") take(mode.reader.end(), mode.opener, mode.listed);
      else if (mode.kind === "opened") sayAsText(mode.opener);
      const rest = held;
      held = "";
      // After a call or a thought white space at the end is nobody's.
      if (
        mode.kind !== "closing" &&
        (mode.kind !== "thinking" || rest.trim() !== "") &&
        (callCount === 0 || rest.trim() !== "")
      )
        say(rest);
      return events.take();
    },
  };
}
