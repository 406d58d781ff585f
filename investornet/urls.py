"""The addresses of InvestorNet below its prefix: portal and REST (the admin site is mounted by the roof)."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from investornet.leaves import Leaves
from investornet.portal import SITE, Inbox, Load, RecordOffline
from investornet.rosterpages import (
    DoFile,
    EditFile,
    ExportFiles,
    File,
    FilePicture,
    Files,
    ImportFiles,
    OpenMediator,
    VerifyFiles,
)
from investornet.seals import SealReview, Seals, SignPage
from mediation.windows.addresses import portal_addresses
from mediation.windows.drafting import (
    About,
    AddClause,
    Agreement,
    BeginDraft,
    EditClause,
    Preview,
    Propose,
    ShareDraft,
    UploadAgreement,
    Version,
)
from mediation.windows.meetings import mediation_addresses
from mediation.windows.meetpages import meeting_addresses
from mediation.windows.signpages import signing_addresses
from mediation.windows.transfers import TakeOver
from mediation.windows.verifying import verifying_addresses

app_name = SITE.code
urlpatterns: list[URLPattern | URLResolver] = [
    path("cases/<uuid:ref>/moves/sign/", SignPage.as_view(site=SITE), {"move": "sign"}, name="sign"),
    *portal_addresses(SITE),
    *verifying_addresses(SITE),
    *signing_addresses(SITE),
    *mediation_addresses(SITE),
    *meeting_addresses(SITE),
    path("cases/<uuid:ref>/agreement/", Agreement.as_view(site=SITE), name="agreement"),
    path("cases/<uuid:ref>/agreement/begin/", BeginDraft.as_view(site=SITE), name="agreement_begin"),
    path("cases/<uuid:ref>/agreement/about/", About.as_view(site=SITE), name="agreement_about"),
    path("cases/<uuid:ref>/agreement/add/", AddClause.as_view(site=SITE), name="agreement_add"),
    path("cases/<uuid:ref>/agreement/clauses/<uuid:clause>/", EditClause.as_view(site=SITE), name="agreement_clause"),
    path("cases/<uuid:ref>/agreement/share/", ShareDraft.as_view(site=SITE), name="agreement_share"),
    path("cases/<uuid:ref>/agreement/propose/", Propose.as_view(site=SITE), name="agreement_propose"),
    path("cases/<uuid:ref>/agreement/upload/", UploadAgreement.as_view(site=SITE), name="agreement_upload"),
    path("cases/<uuid:ref>/agreement/versions/<int:version>/", Version.as_view(site=SITE), name="agreement_version"),
    path(
        "cases/<uuid:ref>/agreement/versions/<int:version>/preview/",
        Preview.as_view(site=SITE),
        name="agreement_preview",
    ),
    path("transfer/", TakeOver.as_view(site=SITE), name="transfer"),
    path("inbox/", Inbox.as_view(site=SITE), name="inbox"),
    path("cases/<uuid:ref>/seal/", SealReview.as_view(site=SITE), name="seal"),
    path("seals/", Seals.as_view(site=SITE), name="seals"),
    path("leaves/", Leaves.as_view(site=SITE), name="leaves"),
    path("load/", Load.as_view(site=SITE), name="load"),
    path("offline/", RecordOffline.as_view(site=SITE), name="offline"),
    path("files/", Files.as_view(site=SITE), name="files"),
    path("files/new/", OpenMediator.as_view(site=SITE), name="file_new"),
    path("files/verify/", VerifyFiles.as_view(site=SITE), name="files_verify"),
    path("files/export/", ExportFiles.as_view(site=SITE), name="files_export"),
    path("files/import/", ImportFiles.as_view(site=SITE), name="files_import"),
    path("files/<slug:aggregate>/<uuid:ref>/", File.as_view(site=SITE), name="file"),
    path("files/<slug:aggregate>/<uuid:ref>/edit/", EditFile.as_view(site=SITE), name="file_edit"),
    path("files/<slug:aggregate>/<uuid:ref>/do/<slug:act>/", DoFile.as_view(site=SITE), name="file_do"),
    path(
        "files/<slug:aggregate>/<uuid:ref>/pictures/<slug:digest>/",
        FilePicture.as_view(site=SITE),
        name="file_picture",
    ),
    path("api/v1/", include("investornet.api")),
]
