export type { ChatEngineModule } from "@weir/engine";
