"""The REST windows of InvestorNet, below ``api/v1/``.

Lives here: the addresses with this platform's rights and figures. Does not live here: any view (``mediation.api``).
Called by: ``urls``.
"""

from __future__ import annotations

from investornet.access import rights
from investornet.oversight import PLAN
from mediation.api.routes import routes
from mediation.exchange.tasks import ring

urlpatterns = routes(rights, ring, PLAN)
