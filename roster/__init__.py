"""Who is who: people and their posts, courts, supervising units, organisations, mediators, a court's roster.

Lives here: the tables, read-only questions about them, sign-in, tokens, identity checks, sealed fields, reference rows.
Does not live here: anything about a case, and what a post allows (each platform's ``access`` decides that).
"""
