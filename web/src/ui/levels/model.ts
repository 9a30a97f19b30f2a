/** What the screens about security levels share. */

/** What came of saving. `same`: nothing was changed. */
export type Saving =
  | { kind: "done"; version: number }
  | { kind: "same" }
  | { kind: "taken"; taken: "number" | "moment" }
  | { kind: "bad" }
  | { kind: "failed" };

/** Whether a level exists, or becomes one. */
export type Making = "new" | "change";
