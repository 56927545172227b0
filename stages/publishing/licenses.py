"""What each license permits: the one place where the project knows it.

Facts are read from the texts at `address`, for the use of recordings and labels as training data. They are
no legal advice; where a text leaves doubt, the stricter reading stands here.
"""

from dataclasses import dataclass

from stages.core.errors import UserError
from stages.core.params import near

USES = ("research", "non-commercial", "redistributable", "commercial")
"""What the user is going to do with the dataset: `licensing.intended_use` in params.yaml.

research: study, nothing is handed on. non-commercial: any use that earns nothing, nothing is handed on.
redistributable: the dataset itself is handed on, on the licenses' own terms (which may be non-commercial).
commercial: it serves to earn money, e.g. a model that is sold; nothing is handed on.
"""


@dataclass(frozen=True)
class License:
    """The facts of one license.

    Attributes:
        name: for people.
        address: of its text; empty where it is an agreement that has none.
        research: permits research.
        non_commercial: permits every use that is not commercial.
        redistribution: permits to hand copies on.
        commercial: permits commercial use.
        derivatives: permits to hand adapted copies on; this dataset is one.
        share_alike: adapted copies that are handed on keep the license.
        attribution: asks for credit.
    """

    name: str
    address: str
    research: bool = True
    non_commercial: bool = True
    redistribution: bool = True
    commercial: bool = True
    derivatives: bool = True
    share_alike: bool = False
    attribution: bool = True


def _closed(name: str, address: str, **permitted: bool) -> License:
    """Nothing but research, unless stated."""
    none = {"non_commercial": False, "redistribution": False, "commercial": False, "derivatives": False}
    return License(name, address, **{**none, **permitted})


CC = "https://creativecommons.org"
LICENSES = {
    "CC0-1.0": License("CC0 1.0", f"{CC}/publicdomain/zero/1.0/", attribution=False),
    "CC-BY-4.0": License("CC BY 4.0", f"{CC}/licenses/by/4.0/"),
    "CC-BY-SA-4.0": License("CC BY-SA 4.0", f"{CC}/licenses/by-sa/4.0/", share_alike=True),
    "CC-BY-NC-4.0": License("CC BY-NC 4.0", f"{CC}/licenses/by-nc/4.0/", commercial=False),
    "CC-BY-NC-SA-4.0": License(
        "CC BY-NC-SA 4.0", f"{CC}/licenses/by-nc-sa/4.0/", commercial=False, share_alike=True
    ),
    "CC-BY-NC-ND-4.0": License(
        "CC BY-NC-ND 4.0", f"{CC}/licenses/by-nc-nd/4.0/", commercial=False, derivatives=False
    ),
    "ODbL-1.0": License(
        "ODbL 1.0 (contents: DbCL 1.0)", "https://opendatacommons.org/licenses/odbl/1-0/", share_alike=True
    ),
    "LicenseRef-ESD": _closed("ESD license agreement (research)", "https://hltsingapore.github.io/ESD/"),
    "LicenseRef-MSP-Podcast": _closed(
        "MSP-Podcast academic license agreement", "https://www.lab-msp.com/MSP/MSP-Podcast.html"
    ),
    # the speakers' consent, named after what it covers; one that covers more is better put as CC0 or CC BY
    "LicenseRef-custom-research": _closed("consent of the speakers to research", ""),
    "LicenseRef-custom-non-commercial": _closed(
        "consent of the speakers to non-commercial use", "", non_commercial=True
    ),
    "LicenseRef-custom-redistributable": _closed(
        "consent of the speakers to non-commercial use and to redistribution", "",
        non_commercial=True, redistribution=True, derivatives=True,
    ),
    "LicenseRef-custom-commercial": _closed(
        "consent of the speakers to commercial use", "", non_commercial=True, commercial=True
    ),
}  # fmt: skip


def facts(license: str, where: str) -> License:
    """The facts of a license.

    Args:
        license: SPDX id.
        where: the corpus or clip that states it, for the error.

    Raises:
        UserError: no such license is known: what it permits must never be guessed.
    """
    if license not in LICENSES:
        raise UserError(
            f"{where}: unknown license '{license}'{near(license, set(LICENSES))}; known: "
            f"{', '.join(LICENSES)}. State what it permits in stages/publishing/licenses.py"
        )
    return LICENSES[license]


def permits(license: License, use: str) -> bool:
    """Whether a clip may be part of a dataset that is put to one of `USES`."""
    return {
        "research": license.research,
        "non-commercial": license.non_commercial,
        "redistributable": license.redistribution and license.derivatives,
        "commercial": license.commercial,
    }[use]
