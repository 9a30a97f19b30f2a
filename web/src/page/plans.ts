/**
 * Planned meetings, as one person's browser sees them. The link secret is drawn here and stays on this device: the server
 * gets the hash of the door, and a charter that it can read but not make.
 */
import { signal } from "@preact/signals";
import { hex } from "../core/octets";
import type { Door, Opens } from "../core/policy/charter";
import type { Rights } from "../core/policy/rights";
import { b64Decode, b64Encode } from "../core/wire/b64";
import { MEETING_SIZE } from "../core/wire/limits";
import { buildLink, type Link, SECRET_SIZE } from "../e2ee/keys";
import {
  accesses,
  type Colleague,
  type Draft,
  doors,
  type Invitation,
  type Level,
  type Plan,
  type Planning,
  type Repeat,
} from "../ui/plans/model";
import { type Answer, ask, isObject, number, objects, octetsOf, text, texts } from "./api";
import { withLink } from "./calendar";
import { type Founded, found } from "./founding";

type Data = Readonly<Record<string, unknown>>;

const KEPT = "aparte.link.";

export class Plans {
  readonly plans = signal<readonly Plan[] | null>(null);
  /** The server did not say what is planned. */
  readonly failed = signal(false);
  readonly levels = signal<readonly Level[]>([]);
  readonly colleagues = signal<readonly Colleague[]>([]);

  constructor(private readonly keeper: Storage) {}

  async load(): Promise<void> {
    const answer = await ask("GET", "/plans");
    this.failed.value = !answer.ok;
    if (answer.ok) this.plans.value = objects(answer.data.plans).map(planOf);
  }

  /** What a planner chooses from. */
  async loadChoices(): Promise<void> {
    const [levels, people] = await Promise.all([ask("GET", "/levels"), ask("GET", "/people")]);
    if (levels.ok) this.levels.value = objects(levels.data.levels).map(levelOf);
    if (!people.ok) return;
    this.colleagues.value = objects(people.data.people).map((one) => ({
      id: text(one.id),
      login: text(one.login),
      name: text(one.name),
      label: text(one.label),
    }));
  }

  /** Makes a plan and its link; gives the plan's meeting, or why not. `self` is the planner's account. */
  async make(draft: Draft, self: string, language: string): Promise<{ meeting: string } | Planning> {
    const level = this.levels.peek().find((one) => one.number === draft.level);
    if (level === undefined) return "bad";
    const meeting = crypto.getRandomValues(new Uint8Array(MEETING_SIZE));
    const secret = crypto.getRandomValues(new Uint8Array(SECRET_SIZE));
    const organisers = [...new Set([...(draft.organises ? [self] : []), ...draft.organisers])];
    if (organisers.length === 0) return "bad";
    // Who only prepares a meeting makes no link: that is left to those who direct it.
    const keys = draft.organises ? await keysOf(meeting, secret, level, organisers) : null;
    if (draft.organises && keys === null) return "failed";
    const answer = await ask("POST", "/plans", {
      ...bodyOf(draft),
      meeting: hex(meeting),
      level: draft.level,
      organisers,
      keys,
      language,
    });
    if (!answer.ok) return why(answer);
    if (draft.organises) this.#keep(meeting, secret);
    await this.load();
    return { meeting: hex(meeting) };
  }

  /** Makes the link of a meeting that somebody else has prepared. */
  async makeLink(plan: Plan): Promise<Planning> {
    const meeting = octetsOf(plan.meeting);
    const secret = crypto.getRandomValues(new Uint8Array(SECRET_SIZE));
    const keys = await keysOf(meeting, secret, plan.level, plan.organisers);
    if (keys === null) return "failed";
    const answer = await ask("PATCH", `/plans/${plan.meeting}`, { keys });
    if (!answer.ok) return why(answer);
    this.#keep(meeting, secret);
    await this.load();
    return "done";
  }

  async change(plan: Plan, draft: Draft): Promise<Planning> {
    return this.#done(await ask("PATCH", `/plans/${plan.meeting}`, bodyOf(draft)));
  }

  async cancel(plan: Plan): Promise<Planning> {
    return this.#done(await ask("DELETE", `/plans/${plan.meeting}`));
  }

  async delegate(plan: Plan, account: string, stay: boolean): Promise<Planning> {
    return this.#done(await ask("POST", `/plans/${plan.meeting}/delegate`, { account, stay }));
  }

  /** Invites an account or a guest; gives the guest's entry code where there is one. */
  async invite(
    plan: Plan,
    who: { account: string } | { address: string; name: string },
  ): Promise<{ code: string } | Planning> {
    const answer = await ask("POST", `/plans/${plan.meeting}/invitations`, who);
    const done = await this.#done(answer);
    return done === "done" && answer.ok ? { code: text(answer.data.code) } : done;
  }

