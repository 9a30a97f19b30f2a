/** Which screen about planned meetings is shown, and what its buttons do. Only somebody who is signed in gets here. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { buildLink, type Link, parseLink } from "../../e2ee/keys";
import type { Plans } from "../../page/plans";
import type { StartFailure } from "../home";
import type { Person } from "../house/model";
import { language } from "../language";
import { PlanList } from "./list";
import { Gone, PlanPage, Unreached } from "./plan";
import { Planner } from "./planner";

export type PlanRoute = { kind: "home" } | { kind: "plan" } | { kind: "planned"; meeting: string };

export interface PlanRoomsProps {
  route: PlanRoute;
  me: Person;
  plans: Plans;
  go: (path: string) => void;
  enter: (link: Link) => void;
  /** Starts a meeting that is not planned. */
  start: () => Promise<StartFailure | null>;
}

export function PlanRooms({ route, me, plans, go, enter, start }: PlanRoomsProps): JSX.Element | null {
  const changing = useSignal(false);
  const failure = useSignal<StartFailure | null>(null);
  const known = plans.plans.value;
  useEffect(() => {
    void plans.load();
    if (mayPlan(me)) void plans.loadChoices();
  }, [me, plans]);
  const others = plans.colleagues.value.filter((one) => one.id !== me.id);
  const home = (): void => go("/");

  if (route.kind === "plan") {
    // The levels decide what is chosen at first: without them there is nothing to show yet.
    if (plans.levels.value.length === 0) return null;
    return (
      <Planner
        plan={null}
        levels={plans.levels.value}
        colleagues={others}
        now={Date.now() / 1000}
        back={home}
        save={async (draft) => {
          const came = await plans.make(draft, me.id, language.value);
          if (typeof came === "string") return came;
          go(`/p/${came.meeting}`);
          return "done";
        }}
      />
    );
  }
  if (known === null) return plans.failed.value ? <Unreached again={() => void plans.load()} /> : null;
  if (route.kind === "home") {
    return (
      <PlanList
        plans={known}
        mayPlan={mayPlan(me)}
        hasLink={(meeting) => plans.linkOf(meeting) !== null}
        plan={() => go("/plan")}
        failure={failure.value}
        now={() =>
          void start().then((came) => {
            failure.value = came;
          })
        }
        open={(meeting) => go(`/p/${meeting}`)}
        enter={(meeting) => {
          const link = plans.linkOf(meeting);
          if (link !== null) enter(link);
        }}
      />
    );
  }
  const plan = known.find((one) => one.meeting === route.meeting);
  if (plan === undefined) return <Gone back={home} />;
  if (changing.value) {
    return (
      <Planner
        plan={plan}
        levels={[]}
        colleagues={[]}
        now={Date.now() / 1000}
        back={() => {
          changing.value = false;
        }}
        save={async (draft) => {
          const came = await plans.change(plan, draft);
          if (came === "done") changing.value = false;
          return came;
        }}
      />
    );
  }
  const link = plans.linkOf(plan.meeting);
  return (
    <PlanPage
      plan={plan}
      link={link === null ? null : buildLink(link)}
      colleagues={others}
      enter={() => {
        if (link !== null) enter(link);
      }}
      change={() => {
        changing.value = true;
      }}
      back={home}
      bring={(text) => bring(plans, plan.meeting, text)}
      makeLink={() => plans.makeLink(plan)}
      saveCalendar={() => void plans.calendar(plan.meeting).then((file) => save(file, "invitation.ics"))}
      invite={(who) => plans.invite(plan, who)}
      withdraw={(invitation) => plans.withdraw(plan, invitation)}
      delegate={(account, stay) => plans.delegate(plan, account, stay)}
      cancel={() => plans.cancel(plan)}
    />
  );
}

function mayPlan(me: Person): boolean {
  return me.role === "organiser";
}

function bring(plans: Plans, meeting: string, text: string): boolean {
  try {
    const kept = plans.bring(meeting, parseLink(text.trim()));
    // The page is drawn from what the server says; the link is this device's own.
    plans.plans.value = [...(plans.plans.peek() ?? [])];
    return kept;
  } catch {
    return false;
  }
}

/** Offers a text as a file; it never leaves the browser on the way. */
function save(file: string | null, name: string): void {
  if (file === null) return;
  const way = document.createElement("a");
  way.href = URL.createObjectURL(new Blob([file], { type: "text/calendar" }));
  way.download = name;
  way.click();
  URL.revokeObjectURL(way.href);
}
