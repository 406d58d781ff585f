"""The REST windows of the court platform, below ``api/v1/``.

Lives here: the addresses with this platform's rights and figures. Does not live here: any view (``mediation.api``).
Called by: ``urls``.
"""

from __future__ import annotations

from courtplatform.access import rights
from courtplatform.oversight import PLAN
from mediation.api.routes import routes
from mediation.exchange.tasks import ring

urlpatterns = routes(rights, ring, PLAN)
