import { askOnce } from "@weir/load";
import type { CheckRow, SuiteContext } from "../suite.ts";
import type { AgentStory } from "./agent-story.ts";
import { heldTo, told } from "./rows.ts";

const timeoutMs = 10_000;

/** An agent as `GET /v1/agents` lists it. */
interface ListedAgent {
  readonly id: string;
  readonly turns: number | undefined;
}

/**
 * Where the server lists the agents that it remembers (`GET /v1/agents`, as Weir does): whether what it lists of these is
 * theirs, and whether somebody without their key sees them. No rows where it has no such list.
 */
export async function checkAgentList(
  context: SuiteContext,
  stories: readonly AgentStory[],
): Promise<readonly CheckRow[]> {
  const listed = await readAgentList(context, context.base.headers);
  if (!Array.isArray(listed)) return [];
  const asked = new Map(
    stories.map(({ id, turns, failed, refused, restarted }) => [
      id,
      turns.length + failed + refused + restarted,
    ]),
  );
  const ours = listed.filter(({ id }) => asked.has(id));
  const strange = ours.filter(({ id, turns }) => turns !== undefined && turns > asked.get(id)!);
  const rows = [
    told({
      key: "listed",
      metric: "of these agents in GET /v1/agents",
      unit: "count",
      value: new Set(ours.map(({ id }) => id)).size,
    }),
    heldTo(
      {
        key: "listed-strange",
        metric: "agents listed with more turns than they had",
        unit: "count",
        value: strange.length,
      },
      0,
    ),
  ];
  return [...rows, await checkWithoutKey(context, asked)];
}

async function checkWithoutKey(context: SuiteContext, ours: ReadonlyMap<string, number>): Promise<CheckRow> {
  const figure = {
    key: "seen-without-key",
    metric: "of these agents seen without their key",
    unit: "count",
  } as const;
  const { headers } = context.base;
  const others = Object.entries(headers).filter(([name]) => !/^(?:authorization|x-api-key)$/i.test(name));
  if (others.length === Object.keys(headers).length)
    return told({
      ...figure,
      value: null,
      why: "no key to leave out (--key-env)",
    });
  const seen = await readAgentList(context, Object.fromEntries(others));
  if (seen === "silent") return heldTo({ ...figure, value: null, why: "the server did not answer" }, 0);
  const visible = seen === "refused" ? [] : seen.filter(({ id }) => ours.has(id));
  return heldTo(
    { ...figure, value: visible.length },
    0,
    "Let the server ask for keys, and list each key its own agents.",
  );
}

async function readAgentList(
  { url, base, signal }: SuiteContext,
  headers: Readonly<Record<string, string>>,
): Promise<readonly ListedAgent[] | "refused" | "silent"> {
  const asked = await askOnce(
    url,
    { method: "GET", path: "/v1/agents", headers },
    { ...base.connection, connectTimeoutMs: timeoutMs, timeoutMs, signal },
  );
  if (asked.kind === "failed") return "silent";
  if (asked.status !== 200) return "refused";
  try {
    const { data } = JSON.parse(Buffer.from(asked.body).toString()) as { readonly data?: unknown };
    return Array.isArray(data) ? data.flatMap(toListedAgent) : "refused";
  } catch {
    return "refused";
  }
}

function toListedAgent(value: unknown): readonly ListedAgent[] {
  const { id, turns } = (value ?? {}) as { readonly id?: unknown; readonly turns?: unknown };
  return typeof id === "string" ? [{ id, turns: typeof turns === "number" ? turns : undefined }] : [];
}
