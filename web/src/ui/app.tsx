/** Which screen is shown: by address, by what the browser can do, and by how far the visit to a meeting has come. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useCallback, useEffect, useMemo } from "preact/hooks";
import { b64Encode } from "../core/wire/b64";
import { buildLink, type Link, normaliseName } from "../e2ee/keys";
import { capability, type Lack } from "../media/capability";
import { octetsOf } from "../page/api";
import { House } from "../page/house";
import { Levels } from "../page/levels";
import { Persons } from "../page/persons";
import { DatabaseStore } from "../page/personstore";
import { Plans } from "../page/plans";
import { attendanceOf, forgetMeeting, keepAttendance, keepSecret, pasted, type Route, routeOf } from "../page/route";
import { startMeeting } from "../page/start";
import { type NotJoined, Visit } from "../page/visit";
import type { Self } from "../worker/messages";
import { Home, type PasteFailure, type StartFailure } from "./home";
import { Rooms } from "./house/rooms";
import { t } from "./language";
import { LevelRooms } from "./levels/rooms";
import { Lobby } from "./lobby";
import { Meeting } from "./meeting";
import { Ended, Incomplete, Unknown, Unsupported } from "./notice";
import { PlanRooms, type PlanRoute } from "./plans/rooms";
import { Screen, visitor } from "./screen";

const house = new House(localStorage);
const plans = new Plans(localStorage);
const levels = new Levels();
const persons = new Persons(new DatabaseStore(indexedDB));

/** Reads the address; a secret in it is kept for this tab and taken out of the address bar and the history. */
function readRoute(): Route {
  const route = routeOf(location, sessionStorage);
  if (route.kind === "meeting") keepSecret(route.link, sessionStorage);
  if (location.hash !== "") history.replaceState(null, "", location.pathname);
  return route;
}

function idOf(link: Link): string {
  return b64Encode(link.meeting);
}

function same(one: Route, other: Route): boolean {
  if (one.kind === "house" && other.kind === "house") return one.room === other.room && other.ticket === "";
  if (one.kind !== "meeting" || other.kind !== "meeting") return one.kind === other.kind;
  return buildLink(one.link) === buildLink(other.link);
}

function validName(name: string): boolean {
  try {
    return normaliseName(name) !== "";
  } catch {
    return false;
  }
}

interface MainProps {
  screen: string;
  phase: string;
  children: ComponentChildren;
}

function Main({ screen, phase, children }: MainProps): JSX.Element {
  return (
    <main data-screen={screen} data-phase={phase}>
      {children}
    </main>
  );
}

/** Who joins a meeting. What the lobby showed is what counts: nobody joins under a name that was not on the screen. */
async function joining(meeting: Uint8Array, shown: string | null, name: string): Promise<Self | NotJoined> {
  if (!(await house.sure())) return "failed";
  const me = house.me.peek();
  if ((me?.id ?? null) !== shown) return "changed";
  if (me === null) return persons.guest(meeting, name);
  const person = await persons.account(me);
  if (person !== "signed-out") return person;
  await house.open();
  return house.me.peek() === null ? "changed" : "failed";
}

function MeetingVisit({ link, home }: { link: Link; home: () => void }): JSX.Element {
  const visit = useMemo(() => {
    const before = attendanceOf(link.meeting, sessionStorage);
    return new Visit(link, before, (account, name) => joining(link.meeting, account, name));
  }, [link]);
  useEffect(() => {
    visit.keep = (attendance) => {
      if (attendance === null) {
        forgetMeeting(link.meeting, sessionStorage);
        return;
      }
      keepSecret(link, sessionStorage);
      keepAttendance(link.meeting, attendance, sessionStorage);
    };
    visit.open();
    return () => visit.close();
  }, [visit, link]);

  const session = visit.session.value;
  const me = house.me.value;
  const hasLoggedOut = session?.reason.value === "account-ended";
  useEffect(() => {
    if (hasLoggedOut) void house.open();
  }, [hasLoggedOut]);
  if (session === null) {
    return (
      <Main screen="lobby" phase="lobby">
        <Screen home={home}>
          <Lobby
            devices={visit.devices}
            name={visit.name}
            account={me}
            validName={validName}
            code={visit.code}
            refused={visit.refused}
            joining={visit.joining.value}
            failure={visit.problem.value}
            join={(name, code) => void visit.join(me?.id ?? null, me?.name ?? normaliseName(name), code)}
          />
        </Screen>
      </Main>
    );
  }
  const phase = session.phase.value;
  if (phase === "ended") {
    return (
      <Main screen="ended" phase="ended">
        <Screen home={home}>
          <Ended
            reason={session.reason.value}
            back={() => visit.again()}
            reload={() => location.reload()}
            home={home}
          />
        </Screen>
      </Main>
    );
  }
  return (
    <Main screen="meeting" phase={phase}>
      <Meeting view={session} />
    </Main>
  );
}

