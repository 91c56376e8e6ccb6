import type { Suite } from "../suite.ts";
import { bulkLoad } from "./bulk-load.ts";
import { cacheHits } from "./cache-hits.ts";
import { desktopLife } from "./desktop-life.ts";
import { searchBox } from "./search-box.ts";

/** What applications do with embeddings. */
export const embeddingSuites: readonly Suite[] = [bulkLoad, searchBox, cacheHits, desktopLife];
