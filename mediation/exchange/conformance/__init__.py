"""The conformance kit: plays the other platform, and an API client, against any implementation, and tells what holds.

Lives here: the counterpart with keys and a book of its own (``counterpart``), what is tried on the exchange
(``exchanges``) and on the REST windows (``clients``), the signed report (``report``). Does not live here: HTTP
(``transports``), the promises themselves (``docs/exchange.md``). Knows no rows: what is tested may be any program.
Called by: ``manage.py conformance``, tests.
"""
