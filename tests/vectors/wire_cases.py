"""The vectors of spec/vectors/wire: headers, control messages, content."""

import json
from typing import Any

from aparte.core.wire import control as c
from aparte.core.wire.b64 import b64_decode, b64_encode
from aparte.core.wire.errors import CLOSE_CODES, REFUSALS, Reason
from aparte.core.wire.header import MAX_SIZE, Header, Stream, build_header
from aparte.core.wire.limits import ACCOUNT_IDENTITY_SIZE, MAX_CHARTER, MAX_CLIENT_TEXT, MAX_INFO, MAX_SERVER_TEXT
from aparte.e2ee.content import Ask, Client, Codec, Colour, Sound, State, Video, build_sound, build_state, build_video

SEAT = b64_encode(bytes(range(16)))
OTHER = b64_encode(bytes(range(16, 32)))
TOKEN = b64_encode(bytes(range(32)))


def headers() -> dict[str, Any]:
    """Give every allowed shape of a header, and headers that break one rule each."""
    valid: list[dict[str, Any]] = []
    for stream in Stream:
        for rendition in range(3 if stream is Stream.CAMERA else 1):
            for temporal in range(3 if stream is Stream.CAMERA else 1):
                for key in (False, True) if stream is Stream.CAMERA and temporal == 0 else (False,):
                    number = len(valid)
                    tl0 = (37 * number) % 256 if stream is Stream.CAMERA else 0
                    counter = (0, 7, 8, 255, 256, 0x01020304, 0xFFFFFFFF)[number % 7]
                    header = Header(stream, rendition, temporal, key, temporal == 2, tl0, counter)
                    valid.append(
                        {
                            "header": build_header(header).hex(),
                            "size": 25 if number % 2 else MAX_SIZE[stream],
                            "stream": int(stream),
                            "rendition": rendition,
                            "temporal": temporal,
                            "key": key,
                            "discardable": temporal == 2,
                            "tl0": tl0,
                            "counter": counter,
                        }
                    )
    broken = [
        ("empty", "", 0, Reason.MALFORMED),
        ("header alone", "1120000000000000", 8, Reason.MALFORMED),
        ("one byte short", "1120000000000000", 24, Reason.MALFORMED),
        ("version 0", "0120000000000000", 25, Reason.BAD_VERSION),
        ("version 2", "2120000000000000", 25, Reason.BAD_VERSION),
        ("version 2 of an unknown kind and stream", "2ff0ff0000000000", 25, Reason.BAD_VERSION),
        ("kind 0", "1020000000000000", 25, Reason.UNKNOWN_KIND),
        ("kind 2", "1220000000000000", 25, Reason.UNKNOWN_KIND),
        ("stream 4", "1140000000000000", 25, Reason.UNKNOWN_KIND),
        ("stream 15 with unknown flags", "11f0ff0000000000", 25, Reason.UNKNOWN_KIND),
        ("rendition 3", "112c000000000000", 25, Reason.MALFORMED),
        ("temporal 3", "1123000000000000", 25, Reason.MALFORMED),
        ("sound with a rendition", "1114000000000000", 25, Reason.MALFORMED),
        ("sound with a temporal layer", "1111000000000000", 25, Reason.MALFORMED),
        ("state with a rendition", "1104000000000000", 25, Reason.MALFORMED),
        ("proof with a rendition", "1134000000000000", 25, Reason.MALFORMED),
        ("proof with a temporal layer", "1131000000000000", 25, Reason.MALFORMED),
        ("key in temporal 1", "1121010000000000", 25, Reason.MALFORMED),
        ("key in temporal 2", "1122030000000000", 25, Reason.MALFORMED),
        ("key of sound", "1110010000000000", 25, Reason.MALFORMED),
        ("discardable in temporal 0", "1120020000000000", 25, Reason.MALFORMED),
        ("discardable in temporal 1", "1121020000000000", 25, Reason.MALFORMED),
        ("discardable sound", "1110020000000000", 25, Reason.MALFORMED),
        ("temporal 2 not discardable", "1122000000000000", 25, Reason.MALFORMED),
        ("flag bit 2", "1120040000000000", 25, Reason.MALFORMED),
        ("flag bit 7", "1120800000000000", 25, Reason.MALFORMED),
        ("sound with tl0", "1110000100000000", 25, Reason.MALFORMED),
        ("proof with tl0", "1130000100000000", 25, Reason.MALFORMED),
        ("discardable proof", "1130020000000000", 25, Reason.MALFORMED),
        ("state with tl0", "1100000100000000", 25, Reason.MALFORMED),
        ("state over its limit", "1100000000000000", 4_097, Reason.TOO_LARGE),
        ("proof over its limit", "1130000000000000", 8_193, Reason.TOO_LARGE),
        ("sound over its limit", "1110000000000000", 4_097, Reason.TOO_LARGE),
        ("camera over its limit", "1120000000000000", 524_289, Reason.TOO_LARGE),
    ]
    invalid = [{"why": why, "header": hexed, "size": size, "reason": reason} for why, hexed, size, reason in broken]
    return {"about": "a message is the header and then zero bytes up to size", "valid": valid, "invalid": invalid}


