"""Tables, one per module, and closed vocabularies.

Every column has a type, a range or a closed vocabulary, a unit and a meaning; every table has a primary key,
see `stages.core.contract`. `stages.core.store` reads, checks and writes tables.
"""

from stages.core.tables.align import Align as Align
from stages.core.tables.augment import Augment as Augment
from stages.core.tables.balance import Balance as Balance
from stages.core.tables.catalog import Catalog as Catalog
from stages.core.tables.dialogue import Dialogue as Dialogue
from stages.core.tables.inventory import Inventory as Inventory
from stages.core.tables.licensing import Licensing as Licensing
from stages.core.tables.loudness import Loudness as Loudness
from stages.core.tables.quality import Quality as Quality
from stages.core.tables.render import Render as Render
from stages.core.tables.screen import Screen as Screen
from stages.core.tables.split import Split as Split
from stages.core.tables.style import PROSODY as PROSODY
from stages.core.tables.style import Style as Style
from stages.core.tables.timeline import Timeline as Timeline
from stages.core.tables.transcribe import Transcribe as Transcribe
from stages.core.tables.trim import Trim as Trim
from stages.core.tables.validation import Validation as Validation
from stages.core.tables.vocabularies import *  # noqa: F403
from stages.core.tables.votes import Votes as Votes
