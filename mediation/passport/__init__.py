"""Case passports: one case as somebody may see it, in one signed ZIP that every installation and every browser opens.

Lives here: what goes in (``contents``), its published shape (``shape``), the bytes (``packing``), the cover
(``cover``), what is checked before one is believed (``opening``), the ones taken in from elsewhere (``records``). Does
not live here: who may see what (``rights``), handing one out and noting it (``windows.passports``). Nothing here reads
what is said in a mediation (``mediation.meeting``): it is nobody's to carry away. The decision is ADR 16.
Called by: windows, desk, REST, ``manage.py export_passport`` and ``import_passport``.
"""
