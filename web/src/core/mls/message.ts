/** MLSMessage (RFC 9420 section 6): the one form in which anything goes over the wire. */

import { concat } from "../octets";
import { decode, type Reader, u16 } from "./codec";
import { GroupInfo } from "./context";
import { demand, MlsError, Rule } from "./errors";
import { PrivateMessage, PublicMessage, WireFormat } from "./framing";
import { KeyPackage } from "./keypackage";
import { VERSION } from "./suites";
import { Welcome } from "./welcome";

export type Message = PublicMessage | PrivateMessage | Welcome | GroupInfo | KeyPackage;

/** The octets of an `MLSMessage`. */
export function writeMessage(message: Message): Uint8Array {
  return concat(u16(VERSION), u16(formatOf(message)), message.encoded);
}

function formatOf(message: Message): WireFormat {
  if (message instanceof PublicMessage) return WireFormat.PUBLIC_MESSAGE;
  if (message instanceof PrivateMessage) return WireFormat.PRIVATE_MESSAGE;
  if (message instanceof Welcome) return WireFormat.WELCOME;
  return message instanceof GroupInfo ? WireFormat.GROUP_INFO : WireFormat.KEY_PACKAGE;
}

/** Reads an `MLSMessage` of at most `maxSize` octets with nothing behind it; throws `MlsError`. */
export function readMessage(octets: Uint8Array, maxSize: number): Message {
  demand(octets.length <= maxSize, Rule.SIZE);
  return decode(octets, read);
}

function read(reader: Reader): Message {
  demand(reader.u16() === VERSION, Rule.VERSION);
  switch (reader.u16()) {
    case WireFormat.PUBLIC_MESSAGE:
      return PublicMessage.read(reader);
    case WireFormat.PRIVATE_MESSAGE:
      return PrivateMessage.read(reader);
    case WireFormat.WELCOME:
      return Welcome.read(reader);
    case WireFormat.GROUP_INFO:
      return GroupInfo.read(reader);
    case WireFormat.KEY_PACKAGE:
      return KeyPackage.read(reader);
    default:
      throw new MlsError(Rule.ENCODING);
  }
}
