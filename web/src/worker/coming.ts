/** Our way into the meeting's group: a seat and the charter, what we said at the door, and the turn that we have. */
import { MlsError } from "../core/mls/errors";
import { Charter, type Opens } from "../core/policy/charter";
import { PolicyError } from "../core/policy/errors";
import { b64Encode } from "../core/wire/b64";
import type { ClientMessage, Commit, Create, ServerMessage, Turn, Wait, WaitsFor, Welcome } from "../core/wire/control";
import { newSignatureKey } from "../e2ee/mls/ed25519";
import { credentialOf, type Identity, MeetingGroup } from "../e2ee/mls/meeting";
import type { SignatureKey } from "../e2ee/mls/suite";
import type { Wish } from "./directing";

/** The newest epoch that we have been in for a while, and of which group: an older GroupInfo of it is not believed. */
export interface Seen {
  group: string; // b64
  epoch: number;
}

/** What we have sent: it counts when the server accepts it. `commit` is null when it makes the group. */
export interface Pending {
  group: MeetingGroup;
  commit: Uint8Array | null;
  /** What it does of what its user wants. */
  wishes: readonly Wish[];
}

export interface ComingUser {
  readonly seen: Seen;
  /** Who we are under a seat; rejects with `PolicyError` for a charter that is not of our link. */
  identity(seat: string, charter: Charter): Promise<Identity>;
  say(message: ClientMessage): void;
  /** We cannot come in yet. */
  waits(why: WaitsFor, someone: boolean, opens: Opens): void;
  /** Sends what would be our first epoch, and waits for the answer. */
  send(pending: Pending, message: Create | Commit): void;
  lose(reason: string): void;
}

const TRIES = 64;

export class Coming {
  seat = "";
  private charter: Charter | null = null;
  /** Of the leaf with which we knocked; an admission is for no other. */
  private leafKey: SignatureKey | null = null;
  private admission: Uint8Array | null = null;
  /** What we were told last: whatever is still being made for something earlier is of no use any more. */
  private told: Turn | Wait | null = null;
  private tries = 0;

  constructor(private readonly user: ComingUser) {}

  /** Takes note of a message at once, before those that came earlier have been worked on. */
  note(message: ServerMessage): void {
    if (message.t === "turn" || message.t === "wait") this.told = message;
    if (message.t === "welcome") this.told = null;
  }

  private get hasKnocked(): boolean {
    return this.leafKey !== null;
  }

  private isOver(told: Turn | Wait): boolean {
    return told !== this.told;
  }

  /** Takes the seat; a new one knows nothing of what was said from an earlier one. */
  welcome({ seat, charter }: Welcome): void {
    this.seat = seat;
    this.forget();
    try {
      this.charter = Charter.read(charter);
    } catch (error) {
      this.refuseCharter(error);
    }
  }

  /** Hears that we cannot come in yet; says who we are, if that was not said. */
  async wait(message: Wait): Promise<void> {
    const identity = await this.identify();
    if (identity === null || this.isOver(message)) return;
    this.tries = 0;
    if (message.why === "present" && !this.hasKnocked) await this.knock(message, identity);
    if (!this.isOver(message)) this.user.waits(message.why, message.someone, identity.charter.opens);
  }

  private async knock(wait: Wait, identity: Identity): Promise<void> {
    const key = await newSignatureKey(identity.random);
    try {
      const said = await credentialOf(identity, key.publicKey);
      if (this.isOver(wait)) return key.erase();
      this.leafKey = key;
      this.user.say({ t: "knock", identity: said.identity, key: key.publicKey });
    } catch (error) {
      this.refuseGroup(error);
    }
  }

  /** Takes what our commit is to carry; only who knocked has use for it. */
  admitted(admission: Uint8Array): void {
    if (this.hasKnocked) this.admission = admission;
    else this.user.lose("out-of-step");
  }

  /** What let us in does not hold any more: the server says what we wait for now. */
  unadmitted(): void {
    this.admission = null;
  }

  /** Makes the group, or asks to join it by an external commit. */
  async enter(turn: Turn): Promise<void> {
    const identity = await this.identify();
    if (identity === null || this.isOver(turn)) return;
    this.tries += 1;
    if (this.tries > TRIES) return this.user.lose("cannot-join");
    try {
      if (turn.group === null) await this.create(turn, identity);
      else await this.join(turn, turn.group, identity);
    } catch (error) {
      // A group that this link's secret does not fit, or a broken one: nobody there can be trusted to be whom we look for.
      this.refuseGroup(error);
    }
  }

  private async create(turn: Turn, identity: Identity): Promise<void> {
    const { group, groupId, info, tree } = await MeetingGroup.create(identity);
    if (this.isOver(turn)) return group.erase();
    this.user.send({ group, commit: null, wishes: [] }, { t: "create", group: groupId, info, tree });
  }

  private async join(turn: Turn, state: NonNullable<Turn["group"]>, identity: Identity): Promise<void> {
    const { admission, leafKey } = this;
    const admitted = admission === null || leafKey === null ? null : { admission, signatureKey: leafKey };
    const { group, commit, info } = await MeetingGroup.join(state, identity, admitted);
    if (this.isOver(turn)) return group.erase();
    if (this.isOld(group)) {
      group.erase();
      return this.user.lose("old-group");
    }
    this.user.send({ group, commit, wishes: [] }, { t: "commit", commit, info });
  }

  /** Whether a group that we could join starts from an epoch that we have left behind: what its signed GroupInfo says counts. */
  private isOld(joined: MeetingGroup): boolean {
    const { seen } = this.user;
    return b64Encode(joined.groupId) === seen.group && Number(joined.epoch) - 1 < seen.epoch;
  }

  /** Who we are in this meeting; without a seat and a charter that is its own nothing goes on. */
  private async identify(): Promise<Identity | null> {
    const { charter, seat } = this;
    if (charter === null) {
      this.user.lose("out-of-step");
      return null;
    }
    try {
      return await this.user.identity(seat, charter);
    } catch (error) {
      this.refuseCharter(error);
      return null;
    }
  }

  private refuseCharter(error: unknown): void {
    if (!(error instanceof PolicyError)) throw error;
    this.user.lose("bad-charter");
  }

  private refuseGroup(error: unknown): void {
    if (!(error instanceof MlsError)) throw error;
    this.user.lose(`group-${error.reason}`);
  }

  /** We are in, or it is over: nothing that is still being made counts, and the key is ours no longer. */
  close(): void {
    this.told = null;
    this.forget();
  }

  private forget(): void {
    this.leafKey?.erase();
    this.leafKey = null;
    this.admission = null;
    this.tries = 0;
  }
}
