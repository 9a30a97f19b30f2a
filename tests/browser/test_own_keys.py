"""The keys that a page makes for itself stay with the browser: its own script can use them, and cannot read them."""

import pytest
from playwright.async_api import Browser

from tests.browser.conftest import Server
from tests.browser.people import enter, eventually

pytestmark = pytest.mark.browser

# Keeps every key that the worker signs with; the group itself is out of reach from here.
WATCH = """() => {
    globalThis.__keys = new Set();
    const { sign } = SubtleCrypto.prototype;
    SubtleCrypto.prototype.sign = function (algorithm, key, data) {
        if (key.algorithm.name === "Ed25519") globalThis.__keys.add(key);
        return sign.call(this, algorithm, key, data);
    };
}"""
TRY = """async () => {
    const [key, ...others] = globalThis.__keys;
    const refusals = [];
    for (const form of ["pkcs8", "jwk", "raw"]) {
        refusals.push(await crypto.subtle.exportKey(form, key).then(() => "given out", error => error.name));
    }
    return { others: others.length, type: key.type, extractable: key.extractable, refusals };
}"""


@pytest.mark.shows("B27")
async def test_a_leafs_signature_key_cannot_be_read(browser: Browser, server: Server) -> None:
    link = server.instant_link()
    alice = await enter(browser, link, "Alice", 1)
    bob = await enter(browser, link, "Bob", 2)
    await eventually(alice.names, lambda names: names == ["Alice", "Bob"], what="Bob's tile")
    (worker,) = alice.page.workers
    await worker.evaluate(WATCH)
    # Bob leaves, so Alice signs the commit that removes him.
    await bob.page.get_by_test_id("leave").click()
    await eventually(lambda: worker.evaluate("() => globalThis.__keys.size"), lambda size: size > 0, what="a signature")
    tried = await worker.evaluate(TRY)
    assert tried == {
        "others": 0,
        "type": "private",
        "extractable": False,
        "refusals": ["InvalidAccessError"] * 3,
    }
