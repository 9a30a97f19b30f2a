/** The official passive clients. */
import { vi } from "vitest";
import { followed } from "./passive.node";

vi.setConfig({ testTimeout: 180_000 });

followed("mls/passive-client-welcome.json", 56);
followed("mls/passive-client-handling-commit.json", 91);
followed("mls/passive-client-random.json", 1);
