"""The public front page: what the mechanism is, the ways in, how long, what it costs, and where to go.

Called by: ``urls``. Shows the platforms of this deployment only, and no figure that is not real.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from mediation import platform
from mediation.project.context import identity_of, links_of


@require_safe
def front(request: HttpRequest) -> HttpResponse:
    """Show the front page."""
    doors = [
        {
            "title": config.title,
            "identity": identity_of(config),
            "links": links_of(config),
            "prefix": f"/{config.url_prefix}",
        }
        for config in platform.installed()
    ]
    return render(request, "mediation/front.html", {"doors": doors})
