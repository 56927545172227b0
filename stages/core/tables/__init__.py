"""The column contract: closed vocabularies, and one table a module.

Every column has a type, a range or a closed vocabulary, a unit and a meaning; every table has a primary key,
see `stages.core.contract`. `stages.core.store` reads, checks and writes tables.
"""

from stages.core.tables.align import Align
from stages.core.tables.augment import Augment
from stages.core.tables.balance import Balance
from stages.core.tables.catalog import Catalog
from stages.core.tables.dialogue import Dialogue
from stages.core.tables.inventory import Inventory
from stages.core.tables.licensing import Licensing
from stages.core.tables.loudness import Loudness
from stages.core.tables.quality import Quality
from stages.core.tables.render import Render
from stages.core.tables.screen import Screen
from stages.core.tables.split import Split
from stages.core.tables.style import PROSODY, Style
from stages.core.tables.timeline import Timeline
from stages.core.tables.transcribe import Transcribe
from stages.core.tables.trim import Trim
from stages.core.tables.validation import Validation
from stages.core.tables.vocabularies import (
    ALIGNMENT_STATUSES,
    CHANNELS,
    CLEAN_SNR_DB,
    CONSENTS,
    DROP_REASONS,
    EFFORTS,
    EMOTIONS,
    EXCLUSION_REASONS,
    FAULTS,
    FORMAT_VERSION,
    GENDERS,
    ID,
    INTENSITIES,
    LABEL_CONFLICTS,
    LABEL_SOURCES,
    LENGTH_CLASSES,
    LOUDNESS_METHODS,
    MIN_VALIDATION_SAMPLES,
    MODALITIES,
    REFERENCES,
    REJECTION_REASONS,
    ROLES,
    SENTENCE_TYPES,
    SHA256,
    SPLITS,
    STYLES,
    UNKNOWN_SPEAKER,
    VERDICTS,
)
from stages.core.tables.votes import Votes

__all__ = [
    "ALIGNMENT_STATUSES",
    "CHANNELS",
    "CLEAN_SNR_DB",
    "CONSENTS",
    "DROP_REASONS",
    "EFFORTS",
    "EMOTIONS",
    "EXCLUSION_REASONS",
    "FAULTS",
    "FORMAT_VERSION",
    "GENDERS",
    "ID",
    "INTENSITIES",
    "LABEL_CONFLICTS",
    "LABEL_SOURCES",
    "LENGTH_CLASSES",
    "LOUDNESS_METHODS",
    "MIN_VALIDATION_SAMPLES",
    "MODALITIES",
    "PROSODY",
    "REFERENCES",
    "REJECTION_REASONS",
    "ROLES",
    "SENTENCE_TYPES",
    "SHA256",
    "SPLITS",
    "STYLES",
    "UNKNOWN_SPEAKER",
    "VERDICTS",
    "Align",
    "Augment",
    "Balance",
    "Catalog",
    "Dialogue",
    "Inventory",
    "Licensing",
    "Loudness",
    "Quality",
    "Render",
    "Screen",
    "Split",
    "Style",
    "Timeline",
    "Transcribe",
    "Trim",
    "Validation",
    "Votes",
]
