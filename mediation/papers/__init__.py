"""Papers: documents made out of a case or a roster entry, as PDF/A in the look of court documents.

Lives here: which papers there are and when (``kinds``), what they say (``letters``, ``certificates``), printing
(``press``). Does not live here: who may take which (each platform's ``access``), handing them out (``windows.papers``).
Called by: windows and the desk. Reads cases and rosters, writes nothing.
"""

from mediation.papers.kinds import Kind, kinds_for
from mediation.papers.making import make, make_certificate
from mediation.papers.performing import Piece, enforceable, package
from mediation.papers.press import Paper, PaperRefused, Unprintable
from mediation.papers.serving import JUDGED, Trail, address_confirmation, judgment, proof_of_service

__all__ = [
    "JUDGED",
    "Kind",
    "Paper",
    "PaperRefused",
    "Piece",
    "Trail",
    "Unprintable",
    "address_confirmation",
    "enforceable",
    "judgment",
    "kinds_for",
    "make",
    "make_certificate",
    "package",
    "proof_of_service",
]
