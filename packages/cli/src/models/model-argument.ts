import { basename, dirname, extname } from "node:path";
import { isRemoteUrl } from "@weir/server";
import { parseHubName } from "./hub-name.ts";

/**
 * What `--model` says: the name to serve under, and a folder or an .onnx file in one, a .gguf file, a reference model's name, the name of
 * a pulled model or another server's address.
 */
export interface ModelArgument {
  readonly name: string;
  readonly source: string;
}

/**
 * `NAME=PATH` or `NAME=URL`; or a path, reference name or `ORG/NAME@REVISION` alone, whose last part before the revision is
 * then the name, of a file that of its folder; or `URL#MODEL` alone, whose model is. The name is empty where there is none.
 */
export function parseModelArgument(argument: string): ModelArgument {
  if (isRemoteUrl(argument)) return { name: /#(.*)$/s.exec(argument)?.[1] ?? "", source: argument };
  const at = argument.indexOf("=");
  const source = at === -1 ? argument : argument.slice(at + 1);
  return { name: at === -1 ? nameOf(source) : argument.slice(0, at), source };
}

function nameOf(source: string): string {
  // A revision is no part of a model's name.
  const named = parseHubName(source);
  if (named?.revision !== undefined) return basename(named.repository);
  if (extname(source).toLowerCase() === ".gguf") return basename(source).slice(0, -".gguf".length);
  if (extname(source) !== ".onnx") return basename(source);
  const folder = dirname(source);
  const model = basename(folder) === "onnx" ? dirname(folder) : folder;
  const name = basename(model);
  return name === "" || name === "." || name === ".." ? basename(source, ".onnx") : name;
}
