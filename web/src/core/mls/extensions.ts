/** Extensions (RFC 9420 section 13.4) and the two that a GroupContext may bring rules with. */

import { concat } from "../octets";
import { decode, type Reader, u16, u16s, Value, vector, vectors } from "./codec";
import { Credential } from "./credential";
import { demand, Rule } from "./errors";

/** The types of RFC 9420; others may stand beside them as plain numbers. */
export const ExtensionType = {
  APPLICATION_ID: 1,
  RATCHET_TREE: 2,
  REQUIRED_CAPABILITIES: 3,
  EXTERNAL_PUB: 4,
  EXTERNAL_SENDERS: 5,
} as const;

/** A type and its octets. */
export class Extension extends Value {
  constructor(
    readonly type: number,
    readonly data: Uint8Array,
  ) {
    super();
  }

  protected write(): Uint8Array {
    return concat(u16(this.type), vector(this.data));
  }

  static read(reader: Reader): Extension {
    return new Extension(reader.u16(), reader.vector());
  }
}

export type Extensions = readonly Extension[];

/** Reads `Extension<V>`; a type may stand there once. */
export function readExtensions(reader: Reader): Extensions {
  const extensions = reader.items(Extension.read);
  demand(new Set(extensions.map(({ type }) => type)).size === extensions.length, Rule.EXTENSION_TWICE);
  return extensions;
}

/** The octets of an extension, or `null`. */
export function find(extensions: Extensions, type: number): Uint8Array | null {
  return extensions.find((extension) => extension.type === type)?.data ?? null;
}

/** What every leaf must be able to do (section 11.1). */
export class RequiredCapabilities extends Value {
  constructor(
    readonly extensions: readonly number[] = [],
    readonly proposals: readonly number[] = [],
    readonly credentials: readonly number[] = [],
  ) {
    super();
  }

  protected write(): Uint8Array {
    return concat(u16s(this.extensions), u16s(this.proposals), u16s(this.credentials));
  }

  static read(reader: Reader): RequiredCapabilities {
    return new RequiredCapabilities(reader.u16s(), reader.u16s(), reader.u16s());
  }
}

/** What a group's extensions demand of its leaves. */
export function requiredCapabilities(extensions: Extensions): RequiredCapabilities {
  const data = find(extensions, ExtensionType.REQUIRED_CAPABILITIES);
  return data === null ? new RequiredCapabilities() : decode(data, RequiredCapabilities.read);
}

/** Somebody outside the group who may propose (section 12.1.8.1). */
export class ExternalSender extends Value {
  constructor(
    readonly signatureKey: Uint8Array,
    readonly credential: Credential,
  ) {
    super();
  }

  protected write(): Uint8Array {
    return concat(vector(this.signatureKey), this.credential.encoded);
  }

  static read(reader: Reader): ExternalSender {
    return new ExternalSender(reader.vector(), Credential.read(reader));
  }
}

/** Who may propose from outside. */
export function externalSenders(extensions: Extensions): readonly ExternalSender[] {
  const data = find(extensions, ExtensionType.EXTERNAL_SENDERS);
  return data === null ? [] : decode(data, (reader) => reader.items(ExternalSender.read));
}

/** The octets of an `external_senders` extension. */
export function externalSendersData(senders: readonly ExternalSender[]): Uint8Array {
  return vectors(senders);
}
