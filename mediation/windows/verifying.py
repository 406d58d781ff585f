"""Public pages of signed agreements: verifying one by code or by file, the authority's root and revocation list.

Lives here: what the public is told: names of natural persons are masked, nothing of the contents is shown. Does not
live here: the judgement (``signatures.verification``).
Called by: each platform's ``urls``.
"""

from __future__ import annotations

from typing import Any

from axes.helpers import get_client_ip_address
from django import forms
from django.core.cache import cache
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from mediation.signatures.authority import BuiltInAuthority
from mediation.signatures.providers import CertificateRefused, provider
from mediation.signatures.verification import LARGEST, Verification, look_up, verify
from mediation.vocabulary import FileVerdict
from mediation.windows.pages import label_of, shortened, spoken_instant
from mediation.windows.portal import Site, Window
from mediation.windows.worded import WordedForm

MOST_ASKED = 60
HOUR = 3600
TONES = {FileVerdict.VALID: "good", FileVerdict.ALTERED: "bad", FileVerdict.UNSIGNED: "waiting"}


def verifying_addresses(site: Site) -> list[URLPattern]:
    """Return the addresses of the public pages about signed agreements."""
    return [
        path("verify/", Verify.as_view(site=site), name="verify"),
        path("verify/root.crt", Root.as_view(site=site), name="signing_root"),
        path("verify/revoked.crl", Revoked.as_view(site=site), name="signing_revoked"),
    ]


