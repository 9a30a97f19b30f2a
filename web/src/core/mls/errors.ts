/** Why MLS refuses something: one numbered rule for each check (spec/checks.md), one stable reason for each rule. */

/** One word for logs, screens and tests; never reworded once released. */
export type Reason =
  // Whoever made the octets is at fault.
  | "malformed"
  | "too-large"
  | "wrong-suite"
  | "unsupported"
  | "forbidden"
  | "bad-psk"
  | "identity"
  | "duplicate-seat"
  | "not-authentic"
  | "replayed"
  | "not-admitted"
  | "no-right"
  | "expired"
  // Sender and receiver have lost each other: nobody need be at fault.
  | "wrong-group"
  | "stale-epoch"
  | "future-epoch"
  | "too-far"
  | "unknown-proposal"
  | "unknown-psk"
  | "not-for-us"
  | "removed"
  // Nobody else is at fault: the secrets of an epoch were wiped by their owner.
  | "erased";

/** A numbered check and the reason of its refusal. */
export interface Rule {
  /** The number in spec/checks.md. */
  readonly id: string;
  /** What breaking this rule is called. */
  readonly reason: Reason;
}

const rule = (id: string, reason: Reason): Rule => Object.freeze({ id, reason });

export const Rule = Object.freeze({
  SIZE: rule("M01", "too-large"),
  ENCODING: rule("M02", "malformed"),
  VERSION: rule("M03", "wrong-suite"),
  WIRE_FORMAT: rule("M04", "forbidden"),
  PROPOSAL_TYPE: rule("M05", "unsupported"),
  CREDENTIAL_TYPE: rule("M06", "unsupported"),
  EXTENSION_TWICE: rule("M07", "malformed"),

  GROUP: rule("F01", "wrong-group"),
  EPOCH_OVER: rule("F02", "stale-epoch"),
  EPOCH_AHEAD: rule("F03", "future-epoch"),
  SENDER: rule("F04", "not-authentic"),
  EXTERNAL_SENDER: rule("F05", "not-authentic"),
  SENDER_CONTENT: rule("F06", "forbidden"),
  CONTENT_SIGNATURE: rule("F07", "not-authentic"),
  APPLICATION_IN_CLEAR: rule("F08", "forbidden"),
  MEMBERSHIP_TAG: rule("F09", "not-authentic"),
  CIPHERTEXT: rule("F10", "not-authentic"),
  PADDING: rule("F11", "malformed"),
  GENERATION_USED: rule("F12", "replayed"),
  GENERATION_AHEAD: rule("F13", "too-far"),
  OWN_MESSAGE: rule("F14", "not-for-us"),

  LEAF_SIGNATURE: rule("L01", "not-authentic"),
  LEAF_SOURCE: rule("L02", "malformed"),
  LEAF_CREDENTIAL: rule("L03", "malformed"),
  LEAF_EXTENSION: rule("L04", "malformed"),
  LEAF_REQUIRED: rule("L05", "unsupported"),
  CREDENTIALS_SHARED: rule("L06", "unsupported"),
  PUBLIC_KEY: rule("L07", "malformed"),
  ENCRYPTION_KEY_UNIQUE: rule("L08", "malformed"),
  SIGNATURE_KEY_UNIQUE: rule("L09", "identity"),

  PACKAGE_SUITE: rule("K01", "wrong-suite"),
  PACKAGE_SIGNATURE: rule("K02", "not-authentic"),
  PACKAGE_KEYS: rule("K03", "malformed"),

  TREE_SHAPE: rule("T01", "malformed"),
  UNMERGED: rule("T02", "malformed"),
  PARENT_HASH: rule("T03", "not-authentic"),
  TREE_HASH: rule("T04", "not-authentic"),

  INFO_SUITE: rule("G01", "wrong-suite"),
  INFO_SIGNATURE: rule("G02", "not-authentic"),
  INFO_TREE: rule("G03", "malformed"),
  INFO_EXTERNAL_PUB: rule("G04", "malformed"),
  INFO_CONFIRMATION: rule("G05", "not-authentic"),
  WELCOME_FOR_US: rule("G06", "not-for-us"),
  WELCOME_OPENS: rule("G07", "not-authentic"),
  WELCOME_PATH: rule("G08", "not-authentic"),

  REFERENCE: rule("P01", "unknown-proposal"),
  OWN_UPDATE: rule("P02", "malformed"),
  LEAF_TWICE: rule("P03", "malformed"),
  OWN_REMOVAL: rule("P04", "forbidden"),
  REMOVED_LEAF: rule("P05", "forbidden"),
  PSK_NONCE: rule("P06", "bad-psk"),
  PSK_TWICE: rule("P07", "bad-psk"),
  PSK_USAGE: rule("P08", "unsupported"),
  PSK_KNOWN: rule("P09", "unknown-psk"),
  ONE_EXTENSIONS: rule("P10", "malformed"),
  EXTENSIONS_SHARED: rule("P11", "unsupported"),
  REINIT: rule("P12", "unsupported"),
  EXTERNAL_INIT: rule("P13", "malformed"),
  UPDATE_SENDER: rule("P14", "malformed"),
  UPDATE_KEY: rule("P15", "malformed"),

  PATH_REQUIRED: rule("C01", "malformed"),
  PATH_LENGTH: rule("C02", "not-authentic"),
  PATH_CIPHERTEXTS: rule("C03", "not-authentic"),
  PATH_PARENT_HASH: rule("C04", "not-authentic"),
  PATH_OPENS: rule("C05", "not-authentic"),
  PATH_KEYS: rule("C06", "not-authentic"),
  CONFIRMATION_TAG: rule("C07", "not-authentic"),
  JOIN_INIT: rule("C08", "malformed"),
  JOIN_PROPOSALS: rule("C09", "malformed"),
  WE_ARE_REMOVED: rule("C10", "removed"),
  EPOCHS_END: rule("C11", "forbidden"),

  ONLY_SUITE: rule("A01", "wrong-suite"),
  GROUP_ID: rule("A02", "malformed"),
  CONTEXT_POLICY: rule("A03", "forbidden"),
  INFO_EXTENSIONS: rule("A04", "forbidden"),
  LEAVES: rule("A05", "too-large"),
  NO_UNMERGED: rule("A06", "forbidden"),
  SOURCES: rule("A07", "forbidden"),
  ONLY_PUBLIC_COMMITS: rule("A08", "forbidden"),
  AUTHENTICATED_DATA: rule("A09", "forbidden"),
  BY_VALUE: rule("A10", "forbidden"),
  MEMBER_PROPOSALS: rule("A11", "forbidden"),
  JOIN_EXACTLY: rule("A12", "forbidden"),
  LINK_PSK: rule("A13", "bad-psk"),
  ALWAYS_A_PATH: rule("A14", "forbidden"),
  CAPABILITIES: rule("A15", "wrong-suite"),
  NO_LEAF_EXTENSIONS: rule("A16", "forbidden"),
  IDENTITY: rule("A17", "identity"),
  IDENTITY_STAYS: rule("A18", "identity"),
  SEAT_UNIQUE: rule("A19", "duplicate-seat"),
  NEW_GROUP: rule("A20", "malformed"),
  OWN_SEAT: rule("A21", "identity"),
  SIGNATURE_KEY: rule("A22", "identity"),
  PERSON: rule("A23", "identity"),
  OPENING: rule("A24", "not-admitted"),
  COMING_IN: rule("A25", "not-admitted"),
  ADMISSION: rule("A26", "not-admitted"),
  POLICY_CHANGE: rule("A27", "no-right"),
  REMOVAL: rule("A28", "no-right"),
  CERTIFICATE_TIME: rule("A29", "expired"),
  KEY_RETURNS: rule("A30", "not-admitted"),
});

/**
 * A message, tree or state that is refused, and nothing has changed.
 *
 * `rule` says which check refused, `reason` why. The text is the reason alone, so that no log can carry content.
 */
export class MlsError extends Error {
  readonly rule: Rule;
  readonly reason: Reason;

  constructor(rule: Rule) {
    super(rule.reason);
    this.name = "MlsError";
    this.rule = rule;
    this.reason = rule.reason;
  }
}

/** Throws `MlsError(rule)` unless the rule holds. */
export function demand(holds: boolean, rule: Rule): asserts holds {
  if (!holds) throw new MlsError(rule);
}
