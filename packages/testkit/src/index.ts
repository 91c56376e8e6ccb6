export { startWeir, type WeirOptions } from "./start-weir.ts";
