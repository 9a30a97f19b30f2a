/**
 * Scenarios that implementations recorded with each other, 1,204 in all. None of them asks a receiver for what this one
 * refuses (ReInit, branches): those around a ReInit or a branch are the entries into groups before it.
 */
import { vi } from "vitest";
import { followed } from "./passive.node";

vi.setConfig({ testTimeout: 180_000 });

followed("mls-passive-interop/application.json", 42);
followed("mls-passive-interop/branch.json", 224);
followed("mls-passive-interop/commit.json", 308);
followed("mls-passive-interop/external_join.json", 42);
followed("mls-passive-interop/external_proposals.json", 196);
followed("mls-passive-interop/reinit.json", 336);
followed("mls-passive-interop/welcome_join.json", 56);
