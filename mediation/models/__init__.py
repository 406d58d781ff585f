"""The rows behind a case. Lives here: storage only. Does not live here: any rule; only ``moves`` writes a case.

Called by: everything above. One file per subject; names are re-exported so that callers need not know the files.
"""

from mediation.models.applying import CalendarFeed, Scan, Transfer, Upload
from mediation.models.calendar import CalendarYear
from mediation.models.case import Case, CaseSet
from mediation.models.clients import Callback, Change, FeedHead, KeptAnswer, Subscription
from mediation.models.clock import Clock
from mediation.models.consent import ConsentLink
from mediation.models.desk import Bulk, BulkItem, SavedFilter
from mediation.models.drafting import AgreementDraft, DraftComment
from mediation.models.duty import Absence, DeskInvitation, Handling
from mediation.models.files import Blob
from mediation.models.journal import CaseEvent, Enclosure, LocalEntry
from mediation.models.keys import PlatformKey
from mediation.models.mediating import (
    Attendance,
    MediationSession,
    MediatorNote,
    MeetingLink,
    Point,
    SessionChoice,
    SessionTime,
    Talk,
)
from mediation.models.passports import ImportedPassport
from mediation.models.persons import Appointment, Claim, Document, Draft, Invitation, Party
from mediation.models.post import Announcement, Delivery, Request
from mediation.models.series import NumberSeries
from mediation.models.shift import ClockShift
from mediation.models.signatures import Authority, Certificate, Signature, SignedAgreement, SignedDecision, SigningLink
from mediation.models.tally import MonthlyTally, Tally
from mediation.models.telling import (
    Notice,
    NoticeReading,
    OutgoingMessage,
    Preference,
    ReadingMark,
    SendingAttempt,
    ServiceMark,
    ServiceSending,
)

__all__ = [
    "Absence",
    "AgreementDraft",
    "Announcement",
    "Appointment",
    "Attendance",
    "Authority",
    "Blob",
    "Bulk",
    "BulkItem",
    "CalendarFeed",
    "CalendarYear",
    "Callback",
    "Case",
    "CaseEvent",
    "CaseSet",
    "Certificate",
    "Change",
    "Claim",
    "Clock",
    "ClockShift",
    "ConsentLink",
    "Delivery",
    "DeskInvitation",
    "Document",
    "Draft",
    "DraftComment",
    "Enclosure",
    "FeedHead",
    "Handling",
    "ImportedPassport",
    "Invitation",
    "KeptAnswer",
    "LocalEntry",
    "MediationSession",
    "MediatorNote",
    "MeetingLink",
    "MonthlyTally",
    "Notice",
    "NoticeReading",
    "NumberSeries",
    "OutgoingMessage",
    "Party",
    "PlatformKey",
    "Point",
    "Preference",
    "ReadingMark",
    "Request",
    "SavedFilter",
    "Scan",
    "SendingAttempt",
    "ServiceMark",
    "ServiceSending",
    "SessionChoice",
    "SessionTime",
    "Signature",
    "SignedAgreement",
    "SignedDecision",
    "SigningLink",
    "Subscription",
    "Talk",
    "Tally",
    "Transfer",
    "Upload",
]
