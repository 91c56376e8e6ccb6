import { WeirError } from "@weir/protocol";

export interface ServerUrl<Dialect extends string> {
  readonly url: string;
  readonly dialect?: Dialect;
  readonly model?: string;
}

/** `[DIALECT+]URL[#MODEL]`; `example` is one that would do. Throws USAGE. */
export function parseServerUrl<Dialect extends string>(
  source: string,
  dialects: readonly Dialect[],
  example: string,
): ServerUrl<Dialect> {
  const invalid = (expected: string): WeirError =>
    new WeirError(
      "USAGE",
      `${JSON.stringify(source)}: expected ${expected}. Write [DIALECT+]URL[#MODEL], e.g. ${example}`,
    );
  const [, prefix, address = "", model] = /^(?:([a-z]+)\+)?([^#]*)(?:#(.*))?$/is.exec(source) ?? [];
  const dialect = dialects.find((name) => name === prefix);
  if (prefix !== undefined && dialect === undefined)
    throw invalid(`one of ${dialects.join(", ")} before the +`);
  if (!URL.canParse(address)) throw invalid("an address such as http://127.0.0.1:9000");
  const url = new URL(address);
  if (!/^https?:$/.test(url.protocol)) throw invalid("an http or https address");
  if (url.username !== "" || url.password !== "") {
    // Not repeated: messages end up in logs.
    const message =
      "expected an address without a user or password. Put the key into a variable: --remote-key-env NAME";
    throw new WeirError("USAGE", message);
  }
  if (model === "") throw invalid("the model's name there behind the #");
  return {
    url: url.href,
    ...(dialect === undefined ? {} : { dialect }),
    ...(model === undefined ? {} : { model: tryDecode(model) }),
  };
}

function tryDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
