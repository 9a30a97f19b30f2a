"""A participant in Python (docs/sdk): a member of the meeting like any other, with keys that no server delivered."""

from aparte.client.account import Account, sign_in
from aparte.client.crowd import Crowd
from aparte.client.enter import join
from aparte.client.errors import JoinError, MeetingEnded, MeetingError, NotDone, SignInError
from aparte.client.frames import EncodedFrame, Frame, SealedFrame
from aparte.client.meeting import Counters, Meeting
from aparte.client.organiser import Organiser
from aparte.client.people import Knocker, Leaf, Person, Waiting
from aparte.client.publisher import Publisher
from aparte.core.mls.leaf import Source
from aparte.core.policy.charter import Door
from aparte.core.policy.rights import Rights
from aparte.core.wire.header import Stream
from aparte.e2ee.content import Client, Codec, Colour, Sound, Video

__all__ = [
    "Account",
    "Client",
    "Codec",
    "Colour",
    "Counters",
    "Crowd",
    "Door",
    "EncodedFrame",
    "Frame",
    "JoinError",
    "Knocker",
    "Leaf",
    "Meeting",
    "MeetingEnded",
    "MeetingError",
    "NotDone",
    "Organiser",
    "Person",
    "Publisher",
    "Rights",
    "SealedFrame",
    "SignInError",
    "Sound",
    "Source",
    "Stream",
    "Video",
    "Waiting",
    "join",
    "sign_in",
]
