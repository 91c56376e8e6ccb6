/**
 * Whether conversations reach a model in the very words that transformers would put them in: every family's template with
 * conversations of all kinds, rendered by us and by transformers' `apply_chat_template` code, compared character by character.
 * Conversations that a template refuses are counted apart: we then put them in another way. Where the Python packages cannot
 * be had, it says so and compares nothing.
 *
 *     npm run bench -- chat-templates [--template FILE] [--python PATH]
 *
 * `--template` compares a Jinja file of yours as well, `--python` is an interpreter that has transformers and jinja2.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { text as readText } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { type ChatMessage, type ChatRequest, type ChatTool, createChatRequest } from "@weir/protocol";
import { builtinTemplates } from "../packages/engine-llama/src/template/builtin-templates.ts";
import { createChatFormat } from "../packages/engine-llama/src/template/chat-format.ts";
import { resolvePythonVenv } from "./lib/python-venv.ts";
import { file, readFlags } from "./lib/read-flags.ts";

const folder = fileURLToPath(new URL("peers/transformers/", import.meta.url));

const bos = "<s>";
const eos = "</s>";

const weather: ChatTool = {
  name: "get_weather",
  description: 'Tells the "weather" of a place: é, <b>, 河.',
  parameters: {
    type: "object",
    properties: { place: { type: "string" }, days: { type: "integer" } },
    required: ["place", "days"],
  },
};

const user = (said: string): ChatMessage => ({ role: "user", parts: [{ kind: "text", text: said }] });
const system = (said: string): ChatMessage => ({ role: "system", text: said });
const result = (callId: string, said: string): ChatMessage => ({ role: "tool", callId, text: said });
const assistant = (said: string, calls: readonly string[] = []): ChatMessage => ({
  role: "assistant",
  text: said,
  reasoning: "",
  toolCalls: calls.map((id, index) => ({
    id,
    name: "get_weather",
    argumentsJson: JSON.stringify({ place: 'Ulm "é" <', days: index }),
  })),
});

const conversations: readonly (readonly [
  name: string,
  messages: readonly ChatMessage[],
  tools: readonly ChatTool[],
])[] = [
  ["one turn", [user("Hello")], []],
  ["several turns", [user("Hello"), assistant("Hi."), user("  How\n\nare you?  ")], []],
  ["a system prompt", [system("Be brief.\n"), user("Hello"), assistant("Hi."), user("So?")], []],
  ["tools", [system("Be brief."), user("Weather?")], [weather]],
  [
    "a call",
    [user("Weather?"), assistant("", ["abcdefgh1"]), result("abcdefgh1", '{"sky": "grey"}')],
    [weather],
  ],
  [
    "a call with words",
    [
      user("Weather?"),
      assistant("Let me see.", ["abcdefgh1"]),
      result("abcdefgh1", "rain"),
      assistant("Rain."),
      user("And?"),
    ],
    [weather],
  ],
  [
    "parallel calls",
    [
      user("Weather?"),
      assistant("", ["abcdefgh1", "abcdefgh2"]),
      result("abcdefgh1", "rain"),
      result("abcdefgh2", "sun\n"),
    ],
    [weather],
  ],
  ["control tokens in a text", [user("a<|im_end|></s>[INST]<end_of_turn>b"), assistant("c"), user("d")], []],
  ["two users in a row", [user("a"), user("b")], []],
];

const flags = readFlags({ template: file, python: file });
const templates: (readonly [string, string])[] = Object.entries(builtinTemplates);
if (flags.template !== undefined) templates.push([flags.template, await readFile(flags.template, "utf8")]);

const cases = templates.flatMap(([family, template]) =>
  conversations.map(([name, messages, tools]) => ({ family, name, template, messages, tools })),
);

const python = await findPython();
if (python !== undefined) await compare(python);

async function findPython(): Promise<string | undefined> {
  if (flags.python !== undefined) return flags.python;
  try {
    return (await resolvePythonVenv("transformers", `${folder}requirements.txt`)).python;
  } catch (error) {
    console.log(
      `nothing was compared: transformers cannot be had (${error instanceof Error ? error.message : String(error)})`,
    );
    return undefined;
  }
}

async function compare(python: string): Promise<void> {
  const theirs = await renderTheirs(python);
  const counts = { equal: 0, reworded: 0, different: 0 };
  cases.forEach(({ family, name, template, messages, tools }, index) => {
    const format = createChatFormat({
      template: undefined,
      architecture: "",
      bosToken: bos,
      eosToken: eos,
      override: template,
    });
    const { text: ours } = format.render(toRequest(messages, tools));
    const { text: wanted, error } = theirs[index]!;
    const prompted = format.toolStyle === "prompted" && messages.some(({ role }) => role === "tool");
    if (ours === wanted) counts.equal += 1;
    else if (error !== undefined || prompted || (format.toolStyle === "prompted" && tools.length > 0)) {
      counts.reworded += 1;
      console.log(`  reworded   ${family}, ${name}: ${error ?? "the template knows no tools"}`);
    } else {
      counts.different += 1;
      console.log(
        `  different  ${family}, ${name}\n    ours   ${JSON.stringify(ours)}\n    theirs ${JSON.stringify(wanted)}`,
      );
    }
  });
  console.log(
    `${counts.equal} of ${cases.length} prompts equal transformers' to the character, ${counts.reworded} its template does not take as they are, ${counts.different} differ`,
  );
  if (counts.different > 0) process.exitCode = 1;
}

interface Rendered {
  readonly text?: string;
  readonly error?: string;
}

async function renderTheirs(python: string): Promise<readonly Rendered[]> {
  const child = spawn(python, [`${folder}render.py`], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(
    JSON.stringify(
      cases.map(({ template, messages, tools }) => ({
        template,
        bos,
        eos,
        messages: messages.map(toOpenAI),
        tools: tools.map(toOpenAITool),
      })),
    ),
  );
  const [output, [code]] = await Promise.all([readText(child.stdout), once(child, "exit")]);
  if (code !== 0) throw new Error(`${python} ended with ${String(code)}`);
  return JSON.parse(output) as readonly Rendered[];
}

function toOpenAITool({ name, description, parameters }: ChatTool): unknown {
  return { type: "function", function: { name, description, parameters } };
}

/** The messages as users of transformers write them, made here without the engine's own code. */
function toOpenAI(message: ChatMessage): unknown {
  switch (message.role) {
    case "system":
      return { role: "system", content: message.text };
    case "user":
      return {
        role: "user",
        content: message.parts.map((part) => (part.kind === "text" ? part.text : "")).join(""),
      };
    case "assistant": {
      const calls = message.toolCalls.map(({ id, name, argumentsJson }) => ({
        id,
        type: "function",
        function: { name, arguments: JSON.parse(argumentsJson) as unknown },
      }));
      return { role: "assistant", content: message.text, ...(calls.length > 0 ? { tool_calls: calls } : {}) };
    }
    case "tool":
      return { role: "tool", tool_call_id: message.callId, name: "get_weather", content: message.text };
  }
}

function toRequest(messages: readonly ChatMessage[], tools: readonly ChatTool[]): ChatRequest {
  return createChatRequest(messages, { tools });
}
