"""The post office: tells the other platform what was written here, hears what was written there, and can prove both.

Lives here: envelopes, signed messages, outbox, inbox, receipts, files on their way, reconciliation, the operators'
desk.
Does not live here: whether a move may be made (the door judges), who may look (each platform's ``access``).
Called by: Celery tasks, the address ``/exchange/v1/…``, commands, each platform's desk.
"""
