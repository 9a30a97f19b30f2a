"""The vectors of spec/vectors/access: passwords and how they are judged."""

from typing import Any

from aparte.core.access.password import judge

KNOWN = ["ada@cabinet.example", "Ada Lovelace"]


def passwords() -> dict[str, Any]:
    """Give passwords and their verdicts; the known words are those of one account."""
    tried = [
        "",
        "short",
        "elevenchars",
        "abcdefghijklmnop",
        "qwertyuiopasdfghjkl",
        "azertyuiopqsdfghjklm",
        "aaaaaaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "Password123!",
        "lovelace lovelace lovelace",
        "ada.lovelace@cabinet",
        "Lovelace2026!",
        "correct horse battery staple",
        "une phrase que personne ne devine",
        "k7qm-29xd-p4wz-3hfn",
        "mX8#vQ2!pL5&",
        "mX8#vQ2!pL5&mX8#vQ2!pL5&",
        "Straße nach Süden 1987",
        "e\u0301te\u0301 en for\u00eat profonde",
        "山田太郎の長いパスフレーズです",
        "🦄🌲🔑🚪🎻🧭🪁🦉🌋🧊🪕🐚",
        "x" * 128,
        "x" * 129,
    ]
    verdicts = [(password, judge(password, *KNOWN)) for password in tried]
    return {
        "known": KNOWN,
        "passwords": [
            {
                "password": password,
                "strength": verdict.strength,
                "flaws": [str(flaw) for flaw in verdict.flaws],
                "accepted": verdict.accepted,
            }
            for password, verdict in verdicts
        ],
    }