def control() -> dict[str, Any]:
    """Give one message of every type and shape, and messages that break one rule each."""
    group, info, commit, tree = bytes(range(32)), b"\xfb\xff group info", b"\xff\xfe commit", b"\xfe\xfb tree"
    meeting, door = bytes(range(100, 116)), bytes(range(200, 232))
    state = c.GroupState(group, 5, info, tree)
    client: list[c.ClientMessage] = [
        c.Hello(1, meeting, door),
        c.Hello(1, meeting, door, c.ResumeRequest(SEAT, TOKEN, 3)),
        c.Hello(1, meeting, door, code="01234567"),
        c.Hello(1, meeting, door, c.ResumeRequest(SEAT, TOKEN, 3), "99999999"),
        c.Create(bytes(16), b"\0", b"\0"),
        c.Create(bytes(64), info, tree),
        c.Commit(commit, info),
        c.Knock(bytes(range(167)) * 2, bytes(range(32))),
        c.Knock(bytes(ACCOUNT_IDENTITY_SIZE), bytes(32)),
        c.Admit(OTHER, bytes(range(157))),
        c.Refuse(OTHER),
        c.Nack(0),
        c.Nack(2**53 - 1),
        c.RefreshRequest(SEAT, Stream.CAMERA, 2),
        c.Ping(0),
        c.Ping(2**53 - 1),
        c.Leave(),
    ]
    server: list[c.ServerMessage] = [
        c.Welcome(1, SEAT, TOKEN, b"\xff\xfb charter"),
        c.Welcome(1, SEAT, TOKEN, bytes(MAX_CHARTER)),
        c.Wait("present", False),
        c.Wait("admission", True),
        c.Wait("locked", False),
        c.Wait("closed", False),
        c.Admitted(bytes(range(157))),
        c.KnockNotice(OTHER, bytes(range(167)) * 2, bytes(range(32))),
        c.Unknock(OTHER),
        c.Turn(None),
        c.Turn(state),
        c.Resumed(TOKEN, 4, (), (), ()),
        c.Resumed(TOKEN, 4, (c.PastCommit(2, SEAT, commit), c.PastCommit(3, OTHER, commit)), (SEAT,), (OTHER,)),
        c.Accepted(1),
        c.CommitNotice(4, OTHER, commit),
        c.Refused("create", Reason.GROUP_EXISTS),
        c.Refused("admit", Reason.NOT_ADMITTED),
        *(c.Refused("commit", reason) for reason in sorted(REFUSALS)),
        c.Reopened(4),
        c.Away(SEAT),
        c.Back(SEAT),
        c.Gone(SEAT),
        c.RefreshNotice(Stream.CAMERA, 0),
        c.Pong(17),
        *(c.Bye(reason) for reason in CLOSE_CODES),
    ]
    texts = [("client", c.encode_client(message)) for message in client]
    texts += [("server", c.encode_server(message)) for message in server]
    valid = [{"from": sender, "text": text, "octets": _octets(json.loads(text))} for sender, text in texts]
    return {
        "about": "octets: path to a field of bytes, and these in hex. pad: blanks in front up to so many bytes. "
        "repeat: so many \u00e9 instead of @",
        "valid": valid,
        "invalid": _broken_control(),
    }


