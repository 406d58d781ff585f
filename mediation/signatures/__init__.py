"""Electronic signatures under mediation agreements (ZX-19, TY-23).

Lives here: certificates and who issues them (``providers``, ``authority``), the document that was frozen (``frozen``),
what signers see of it (``sheets``), signatures in a PDF (``pades``), making the signed file from the journal
(``assembling``), and telling whether a file is what was signed (``verification``). Does not live here: the act of
signing, which is the move ``sign`` like any other; the pages.
Called by: tasks, windows, commands.
"""
