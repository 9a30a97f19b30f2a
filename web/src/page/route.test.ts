import { expect, test } from "vitest";
import { b64Encode } from "../core/wire/b64";
import { buildLink } from "../e2ee/keys";
import { attendanceOf, forgetMeeting, type Keeper, keepAttendance, keepSecret, pasted, routeOf } from "./route";

const origin = "https://meet.example.org";
const meeting = new Uint8Array(16).fill(7);
const secret = new Uint8Array(32).fill(9);
const id = b64Encode(meeting);
const hash = `#${b64Encode(secret)}`;

function keeper(): Keeper {
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
  };
}

test("a whole link leads to its meeting, and a reload without the fragment leads there again", () => {
  const tab = keeper();
  const first = routeOf({ origin, pathname: `/m/${id}`, hash }, tab);
  expect(first).toMatchObject({ kind: "meeting", link: { meeting, secret } });
  if (first.kind === "meeting") keepSecret(first.link, tab);
  expect(routeOf({ origin, pathname: `/m/${id}`, hash: "" }, tab)).toEqual(first);
});

test("a link without its secret is incomplete, also when another meeting's secret was kept", () => {
  const tab = keeper();
  keepSecret({ origin, meeting: new Uint8Array(16), secret }, tab);
  expect(routeOf({ origin, pathname: `/m/${id}`, hash: "" }, tab).kind).toBe("incomplete");
  expect(routeOf({ origin, pathname: `/m/${id}`, hash: hash.slice(0, -1) }, tab).kind).toBe("incomplete");
  expect(routeOf({ origin, pathname: "/m/short", hash }, tab).kind).toBe("incomplete");
});

test("a damaged fragment is not repaired with an older secret", () => {
  const tab = keeper();
  keepSecret({ origin, meeting, secret }, tab);
  expect(routeOf({ origin, pathname: `/m/${id}`, hash: "#damaged" }, tab).kind).toBe("incomplete");
});

test("who leaves takes everything along", () => {
  const kept = new Map<string, string>();
  const tab = { ...keeper(), setItem: (key: string, value: string) => void kept.set(key, value) };
  tab.removeItem = (key) => void kept.delete(key);
  keepSecret({ origin, meeting, secret }, tab);
  keepAttendance(meeting, { name: "Ada", account: null, mic: true, camera: true, inside: true }, tab);
  expect(kept.size).toBe(2);
  forgetMeeting(meeting, tab);
  expect(kept.size).toBe(0);
});

test("other addresses", () => {
  expect(routeOf({ origin, pathname: "/", hash: "" }, keeper()).kind).toBe("home");
  expect(routeOf({ origin, pathname: "/elsewhere", hash: "" }, keeper()).kind).toBe("unknown");
  expect(routeOf({ origin, pathname: "/levels", hash: "" }, keeper())).toMatchObject({ kind: "house", room: "levels" });
});

test("a pasted text is a link of this server, of another, or none", () => {
  const link = { origin, meeting, secret };
  expect(pasted(`  ${buildLink(link)}\n`, origin)).toEqual({ kind: "here", link });
  expect(pasted(buildLink({ ...link, origin: "https://other.example:8443" }), origin)).toEqual({
    kind: "elsewhere",
    host: "other.example:8443",
  });
  for (const text of ["", "hello", `${origin}/m/${id}`, `${origin}/m/${id}#`, `javascript:alert(1)//m/${id}${hash}`]) {
    expect(pasted(text, origin).kind).toBe("bad");
  }
});

test("attendance comes back as it was kept, and anything else as nothing", () => {
  const tab = keeper();
  expect(attendanceOf(meeting, tab)).toBeNull();
  const attendance = { name: "Zoé", account: "0f", mic: true, camera: false, inside: true };
  keepAttendance(meeting, attendance, tab);
  expect(attendanceOf(meeting, tab)).toEqual(attendance);
  for (const text of ["", "{", "3", '{"name":4}']) {
    tab.setItem(`aparte.attendance.${id}`, text);
    expect(attendanceOf(meeting, tab)).toBeNull();
  }
});

test("the screens about accounts have their addresses, and a ticket comes from the fragment alone", () => {
  const tab = keeper();
  for (const room of ["signin", "account", "accounts"]) {
    expect(routeOf({ origin, pathname: `/${room}`, hash: "" }, tab)).toEqual({ kind: "house", room, ticket: "" });
  }
  expect(routeOf({ origin, pathname: "/setup", hash: "#abc" }, tab)).toEqual({
    kind: "house",
    room: "setup",
    ticket: "abc",
  });
  const meeting = "0f".repeat(16);
  expect(routeOf({ origin, pathname: `/p/${meeting}`, hash: "" }, tab)).toEqual({ kind: "planned", meeting });
  for (const pathname of ["/accounts/x", "/p/0f", `/p/${meeting.toUpperCase()}`]) {
    expect(routeOf({ origin, pathname, hash: "" }, tab).kind).toBe("unknown");
  }
});