export function App(): JSX.Element {
  const route = useSignal<Route>(useMemo(readRoute, []));
  const missing = useSignal<readonly Lack[]>([]);
  useEffect(() => {
    void capability().then((found) => {
      missing.value = found.missing;
    });
    const read = (): void => {
      const next = readRoute();
      // The same link once more, pasted into the address bar, must not end the meeting that it led to.
      if (!same(next, route.peek())) route.value = next;
    };
    // A link pasted into the address bar of the same meeting changes nothing but the fragment.
    const onHash = (): void => {
      if (location.hash !== "") read();
    };
    addEventListener("popstate", read);
    addEventListener("hashchange", onHash);
    return () => {
      removeEventListener("popstate", read);
      removeEventListener("hashchange", onHash);
    };
  }, [route, missing]);

  const home = useCallback((): void => {
    history.pushState(null, "", "/");
    route.value = { kind: "home" };
  }, [route]);
  const me = house.me.value;
  useEffect(() => {
    house.left = () => {
      plans.forget();
      levels.forget();
      void persons.forget(null);
    };
    void persons.tidy();
    void house.open();
  }, []);
  useEffect(() => {
    if (me !== null) void persons.forget(me.id);
  }, [me]);
  const go = useCallback(
    (path: string): void => {
      history.pushState(null, "", path);
      route.value = readRoute();
    },
    [route],
  );
  useEffect(() => {
    visitor.value = {
      name: me?.name ?? null,
      isAdministrator: me?.role === "administrator",
      go,
    };
  }, [me, go]);
  /** The secret goes from hand to hand in memory: it does not even pass through the address bar. */
  const enter = (link: Link): void => {
    keepSecret(link, sessionStorage);
    history.pushState(null, "", new URL(`/m/${idOf(link)}`, location.origin));
    route.value = { kind: "meeting", link };
  };
  const start = async (): Promise<StartFailure | null> => {
    if (!(await house.sure())) return "failed";
    // Whoever makes a meeting directs it: by the account, or else as this browser's guest.
    const organiser = house.me.peek();
    const { link, failure } = await startMeeting(async (meeting) =>
      organiser === null ? persons.guestSubject(meeting) : octetsOf(organiser.id),
    );
    if (link !== null) enter(link);
    return failure;
  };
  const open = (text: string): PasteFailure | null => {
    const found = pasted(text, location.origin);
    if (found.kind !== "here") return found;
    enter(found.link);
    return null;
  };

  const current = route.value;
  // Accounts and plans need no camera and no keys: they are for every browser.
  if (current.kind === "house" && current.room !== "plan") {
    return (
      <Main screen={current.room} phase={current.room}>
        <Screen home={home}>
          {current.room === "levels" && me?.role === "administrator" ? (
            <LevelRooms levels={levels} />
          ) : (
            <Rooms room={current.room} ticket={current.ticket} house={house} home={home} />
          )}
        </Screen>
      </Main>
    );
  }
  const planning: PlanRoute | null =
    current.kind === "house"
      ? { kind: "plan" }
      : current.kind === "planned" || current.kind === "home"
        ? current
        : null;
  // Whoever administers accounts takes part in no meeting by that, and has none here.
  if (planning !== null && me !== null && me.role !== "administrator") {
    return (
      <Main screen={planning.kind} phase={planning.kind}>
        <Screen home={home}>
          <PlanRooms
            key={current.kind === "planned" ? current.meeting : planning.kind}
            route={planning}
            me={me}
            plans={plans}
            go={go}
            enter={enter}
            start={start}
          />
        </Screen>
      </Main>
    );
  }
  if (me !== null && (current.kind === "house" || current.kind === "planned")) {
    return (
      <Main screen="unknown" phase="unknown">
        <Screen home={home}>
          <Unknown home={home} />
        </Screen>
      </Main>
    );
  }
  if (current.kind === "house" || current.kind === "planned") {
    // Whoever comes by an address that needs an account signs in first, and is then where they wanted to be.
    return (
      <Main screen="signin" phase="signin">
        <Screen home={home}>
          <Rooms room="account" ticket="" house={house} home={home} />
        </Screen>
      </Main>
    );
  }
  if (missing.value.length > 0) {
    return (
      <Main screen="unsupported" phase="unsupported">
        <Screen home={home}>
          <Unsupported missing={missing.value} explain={(item) => t(`missing.${item}`)} />
        </Screen>
      </Main>
    );
  }
  if (current.kind === "meeting") {
    // Who is signed in joins as that, so it has to be known before anybody is asked for a name.
    if (!house.opened.value) return <Screen home={home}>{null}</Screen>;
    return <MeetingVisit key={idOf(current.link)} link={current.link} home={home} />;
  }
  const screens = {
    home: () => <Home start={start} open={open} />,
    incomplete: () => <Incomplete home={home} />,
    unknown: () => <Unknown home={home} />,
  };
  return (
    <Main screen={current.kind} phase={current.kind}>
      <Screen home={home}>{screens[current.kind]()}</Screen>
    </Main>
  );
}
