/** Our decoders by name: what they read, written again. A refusal is the rule or reason; any other error is a fault. */

import { decode, type Encodable, type Reader } from "../../src/core/mls/codec";
import { MlsError } from "../../src/core/mls/errors";
import { KeyPackage } from "../../src/core/mls/keypackage";
import { LeafNode } from "../../src/core/mls/leaf";
import { readMessage, writeMessage } from "../../src/core/mls/message";
import { readProposalOrRef } from "../../src/core/mls/proposals";
import { Tree } from "../../src/core/mls/tree";
import { decodeClient, decodeServer, encodeClient, encodeServer } from "../../src/core/wire/control";
import { WireError } from "../../src/core/wire/errors";
import { buildHeader, parseHeader } from "../../src/core/wire/header";
import { suiteWith } from "../../src/e2ee/mls/suites.node";
import { SealError } from "../../src/e2ee/sframe/errors";
import { buildSFrameHeader, parseSFrameHeader } from "../../src/e2ee/sframe/header";
import type { Said } from "./orders";

const MAX = 1 << 22;

type Decoder = (octets: Uint8Array) => Uint8Array;

const part =
  (read: (reader: Reader) => Encodable): Decoder =>
  (octets) =>
    decode(octets, read).encoded;

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A text message comes as text: a browser ends a link that sends anything else, before a decoder of ours sees it. */
const control =
  <T>(read: (text: string) => T, write: (message: T) => string): Decoder =>
  (octets) => {
    let text: string;
    try {
      text = UTF8.decode(octets);
    } catch {
      throw new WireError("malformed");
    }
    return new TextEncoder().encode(write(read(text)));
  };

const DECODERS: Readonly<Record<string, Decoder>> = {
  message: (octets) => writeMessage(readMessage(octets, MAX)),
  tree: (octets) => Tree.decode(suiteWith(1).public, octets).encoded,
  key_package: part(KeyPackage.read),
  leaf: part(LeafNode.read),
  proposal: part(readProposalOrRef),
  sframe: (octets) => {
    const { kid, ctr } = parseSFrameHeader(octets);
    return buildSFrameHeader(kid, ctr);
  },
  header: (octets) => buildHeader(parseHeader(octets)),
  client: control(decodeClient, encodeClient),
  server: control(decodeServer, encodeServer),
};

export const decoders = Object.fromEntries(
  Object.entries(DECODERS).map(([name, decoder]) => [name, (octets: Uint8Array): Said => told(decoder, octets)]),
);

function told(decoder: Decoder, octets: Uint8Array): Said {
  try {
    return decoder(octets);
  } catch (error) {
    if (error instanceof MlsError) return error.rule.id;
    if (error instanceof WireError || error instanceof SealError) return error.reason;
    throw error;
  }
}
