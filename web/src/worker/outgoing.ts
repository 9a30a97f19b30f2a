/** What we send: four streams, each sealed in order under the epoch in force. Nothing leaves unsealed: a stream without a key sends nothing. */
import { maySend, NONE, type Rights } from "../core/policy/rights";
import { Stream } from "../core/wire/header";
import { type Ask, buildSound, buildState, buildVideo, Codec } from "../e2ee/content";
import { Sealer } from "../e2ee/sframe/sealer";
import type { EncodedSound } from "../media/encode/sound";
import type { EncodedPicture } from "../media/encode/video";

interface Lane {
  sealer: Sealer;
  /** Seals one after the other, so that counters leave in the order in which they were given. */
  tail: Promise<void>;
}

export class Outgoing {
  sealed = 0;
  bytes = 0;
  private readonly lanes = new Map<number, Lane>();
  /** What we may send: nothing that needs a right before an epoch gives it. */
  private rights: Rights = NONE;
  private keys: { baseKey: Uint8Array; leaf: number; epoch: bigint } | null = null;

  constructor(
    /** Says whether the message has gone. */
    private readonly send: (message: Uint8Array) => boolean,
    /** Hears of every message that has gone and has to be proven: all but proofs. */
    private readonly sent: (message: Uint8Array) => Promise<void>,
    private readonly failed: () => void,
  ) {}

  /** Seals under this epoch's key from now on, and only what one may send in it. */
  async rekey(baseKey: Uint8Array, leaf: number, epoch: bigint, rights: Rights): Promise<void> {
    this.rights = rights;
    this.keys = { baseKey, leaf, epoch };
    for (const lane of this.lanes.values()) lane.sealer.rekey(baseKey, leaf, epoch);
  }

  /** A new leaf starts with fresh counters under a key that no earlier leaf had. */
  forget(): void {
    this.lanes.clear();
    this.keys = null;
    this.rights = NONE;
  }

  /** Whether frames of a stream leave at all. */
  may(stream: Stream): boolean {
    return maySend(this.rights, stream);
  }

  state(mic: boolean, camera: boolean, ask?: Ask): void {
    const marks = { temporal: 0, key: false, discardable: false, tl0: 0 };
    this.push(
      Stream.STATE,
      0,
      marks,
      buildState({ mic, camera, client: "page", ...(ask === undefined ? {} : { ask }) }),
    );
  }

  proof(plaintext: Uint8Array): void {
    this.push(Stream.PROOF, 0, { temporal: 0, key: false, discardable: false, tl0: 0 }, plaintext);
  }

  sound(frame: EncodedSound): void {
    this.push(Stream.SOUND, 0, { temporal: 0, key: false, discardable: false, tl0: 0 }, buildSound(frame));
  }

  picture(frame: EncodedPicture, rendition: number): void {
    const { temporal, key, discardable, tl0 } = frame;
    this.push(
      Stream.CAMERA,
      rendition,
      { temporal, key, discardable, tl0 },
      buildVideo({ ...frame, codec: Codec.VP9 }),
    );
  }

  private push(
    stream: Stream,
    rendition: number,
    marks: { temporal: number; key: boolean; discardable: boolean; tl0: number },
    plaintext: Uint8Array,
  ): void {
    const keys = this.keys;
    if (keys === null || !this.may(stream)) return;
    const id = (stream << 2) | rendition;
    let lane = this.lanes.get(id);
    if (lane === undefined) {
      const sealer = new Sealer(stream, rendition);
      sealer.rekey(keys.baseKey, keys.leaf, keys.epoch);
      lane = { sealer, tail: Promise.resolve() };
      this.lanes.set(id, lane);
    }
    const { sealer } = lane;
    lane.tail = lane.tail
      .then(async () => {
        // What waited for its turn while the right was taken does not leave either.
        if (!this.may(stream)) return;
        const message = await sealer.seal(marks, plaintext);
        this.bytes += message.length;
        const gone = this.send(message);
        if (stream === Stream.PROOF) return;
        this.sealed += 1;
        if (gone) await this.sent(message);
      })
      // What cannot be sealed is not sent, and nothing after it either.
      .catch(() => this.failed());
  }
}
