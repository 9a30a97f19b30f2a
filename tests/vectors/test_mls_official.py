"""The official vectors of RFC 9420 apart from the passive clients: every file, every case."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aparte.core.mls.codec import Reader, decode, varint
from aparte.core.mls.commit import Commit, HpkeCiphertext, UpdatePath
from aparte.core.mls.context import GroupContext, confirmed_transcript_hash, interim_transcript_hash
from aparte.core.mls.errors import MlsError, Rule
from aparte.core.mls.framing import (
    AuthenticatedContent,
    Content,
    ContentType,
    FramedContent,
    PrivateMessage,
    PublicMessage,
    WireFormat,
    member,
)
from aparte.core.mls.keypackage import KeyPackage
from aparte.core.mls.message import read_message, write_message
from aparte.core.mls.proposals import Add, PreSharedKeyId, PskType, Remove, Update, read_proposal
from aparte.core.mls.suites import signed
from aparte.core.mls.tree import ParentNode, Tree
from aparte.core.mls.treemath import is_below, left, node_width, parent, right, root, sibling
from aparte.core.mls.validity import check_keys_differ, check_unmerged, is_parent_hash_valid
from aparte.core.mls.welcome import Welcome
from aparte.e2ee.mls import keyschedule
from aparte.e2ee.mls.protect import (
    _sender_data_key,
    check_membership,
    confirmation_tag,
    open_private,
    protect_public,
    seal_private,
    sign_content,
)
from aparte.e2ee.mls.secrettree import secret_tree
from aparte.e2ee.mls.suite import SecretSuite
from aparte.e2ee.mls.treekem import derive_upwards, new_path, node_key_pair, open_path, seal_path
from aparte.e2ee.mls.welcome import GroupSecrets, open_group_info, open_group_secrets
from tests.e2ee.mls.random import seeded
from tests.e2ee.mls.suites import SUITES

MAX = 1 << 24
Load = Callable[[str], list[dict[str, Any]]]
unhex = bytes.fromhex


@pytest.fixture
def load(official_vectors: Callable[[str], Path]) -> Load:
    def read(name: str) -> list[dict[str, Any]]:
        cases: list[dict[str, Any]] = json.loads(official_vectors(f"mls/{name}.json").read_text("utf-8"))
        assert cases
        return cases

    return read


def suites(load: Load, name: str) -> list[tuple[SecretSuite, dict[str, Any]]]:
    return [(SUITES[case["cipher_suite"]], case) for case in load(name)]


def test_tree_math(load: Load) -> None:
    for case in load("tree-math"):
        leaves, nodes = case["n_leaves"], case["n_nodes"]
        assert (node_width(leaves), root(leaves)) == (nodes, case["root"])
        for node in range(nodes):
            if node % 2 == 1:
                assert (left(node), right(node)) == (case["left"][node], case["right"][node])
            else:
                assert case["left"][node] is case["right"][node] is None
            if node != case["root"]:
                assert (parent(node), sibling(node)) == (case["parent"][node], case["sibling"][node])


def test_deserialization(load: Load) -> None:
    for case in load("deserialization"):
        header, length = unhex(case["vlbytes_header"]), case["length"]
        assert varint(length) == header
        assert decode(header, Reader.varint) == length


def test_crypto_basics(load: Load) -> None:
    for suite, case in suites(load, "crypto-basics"):
        x = case["ref_hash"]
        assert suite.public.ref_hash(x["label"], unhex(x["value"])).hex() == x["out"]
        x = case["expand_with_label"]
        out = suite.expand_with_label(unhex(x["secret"]), x["label"], unhex(x["context"]), x["length"])
        assert out.hex() == x["out"]
        x = case["derive_secret"]
        assert suite.derive_secret(unhex(x["secret"]), x["label"]).hex() == x["out"]
        x = case["derive_tree_secret"]
        out = suite.derive_tree_secret(unhex(x["secret"]), x["label"], x["generation"], x["length"])
        assert out.hex() == x["out"]
        x = case["sign_with_label"]
        key, content, public = unhex(x["priv"]), unhex(x["content"]), unhex(x["pub"])
        for signature in (unhex(x["signature"]), suite.sign_with_label(key, x["label"], content)):
            suite.public.verify(public, signature, signed(x["label"], content))
        x = case["encrypt_with_label"]
        private, context, plaintext = unhex(x["priv"]), unhex(x["context"]), unhex(x["plaintext"])
        sealed = HpkeCiphertext(unhex(x["kem_output"]), unhex(x["ciphertext"]))
        assert suite.decrypt_with_label(private, x["label"], context, sealed) == plaintext
        again = suite.encrypt_with_label(unhex(x["pub"]), x["label"], context, plaintext, seeded(1))
        assert suite.decrypt_with_label(private, x["label"], context, again) == plaintext


def test_key_schedule(load: Load) -> None:
    for suite, case in suites(load, "key-schedule"):
        init = unhex(case["initial_init_secret"])
        for number, x in enumerate(case["epochs"]):
            hashes = unhex(x["tree_hash"]), unhex(x["confirmed_transcript_hash"])
            context = GroupContext(1, suite.public.id, unhex(case["group_id"]), number, *hashes, ())
            assert context.encoded.hex() == x["group_context"]
            joiner = keyschedule.joiner_secret(suite, init, unhex(x["commit_secret"]), context)
            assert joiner.hex() == x["joiner_secret"]
            psk = unhex(x["psk_secret"])
            assert keyschedule.welcome_secret(suite, joiner, psk).hex() == x["welcome_secret"]
            secrets = keyschedule.epoch_secrets(suite, joiner, psk, context)
            assert [
                secrets.init.hex(),
                secrets.sender_data.hex(),
                secrets.encryption.hex(),
                secrets.exporter.hex(),
                secrets.authenticator.hex(),
                secrets.external.hex(),
                secrets.confirmation.hex(),
                secrets.membership.hex(),
                secrets.resumption.hex(),
            ] == [
                x["init_secret"],
                x["sender_data_secret"],
                x["encryption_secret"],
                x["exporter_secret"],
                x["epoch_authenticator"],
                x["external_secret"],
                x["confirmation_key"],
                x["membership_key"],
                x["resumption_psk"],
            ]
            assert keyschedule.external_key_pair(suite, secrets).public.hex() == x["external_pub"]
            y = x["exporter"]
            out = keyschedule.export(suite, secrets.exporter, y["label"], unhex(y["context"]), y["length"])
            assert out.hex() == y["secret"]
            init = secrets.init


def test_psk_secret(load: Load) -> None:
    for suite, case in suites(load, "psk_secret"):
        psks = [
            (PreSharedKeyId(PskType.EXTERNAL, unhex(x["psk_nonce"]), unhex(x["psk_id"])), unhex(x["psk"]))
            for x in case["psks"]
        ]
        assert keyschedule.psk_secret(suite, psks).hex() == case["psk_secret"]


def test_transcript_hashes(load: Load) -> None:
    for suite, case in suites(load, "transcript-hashes"):
        content = decode(unhex(case["authenticated_content"]), AuthenticatedContent.read)
        before = unhex(case["interim_transcript_hash_before"])
        confirmed = confirmed_transcript_hash(suite.public, before, content.transcript_input)
        assert confirmed.hex() == case["confirmed_transcript_hash_after"]
        assert confirmation_tag(suite, unhex(case["confirmation_key"]), confirmed) == content.confirmation_tag
        interim = interim_transcript_hash(suite.public, confirmed, content.confirmation_tag)
        assert interim.hex() == case["interim_transcript_hash_after"]


def test_secret_tree(load: Load) -> None:
    for suite, case in suites(load, "secret-tree"):
        x = case["sender_data"]
        key, nonce = _sender_data_key(suite, unhex(x["sender_data_secret"]), unhex(x["ciphertext"]))
        assert (key.hex(), nonce.hex()) == (x["key"], x["nonce"])
        tree = secret_tree(suite, len(case["leaves"]), unhex(case["encryption_secret"]))
        for leaf, generations in enumerate(case["leaves"]):
            for kind, application in (("handshake", False), ("application", True)):
                content = ContentType.APPLICATION if application else ContentType.COMMIT
                for y in generations:
                    got, tree = tree.take(leaf, content, y["generation"])
                    assert (got.key.hex(), got.nonce.hex()) == (y[f"{kind}_key"], y[f"{kind}_nonce"])
                    with pytest.raises(MlsError) as caught:
                        tree.take(leaf, content, y["generation"])
                    assert caught.value.rule is Rule.GENERATION_USED


def test_message_protection(load: Load) -> None:
    for suite, case in suites(load, "message-protection"):
        hashes = unhex(case["tree_hash"]), unhex(case["confirmed_transcript_hash"])
        context = GroupContext(1, suite.public.id, unhex(case["group_id"]), case["epoch"], *hashes, ())
        membership, sender_data = unhex(case["membership_key"]), unhex(case["sender_data_secret"])
        private, public = unhex(case["signature_priv"]), unhex(case["signature_pub"])
        contents: dict[str, Content] = {
            "proposal": decode(unhex(case["proposal"]), read_proposal),
            "commit": decode(unhex(case["commit"]), Commit.read),
            "application": unhex(case["application"]),
        }
        for name, raw in contents.items():
            tree = secret_tree(suite, 2, unhex(case["encryption_secret"]))
            sealed = read_message(unhex(case[f"{name}_priv"]), MAX)
            assert isinstance(sealed, PrivateMessage)
            opened, _ = open_private(suite, sealed, tree, sender_data)
            assert opened.framed.content == raw
            opened.verify(suite.public, context, public)
            framed = FramedContent(context.group_id, context.epoch, member(1), b"", raw)
            own = sign_content(suite, WireFormat.PRIVATE_MESSAGE, framed, context, private)
            if name == "commit":
                own = own.confirmed_with(opened.confirmation_tag)
            message, _ = seal_private(suite, own, tree, sender_data, seeded(2), padding=7)
            again, _ = open_private(suite, message, tree, sender_data)
            assert again == own
            if name == "application":
                continue
            clear = read_message(unhex(case[f"{name}_pub"]), MAX)
            assert isinstance(clear, PublicMessage)
            content = check_membership(suite, clear, context, membership)
            assert content.framed.content == raw
            content.verify(suite.public, context, public)
            assert protect_public(suite, content, context, membership) == clear


def test_welcome(load: Load) -> None:
    for suite, case in suites(load, "welcome"):
        package, welcome = read_message(unhex(case["key_package"]), MAX), read_message(unhex(case["welcome"]), MAX)
        assert isinstance(package, KeyPackage)
        assert isinstance(welcome, Welcome)
        package.verify(suite.public)
        secrets = open_group_secrets(suite, welcome, package, unhex(case["init_priv"]))
        assert secrets.psks == ()
        psk = keyschedule.psk_secret(suite, [])
        sealing = keyschedule.welcome_secret(suite, secrets.joiner_secret, psk)
        info = open_group_info(suite, welcome, sealing)
        suite.public.verify(unhex(case["signer_pub"]), info.signature, signed("GroupInfoTBS", info.body))
        epoch = keyschedule.epoch_secrets(suite, secrets.joiner_secret, psk, info.context)
        tag = confirmation_tag(suite, epoch.confirmation, info.context.confirmed_transcript_hash)
        assert tag == info.confirmation_tag


def test_tree_operations(load: Load) -> None:
    for suite, case in suites(load, "tree-operations"):
        before, after = unhex(case["tree_before"]), unhex(case["tree_after"])
        tree = Tree.decode(suite.public, before)
        assert tree.encoded == before
        assert tree.hash().hex() == case["tree_hash_before"]
        proposal = decode(unhex(case["proposal"]), read_proposal)
        match proposal:
            case Add(package):
                tree, _ = tree.add(package.leaf)
            case Update(leaf):
                tree = tree.update(case["proposal_sender"], leaf)
            case Remove(removed):
                tree = tree.remove(removed)
            case _:
                pytest.fail("no tree operation")
        assert tree.encoded == after
        assert tree.hash().hex() == case["tree_hash_after"]


def test_tree_validation(load: Load) -> None:
    for suite, case in suites(load, "tree-validation"):
        tree = Tree.decode(suite.public, unhex(case["tree"]))
        for node in range(len(tree.nodes)):
            assert list(tree.resolution(node)) == case["resolutions"][node]
            assert tree.hash(node).hex() == case["tree_hashes"][node]
            found = tree.nodes[node]
            assert not isinstance(found, ParentNode) or is_parent_hash_valid(tree, node, found)
        check_unmerged(tree)
        check_keys_differ(tree)
        for index, leaf in tree.leaves():
            leaf.verify(suite.public, unhex(case["group_id"]), index)


def test_treekem(load: Load) -> None:
    for suite, case in suites(load, "treekem"):
        tree = Tree.decode(suite.public, unhex(case["ratchet_tree"]))
        group_id = unhex(case["group_id"])
        keys: dict[int, dict[int, bytes]] = {}
        for x in case["leaves_private"]:
            keys[x["index"]] = {2 * x["index"]: unhex(x["encryption_priv"])}
            for y in x["path_secrets"]:
                pair = node_key_pair(suite, unhex(y["path_secret"]))
                node = tree.parent_node(y["node"])
                assert node is not None
                assert node.encryption_key == pair.public
                keys[x["index"]][y["node"]] = pair.private
        signing = {x["index"]: unhex(x["signature_priv"]) for x in case["leaves_private"]}
        for x in case["update_paths"]:
            sender, path = x["sender"], decode(unhex(x["update_path"]), UpdatePath.read)
            parents, parent_hash = tree.path_nodes(sender, [node.encryption_key for node in path.nodes])
            assert path.leaf.parent_hash == parent_hash
            path.leaf.verify(suite.public, group_id, sender)
            after = tree.merge(sender, path.leaf, parents)
            assert after.hash().hex() == x["tree_hash_after"]
            confirmed = unhex(case["confirmed_transcript_hash"])
            context = GroupContext(1, suite.public.id, group_id, case["epoch"], after.hash(), confirmed, ())
            for leaf, expected in enumerate(x["path_secrets"]):
                if expected is None:
                    continue
                got, commit_secret = open_path(suite, path, tree, after, sender, leaf, keys[leaf], (), context)
                assert commit_secret.hex() == x["commit_secret"]
                shared = next(node for node, _ in after.filtered_path(sender) if is_below(2 * leaf, node))
                assert derive_upwards(suite, after, sender, shared, unhex(expected), {})[0].items() <= got.items()
            leaf_node = tree.leaf(sender)
            assert leaf_node is not None
            made = new_path(suite, tree, sender, leaf_node, signing[sender], group_id, seeded(3))
            context = GroupContext(1, suite.public.id, group_id, case["epoch"], made.tree.hash(), confirmed, ())
            ours = seal_path(suite, made, tree, sender, (), context, seeded(4))
            for leaf in keys:
                if leaf != sender:
                    _, secret = open_path(suite, ours, tree, made.tree, sender, leaf, keys[leaf], (), context)
                    assert secret == made.commit_secret


def test_messages(load: Load) -> None:
    count = 0
    for case in load("messages"):
        for name, text in case.items():
            data = unhex(text)
            again: bytes
            if name in ("mls_welcome", "mls_group_info", "mls_key_package") or name.startswith(("public_", "private_")):
                again = write_message(read_message(data, MAX))
            elif name == "ratchet_tree":
                again = Tree.decode(SUITES[1].public, data).encoded
            elif name == "group_secrets":
                again = decode(data, GroupSecrets.read).encoded
            elif name == "commit":
                again = decode(data, Commit.read).encoded
            else:
                number = {
                    "add_proposal": 1,
                    "update_proposal": 2,
                    "remove_proposal": 3,
                    "pre_shared_key_proposal": 4,
                    "re_init_proposal": 5,
                    "external_init_proposal": 6,
                    "group_context_extensions_proposal": 7,
                }[name]
                again = decode(number.to_bytes(2) + data, read_proposal).encoded[2:]
            assert again == data
            count += 1
    assert count == 300 * 17
