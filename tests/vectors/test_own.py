"""Every file of spec/vectors: what Python makes has not changed, and Python agrees with all of it."""

import json
from typing import Any

import msgspec
import pytest

from aparte.client.groups import Groups
from aparte.core.mls.suites import verify_ed25519
from aparte.core.policy import names
from aparte.core.policy.person import Person
from aparte.core.wire import control
from aparte.core.wire.b64 import b64_decode
from aparte.core.wire.errors import WireError
from aparte.core.wire.header import Header, Stream, build_header, parse_header
from aparte.e2ee import content, keys
from aparte.e2ee.attest.proof import build_body, parse_proof, sign_content
from aparte.e2ee.attest.witness import Witness
from aparte.e2ee.content import ContentError
from aparte.e2ee.person import OwnPerson, SeedKey
from aparte.e2ee.safety import epoch_code, person_code
from aparte.e2ee.sframe.cipher import Cipher
from aparte.e2ee.sframe.errors import SealError
from aparte.e2ee.sframe.header import build_sframe_header, parse_sframe_header
from aparte.e2ee.sframe.opener import Opener
from aparte.e2ee.sframe.replay import ReplayWindow
from aparte.e2ee.sframe.sealer import Marks, Sealer
from tests.vectors.make import FILES, VECTORS, text_of

Case = dict[str, Any]


