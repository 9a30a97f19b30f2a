/** Welcomes: sealing the secrets of an epoch to those whom its commit adds (RFC 9420 section 12.4.3.1). */

import { decode, optional, type Reader, Value, vector, vectors } from "../../core/mls/codec";
import { GroupInfo } from "../../core/mls/context";
import { MlsError, Rule } from "../../core/mls/errors";
import type { KeyPackage } from "../../core/mls/keypackage";
import { PreSharedKeyId } from "../../core/mls/proposals";
import { EncryptedGroupSecrets, Welcome } from "../../core/mls/welcome";
import { concat, equal } from "../../core/octets";
import type { Random } from "./hpke";
import type { MessageKey } from "./secrettree";
import { refuseAs, type SecretSuite } from "./suite";

/** The path secret of the lowest node that a newcomer shares with the committer. */
export class PathSecret extends Value {
  constructor(readonly secret: Uint8Array) {
    super();
  }

  protected write(): Uint8Array {
    return vector(this.secret);
  }

  static read(reader: Reader): PathSecret {
    return new PathSecret(reader.vector());
  }
}

/** What one newcomer is told. */
export class GroupSecrets extends Value {
  constructor(
    readonly joinerSecret: Uint8Array,
    readonly pathSecret: PathSecret | null,
    readonly psks: readonly PreSharedKeyId[],
  ) {
    super();
  }

  protected write(): Uint8Array {
    return concat(vector(this.joinerSecret), optional(this.pathSecret), vectors(this.psks));
  }

  static read(reader: Reader): GroupSecrets {
    return new GroupSecrets(reader.vector(), reader.optional(PathSecret.read), reader.items(PreSharedKeyId.read));
  }
}

/** Somebody whom a commit adds; no path secret when the commit has no path. */
export interface Newcomer {
  readonly keyPackage: KeyPackage;
  readonly pathSecret: Uint8Array | null;
}

const NOTHING = new Uint8Array(0);

async function infoKey(suite: SecretSuite, welcomeSecret: Uint8Array): Promise<MessageKey> {
  const [key, nonce] = await Promise.all([
    suite.expandWithLabel(welcomeSecret, "key", NOTHING, suite.aead.keySize),
    suite.expandWithLabel(welcomeSecret, "nonce", NOTHING, suite.aead.nonceSize),
  ]);
  return { key, nonce };
}

/** Seals to each newcomer; `welcomeSecret`, `joinerSecret` and `psks` are those of the commit. */
export async function sealWelcome(
  suite: SecretSuite,
  info: GroupInfo,
  welcomeSecret: Uint8Array,
  joinerSecret: Uint8Array,
  psks: readonly PreSharedKeyId[],
  newcomers: readonly Newcomer[],
  random: Random,
): Promise<Welcome> {
  const { key, nonce } = await infoKey(suite, welcomeSecret);
  const sealedInfo = await suite.aead.seal(key, nonce, NOTHING, info.encoded);
  const secrets = newcomers.map(async ({ keyPackage, pathSecret }) => {
    const path = pathSecret === null ? null : new PathSecret(pathSecret);
    const plain = new GroupSecrets(joinerSecret, path, psks).encoded;
    const sealed = await suite.encryptWithLabel(keyPackage.initKey, "Welcome", sealedInfo, plain, random);
    return new EncryptedGroupSecrets(await keyPackage.reference(suite.public), sealed);
  });
  return new Welcome(suite.public.id, await Promise.all(secrets), sealedInfo);
}

/** Opens what is for the owner of a KeyPackage; throws `MlsError`. */
export async function openGroupSecrets(
  suite: SecretSuite,
  welcome: Welcome,
  keyPackage: KeyPackage,
  initKey: Uint8Array,
): Promise<GroupSecrets> {
  const reference = await keyPackage.reference(suite.public);
  const found = welcome.secrets.find(({ newMember }) => equal(newMember, reference));
  if (found === undefined) throw new MlsError(Rule.WELCOME_FOR_US);
  const opened = suite.decryptWithLabel(initKey, "Welcome", welcome.encryptedGroupInfo, found.secrets);
  return decode(await refuseAs(Rule.WELCOME_OPENS, opened), GroupSecrets.read);
}

/** Opens the GroupInfo of a Welcome; throws `MlsError`. */
export async function openGroupInfo(
  suite: SecretSuite,
  welcome: Welcome,
  welcomeSecret: Uint8Array,
): Promise<GroupInfo> {
  const { key, nonce } = await infoKey(suite, welcomeSecret);
  const opened = suite.aead.open(key, nonce, NOTHING, welcome.encryptedGroupInfo);
  return decode(await refuseAs(Rule.WELCOME_OPENS, opened), GroupInfo.read);
}
