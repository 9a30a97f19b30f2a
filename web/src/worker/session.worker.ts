/** Entry of the session worker: one session, from its first message to the end. */
import type { FromWorker, ToWorker } from "./messages";
import { Session } from "./session";

let session: Promise<Session> | null = null;

const post = (message: FromWorker): void => self.postMessage(message);

self.onmessage = (event: MessageEvent<ToWorker>) => {
  const message = event.data;
  if (message.t === "open") {
    session ??= Session.start(message, post);
    // A session that cannot even start says so: the page must not wait for it.
    session.catch(() => post({ t: "phase", phase: "ended", reason: "fault" }));
    return;
  }
  // What arrives while the keys are being derived waits for the session, in order.
  void session?.then(
    (started) => started.do(message),
    () => undefined, // said above
  );
};
