"""What the product's code does without: code from text, shells, queries put together from text, weak cryptography."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "aparte"
WEB = ROOT / "web" / "src"
FILES = sorted(SOURCE.rglob("*.py"))
PARSED = {path: ast.parse(path.read_text("utf-8")) for path in FILES}
WEB_TEXTS = {path: path.read_text("utf-8") for path in sorted(WEB.rglob("*.ts*")) if ".test." not in path.name}

READS_CODE = {"eval", "exec", "compile", "__import__"}
UNSAFE = {"pickle", "marshal", "shelve", "dill", "yaml", "xml", "lxml", "jinja2", "pty", "commands"}
RANDOM = {"random"}
NO_SECRETS = {"client/session.py", "client/proofs.py"}  # when something is sent, so that not all send at once
HASHES = {"sha256", "sha384", "sha512", "blake2s", "SHA256", "SHA384", "SHA512"}
OTHERS = {"md5", "sha1", "SHA1", "MD5", "sha224", "SHA224"}
MODES = {"ECB", "CBC", "CTR", "CFB", "OFB", "PKCS1v15", "TripleDES", "ARC4", "Blowfish", "algorithms", "modes"}
LIBRARIES = {"cryptography", "argon2", "webauthn", "hashlib", "hmac", "secrets", "ssl"}
CRYPTO = re.compile(r"crypt|nacl|hash|hmac|secret|ssl|argon|webauthn|jose|jwt|kyber|random", re.IGNORECASE)


def short(path: Path) -> str:
    return str(path.relative_to(SOURCE))


def nodes(*kinds: type[ast.AST]) -> Iterator[tuple[str, ast.AST]]:
    """Every node of these kinds, with its file."""
    for path, tree in PARSED.items():
        for node in ast.walk(tree):
            if isinstance(node, kinds):
                yield short(path), node


def calls() -> Iterator[tuple[str, str, ast.Call]]:
    """Every call: file, dotted name, node."""
    for path, node in nodes(ast.Call):
        assert isinstance(node, ast.Call)
        yield path, ast.unparse(node.func), node


def imports() -> Iterator[tuple[str, str]]:
    """Every module that is imported: file, its whole name."""
    for path, node in nodes(ast.Import, ast.ImportFrom):
        if isinstance(node, ast.Import):
            yield from ((path, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield path, node.module or ""


def is_constant(node: ast.expr) -> bool:
    """A literal, several of them, or a name in capitals."""
    match node:
        case ast.Constant() | ast.Name(id="_") | ast.Attribute():
            return True
        case ast.Name(id=name):
            return name.lstrip("_").isupper()
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return is_constant(left) and is_constant(right)
    return False


def test_no_shell_and_no_code_from_text() -> None:
    assert {
        (path, name) for path, name, _ in calls() if name in READS_CODE or name in ("os.system", "os.popen")
    } == set()
    assert {(path, name) for path, name in imports() if name.split(".")[0] in UNSAFE} == set()
    for path, name, node in calls():
        shell = {word.arg: ast.unparse(word.value) for word in node.keywords}.get("shell", "False")
        assert shell == "False", (path, name)
        assert "subprocess_shell" not in name, path


def test_queries_are_built_and_not_written() -> None:
    """SQLAlchemy sets every value apart from the query; the few queries that are text are constants."""
    asked = [(path, node) for path, name, node in calls() if re.search(r"\.(execute|scalars?|exec_driver_sql)$", name)]
    of_store = [(path, node) for path, node in asked if path.startswith("store/")]
    assert len(of_store) > 50
    for path, node in of_store:
        if "f'PRAGMA {" in ast.unparse(node):
            continue  # settings of SQLite, from a list beside it
        texts = [one for one in ast.walk(node) if isinstance(one, ast.JoinedStr)]
        assert texts == [], (path, ast.unparse(node))
        mixed = [one for one in ast.walk(node) if isinstance(one, ast.BinOp) and isinstance(one.op, (ast.Mod, ast.Add))]
        assert mixed == [], (path, ast.unparse(node))
    written = [(path, node) for path, name, node in calls() if name in ("text", "sqlalchemy.text")]
    assert [path for path, node in written if path.startswith("store/") and not is_constant(node.args[0])] == []
    assert {path for path, _ in asked if not path.startswith("store/")} == set(), "nothing else asks the database"


def test_patterns_are_constants() -> None:
    patterns = [(path, node) for path, name, node in calls() if re.fullmatch(r"re\.[a-z]+", name) and node.args]
    assert patterns
    assert [(path, ast.unparse(node)) for path, node in patterns if not is_constant(node.args[0])] == []
    assert [path for path, text in WEB_TEXTS.items() if "new RegExp(" in text] == []


def test_formats_are_constants() -> None:
    """No text of others is a format: ``format`` and ``%`` are applied to literals and to our own catalogues alone."""
    for path, node in nodes(ast.BinOp):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            text = node.left
            assert not isinstance(text, ast.JoinedStr), (path, ast.unparse(node))
    found = {(path, name) for path, name, _ in calls() if name.endswith((".format_map", "Template", ".vformat"))}
    assert found == set()


def test_randomness_is_the_systems() -> None:
    assert {path for path, name in imports() if name in RANDOM} <= NO_SECRETS
    assert any(name == "secrets" for _, name in imports())
    assert [
        path for path, text in WEB_TEXTS.items() if re.search(r"Math\.random\(", text) and "e2ee" in path.parts
    ] == []


def test_the_time_is_the_servers() -> None:
    """No route takes the time from a request: it comes from the clocks that the server was started with."""
    clocks = {(path, name) for path, name, _ in calls() if name in ("time.time", "datetime.now", "time.monotonic")}
    assert {path for path, _ in clocks if path.startswith("server/")} <= {"server/clock.py"}
    assert [
        path for path, name, _ in calls() if name.endswith("headers.get") and path.startswith("server/access")
    ] == []


def names() -> Iterator[tuple[str, str]]:
    """Every name, attribute, and part of an import: file, name."""
    for path, node in nodes(ast.Name, ast.Attribute, ast.alias):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
                yield path, name


def test_only_hashes_that_hold() -> None:
    """SHA-1 is in TOTP alone, as an HMAC, because authenticator programs have nothing else (RFC 6238)."""
    used = {(path, name) for path, name in names() if name in HASHES | OTHERS}
    assert {path for path, name in used if name in OTHERS} == set()
    assert {name for _, name in used} & HASHES
    digests = {(path, node.value) for path, node in nodes(ast.Constant) if isinstance(node, ast.Constant)}
    assert {path for path, value in digests if value in ("sha1", "md5", "sha224")} == {"core/access/totp.py"}
    assert [path for path, text in WEB_TEXTS.items() if re.search(r'"(SHA-1|MD5)"', text)] == []


def test_only_modes_that_hold() -> None:
    """AES-GCM, and nothing else that encrypts."""
    assert {(path, name) for path, name in names() if name in MODES} == set()
    modes = {mode for text in WEB_TEXTS.values() for mode in re.findall(r'"(AES-[A-Z]+|RSA[A-Z0-9-]*)"', text)}
    assert modes == {"AES-GCM"}


def test_cryptography_comes_from_known_libraries() -> None:
    found = {name.split(".")[0] for _, name in imports() if CRYPTO.search(name) and not name.startswith("aparte")}
    assert found - LIBRARIES - RANDOM == set()
    assert {"cryptography", "argon2"} <= found


def test_passwords_are_masked_and_may_be_pasted() -> None:
    fields = []
    for path, text in WEB_TEXTS.items():
        fields += [(path, one) for one in re.findall(r"<Field\b[^>]*?(?:/>|\n\s*onInput)", text, re.DOTALL)]
        assert not re.search(r'onPaste|addEventListener\("paste"', text), path
    secret = [(path, one) for path, one in fields if re.search(r'name="(password|old|fresh)"', one)]
    assert len(secret) >= 4
    for path, one in secret:
        assert 'type="password"' in one, path
        assert re.search(r'autocomplete="(new|current)-password"', one), path


def test_every_package_is_pinned_with_its_hashes() -> None:
    pinned: dict[str, set[str]] = {}
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        entries = re.split(r"\n(?=\S)", path.read_text("utf-8"))
        for entry in entries:
            if entry.startswith("#"):
                continue
            match = re.match(r"([A-Za-z0-9._-]+)==\S+", entry)
            assert match, (path.name, entry[:40])
            assert "--hash=sha256:" in entry, (path.name, match[1])
            pinned.setdefault(path.name, set()).add(match[1].lower())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = {re.split(r"[\[<>=!~ ]", one)[0].lower() for one in project["dependencies"]}
    assert wanted <= pinned["run.txt"]
    locked = (ROOT / "web" / "package-lock.json").read_text("utf-8")
    assert locked.count('"integrity": "sha512-') >= locked.count('"node_modules/') - locked.count('"link": true') > 0


@pytest.mark.parametrize("text", ["eval(x)", "re.compile(x)", "text(f'select {x}')"])
def test_the_checks_see_what_they_look_for(text: str) -> None:
    call = ast.parse(text).body[0]
    assert isinstance(call, ast.Expr)
    assert isinstance(call.value, ast.Call)
    assert not is_constant(call.value.args[0])
