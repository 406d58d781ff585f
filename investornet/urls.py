"""The addresses of InvestorNet below its prefix: portal and REST (the admin site is mounted by the roof)."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

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
from mediation.windows.addresses import portal_addresses

app_name = SITE.code
urlpatterns: list[URLPattern | URLResolver] = [
    *portal_addresses(SITE),
    path("inbox/", Inbox.as_view(site=SITE), name="inbox"),
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
