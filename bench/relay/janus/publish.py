"""Process: sends the clip into Janus' VideoRoom. Arguments: Janus' port, own address, the clip's file."""

import asyncio
import json
import sys
import time
import uuid
from fractions import Fraction
from pathlib import Path
from typing import Any

import aioice.ice
import av
import uvloop
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from picows.websockets import ClientConnection, Subprotocol, connect

from relay.figures import LINGER, Window
from relay.janus.clip import load
from relay.media import FRAMES_PER_SECOND, PACKETS_PER_SECOND
from relay.process import say, told

ROOM = 1234
KEEP_ALIVE = 20.0
MARK = b"\xa9aparte\xa9"  # in front of the stamp at the end of a frame


class Track(MediaStreamTrack):
    """Encoded frames at their rate, for ever, each with its send stamp behind it (the subscribers do not decode)."""

    def __init__(self, kind: str, frames: list[bytes], rate: int, clock: int) -> None:
        self.kind = kind
        super().__init__()
        self._frames, self._rate, self._clock = frames, rate, clock
        self._number = 0
        self._start: float | None = None
        self.stamps: list[int] = []

    async def recv(self) -> "av.Packet[Any]":
        self._start = time.monotonic() if self._start is None else self._start
        await asyncio.sleep(max(0.0, self._start + self._number / self._rate - time.monotonic()))
        stamp = time.time_ns()
        packet = av.Packet(self._frames[self._number % len(self._frames)] + MARK + stamp.to_bytes(8))
        packet.pts, packet.time_base = self._number * self._clock // self._rate, Fraction(1, self._clock)
        self._number += 1
        self.stamps.append(stamp)
        return packet

    def inside(self, window: Window) -> int:
        return sum(window.opens <= stamp < window.closes for stamp in self.stamps)


class Room:
    """The signalling of one publisher: requests over a WebSocket, matched by transaction."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._session: dict[str, int] = {}

    async def _request(self, **message: Any) -> dict[str, Any]:
        transaction = uuid.uuid4().hex
        await self._connection.send(json.dumps({**message, **self._session, "transaction": transaction}))
        while True:
            answer: dict[str, Any] = json.loads(await self._connection.recv())
            if answer.get("transaction") == transaction and answer["janus"] != "ack":
                return answer

    async def publish(self, peer: RTCPeerConnection) -> int:
        """Returns the feed's number."""
        self._session["session_id"] = (await self._request(janus="create"))["data"]["id"]
        attached = await self._request(janus="attach", plugin="janus.plugin.videoroom")
        self._session["handle_id"] = attached["data"]["id"]
        joined = await self._request(janus="message", body={"request": "join", "ptype": "publisher", "room": ROOM})
        await peer.setLocalDescription(await peer.createOffer())
        answer = await self._request(
            janus="message",
            body={"request": "configure", "audio": True, "video": True},
            jsep={"type": "offer", "sdp": peer.localDescription.sdp},
        )
        await peer.setRemoteDescription(RTCSessionDescription(answer["jsep"]["sdp"], "answer"))
        feed: int = joined["plugindata"]["data"]["id"]
        return feed

    async def live(self) -> None:
        async def listen() -> None:
            async for _ in self._connection:
                pass

        listening = asyncio.ensure_future(listen())
        while not listening.done():
            await asyncio.sleep(KEEP_ALIVE)
            alive = {"janus": "keepalive", "session_id": self._session["session_id"], "transaction": "alive"}
            await self._connection.send(json.dumps(alive))


async def main(port: int, address: str, clip_file: Path) -> None:
    commands = told()
    clip = load(clip_file)
    aioice.ice.get_host_addresses = lambda *_, **__: [address]  # one way to Janus, not one for each address here
    video = Track("video", clip.video, FRAMES_PER_SECOND, 90_000)
    sound = Track("audio", clip.sound, PACKETS_PER_SECOND, 48_000)
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peer.addTransceiver(sound, "sendonly")
    codecs = [codec for codec in RTCRtpSender.getCapabilities("video").codecs if codec.mimeType == "video/VP8"]
    peer.addTransceiver(video, "sendonly").setCodecPreferences(codecs)
    connected = asyncio.Event()

    @peer.on("connectionstatechange")
    def _changed() -> None:
        if peer.connectionState == "connected":
            connected.set()

    async with connect(f"ws://127.0.0.1:{port}/", subprotocols=[Subprotocol("janus-protocol")]) as connection:
        room = Room(connection)
        feed = await room.publish(peer)
        await asyncio.wait_for(connected.wait(), 15)
        living = asyncio.ensure_future(room.live())
        say(feed=feed)
        while (command := await commands.get()) is not None:
            window = Window(command["opens"], command["closes"])
            await window.until(window.closes + int(LINGER * 1e9))
            say(sent_video=video.inside(window), sent_sound=sound.inside(window))
        living.cancel()
        await peer.close()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
