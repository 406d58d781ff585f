"""The rows behind a case. Lives here: storage only. Does not live here: any rule; only ``moves`` writes a case.

Called by: everything above. One file per subject; names are re-exported so that callers need not know the files.
"""

from mediation.models.calendar import CalendarYear
from mediation.models.case import Case, CaseSet
from mediation.models.clock import Clock
from mediation.models.consent import ConsentLink, OutgoingMessage
from mediation.models.desk import Bulk, BulkItem, SavedFilter
from mediation.models.files import Blob
from mediation.models.journal import CaseEvent, Enclosure, LocalEntry
from mediation.models.keys import PlatformKey
from mediation.models.persons import Appointment, Claim, Document, Draft, Invitation, Party
from mediation.models.post import Announcement, Delivery, Request
from mediation.models.series import NumberSeries
from mediation.models.shift import ClockShift
from mediation.models.tally import MonthlyTally, Tally

__all__ = [
    "Announcement",
    "Appointment",
    "Blob",
    "Bulk",
    "BulkItem",
    "CalendarYear",
    "Case",
    "CaseEvent",
    "CaseSet",
    "Claim",
    "Clock",
    "ClockShift",
    "ConsentLink",
    "Delivery",
    "Document",
    "Draft",
    "Enclosure",
    "Invitation",
    "LocalEntry",
    "MonthlyTally",
    "NumberSeries",
    "OutgoingMessage",
    "Party",
    "PlatformKey",
    "Request",
    "SavedFilter",
    "Tally",
]
