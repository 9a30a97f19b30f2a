import { afterEach, expect, test, vi } from "vitest";
import { isOwnScript, trustedScript } from "./trusted";

const ORIGIN = "https://meet.example";

test.each(["/assets/session-B4_x.js", "https://meet.example/assets/a.b.js"])("admits our own file %s", (url) => {
  expect(isOwnScript(url, ORIGIN)).toBe(true);
});

test.each([
  "https://evil.example/assets/a.js",
  "//evil.example/assets/a.js",
  "https://meet.example:444/assets/a.js",
  "https://u:p@meet.example/assets/a.js",
  "/assets/../api/x.js",
  "/assets/sub/a.js",
  "/assets/a.js?x",
  "/assets/a.js#x",
  "/a.js",
  "data:text/javascript,1",
  "blob:https://meet.example/1",
  "javascript:1",
  "http://[",
])("refuses %s", (url) => {
  expect(isOwnScript(url, ORIGIN)).toBe(false);
});

afterEach(() => vi.unstubAllGlobals());

test("checks without Trusted Types too, and makes one policy with them", () => {
  vi.stubGlobal("location", { origin: ORIGIN });
  expect(trustedScript("/assets/a.js")).toBe("/assets/a.js");
  expect(() => trustedScript("https://evil.example/assets/a.js")).toThrow(TypeError);
  const createPolicy = vi.fn((_name: string, rules: { createScriptURL(input: string): string }) => rules);
  vi.stubGlobal("trustedTypes", { createPolicy });
  expect(trustedScript("/assets/a.js")).toBe("/assets/a.js");
  expect(() => trustedScript("/elsewhere.js")).toThrow(TypeError);
  expect(createPolicy).toHaveBeenCalledTimes(1);
});
