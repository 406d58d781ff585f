"""What happens in a mediation beside the journal: sessions, what is said, notes, points of the dispute.

Lives here: the acts on those rows, one module per subject. Does not live here: the moves of the case (the door makes
them), who may read what (``rights.channels``), pages. Nothing here crosses to the other platform (TY-2).
Called by: pages of the platform on which mediators sit.
"""