def load(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((VECTORS / name).read_text("utf-8"))
    return data


def name_of(case: Case) -> str:
    return str(case.get("why", ""))


@pytest.mark.parametrize("name", FILES)
def test_making_a_file_again_changes_nothing(name: str) -> None:
    assert (VECTORS / name).read_text("utf-8") == text_of(name)


def test_every_file_is_listed_with_its_origin() -> None:
    listed = (VECTORS / "README.md").read_text("utf-8")
    found = {path.relative_to(VECTORS).as_posix() for path in VECTORS.glob("*/*.json")}
    # Other parts of the protocol may keep vectors here too; each says in the README where it comes from.
    assert {name for name in found if f"`{name}`" not in listed} == set()
    assert found >= FILES.keys() | {"sframe/typescript.json"}


def test_headers() -> None:
    for case in load("wire/headers.json")["valid"]:
        message = bytes.fromhex(case["header"]).ljust(case["size"], b"\0")
        header = parse_header(message)
        fields = ("stream", "rendition", "temporal", "key", "discardable", "tl0", "counter")
        assert {field: getattr(header, field) for field in fields} == {field: case[field] for field in fields}
        assert build_header(header) == message[:8]
        assert parse_header(bytearray(message)) == parse_header(memoryview(message)) == header


@pytest.mark.parametrize("case", load("wire/headers.json")["invalid"], ids=name_of)
def test_broken_headers(case: Case) -> None:
    with pytest.raises(WireError) as caught:
        parse_header(bytes.fromhex(case["header"]).ljust(case["size"], b"\0"))
    assert caught.value.reason == case["reason"]


def decode(sender: str, text: str) -> Any:
    return control.decode_client(text) if sender == "client" else control.decode_server(text)


def test_control_messages() -> None:
    for case in load("wire/control.json")["valid"]:
        message = decode(case["from"], case["text"])
        encode: Any = control.encode_client if case["from"] == "client" else control.encode_server
        assert encode(message) == case["text"]
        assert decode(case["from"], case["text"].encode()) == message
        for path, octets in case["octets"].items():
            value = message
            for name in path.split("."):
                value = value[int(name)] if name.isdigit() else getattr(value, name)
            assert value == bytes.fromhex(octets)


@pytest.mark.parametrize("case", load("wire/control.json")["invalid"], ids=name_of)
def test_broken_control_messages(case: Case) -> None:
    text = case["text"].rjust(case.get("pad", 0)).replace("@", "é" * case.get("repeat", 1))
    with pytest.raises(WireError) as caught:
        decode(case["from"], text)
    assert caught.value.reason == case["reason"]


def test_content() -> None:
    for case in load("wire/content.json")["valid"]:
        plaintext = bytes.fromhex(case["plaintext"])
        if case["kind"] == "state":
            state = content.parse_state(plaintext)
            assert (state.mic, state.camera, state.client) == (case["mic"], case["camera"], case["client"])
            ask = None if state.ask is msgspec.UNSET else msgspec.to_builtins(state.ask)
            assert ask == case.get("ask")
            assert content.build_state(state) == plaintext
        elif case["kind"] == "sound":
            sound = content.parse_sound(plaintext)
            assert (str(sound.time_us), sound.level) == (case["time_us"], case["level"])
            assert (sound.channels, sound.duration_units) == (case["channels"], case["duration_units"])
            assert content.build_sound(sound) == plaintext
        else:
            video = content.parse_video(plaintext)
            assert (str(video.time_us), video.codec) == (case["time_us"], case["codec"])
            assert (video.width, video.height) == (case["width"], case["height"])
            assert video.colour == content.Colour(case["matrix"], case["full_range"], case["primaries"])
            assert content.build_video(video) == plaintext


@pytest.mark.parametrize("case", load("wire/content.json")["invalid"], ids=name_of)
def test_broken_content(case: Case) -> None:
    parse: Any = {"state": content.parse_state, "sound": content.parse_sound, "video": content.parse_video}[
        case["kind"]
    ]
    with pytest.raises(content.ContentError):
        parse(bytes.fromhex(case["plaintext"]))


def test_sframe_headers() -> None:
    vectors = load("sframe/headers.json")
    for case in vectors["valid"]:
        encoded = bytes.fromhex(case["encoded"])
        parsed = parse_sframe_header(encoded)
        assert (str(parsed.kid), str(parsed.ctr), parsed.size) == (case["kid"], case["ctr"], len(encoded))
        assert build_sframe_header(parsed.kid, parsed.ctr) == encoded
    for case in vectors["invalid"]:
        with pytest.raises(SealError, match="malformed"):
            parse_sframe_header(bytes.fromhex(case["encoded"]))


def opens(case: Case) -> None:
    opener = Opener()
    leaf = case["leaf"]
    own = 1 if leaf == 0 else 0
    opener.rekey(bytes.fromhex(case["base_key"]), int(case["epoch"]), own, {own, leaf}, 0.0)
    opened = opener.open(bytes.fromhex(case["message"]), 0.0)
    assert (opened.leaf, opened.plaintext.hex()) == (leaf, case["plaintext"])
    assert opened.header == header_of(case)


def header_of(case: Case) -> Header:
    return Header(
        Stream(case["stream"]),
        case["rendition"],
        case["temporal"],
        case["key"],
        case["discardable"],
        case["tl0"],
        case["counter"],
    )


@pytest.mark.promise("P4")
def test_frames_made_by_python() -> None:
    for case in load("sframe/frames.json")["frames"]:
        opens(case)
        cipher = Cipher(bytes.fromhex(case["base_key"]), int(case["kid"]))
        message = cipher.encrypt(case["counter"], build_header(header_of(case)), bytes.fromhex(case["plaintext"]))
        assert message.hex() == case["message"]


@pytest.mark.promise("P4")
def test_frames_made_by_typescript() -> None:
    sealers: dict[tuple[int, int], Sealer] = {}
    for case in load("sframe/typescript.json")["frames"]:
        opens(case)
        context = (case["stream"], case["rendition"])
        sealer = sealers.setdefault(context, Sealer(Stream(case["stream"]), case["rendition"]))
        sealer.rekey(bytes.fromhex(case["base_key"]), case["leaf"], int(case["epoch"]))
        marks = Marks(case["temporal"], case["key"], case["discardable"], case["tl0"])
        assert sealer.seal(marks, bytes.fromhex(case["plaintext"])).hex() == case["message"]


@pytest.mark.promise("P11")
def test_replay_window() -> None:
    for run in load("sframe/replay.json")["runs"]:
        window = ReplayWindow()
        for counter, accepted in zip(run["counters"], run["accepted"], strict=True):
            assert window.is_fresh(counter) == accepted
            assert window.accept(counter) == accepted


@pytest.mark.promise("P11", "P12")
def test_one_receiver_step_by_step() -> None:
    opener = Opener()
    for step in load("sframe/opening.json")["steps"]:
        now = step["now_ms"] / 1000
        if step["do"] == "rekey":
            key = bytes.fromhex(step["base_key"])
            opener.rekey(key, int(step["epoch"]), step["own_leaf"], step["members"], now)
            continue
        if "reason" in step:
            with pytest.raises(SealError) as caught:
                opener.open(bytes.fromhex(step["message"]), now)
            assert caught.value.reason == step["reason"], step["why"]
        else:
            opened = opener.open(bytes.fromhex(step["message"]), now)
            assert (opened.leaf, opened.plaintext.hex()) == (step["leaf"], step["plaintext"]), step["why"]


def test_links() -> None:
    vectors = load("keys/link.json")
    for case in vectors["valid"]:
        secret, meeting = bytes.fromhex(case["secret"]), bytes.fromhex(case["meeting"])
        derived = keys.derive_link_keys(secret, meeting)
        for field in ("door", "psk", "psk_id", "name_key", "charter_key"):
            assert getattr(derived, field).hex() == case[field]
        assert keys.derive_door(secret) == derived.door
        assert keys.hash_door(derived.door).hex() == case["door_hash"]
        link = keys.Link(case["origin"], meeting, secret)
        assert keys.build_link(link) == case["link"]
        assert keys.parse_link(case["link"]) == link
        assert b64_decode(case["link"].split("#")[1]) == secret
    for case in vectors["invalid"]:
        with pytest.raises(keys.KeysError, match="bad-link"):
            keys.parse_link(case["link"])


def test_names() -> None:
    vectors = load("keys/names.json")
    for case in vectors["valid"]:
        assert keys.normalise_name(case["typed"]) == case["name"]
    for case in vectors["invalid"]:
        with pytest.raises(keys.KeysError, match="bad-name"):
            keys.normalise_name(case["typed"])


def test_labels() -> None:
    vectors = load("keys/names.json")
    for case in vectors["labels"]:
        assert names.normalise_label(case["typed"]) == case["label"]
    for case in vectors["invalid_labels"]:
        with pytest.raises(ValueError, match=r"label|nobody sees"):
            names.normalise_label(case["typed"])
    for case in vectors["details"]:
        assert names.details_of(case["name"], case["label"]).hex() == case["details"]


def test_identities() -> None:
    vectors = load("keys/identity.json")
    fields = ("name_key", "meeting", "seat", "nonce", "person_seed", "leaf_key", "house_key")
    name_key, meeting, seat, nonce, seed, leaf_key, house_key = (bytes.fromhex(vectors[field]) for field in fields)
    key = SeedKey(seed)
    assert key.public.hex() == vectors["person_key"]
    for case in vectors["valid"]:
        person = Person.read(bytes.fromhex(case["identity"]))
        person.verify(meeting, leaf_key, house_key)
        name, label = case["name"], case["label"]
        assert keys.open_identity(name_key, meeting, person) == keys.Identity(person, name, label)
        assert keys.seal_name(name_key, meeting, seat, key.public, nonce, name, label).hex() == case["sealed"]
        assert (person.certificate is None) == case["is_guest"]
        own = OwnPerson(key, name, label, person.certificate)
        assert own.identity(name_key, meeting, seat, leaf_key, nonce) == person
        assert own.subject == person.subject


@pytest.mark.promise("P18")
@pytest.mark.parametrize("case", load("keys/identity.json")["invalid"], ids=name_of)
def test_identities_that_nobody_may_have(case: Case) -> None:
    vectors = load("keys/identity.json")
    name_key, meeting = bytes.fromhex(vectors["name_key"]), bytes.fromhex(vectors["meeting"])
    person = Person.read(bytes.fromhex(case["identity"]))
    with pytest.raises(keys.KeysError, match="bad-identity"):
        keys.open_identity(name_key, meeting, person)


def test_epoch_codes() -> None:
    for case in load("keys/epoch.json")["codes"]:
        assert epoch_code(bytes.fromhex(case["epoch_authenticator"])) == case["code"]


def test_person_codes() -> None:
    for case in load("keys/epoch.json")["persons"]:
        assert person_code(bytes.fromhex(case["person_key"])) == case["code"]


def test_proofs() -> None:
    file = load("attest/proofs.json")
    for case in file["valid"]:
        proof, body, signature = parse_proof(bytes.fromhex(case["plaintext"]))
        assert (proof.number, proof.epoch) == (case["number"], int(case["epoch"]))
        assert build_body(proof) == body
        content = sign_content(bytes.fromhex(file["group"]), file["leaf"], body)
        assert content.hex() == case["content"]
        verify_ed25519(bytes.fromhex(file["key"]), signature, content)


@pytest.mark.promise("P19")
@pytest.mark.parametrize("case", load("attest/proofs.json")["invalid"], ids=name_of)
def test_broken_proofs(case: Case) -> None:
    with pytest.raises(ContentError):
        parse_proof(bytes.fromhex(case["plaintext"]))


@pytest.mark.promise("P13", "P14", "P16")
@pytest.mark.parametrize("script", load("attest/judging.json")["scripts"], ids=name_of)
def test_one_witness_step_by_step(script: Case) -> None:
    file = load("attest/judging.json")
    witness, leaf = Witness(Groups().verify), file["leaf"]
    for step in script["steps"]:
        now, said = step["now"] / 1000, None
        match step["do"]:
            case "enter":
                keys = {int(at): bytes.fromhex(key) for at, key in step["keys"].items()}
                group, check = bytes.fromhex(file["group"]), bytes.fromhex(step["check"])
                witness.enter(group, int(step["epoch"]), check, keys, now)
            case "hear":
                said = witness.hear(leaf, step["kid"], step["counter"], bytes.fromhex(step["hash"]), now)
            case "prove":
                said = witness.prove(leaf, bytes.fromhex(step["plaintext"]), now)
            case "look":
                witness.expire(now)
                said = witness.doubt(leaf, now)
            case "excuse":
                witness.excuse([leaf], now)
            case "cut":
                witness.cut(now)
        assert said == step.get("doubt"), step
