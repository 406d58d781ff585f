"""The admin desks: what both platforms' admin sites share. Windows only: nothing here writes but through an act.

Lives here: the site with its entrance (``site``), lists of cases and their counts (``worklist``), the first page
(``firstpage``), the case page with its move buttons (``casepages``), filing for a party (``filing``), calendar and
rules (``calendar``), the roster read-only and API tokens (``registers``).
Does not live here: who may see what (each platform's ``access``), which lists a role works through (each platform's
``admin``), the rules of a case (``moves``).
Called by: each platform's ``admin``, ``mediation.exchange.admin``.
"""
