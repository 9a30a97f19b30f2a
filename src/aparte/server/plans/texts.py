"""What invitations say, in French and in English."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from aparte.core.plan.plan import Language

_TEXTS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "invited": ("Invitation: {title}", "Invitation : {title}"),
        "changed": ("Changed: {title}", "Modifié : {title}"),
        "cancelled": ("Cancelled: {title}", "Annulé : {title}"),
        "greeting": ("Hello {name},", "Bonjour {name},"),
        "you-are-invited": ("You are invited to a meeting.", "Vous êtes invité(e) à une réunion."),
        "it-changed": (
            "A meeting to which you are invited has changed.",
            "Une réunion à laquelle vous êtes invité(e) a changé.",
        ),
        "it-is-cancelled": (
            "This meeting does not take place, or you are not invited to it any more.",
            "Cette réunion n’a pas lieu, ou vous n’y êtes plus invité(e).",
        ),
        "when": ("When: {when} ({zone}), {minutes} minutes", "Quand : {when} ({zone}), {minutes} minutes"),
        "again": (
            "It takes place several times: the attached calendar file has all dates.",
            "Elle a lieu plusieurs fois : le fichier d’agenda joint contient toutes les dates.",
        ),
        "level": ("Security level: {level}", "Niveau de sécurité : {level}"),
        "address": ("Address: {address}", "Adresse : {address}"),
        "code": ("Your entry code: {code}", "Votre code d’entrée : {code}"),
        "code-is-yours": ("The code is for you alone.", "Ce code n’est que pour vous."),
        "key-comes-apart": (
            "This address alone opens nothing. The key part of the link comes from the organiser, on another way: "
            "the server that sends this message does not have it.",
            "Cette adresse seule n’ouvre rien. La partie du lien qui contient la clé vient de l’organisateur, par une "
            "autre voie : le serveur qui envoie ce message ne la possède pas.",
        ),
    }
)


def text(language: Language, name: str, /, **parts: object) -> str:
    """One text of the catalogue, with its parts filled in."""
    english, french = _TEXTS[name]
    return (french if language is Language.FRENCH else english).format(**parts)
