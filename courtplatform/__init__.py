"""The court's side: what people of the courts, and parties before them, see and do.

Lives here: windows (admin, portal, REST) and the rules of who of them may look at which case.
Does not live here: the law of a case (``mediation``), and nothing of the other platform.
Called by: ``mediation.project``, which mounts what ``apps`` introduces.
"""
