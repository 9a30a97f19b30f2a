"""The five levels that an installation starts with. Administrators change them; what they replace stays kept."""

from typing import Final

from aparte.core.plan.level import Access, SecurityLevel
from aparte.core.policy.charter import Door, Opens
from aparte.core.policy.rights import Rights

_LEAST: Final = Rights.SOUND | Rights.CAMERA
_FREE: Final = _LEAST | Rights.SCREEN | Rights.FILE | Rights.CHAT | Rights.BOARD

PUBLIC: Final = SecurityLevel(
    number=1,
    version=1,
    name_en="Public",
    name_fr="Public",
    access=Access.LINK,
    guests=True,
    browser=True,
    door=Door.OPEN,
    opens=Opens.ANYBODY,
    everybody=_FREE.value,
    screen=True,
    files=True,
    chat=True,
    recording=True,
    history=True,
    camera_height=1080,
    retention_days=90,
)
INTERNAL: Final = SecurityLevel(
    number=2,
    version=1,
    name_en="Internal",
    name_fr="Interne",
    access=Access.ACCOUNT,
    guests=True,
    browser=True,
    door=Door.GUESTS_KNOCK,
    opens=Opens.ACCOUNTS,
    everybody=_FREE.value,
    screen=True,
    files=True,
    chat=True,
    recording=True,
    history=True,
    camera_height=1080,
    retention_days=90,
)
RESTRICTED: Final = SecurityLevel(
    number=3,
    version=1,
    name_en="Restricted",
    name_fr="Restreint",
    access=Access.INVITED,
    guests=True,
    browser=True,
    door=Door.GUESTS_KNOCK,
    opens=Opens.ORGANISERS,
    everybody=(_LEAST | Rights.CHAT).value,
    screen=True,
    files=True,
    chat=True,
    recording=True,
    history=True,
    camera_height=1080,
    retention_days=30,
)
CONFIDENTIAL: Final = SecurityLevel(
    number=4,
    version=1,
    name_en="Confidential",
    name_fr="Confidentiel",
    access=Access.FACTOR,
    guests=False,
    browser=True,
    door=Door.ALL_KNOCK,
    opens=Opens.ORGANISERS,
    everybody=_LEAST.value,
    screen=True,
    files=True,
    chat=True,
    recording=False,
    history=True,
    camera_height=720,
    retention_days=7,
)
SECRET: Final = SecurityLevel(
    number=5,
    version=1,
    name_en="Secret",
    name_fr="Secret",
    access=Access.VERIFIED,
    guests=False,
    browser=False,
    door=Door.ALL_KNOCK,
    opens=Opens.ORGANISERS,
    everybody=_LEAST.value,
    screen=True,
    files=False,
    chat=False,
    recording=False,
    history=False,
    camera_height=360,
    retention_days=0,
)

SHIPPED: Final = (PUBLIC, INTERNAL, RESTRICTED, CONFIDENTIAL, SECRET)