  async withdraw(plan: Plan, invitation: string): Promise<Planning> {
    return this.#done(await ask("DELETE", `/plans/${plan.meeting}/invitations/${invitation}`));
  }

  /** The link, if this device has it. */
  linkOf(meeting: string): Link | null {
    const secret = b64Decode(this.keeper.getItem(KEPT + meeting) ?? "");
    if (secret === null || secret.length !== SECRET_SIZE) return null;
    return { origin: location.origin, meeting: octetsOf(meeting), secret };
  }

  /** Keeps a link that somebody brought to this device; false when it leads elsewhere. */
  bring(meeting: string, link: Link): boolean {
    if (hex(link.meeting) !== meeting) return false;
    this.#keep(link.meeting, link.secret);
    return true;
  }

  /** A calendar file with the whole link: made here, because the server does not have it. */
  async calendar(meeting: string): Promise<string | null> {
    const link = this.linkOf(meeting);
    if (link === null) return null;
    const answer = await fetch(`/api/plans/${meeting}/invitation.ics`).catch(() => null);
    if (answer === null || !answer.ok) return null;
    return withLink(await answer.text(), `${link.origin}/m/${b64Encode(link.meeting)}`, buildLink(link));
  }

  /** Forgets everything, the links on this device included: somebody else may sit here next. */
  forget(): void {
    this.plans.value = null;
    this.levels.value = [];
    this.colleagues.value = [];
    const kept = Array.from({ length: this.keeper.length }, (_, at) => this.keeper.key(at) ?? "");
    for (const key of kept.filter((one) => one.startsWith(KEPT))) this.keeper.removeItem(key);
  }

  #keep(meeting: Uint8Array, secret: Uint8Array): void {
    this.keeper.setItem(KEPT + hex(meeting), b64Encode(secret));
  }

  async #done(answer: Answer): Promise<Planning> {
    if (!answer.ok) return why(answer);
    await this.load();
    return "done";
  }
}

/** Null when the server does not say what a charter needs. */
function keysOf(
  meeting: Uint8Array,
  secret: Uint8Array,
  level: Level,
  organisers: readonly string[],
): Promise<Founded | null> {
  return found({
    meeting,
    secret,
    level: level.number,
    door: doors.indexOf(level.door) as Door,
    opens: level.opens as Opens,
    everybody: level.everybody as Rights,
    organisers: [...organisers].sort().map(octetsOf),
  });
}

function bodyOf(draft: Draft): object {
  const { title, agenda, start, zone, minutes, repeat, until } = draft;
  const recurrence = repeat === "never" ? null : { frequency: repeat, until: until ?? start };
  return { title, agenda, start, zone, minutes, recurrence };
}

function why(answer: Extract<Answer, { ok: false }>): Planning {
  return ["unreachable", "internal", "too-many", "busy"].includes(answer.reason) ? "failed" : "bad";
}

function planOf(data: Data): Plan {
  const again = isObject(data.recurrence) ? data.recurrence : null;
  return {
    meeting: text(data.meeting),
    title: text(data.title),
    agenda: text(data.agenda),
    start: number(data.start),
    zone: text(data.zone),
    minutes: number(data.minutes),
    repeat: again === null ? "never" : (text(again.frequency) as Repeat),
    until: again === null ? null : number(again.until),
    level: levelOf(isObject(data.level) ? data.level : {}),
    organisers: texts(data.organisers),
    managers: texts(data.managers),
    invitations: objects(data.invitations).map(invitationOf),
    hasKeys: isObject(data.keys),
    cancelled: data.cancelled === true,
    manages: data.manages === true,
    organises: data.organises === true,
  };
}

function invitationOf(data: Data): Invitation {
  const mail = (["waiting", "sent", "failed"] as const).find((one) => one === data.mail) ?? "off";
  return {
    id: text(data.id),
    account: typeof data.account === "string" ? data.account : null,
    address: text(data.address),
    name: text(data.name),
    needsCode: data.needs_code === true,
    mail,
  };
}

export function levelOf(data: Data): Level {
  return {
    number: number(data.number),
    version: number(data.version),
    nameEn: text(data.name_en),
    nameFr: text(data.name_fr),
    access: accesses[number(data.access)] ?? "verified",
    guests: data.guests === true,
    browser: data.browser === true,
    door: doors[number(data.door)] ?? "all-knock",
    opens: number(data.opens),
    everybody: number(data.everybody),
    screen: data.screen === true,
    files: data.files === true,
    chat: data.chat === true,
    recording: data.recording === true,
    history: data.history === true,
    cameraHeight: number(data.camera_height),
    retentionDays: number(data.retention_days),
    retired: data.retired === true,
  };
}
