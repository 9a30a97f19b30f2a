import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Code } from "./trusted";

type Rules = { createScriptURL(input: string): string };

let trustedScript: (code: Code) => string;

beforeEach(async () => {
  vi.resetModules();
  ({ trustedScript } = await import("./trusted"));
});
afterEach(() => vi.unstubAllGlobals());

const text = async (address: string): Promise<string> => (await fetch(address)).text();

test("gives the code an address of this page, always the same", async () => {
  const one = trustedScript("self.a = 1" as Code);
  expect(one).toMatch(/^blob:/);
  expect(await text(one)).toBe("self.a = 1");
  expect(trustedScript("self.a = 1" as Code)).toBe(one);
  expect(trustedScript("self.a = 2" as Code)).not.toBe(one);
});

test("makes one policy, and it passes no other address [P24]", () => {
  const createPolicy = vi.fn((_name: string, rules: Rules) => rules);
  vi.stubGlobal("trustedTypes", { createPolicy });
  const own = trustedScript("self.a = 1" as Code);
  expect(trustedScript("self.a = 2" as Code)).toMatch(/^blob:/);
  expect(createPolicy).toHaveBeenCalledTimes(1);
  const [name, rules] = createPolicy.mock.calls[0] ?? [];
  expect(name).toBe("aparte");
  expect(rules?.createScriptURL(own)).toBe(own);
  const foreign = URL.createObjectURL(new Blob(["self.a = 1"]));
  for (const address of [foreign, "/assets/a.js", "https://meet.example/assets/a.js", "data:text/javascript,1", ""]) {
    expect(() => rules?.createScriptURL(address)).toThrow(TypeError);
  }
});