class VerifyForm(WordedForm):
    """A code from the signature sheet, or the file itself."""

    code = forms.CharField(
        label=_("核验码"),
        required=False,
        max_length=40,
        help_text=_("印在协议签署页或者裁判文书末尾，16位字母和数字，例如7K3M-Q2RT-88XZ-0ABC。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    file = forms.FileField(
        label=_("或者上传文件"),
        required=False,
        help_text=_("请上传下载得到的PDF原文件；打印后扫描的文件无法核验。文件只用于比对，不会保存。"),
        widget=forms.FileInput(attrs={"accept": ".pdf,.jpg,.jpeg,.png"}),
    )

    def clean_file(self) -> bytes | None:
        """Return the bytes of the file; one that is too large is none of ours."""
        received = self.cleaned_data.get("file")
        if not isinstance(received, UploadedFile):
            return None
        if received.size is not None and received.size > LARGEST:
            raise forms.ValidationError(_("文件过大，不是本平台签署的文件。"))
        return received.read()

    def clean(self) -> dict[str, Any]:
        """Ask for one of the two."""
        given = self.cleaned_data
        if not self.errors and not given.get("code") and given.get("file") is None:
            self.add_error("code", _("请填写核验码，或者上传文件。"))
        return given


class Verify(Window):
    """Say whether an agreement was signed here, by whom and when, and whether it still stands."""

    public = True

    def get(self, request: HttpRequest) -> HttpResponse:
        """Ask for a code or a file."""
        return self._shown(VerifyForm(), None)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        asked = f"verify/{get_client_ip_address(request)}"
        cache.add(asked, 0, HOUR)
        form = VerifyForm(request.POST, request.FILES)
        if cache.incr(asked) > MOST_ASKED:
            form.full_clean()
            form.add_error(None, gettext("核验次数过多，请一小时后再试。"))
            return self._shown(form, None, 429)
        if not form.is_valid():
            return self._shown(form, None, 422)
        content = form.cleaned_data["file"]
        if content is not None:
            return self._shown(form, verify(self.site.code, content), by_file=True)
        return self._shown(form, look_up(self.site.code, form.cleaned_data["code"]))

    def _shown(
        self, form: VerifyForm, found: Verification | None, status: int = 200, *, by_file: bool = False
    ) -> HttpResponse:
        context = {"form": form, "found": told(found, by_file=by_file) if found else None}
        return self.page("verify", context, status)


def told(found: Verification, *, by_file: bool) -> dict[str, Any]:
    """Return what the public is told."""
    tone = TONES.get(found.verdict, "bad")
    if found.verdict is FileVerdict.VALID and (found.void or found.is_revoked):
        tone = "bad"
    elif found.verdict is FileVerdict.VALID and not found.complete:
        tone = "waiting"
    row = found.agreement or found.decision
    return {
        "tone": tone,
        "verdict": _verdict(found, by_file=by_file),
        "remarks": _remarks(found, by_file=by_file),
        "code": row.code if row else "",
        "digest": row.sha256 if row and not by_file else "",
        "number": found.case.number if found.decision and found.case else "",
        "version": found.version,
        "effective_at": spoken_instant(found.effective_at) if found.effective_at else "",
        "signatures": [
            {
                "part": one.part,
                "name": shortened(one.name) if one.natural else one.name,
                "by": shortened(one.by) if one.by else "",
                "at": spoken_instant(one.at),
                "revoked_at": spoken_instant(one.revoked_at) if one.revoked_at else "",
            }
            for one in found.signatures
        ],
    }


def _verdict(found: Verification, *, by_file: bool) -> str:
    if found.decision is not None:
        said = {
            FileVerdict.VALID: gettext("人民法院签发过这份文书")
            if not by_file
            else gettext("人民法院签发的文书，未被改动"),
            FileVerdict.ALTERED: gettext("自称是人民法院签发的文书，但是已被改动"),
        }
        return said[found.verdict]
    return label_of(found.verdict) if by_file or found.agreement is None else gettext("平台签署过这份协议")


def _remarks(found: Verification, *, by_file: bool) -> list[str]:
    said = []
    if found.verdict is FileVerdict.UNKNOWN:
        said.append(
            gettext("请确认上传的是从平台下载的原文件，没有打印、转换或者另存过。")
            if by_file
            else gettext("请检查核验码是否抄写正确。")
        )
    if found.verdict is FileVerdict.ALTERED and found.decision:
        return [gettext("请从案件页重新下载，或者向作出文书的人民法院核实。")]
    if found.verdict is FileVerdict.ALTERED:
        said.append(gettext("文件的内容与签署时不一致。请向对方或者调解组织索取原文件，并以平台上保存的文件为准。"))
    if found.verdict is FileVerdict.UNSIGNED:
        said.append(gettext("这是交各方签署的文件，本身没有签名；已签署的文件请在案件页下载。"))
    if found.decision and found.void:
        said.append(gettext("这份裁定已经被人民法院撤销，不再有效。"))
    elif found.void:
        said.append(gettext("这一版本已经作废，其上的签名不再有效；请以新的版本为准。"))
    elif found.verdict is FileVerdict.VALID and found.earlier:
        said.append(gettext("这是签署过程中的文件，此后又有人签署；请下载最新的文件。"))
    elif found.verdict is FileVerdict.VALID and not found.complete:
        said.append(gettext("协议尚未签署完整，还缺其他人的签名或者盖章。"))
    if found.served:
        said.append(gettext("这是人民法院或者调解组织通过平台送达的文书，与送达时一致。"))
    if found.paper:
        said.append(gettext("这是线下签署后登记的纸质协议扫描件，与登记时一致；签名以纸质原件为准。"))
    revoked = [one for one in found.signatures if one.revoked_at]
    if revoked:
        said.append(gettext("其中%(count)d个签名的证书已被吊销。") % {"count": len(revoked)})
    return said


class Root(Window):
    """The certificates on which signatures rest, for PDF readers that are to trust them."""

    public = True

    def get(self, request: HttpRequest) -> HttpResponse:
        """Hand out the newest root; not found where nothing was ever signed."""
        try:
            roots = provider(self.site.code).roots()
        except CertificateRefused as refused:
            raise Http404 from refused
        if not roots:
            raise Http404
        return _binary(roots[-1], "application/pkix-cert", "root.crt")


class Revoked(Window):
    """The built-in authority's list of revoked certificates."""

    public = True

    def get(self, request: HttpRequest) -> HttpResponse:
        """Hand out the list; not found where another authority issues, or none ever did."""
        issuer = provider(self.site.code)
        if not isinstance(issuer, BuiltInAuthority):
            raise Http404
        if not issuer.roots():
            raise Http404
        name = f"revoked/{self.site.code}"
        kept: bytes | None = cache.get(name)
        if kept is None:
            kept = issuer.revocations(self.at)
            cache.set(name, kept, 60)
        return _binary(kept, "application/pkix-crl", "revoked.crl")


def _binary(content: bytes, media_type: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=media_type, headers=headers)