_OCTETS = {"meeting", "door", "group", "info", "tree", "commit", "charter", "identity", "key", "admission"}


def _octets(value: Any, path: str = "") -> dict[str, str]:
    if isinstance(value, list):
        items: list[tuple[str, Any]] = [(str(index), item) for index, item in enumerate(value)]
    elif isinstance(value, dict):
        items = list(value.items())
    else:
        return {}
    found: dict[str, str] = {}
    for name, item in items:
        if name in _OCTETS and isinstance(item, str):
            found[path + name] = b64_decode(item).hex()
        found |= _octets(item, f"{path}{name}.")
    return found


def _broken_control() -> list[dict[str, Any]]:
    hello = f'{{"t":"hello","v":1,"meeting":"{b64_encode(bytes(16))}","door":"{b64_encode(bytes(32))}"}}'
    welcome = f'{{"t":"welcome","v":1,"seat":"{SEAT}","token":"{TOKEN}","charter":"AA"}}'
    refresh = f'{{"t":"refresh","seat":"{SEAT}","stream":2,"rendition":0}}'

    def create(size: int, others: str) -> str:
        return f'{{"t":"create","group":"{b64_encode(bytes(size))}",{others}}}'

    def knock(size: int, key: int) -> str:
        return f'{{"t":"knock","identity":"{b64_encode(bytes(size))}","key":"{b64_encode(bytes(key))}"}}'

    malformed, unknown, version, too_large = (
        Reason.MALFORMED,
        Reason.UNKNOWN_KIND,
        Reason.BAD_VERSION,
        Reason.TOO_LARGE,
    )
    client = [
        ("no JSON", "", malformed),
        ("cut short", '{"t":"ping","n":1', malformed),
        ("two values", '{"t":"leave"} {"t":"leave"}', malformed),
        ("not an object", '["leave"]', malformed),
        ("a number", "1", malformed),
        ("null", "null", malformed),
        ("no type", "{}", malformed),
        ("type is a number", '{"t":1}', malformed),
        ("type of another sender", '{"t":"pong","n":1}', unknown),
        ("unknown type", '{"t":"dance"}', unknown),
        ("type of an object's own method", '{"t":"toString"}', unknown),
        ("unknown field", '{"t":"leave","now":true}', malformed),
        ("field __proto__", '{"t":"leave","__proto__":{}}', malformed),
        ("field constructor", '{"t":"leave","constructor":1}', malformed),
        ("missing field", '{"t":"ping"}', malformed),
        ("null for a number", '{"t":"ping","n":null}', malformed),
        ("text for a number", '{"t":"ping","n":"1"}', malformed),
        ("boolean for a number", '{"t":"ping","n":true}', malformed),
        ("fraction", '{"t":"ping","n":1.5}', malformed),
        ("negative", '{"t":"ping","n":-1}', malformed),
        ("2^53", '{"t":"ping","n":9007199254740992}', malformed),
        ("over 64 bits", '{"t":"ping","n":99999999999999999999999}', malformed),
        ("NaN", '{"t":"ping","n":NaN}', malformed),
        ("hello of version 2", hello.replace('"v":1', '"v":2'), version),
        ("hello of version 2 with more fields", '{"t":"hello","v":2,"new":[]}', version),
        ("hello of version 0", hello.replace('"v":1', '"v":0'), version),
        ("hello without a version", hello.replace('"v":1,', ""), malformed),
        ("hello with a version in text", hello.replace('"v":1', '"v":"1"'), malformed),
        ("hello with version true", hello.replace('"v":1', '"v":true'), malformed),
        ("meeting of 15 bytes", hello.replace(b64_encode(bytes(16)), b64_encode(bytes(15))), malformed),
        ("meeting of 17 bytes", hello.replace(b64_encode(bytes(16)), b64_encode(bytes(17))), malformed),
        ("meeting with padding", hello.replace(b64_encode(bytes(16)), b64_encode(bytes(16)) + "=="), malformed),
        ("meeting with trailing bits", hello.replace(b64_encode(bytes(16)), "A" * 21 + "B"), malformed),
        ("meeting with a plus", hello.replace(b64_encode(bytes(16)), "+" + "A" * 21), malformed),
        ("meeting with a line end", hello.replace(b64_encode(bytes(16)), "A" * 22 + "\\n"), malformed),
        ("meeting beyond ASCII", hello.replace(b64_encode(bytes(16)), "A" * 21 + "\\u0410"), malformed),
        ("resume without a token", hello[:-1] + f',"resume":{{"seat":"{SEAT}","epoch":1}}}}', malformed),
        ("code of seven digits", hello[:-1] + ',"code":"1234567"}', malformed),
        ("code of nine digits", hello[:-1] + ',"code":"123456789"}', malformed),
        ("code with a line end", hello[:-1] + ',"code":"12345678\\n"}', malformed),
        ("code of other digits", hello[:-1] + ',"code":"' + "\\u0661" * 8 + '"}', malformed),
        ("code as a number", hello[:-1] + ',"code":12345678}', malformed),
        ("resume is a list", hello[:-1] + ',"resume":[]}', malformed),
        ("seat of 15 bytes", refresh.replace(SEAT, SEAT[:20]), malformed),
        ("seat with trailing bits", refresh.replace(SEAT, "A" * 21 + "B"), malformed),
        ("seat with a line end", refresh.replace(SEAT, SEAT + "\\n"), malformed),
        ("stream 4", refresh.replace('"stream":2', '"stream":4'), malformed),
        ("rendition 3", refresh.replace('"rendition":0', '"rendition":3'), malformed),
        ("empty info", create(16, '"info":"","tree":"AA"'), malformed),
        ("empty tree", create(16, '"info":"AA","tree":""'), malformed),
        ("no tree", create(16, '"info":"AA"'), malformed),
        ("tree with padding", create(16, '"info":"AA","tree":"AA=="'), malformed),
        ("info over its limit", create(16, f'"info":"{b64_encode(bytes(MAX_INFO + 1))}","tree":"AA"'), too_large),
        ("group of 15 bytes", create(15, '"info":"AA","tree":"AA"'), malformed),
        ("group of 65 bytes", create(65, '"info":"AA","tree":"AA"'), malformed),
        ("commit with an epoch of its own", '{"t":"commit","epoch":0,"commit":"AA","info":"AA"}', malformed),
        ("commit without its group's state", '{"t":"commit","commit":"AA"}', malformed),
        ("knock of 333 bytes", knock(333, 32), malformed),
        ("knock of 455 bytes", knock(455, 32), malformed),
        ("knock with a short key", knock(334, 31), malformed),
        (
            "admission of 156 bytes",
            f'{{"t":"admit","seat":"{SEAT}","admission":"{b64_encode(bytes(156))}"}}',
            malformed,
        ),
        ("nack without an epoch", '{"t":"nack"}', malformed),
        ("nack of a negative epoch", '{"t":"nack","epoch":-1}', malformed),
    ]
    server = [
        ("type of another sender", '{"t":"leave"}', unknown),
        ("welcome of version 2", welcome.replace('"v":1', '"v":2'), version),
        ("welcome with a group", welcome[:-1] + ',"group":null}', malformed),
        ("token with trailing bits", welcome.replace(TOKEN, "A" * 42 + "B"), malformed),
        ("wait for something else", '{"t":"wait","why":"tea","someone":true}', malformed),
        ("wait without a word of others", '{"t":"wait","why":"locked"}', malformed),
        ("wait with a number for a word", '{"t":"wait","why":"locked","someone":1}', malformed),
        ("welcome without a charter", welcome.replace(',"charter":"AA"', ""), malformed),
        ("no charter", welcome.replace('"charter":"AA"', '"charter":null'), malformed),
        ("empty charter", welcome.replace('"charter":"AA"', '"charter":""'), malformed),
        ("charter with padding", welcome.replace('"charter":"AA"', '"charter":"AA=="'), malformed),
        (
            "charter over its limit",
            welcome.replace('"charter":"AA"', f'"charter":"{b64_encode(bytes(MAX_CHARTER + 1))}"'),
            malformed,
        ),
        ("turn without a group", '{"t":"turn"}', malformed),
        (
            "turn without a tree",
            f'{{"t":"turn","group":{{"group":"{b64_encode(bytes(32))}","epoch":0,"info":"AA"}}}}',
            malformed,
        ),
        ("reopened at a fraction", '{"t":"reopened","epoch":0.5}', malformed),
        ("refused for a close reason", '{"t":"refused","of":"commit","reason":"full"}', malformed),
        ("refused something else", '{"t":"refused","of":"ping","reason":"unwanted"}', malformed),
        ("refused with a group", '{"t":"refused","of":"commit","reason":"stale-epoch","group":null}', malformed),
        ("bye for a refusal", '{"t":"bye","reason":"stale-epoch"}', malformed),
        ("bye for an unknown reason", '{"t":"bye","reason":"toString"}', malformed),
    ]
    cases: list[dict[str, Any]] = [
        {"why": why, "from": sender, "text": text, "reason": reason}
        for sender, broken in (("client", client), ("server", server))
        for why, text, reason in broken
    ]
    cases += [
        {"why": why, "from": sender, "text": text, "pad": pad, "reason": too_large}
        for why, sender, text, pad in (
            ("over a client's limit", "client", '{"t":"leave"}', MAX_CLIENT_TEXT + 1),
            ("over a server's limit", "server", '{"t":"pong","n":1}', MAX_SERVER_TEXT + 1),
        )
    ]
    cases.append(
        {
            "why": "bytes are counted, not characters",
            "from": "client",
            "text": '{"t":"ping","n":"@"}',
            "repeat": MAX_CLIENT_TEXT // 2,
            "reason": too_large,
        }
    )
    return cases


