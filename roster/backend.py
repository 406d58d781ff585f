"""Whose session it is: Django's own check of passwords, and the account loaded together with its posts.

Lives here: loading the account of a session. Does not live here: which of its posts hold now (``queries``).
Called by: Django, through ``AUTHENTICATION_BACKENDS``, once per request that asks who is signed in.
"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend

from roster.models import Account, Post


class AccountBackend(ModelBackend):
    """Passwords as Django checks them; staff, whose every request needs their posts, are loaded in one query."""

    def get_user(self, user_id: Any) -> Account | None:
        """Return the account unless it is closed; its posts, on whatever platform and at whatever time, go with it."""
        posts = list(Post.objects.filter(account_id=user_id).select_related("account", "firm"))
        account = posts[0].account if posts else super().get_user(user_id)
        if account is None:
            return None
        account.__dict__["loaded_posts"] = posts
        return account if self.user_can_authenticate(account) else None
