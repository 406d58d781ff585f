"""Agreements drawn up from clauses: the library, what a draft says, what would make a court refuse it, its versions.

Lives here: typed variables (``variables``), the dated wording of every kind of clause (``library``), a whole agreement
as text and obligations (``agreement``), checks before proposing (``defects``), how versions differ (``differences``),
printing (``printing``), keeping and proposing versions (``drafts``). Does not live here: pages (``windows.drafting``),
who may read or write a draft (``rights``), signing.
Called by: windows.
"""
