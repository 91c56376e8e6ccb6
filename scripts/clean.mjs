// Removes what a build leaves. `tsc -b` trusts its build information, so it goes together with the output.
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const packages = fileURLToPath(new URL("../packages", import.meta.url));
for (const name of readdirSync(packages))
  rmSync(join(packages, name, "dist"), { recursive: true, force: true });
