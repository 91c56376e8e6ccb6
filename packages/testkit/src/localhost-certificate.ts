import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const read = (name: string): string => readFileSync(new URL(`certificate/${name}`, import.meta.url), "utf8");

/** Of localhost and 127.0.0.1, signed by itself: nobody trusts it who was not told to. */
export const localhostCertificate = {
  key: read("localhost-key.pem"),
  cert: read("localhost-cert.pem"),
  /** What NODE_EXTRA_CA_CERTS takes. */
  certFile: fileURLToPath(new URL("certificate/localhost-cert.pem", import.meta.url)),
} as const;
