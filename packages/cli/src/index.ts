export { defineConfig, type WeirConfig } from "./config/define-config.ts";
