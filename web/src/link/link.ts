/**
 * One participant's connection: control messages as text, sealed frames as binary, over one WebSocket (spec/wire.md).
 * It pings, notices silence, and knows nothing of rooms or keys. A second kind of link (WebTransport) would implement the same interface.
 */
import { type ClientMessage, decodeServer, encodeClient, type ServerMessage } from "../core/wire/control";
import { WireError } from "../core/wire/errors";

export interface LinkEvents {
  opened(): void;
  control(message: ServerMessage): void;
  frame(message: Uint8Array): void;
  /** Once, whatever the cause; `reason` is the server's word from `bye`, or null when the connection was cut. */
  closed(reason: string | null): void;
}

export interface Link {
  send(message: ClientMessage): void;
  sendFrame(message: Uint8Array): void;
  /** Bytes that were handed over and have not left this machine. */
  readonly backlog: number;
  readonly roundTripMs: number;
  close(): void;
}

const PING_MS = 1000;
const SILENCE_MS = 5000;
/** The tree of a large meeting, or what was missed of it, takes its time over a slow line, and nothing overtakes it. */
const COMING_IN_MS = 30_000;

export function openLink(url: string, events: LinkEvents): Link {
  const socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  let lastHeard = performance.now();
  let pinged = 0;
  let pings = 0;
  let roundTripMs = 0;
  let farewell: string | null = null;
  let over = false;
  let inside = false;

  const finish = (): void => {
    if (over) return;
    over = true;
    clearInterval(timer);
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    events.closed(farewell);
  };
  const timer = setInterval(() => {
    if (performance.now() - lastHeard > (inside ? SILENCE_MS : COMING_IN_MS)) {
      finish();
      return;
    }
    if (socket.readyState !== WebSocket.OPEN) return;
    pinged = performance.now();
    pings += 1;
    socket.send(encodeClient({ t: "ping", n: pings }));
  }, PING_MS);

  socket.onopen = () => {
    lastHeard = performance.now();
    events.opened();
  };
  socket.onclose = finish;
  socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
    lastHeard = performance.now();
    if (typeof event.data !== "string") {
      events.frame(new Uint8Array(event.data));
      return;
    }
    let message: ServerMessage;
    try {
      message = decodeServer(event.data);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      // A server that does not speak the protocol is not listened to any further.
      farewell = error.reason;
      finish();
      return;
    }
    if (message.t === "accepted" || message.t === "resumed") inside = true;
    if (message.t === "pong") {
      if (message.n === pings) roundTripMs = performance.now() - pinged;
    } else if (message.t === "bye") farewell = message.reason;
    else events.control(message);
  };

  return {
    send(message) {
      if (!over && socket.readyState === WebSocket.OPEN) socket.send(encodeClient(message));
    },
    sendFrame(message) {
      if (!over && socket.readyState === WebSocket.OPEN) socket.send(message as Uint8Array<ArrayBuffer>);
    },
    get backlog() {
      return socket.bufferedAmount;
    },
    get roundTripMs() {
      return roundTripMs;
    },
    close() {
      farewell ??= "left";
      finish();
    },
  };
}
