"""Signs a release manifest: tools/sign.py KEY.pem release.json writes release.json.sig.

The key is an Ed25519 private key (PKCS 8, PEM, without a password); the signature is the 64 bytes of RFC 8032 over the
bytes of the file. `openssl genpkey -algorithm ed25519` makes a key, `openssl pkey -pubout` its public half.
"""

import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key


def main() -> int:
    """Sign, and give the exit code: 0, or 2 with a line on standard error."""
    if len(sys.argv) != 3:
        print("usage: tools/sign.py KEY.pem release.json", file=sys.stderr)
        return 2
    key_path, manifest = map(Path, sys.argv[1:])
    try:
        key = load_pem_private_key(key_path.read_bytes(), password=None)
        data = manifest.read_bytes()
    except (OSError, ValueError, TypeError) as error:
        print(f"sign: key or manifest cannot be read ({type(error).__name__})", file=sys.stderr)
        return 2
    if not isinstance(key, Ed25519PrivateKey):
        print("sign: the key is not an Ed25519 key", file=sys.stderr)
        return 2
    manifest.with_name(f"{manifest.name}.sig").write_bytes(key.sign(data))
    return 0


if __name__ == "__main__":
    sys.exit(main())
