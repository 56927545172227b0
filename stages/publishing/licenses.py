"""Licenses: permissions of each, for the use of recordings and labels as training data.

The permissions are our reading of the texts at `address`, and not legal advice; if a text is unclear, the
stricter reading is used.
"""

from dataclasses import dataclass

from stages.core.errors import UserError
from stages.core.params import near

USES = ("research", "non-commercial", "redistributable", "commercial")
"""Intended uses: values of `licensing.intended_use` in params.yaml.

research: study, without redistribution. non-commercial: any use that earns nothing, without redistribution.
redistributable: redistribution of the dataset, on the terms of its licenses (maybe non-commercial).
commercial: use that earns money, e.g. sale of a model; without redistribution of recordings.
"""


@dataclass(frozen=True)
class License:
    """Name and permissions of one license.

    Attributes:
        name: name for display.
        address: address of the text; empty if the text is not published.
        research: permits research.
        non_commercial: permits all uses that are not commercial.
        redistribution: permits redistribution of copies.
        commercial: permits commercial use.
        derivatives: permits redistribution of adapted copies, such as this dataset.
        share_alike: redistributed adapted copies must have the same license.
        attribution: requires credit.
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
    """Make a license that permits only research, and the uses in `permitted`."""
    denied = {"non_commercial": False, "redistribution": False, "commercial": False, "derivatives": False}
    return License(name, address, **{**denied, **permitted})


CC = "https://creativecommons.org/licenses"
LICENSES = {
    "CC0-1.0": License("CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/", attribution=False),
    "CC-BY-4.0": License("CC BY 4.0", f"{CC}/by/4.0/"),
    "CC-BY-SA-4.0": License("CC BY-SA 4.0", f"{CC}/by-sa/4.0/", share_alike=True),
    "CC-BY-NC-4.0": License("CC BY-NC 4.0", f"{CC}/by-nc/4.0/", commercial=False),
    "CC-BY-NC-SA-4.0": License("CC BY-NC-SA 4.0", f"{CC}/by-nc-sa/4.0/", commercial=False, share_alike=True),
    "CC-BY-NC-ND-4.0": License("CC BY-NC-ND 4.0", f"{CC}/by-nc-nd/4.0/", commercial=False, derivatives=False),
    "ODbL-1.0": License(
        "ODbL 1.0 (contents: DbCL 1.0)", "https://opendatacommons.org/licenses/odbl/1-0/", share_alike=True
    ),
    "LicenseRef-ESD": _closed("ESD license agreement (research)", "https://hltsingapore.github.io/ESD/"),
    "LicenseRef-MSP-Podcast": _closed(
        "MSP-Podcast academic license agreement", "https://www.lab-msp.com/MSP/MSP-Podcast.html"
    ),
    # consent of the speakers to the named use; for a wider consent, use CC0 or CC BY
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
    """Look up a license.

    Args:
        license: SPDX id.
        where: corpus or clip that has the license, for the error.

    Raises:
        UserError: the license is unknown.
    """
    if license not in LICENSES:
        raise UserError(
            f"{where}: unknown license '{license}'{near(license, set(LICENSES))}; known: "
            f"{', '.join(LICENSES)}. Add its permissions to stages/publishing/licenses.py"
        )
    return LICENSES[license]


def permits(license: License, use: str) -> bool:
    """Return whether a license permits one of `USES`."""
    return {
        "research": license.research,
        "non-commercial": license.non_commercial,
        "redistributable": license.redistribution and license.derivatives,
        "commercial": license.commercial,
    }[use]
