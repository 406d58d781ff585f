"""The addresses of a portal, the same below each platform's prefix.

Called by: each platform's ``urls``, with its ``Site``.
"""

from __future__ import annotations

from django.urls import URLPattern, path, reverse_lazy

from mediation.windows import choosing, complaining, pictures, portal, publicroster, taking
from mediation.windows.portal import Site
from roster.signin import ChangePassword, Register, SignIn, SignOut


def portal_addresses(site: Site) -> list[URLPattern]:
    """Return the portal's addresses: sign-in, application, cases, the public roster."""
    home, sign_in = reverse_lazy(f"{site.code}:work"), reverse_lazy(f"{site.code}:sign_in")
    return [
        path("", portal.Home.as_view(site=site), name="home"),
        path("sign-in/", SignIn.as_view(home=home), name="sign_in"),
        path("sign-out/", SignOut.as_view(), name="sign_out"),
        path("register/", Register.as_view(home=home), name="register"),
        path("password/", ChangePassword.as_view(login_url=sign_in, success_url=home), name="password"),
        path("roster/", publicroster.RosterList.as_view(site=site), name="roster"),
        path("roster/<uuid:ref>/", publicroster.RosterEntry.as_view(site=site), name="roster_entry"),
        path("roster/mediators/", publicroster.MediatorList.as_view(site=site), name="roster_mediators"),
        path("roster/mediators/<uuid:ref>/", publicroster.RosterMediator.as_view(site=site), name="roster_mediator"),
        path("roster/mediators/<uuid:ref>/photo/", pictures.RosterPhoto.as_view(site=site), name="roster_photo"),
        path("roster/certificate/", publicroster.Certificate.as_view(site=site), name="roster_certificate"),
        path("apply/", portal.Start.as_view(site=site), name="apply"),
        path("apply/<uuid:draft>/", portal.Tasks.as_view(site=site), name="tasks"),
        path("apply/<uuid:draft>/check/", portal.Check.as_view(site=site), name="check"),
        path("apply/<uuid:draft>/receipt/", portal.Receipt.as_view(site=site), name="receipt"),
        path("apply/<uuid:draft>/copy/", portal.Receipt.as_view(site=site, copy=True), name="copy"),
        path("apply/<uuid:draft>/discard/", portal.Discard.as_view(site=site), name="discard"),
        path("apply/<uuid:draft>/step/<slug:step>/", portal.StepPage.as_view(site=site), name="step"),
        path("cases/", portal.Work.as_view(site=site), name="work"),
        path("cases/<uuid:ref>/", portal.CasePage.as_view(site=site), name="case"),
        path("cases/<uuid:ref>/choose/", choosing.Choose.as_view(site=site), name="choose"),
        path("cases/<uuid:ref>/moves/<slug:move>/", portal.MovePage.as_view(site=site), name="move"),
        path("cases/<uuid:ref>/documents/<uuid:document>/", portal.Download.as_view(site=site), name="document"),
        path("cases/<uuid:ref>/people/<uuid:party>/reveal/", portal.Reveal.as_view(site=site), name="reveal"),
        path("cases/<uuid:ref>/people/<uuid:party>/invite/", portal.Invite.as_view(site=site), name="invite"),
        path("cases/<uuid:ref>/papers/<slug:kind>/", taking.TakePaper.as_view(site=site), name="paper"),
        path("cases/<uuid:ref>/complaints/", complaining.Complain.as_view(site=site), name="complain"),
        path("certificates/<uuid:ref>/", taking.TakeCertificate.as_view(site=site), name="certificate"),
        path("invitation/", portal.TakePlace.as_view(site=site), name="claim"),
    ]
