"""The REST windows, the same for both platforms.

Lives here: how a client is recognised, the shapes that go in and out, the views, the OpenAPI document.
Does not live here: who may see what (each platform's ``access``), what may be done (``moves``).
Called by: each platform's ``api``, which mounts ``routes`` with its own rights.
"""