_BAD_ASKS = [
    ("an ask that is null", b"null"),
    ("an ask that is a list", b"[1,2,3]"),
    ("an ask without a leaf", b'{"gesture":1,"number":1}'),
    ("an ask without a gesture", b'{"leaf":1,"number":1}'),
    ("an ask without a number", b'{"leaf":1,"gesture":1}'),
    ("an ask with an unknown field", b'{"leaf":1,"gesture":1,"number":1,"name":"Zoe"}'),
    ("an ask of leaf 65536", b'{"leaf":65536,"gesture":1,"number":1}'),
    ("an ask of leaf -1", b'{"leaf":-1,"gesture":1,"number":1}'),
    ("an ask for gesture 12", b'{"leaf":1,"gesture":12,"number":1}'),
    ("an ask with number 256", b'{"leaf":1,"gesture":1,"number":256}'),
    ("an ask for a gesture and a half", b'{"leaf":1,"gesture":1.5,"number":1}'),
    ("an ask for a text", b'{"leaf":1,"gesture":"1","number":1}'),
    ("an ask for a boolean", b'{"leaf":1,"gesture":true,"number":1}'),
]


def content() -> dict[str, Any]:
    """Give plaintexts of every stream, and broken ones."""
    sound = build_sound(Sound(1_795_000_000_123_456, 45, 1, 200, b"\xfcopus"))
    video = build_video(Video(Codec.VP9, 2**53 - 1, 640, 360, Colour(6, False, 6), b"\x82vp9"))
    largest = build_video(Video(Codec.H264, 0, 0xFFFF, 0xFFFF, Colour(127, True, 255), b"\0"))
    states = [
        build_state(State(mic, camera, client))
        for mic in (False, True)
        for camera in (False, True)
        for client in Client
    ]
    asks = [Ask(0, 0, 0), Ask(0xFFFF, 11, 0xFF), Ask(7, 4, 1)]
    states += [build_state(State(True, False, Client.PAGE, ask)) for ask in asks]
    camera = {"matrix": 6, "full_range": False, "primaries": 6}
    strange = {"matrix": 127, "full_range": True, "primaries": 255}
    fields: list[tuple[str, bytes, dict[str, Any]]] = [
        ("sound", sound, {"time_us": "1795000000123456", "level": 45, "channels": 1, "duration_units": 200}),
        (
            "video",
            video,
            {"codec": 2, "time_us": str(2**53 - 1), "width": 640, "height": 360} | camera,
        ),
        (
            "video",
            largest,
            {"codec": 5, "time_us": "0", "width": 65535, "height": 65535} | strange,
        ),
        *(("state", state, json.loads(state)) for state in states),
    ]

    def patched(plaintext: bytes, at: int, value: str) -> bytes:
        new = bytes.fromhex(value)
        return plaintext[:at] + new + plaintext[at + len(new) :]

    invalid = [
        ("empty", "sound", b""),
        ("prefix alone", "sound", sound[:16]),
        ("prefix alone", "video", video[:16]),
        ("layout 0", "sound", patched(sound, 0, "00")),
        ("layout 2", "video", patched(video, 0, "02")),
        ("sound of a picture codec", "sound", patched(sound, 1, "02")),
        ("picture of the sound codec", "video", patched(video, 1, "01")),
        ("codec 6", "video", patched(video, 1, "06")),
        ("time 2^53", "video", patched(video, 2, "0020000000000000")),
        ("level 128", "sound", patched(sound, 10, "80")),
        ("no channel", "sound", patched(sound, 11, "00")),
        ("no duration", "sound", patched(sound, 12, "0000")),
        ("no width", "video", patched(video, 10, "0000")),
        ("no height", "video", patched(video, 12, "0000")),
        ("reserved byte 14", "sound", patched(sound, 14, "0100")),
        ("reserved byte 15", "sound", patched(sound, 14, "0001")),
        ("not UTF-8", "state", b'{"mic":true,"camera":true,"client":"page"}\xff'),
        ("not JSON", "state", b'{"mic":true,'),
        ("a list", "state", b'[true,true,"page"]'),
        ("null", "state", b"null"),
        ("missing field", "state", b'{"mic":true,"client":"page"}'),
        ("no kind of client", "state", b'{"mic":true,"camera":true}'),
        ("unknown kind of client", "state", b'{"mic":true,"camera":true,"client":"ghost"}'),
        ("unknown field", "state", b'{"mic":true,"camera":true,"client":"page","screen":true}'),
        ("number for boolean", "state", b'{"mic":1,"camera":true,"client":"page"}'),
        *((why, "state", b'{"mic":true,"camera":true,"client":"page","ask":%s}' % ask) for why, ask in _BAD_ASKS),
        ("over 1,024 bytes", "state", b'{"mic":true,"camera":true,"client":"page"}'.ljust(1_025)),
    ]
    return {
        "valid": [{"kind": kind, "plaintext": plain.hex(), **values} for kind, plain, values in fields],
        "invalid": [{"why": why, "kind": kind, "plaintext": plain.hex()} for why, kind, plain in invalid],
    }
