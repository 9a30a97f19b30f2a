/** The page judges a password as the server does. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { judge, type Verdict } from "./password";

interface File {
  known: string[];
  passwords: (Verdict & { password: string })[];
}

const file = new URL("../../../../spec/vectors/access/passwords.json", import.meta.url);
const { known, passwords } = JSON.parse(readFileSync(file, "utf8")) as File;

test.each(passwords)("$password", ({ password, ...verdict }) => {
  expect(judge(password, ...known)).toEqual(verdict);
});
