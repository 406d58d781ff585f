"""The addresses of a portal, the same below each platform's prefix.

Called by: each platform's ``urls``, with its ``Site``.
"""

from __future__ import annotations

from django.urls import URLPattern, path, reverse_lazy

from mediation.windows import (
    authorising,
    calendars,
    choosing,
    clients,
    complaining,
    confirming,
    evidence,
    filing,
    firmdesk,
    fitness,
    jointanswer,
    passports,
    performing,
    pictures,
    portal,
    publicroster,
    suing,
    taking,
    tellpages,
)
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
        path("authorise/", authorising.Authorise.as_view(site=site), name="authorise"),
        path("authorise/given/", authorising.Given.as_view(site=site), name="consented"),
        path("fit/", fitness.Fits.as_view(site=site), name="fit"),
        path("apply/", portal.Start.as_view(site=site), name="apply"),
        path("apply/<uuid:draft>/", portal.Tasks.as_view(site=site), name="tasks"),
        path("apply/<uuid:draft>/check/", portal.Check.as_view(site=site), name="check"),
        path("apply/<uuid:draft>/receipt/", portal.Receipt.as_view(site=site), name="receipt"),
        path("apply/<uuid:draft>/copy/", portal.Receipt.as_view(site=site, copy=True), name="copy"),
        path("apply/<uuid:draft>/discard/", portal.Discard.as_view(site=site), name="discard"),
        path("apply/<uuid:draft>/step/<slug:step>/", portal.StepPage.as_view(site=site), name="step"),
        path("clients/", clients.Clients.as_view(site=site), name="clients"),
        path("clients/filing/", filing.Filing.as_view(site=site), name="filing"),
        path("clients/filing/template/", filing.FilingTemplate.as_view(site=site), name="filing_template"),
        path("clients/<uuid:draft>/", clients.ClientPage.as_view(site=site), name="client"),
        path("clients/<uuid:draft>/step/<slug:step>/", clients.ClientStep.as_view(site=site), name="client_step"),
        path("desk/", firmdesk.FirmDesk.as_view(site=site), name="desk"),
        path("desk/people/", firmdesk.DeskPeople.as_view(site=site), name="desk_people"),
        path("desk/join/", firmdesk.JoinDesk.as_view(site=site), name="desk_join"),
        path("desk/answer/", jointanswer.JointAnswer.as_view(site=site), name="desk_answer"),
        path("calendar/", calendars.Calendar.as_view(site=site), name="calendar"),
        path("calendar/<str:secret>.ics", calendars.Feed.as_view(site=site), name="calendar_feed"),
        path("cases/", portal.Work.as_view(site=site), name="work"),
        path("cases/<uuid:ref>/", portal.CasePage.as_view(site=site), name="case"),
        path("cases/<uuid:ref>/choose/", choosing.Choose.as_view(site=site), name="choose"),
        path("cases/<uuid:ref>/moves/<slug:move>/", portal.MovePage.as_view(site=site), name="move"),
        path("cases/<uuid:ref>/documents/<uuid:document>/", portal.Download.as_view(site=site), name="document"),
        path(
            "cases/<uuid:ref>/documents/<uuid:document>/view/", evidence.Look.as_view(site=site), name="document_view"
        ),
        path(
            "cases/<uuid:ref>/documents/<uuid:document>/inline/",
            evidence.Inline.as_view(site=site),
            name="document_inline",
        ),
        path(
            "cases/<uuid:ref>/documents/<uuid:document>/withdraw/",
            evidence.TakeBack.as_view(site=site),
            name="document_withdraw",
        ),
        path("cases/<uuid:ref>/evidence/", evidence.HandIn.as_view(site=site), name="evidence"),
        path("cases/<uuid:ref>/evidence/confirm/", evidence.Confirm.as_view(site=site), name="evidence_confirm"),
        path("uploads/", evidence.Receive.as_view(site=site), name="uploads"),
        path("uploads/<uuid:upload>/", evidence.Piece.as_view(site=site), name="upload"),
        path("cases/<uuid:ref>/people/<uuid:party>/reveal/", portal.Reveal.as_view(site=site), name="reveal"),
        path("cases/<uuid:ref>/people/<uuid:party>/invite/", portal.Invite.as_view(site=site), name="invite"),
        path("cases/<uuid:ref>/papers/<slug:kind>/", taking.TakePaper.as_view(site=site), name="paper"),
        path("cases/<uuid:ref>/confirmation/", confirming.JointPage.as_view(site=site), name="confirmation"),
        path("cases/<uuid:ref>/decree/", confirming.DecreePage.as_view(site=site), name="decree"),
        path("cases/<uuid:ref>/performance/", performing.Performance.as_view(site=site), name="performance"),
        path(
            "cases/<uuid:ref>/enforcement/<uuid:party>/", performing.Enforcement.as_view(site=site), name="enforcement"
        ),
        path("cases/<uuid:ref>/suing/", suing.Suing.as_view(site=site), name="suing"),
        path("cases/<uuid:ref>/passport/", passports.TakePassport.as_view(site=site), name="passport"),
        path("cases/<uuid:ref>/complaints/", complaining.Complain.as_view(site=site), name="complain"),
        path("cases/<uuid:ref>/services/", tellpages.Services.as_view(site=site), name="services"),
        path("cases/<uuid:ref>/services/<uuid:service>/", tellpages.Service.as_view(site=site), name="service"),
        path(
            "cases/<uuid:ref>/services/<uuid:service>/proof/",
            tellpages.ServiceProof.as_view(site=site),
            name="service_proof",
        ),
        path(
            "cases/<uuid:ref>/addresses/<uuid:party>/", tellpages.AddressPaper.as_view(site=site), name="address_paper"
        ),
        path("notices/", tellpages.Inbox.as_view(site=site), name="notices"),
        path("notices/<int:notice>/", tellpages.OpenNotice.as_view(site=site), name="notice"),
        path("notices/preferences/", tellpages.Preferences.as_view(site=site), name="notice_preferences"),
        path("certificates/<uuid:ref>/", taking.TakeCertificate.as_view(site=site), name="certificate"),
        path("invitation/", portal.TakePlace.as_view(site=site), name="claim"),
    ]
