/**
 * Text from outside goes through a template as a placeholder and is put back afterwards, so that a template can neither
 * look into it nor be steered by it, and it stays known which parts of the prompt came from outside.
 *
 * A placeholder is `\uE000 NUMBER " \uE001`. The quote tells how often the template wrote it as JSON: each time
 * puts backslashes before it. White space at the ends stays outside, where the template trims it or not.
 */
export interface GuardedTexts {
  /** `required`: a template that leaves it out has not said what was asked. */
  guard(text: string, required: boolean): string;
  /** The prompt in parts; undefined where a required text was left out. */
  restore(rendered: string): readonly PromptPart[] | undefined;
}

/** `trusted`: the template wrote it. */
export interface PromptPart {
  readonly text: string;
  readonly trusted: boolean;
}

export function createGuardedTexts(): GuardedTexts {
  const texts: { readonly text: string; readonly required: boolean }[] = [];
  return {
    guard(text, required) {
      const inner = text.trim();
      if (inner === "") return text;
      const start = text.indexOf(inner);
      texts.push({ text: inner, required });
      return `${text.slice(0, start)}\uE000${texts.length - 1}"\uE001${text.slice(start + inner.length)}`;
    },
    restore(rendered) {
      const parts: PromptPart[] = [];
      const seen = new Set<number>();
      let done = 0;
      for (const match of rendered.matchAll(/\uE000(\d+)(\\*)"\uE001/g)) {
        const index = Number(match[1]);
        const guarded = texts[index];
        if (guarded === undefined) continue;
        if (match.index > done) parts.push({ text: rendered.slice(done, match.index), trusted: true });
        // Written as JSON n times there are 2^n - 1 backslashes before the quote.
        const depth = Math.log2(match[2]!.length + 1);
        parts.push({ text: escapeJson(guarded.text, depth), trusted: false });
        seen.add(index);
        done = match.index + match[0].length;
      }
      if (texts.some(({ required }, index) => required && !seen.has(index))) return undefined;
      if (done < rendered.length) parts.push({ text: rendered.slice(done), trusted: true });
      return parts;
    },
  };
}

/**
 * A JSON value whose strings and keys are guarded where they could hold a control token: all of those in use begin with
 * `<` or `[`. The others stay as they are, since templates look into schemas.
 */
export function guardValue(texts: GuardedTexts, value: unknown): unknown {
  if (typeof value === "string") return /[<[\uE000\uE001]/.test(value) ? texts.guard(value, false) : value;
  if (Array.isArray(value)) return value.map((item) => guardValue(texts, item));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [guardValue(texts, key) as string, guardValue(texts, item)]),
  );
}

function escapeJson(text: string, depth: number): string {
  let escaped = text;
  for (let times = 0; times < depth; times += 1) escaped = JSON.stringify(escaped).slice(1, -1);
  return escaped;
}
