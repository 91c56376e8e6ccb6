import { WeirError } from "@weir/protocol";
import type { HubName } from "../hub-name.ts";
import { defaultEndpoint } from "./resolve-pull-options.ts";

/** What to do where the hub cannot be reached: the files to bring from elsewhere, and what may be in the way. */
export function toOfflineError(
  reason: WeirError,
  { repository, revision = "main" }: HubName,
  endpoint: URL,
  env: Readonly<Record<string, string | undefined>>,
  presentPath: string | undefined,
): WeirError {
  const page = `${endpoint.href.replace(/\/+$/, "")}/${repository}/tree/${revision}`;
  const name = revision === "main" ? repository : `${repository}@${revision}`;
  const present =
    presentPath === undefined
      ? []
      : [`It was pulled before and is still there: weir serve --model ${name} uses ${presentPath}`];
  const proxied = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"].some((name) => env[name]);
  const proxy =
    proxied && env["NODE_USE_ENV_PROXY"] !== "1"
      ? ["A proxy is set in the environment, which Node uses from version 24 on, with NODE_USE_ENV_PROXY=1."]
      : [];
  const mirror = endpoint.href.startsWith(defaultEndpoint)
    ? ["Behind a mirror of the hub: HF_ENDPOINT=https://MIRROR."]
    : [];
  const lines = [
    `${repository} cannot be pulled: ${reason.message}`,
    ...present,
    "Without a network: on a machine that has one, run the same command and copy the folder that it prints; or download from",
    `  ${page}`,
    "  onnx/model.onnx, and where there is such a file onnx/model.onnx_data beside it; config.json, tokenizer.json,",
    "  tokenizer_config.json; and where there are such modules.json with the folders it names, sentence_bert_config.json",
    "  and config_sentence_transformers.json",
    "into one folder with the same names. Bring it here, and serve it with: weir serve --model FOLDER",
    ...proxy,
    ...mirror,
  ];
  return new WeirError("HUB_UNREACHABLE", lines.join("\n"), { cause: reason });
}
