"""The matrix of rights: every address of the project, and who gets what there in which way (S1).

Lives here: the literal table and what its refusals mean. Does not live here: asking (``test_matrix``).

One line for each address: ``address | GET | POST``. ``*/`` stands for both platforms, ``{register}`` for each list of
the roster at that desk. A cell lists answers as ``who:status``; ``405`` alone means that nobody asks in this way.
Whoever stands in no answer of a cell is refused as the kind of address refuses:

=======  =====================  ===================================================================================
kind     nobody signed in       signed in, but not for them
=======  =====================  ===================================================================================
portal   302 to the sign-in     404, as for a missing object
desk     302 to the sign-in     403 without a post of the section; with one 404, as for a missing object
api      401                    404, as for a missing object
=======  =====================  ===================================================================================
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.access.world import CAST

WITNESSES = ("anonymous", "zhang", "clerk", "org", "unit")
"""Who asks where everybody is served alike, or nobody."""

SIGNED_WITNESSES = (*WITNESSES, "operator", "mediator", "integrator", "net_integrator", "stranger")
"""Who asks where everybody who is signed in is served alike, and nobody's case or draft is named."""

REGISTER_WITNESSES = ("anonymous", "zhang", "clerk", "unit", "operator", "org", "centre")
"""Who asks for the lists of the roster, which are alike for all of a kind."""

TURNED_AWAY = ("anonymous", "zhang", "clerk", "unit")
"""Who asks for every page of a desk without a post there; the others ask for its first page and its list of cases.

One gate stands before all pages of a desk (``adminkit.site``) and asks whether somebody has a post there, no more.
"""

FAR_AWAY = {
    "court": ("idle_mediator", "other_org", "other_mediator", "other_unit", "net_integrator"),
    "net": ("other_clerk", "other_judge", "leader", "civil2", "integrator"),
}
"""Who need not ask here: on the other platform they are what somebody else who asks is there, only elsewhere."""

GROUPS: dict[str, dict[str, tuple[str, ...]]] = {
    "court": {
        "desk": ("clerk", "judge", "leader", "other_clerk", "other_judge", "spc", "civil2", "operator"),
        "caseworkers": ("clerk", "judge", "leader", "other_clerk", "other_judge", "spc", "civil2"),
        "staff": ("clerk", "judge", "leader"),
        "reach": ("clerk", "judge", "leader", "spc", "civil2"),
        "keepers": ("clerk", "leader", "other_clerk"),
        "runner": ("operator",),
        "api": ("clerk", "judge", "leader", "spc", "civil2", "integrator", "zhang", "huaxin"),
        "readers": ("clerk", "judge", "leader", "integrator", "zhang", "huaxin"),
    },
    "net": {
        "desk": ("unit", "other_unit", "bureau", "centre"),
        "caseworkers": ("unit", "other_unit", "bureau"),
        "staff": (),
        "reach": ("unit", "bureau"),
        "runner": ("centre",),
        "api": ("org", "mediator", "unit", "bureau", "net_integrator", "zhang", "huaxin"),
        "readers": ("org", "mediator", "net_integrator", "zhang", "huaxin"),
    },
}
EVERYWHERE = {"all": ("anonymous", *CAST), "signed": tuple(CAST), "people": ("zhang", "huaxin")}
REGISTERS = {
    "court": ("organisation", "mediator", "listing", "court"),
    "net": ("organisation", "mediator", "listing", "court", "unit"),
}

# ruff: noqa: E501  (a table is read by its columns)
TABLE = r"""
                                                            | all:200               | 405
healthz                                                     | all:200               | all:200
readyz                                                      | all:200               | all:200
i18n/setlang/                                               | all:302               | all:302
exchange/v1/<slug:platform>/keys.json                       | all:200               | 405
exchange/^v1/(?P<platform>[a-z0-9_]{1,32})/(?P<operation>envelopes|digests|tails|standing|keys|files/[0-9a-f]{64}(?:/[0-9]{1,5})?)$ | all:401 | all:401
*/                                                          | all:200               | 405
*/sign-in/                                                  | all:200               | all:200
*/sign-out/                                                 | 405                   | all:200
*/register/                                                 | all:200               | all:200
*/password/                                                 | signed:200            | signed:200
*/roster/                                                   | all:200               | 405
*/roster/<uuid:ref>/                                        | all:200               | 405
*/roster/mediators/                                         | all:200               | 405
*/roster/mediators/<uuid:ref>/                              | all:200               | 405
*/roster/mediators/<uuid:ref>/photo/                        | all:404               | 405
*/roster/certificate/                                       | all:200               | 405
*/verify/                                                   | all:200               | all:422
*/verify/root.crt                                           | all:404               | 405
*/verify/revoked.crl                                        | all:404               | 405
*/authorise/                                                | signed:400            | signed:400
*/authorise/given/                                          | signed:200            | signed:302
*/apply/                                                    | signed:200            | signed:302
*/fit/                                                      | all:200               | 405
*/clients/                                                  | signed:200            | signed:302
*/clients/filing/                                           | signed:200            | signed:422
*/clients/filing/template/                                  | signed:200            | 405
*/clients/<uuid:draft>/                                     | nobody:200            | nobody:302
*/clients/<uuid:draft>/step/<slug:step>/                    | nobody:200            | nobody:422
*/desk/                                                     | huaxin,hengtai:200    | huaxin,hengtai:422
*/desk/people/                                              | huaxin,hengtai:200    | huaxin,hengtai:422
*/desk/join/                                                | signed:200            | signed:422
*/desk/answer/                                              | nobody:200            | nobody:200
*/calendar/                                                 | signed:200            | signed:200
*/calendar/<str:secret>.ics                                 | all:404               | 405
*/uploads/                                                  | 405                   | signed:400
*/uploads/<uuid:upload>/                                    | 405                   | 405
net/transfer/                                               | signed:200            | signed:422
*/apply/<uuid:draft>/                                       | zhang:200             | 405
*/apply/<uuid:draft>/check/                                 | zhang:200             | zhang:422
*/apply/<uuid:draft>/receipt/                               | zhang:302             | 405
*/apply/<uuid:draft>/copy/                                  | zhang:302             | 405
*/apply/<uuid:draft>/discard/                               | zhang:200             | zhang:302
*/apply/<uuid:draft>/step/<slug:step>/                      | zhang:200             | zhang:422
*/cases/                                                    | signed:200            | 405
court/cases/<uuid:ref>/                                     | people:200            | 405
court/consent/                                              | all:404               | all:404
court/consent/<str:token>/                                  | all:404               | 405
net/signing/                                                | all:410               | all:410
net/signing/document/                                       | all:410               | 405
net/signing/signed/                                         | all:410               | 405
net/signing/<str:token>/                                    | all:404               | 405
net/meeting/                                                | all:410               | all:410
net/meeting/<str:token>/                                    | all:404               | 405
*/cases/<uuid:ref>/choose/                                  | people:200            | people:422
court/cases/<uuid:ref>/moves/<slug:move>/                   | people:200            | people:422
court/cases/<uuid:ref>/documents/<uuid:document>/           | people:200            | 405
court/cases/<uuid:ref>/documents/<uuid:document>/view/      | people:200            | 405
court/cases/<uuid:ref>/documents/<uuid:document>/inline/    | people:200            | 405
court/cases/<uuid:ref>/documents/<uuid:document>/withdraw/  | people:409            | people:409
court/cases/<uuid:ref>/evidence/                            | people:200            | people:422
court/cases/<uuid:ref>/evidence/confirm/                    | people:302            | people:302
court/cases/<uuid:ref>/people/<uuid:party>/reveal/          | 405                   | nobody:200
court/cases/<uuid:ref>/people/<uuid:party>/invite/          | 405                   | nobody:200
court/cases/<uuid:ref>/papers/<slug:kind>/                  | people:200            | 405
court/cases/<uuid:ref>/complaints/                          | people:200            | people:422
net/cases/<uuid:ref>/complaints/                            | people:200            | 405
net/cases/<uuid:ref>/papers/<slug:kind>/                    | people,mediator:200   | 405
court/certificates/<uuid:ref>/                              | nobody:200            | 405
net/certificates/<uuid:ref>/                                | org:200               | 405
net/cases/<uuid:ref>/                                       | people,org,mediator:200 | 405
net/cases/<uuid:ref>/moves/<slug:move>/                     | people,org,mediator:200 | people,org,mediator:422
net/cases/<uuid:ref>/documents/<uuid:document>/             | people,org,mediator:200 | 405
net/cases/<uuid:ref>/documents/<uuid:document>/view/        | people,org,mediator:200 | 405
net/cases/<uuid:ref>/documents/<uuid:document>/inline/      | people,org,mediator:200 | 405
net/cases/<uuid:ref>/documents/<uuid:document>/withdraw/    | people,org,mediator:409 | people,org,mediator:409
net/cases/<uuid:ref>/evidence/                              | people,org,mediator:200 | people,org,mediator:422
net/cases/<uuid:ref>/evidence/confirm/                      | people,org,mediator:302 | people,org,mediator:302
net/cases/<uuid:ref>/agreement/                             | people,org,mediator:200 | 405
net/cases/<uuid:ref>/agreement/begin/                       | 405                   | mediator:302
net/cases/<uuid:ref>/agreement/about/                       | mediator:200          | mediator:422
net/cases/<uuid:ref>/agreement/add/                         | mediator:200          | mediator:302
net/cases/<uuid:ref>/agreement/clauses/<uuid:clause>/       | mediator:200          | mediator:409
net/cases/<uuid:ref>/agreement/share/                       | 405                   | mediator:302
net/cases/<uuid:ref>/agreement/propose/                     | mediator:200          | mediator:422
net/cases/<uuid:ref>/agreement/upload/                      | mediator:200          | mediator:422
net/cases/<uuid:ref>/agreement/versions/<int:version>/      | people,org,mediator:200 | people,mediator:422
net/cases/<uuid:ref>/agreement/versions/<int:version>/preview/ | people,org,mediator:200 | 405
net/cases/<uuid:ref>/mediation/                             | people,mediator:200   | people:409
net/cases/<uuid:ref>/mediation/brief/                       | mediator:200          | 405
net/cases/<uuid:ref>/mediation/points/                      | mediator:200          | mediator:422
net/cases/<uuid:ref>/mediation/notes/                       | mediator:200          | mediator:422
net/cases/<uuid:ref>/mediation/report/                      | mediator:200          | mediator:422
net/cases/<uuid:ref>/mediation/talk/<slug:channel>/         | people,mediator:200   | people,mediator:422
net/cases/<uuid:ref>/mediation/links/<uuid:party>/          | 405                   | mediator:302
net/cases/<uuid:ref>/mediation/sessions/                    | mediator:200          | mediator:422
net/cases/<uuid:ref>/mediation/sessions/<uuid:session>/     | people,mediator:200   | mediator:302
net/cases/<uuid:ref>/mediation/sessions/<uuid:session>/calendar.ics | people,mediator:200 | 405
net/cases/<uuid:ref>/signing/<int:version>/                 | people,org,mediator:200 | 405
net/cases/<uuid:ref>/signing/<int:version>/signed/          | people,org,mediator:200 | 405
net/cases/<uuid:ref>/signing/link/<uuid:party>/             | 405                   | org,mediator:302
net/cases/<uuid:ref>/people/<uuid:party>/reveal/            | 405                   | org,mediator:200
net/cases/<uuid:ref>/people/<uuid:party>/invite/            | 405                   | org,mediator:200
*/notices/                                                  | signed:200            | signed:302
*/notices/<int:notice>/                                     | nobody:302            | 405
*/notices/preferences/                                      | signed:200            | signed:422
*/cases/<uuid:ref>/confirmation/                            | people:200            | people:422
*/cases/<uuid:ref>/decree/                                  | people:200            | people:422
court/cases/<uuid:ref>/performance/                         | people:200            | 405
net/cases/<uuid:ref>/performance/                           | people,org,mediator:200 | 405
*/cases/<uuid:ref>/suing/                                   | people:200            | 405
court/cases/<uuid:ref>/passport/                            | people:200            | 405
net/cases/<uuid:ref>/passport/                              | people,org,mediator:200 | 405
*/cases/<uuid:ref>/enforcement/<uuid:party>/                | zhang:409             | 405
court/cases/<uuid:ref>/services/                            | people:200            | nobody:302
net/cases/<uuid:ref>/services/                              | people,org,mediator:200 | org:422
court/cases/<uuid:ref>/services/<uuid:service>/             | zhang:200             | zhang:302
net/cases/<uuid:ref>/services/<uuid:service>/               | zhang,org,mediator:200 | zhang:302
court/cases/<uuid:ref>/services/<uuid:service>/proof/       | zhang:200             | 405
net/cases/<uuid:ref>/services/<uuid:service>/proof/         | zhang,org,mediator:200 | 405
court/cases/<uuid:ref>/addresses/<uuid:party>/              | zhang:409             | 405
net/cases/<uuid:ref>/addresses/<uuid:party>/                | zhang,org,mediator:409 | 405
*/invitation/                                               | signed:200            | signed:422
net/inbox/                                                  | org,other_org:200     | org,other_org:302
net/load/                                                   | org,other_org:200     | 405
net/leaves/                                                 | org,other_org:200     | org,other_org:422
net/seals/                                                  | org,other_org:200     | 405
net/cases/<uuid:ref>/seal/                                  | org:200               | org:409
net/cases/<uuid:ref>/moves/sign/                            | people,org,mediator:409 | people,org,mediator:409
net/offline/                                                | org,other_org:200     | org,other_org:422
court/offline/                                              | signed:200            | signed:422
net/files/                                                  | org,other_org:200 mediator,idle_mediator,other_mediator:302 | 405
net/files/new/                                              | org,other_org:200     | org,other_org:422
net/files/verify/                                           | 405                   | org,other_org:302
net/files/export/                                           | org,other_org:200     | 405
net/files/import/                                           | org,other_org:200     | org,other_org:422
net/files/<slug:aggregate>/<uuid:ref>/                      | org:200               | 405
net/files/<slug:aggregate>/<uuid:ref>/edit/                 | org:200               | org:422
net/files/<slug:aggregate>/<uuid:ref>/do/<slug:act>/        | org:200               | org:422
net/files/<slug:aggregate>/<uuid:ref>/pictures/<slug:digest>/ | nobody:200            | 405
*/api/v1/me                                                 | signed:200            | 405
*/api/v1/cases                                              | signed:200            | signed:422
*/api/v1/cases/<uuid:ref>                                   | api:200               | 405
*/api/v1/cases/<uuid:ref>/journal                           | api:200               | 405
*/api/v1/cases/<uuid:ref>/moves                             | api:200               | 405
court/api/v1/cases/<uuid:ref>/moves/<slug:move>             | 405                   | clerk,people:422 judge,leader,spc,civil2,integrator:403
net/api/v1/cases/<uuid:ref>/moves/<slug:move>               | 405                   | people,org,mediator:422 unit,bureau,net_integrator:403
court/api/v1/cases/<uuid:ref>/signing-code                  | 405                   | people:409 clerk,judge,leader,spc,civil2,integrator:403
net/api/v1/cases/<uuid:ref>/signing-code                    | 405                   | people,org,mediator:409 unit,bureau,net_integrator:403
*/api/v1/cases/<uuid:ref>/passport                          | readers:200           | 405
court/api/v1/cases/<uuid:ref>/papers                        | readers:200           | 405
net/api/v1/cases/<uuid:ref>/papers                          | readers:200           | 405
court/api/v1/cases/<uuid:ref>/papers/<slug:kind>            | readers:200           | 405
net/api/v1/cases/<uuid:ref>/papers/<slug:kind>              | people,mediator:200   | 405
*/api/v1/cases/<uuid:ref>/handler                           | 405                   | huaxin:422
court/api/v1/colleagues                                     | huaxin,hengtai:200    | 405
net/api/v1/colleagues                                       | huaxin,hengtai,org,other_org:200 | 405
court/api/v1/colleagues/leaves                              | 405                   | huaxin,hengtai:422
net/api/v1/colleagues/leaves                                | 405                   | huaxin,hengtai,org,other_org:422
*/api/v1/colleagues/leaves/<int:leave>/end                  | 405                   | nobody:200
*/api/v1/colleagues/invitations                             | 405                   | huaxin,hengtai:422
*/api/v1/colleagues/<uuid:colleague>/end                    | 405                   | nobody:200
court/api/v1/transfers                                      | signed:403            | signed:403
net/api/v1/transfers                                        | runner:200 signed:403 | runner:422 signed:403
court/api/v1/books/listing/<uuid:ref>/certificate           | staff:200             | 405
net/api/v1/books/listing/<uuid:ref>/certificate             | org:200               | 405
*/api/v1/books/changes                                      | signed:200            | 405
*/api/v1/cases/<uuid:ref>/documents                         | api:200               | 405
*/api/v1/subscriptions                                      | signed:403            | signed:403
*/api/v1/subscriptions/<uuid:ref>                           | nobody:200            | 405
*/api/v1/subscriptions/<uuid:ref>/replay                    | 405                   | nobody:200
*/api/v1/subscriptions/<uuid:ref>/close                     | 405                   | nobody:200
*/api/v1/subscriptions/<uuid:ref>/callbacks                 | nobody:200            | 405
*/api/v1/moves                                              | 405                   | signed:422
*/api/v1/changes                                            | signed:200            | 405
*/api/v1/oauth/token                                        | 405                   | all:415
*/api/v1/oauth/revoke                                       | 405                   | all:415
*/api/v1/notices                                            | signed:200            | 405
*/api/v1/notices/read                                       | 405                   | signed:422
*/api/v1/notices/preferences                                | signed:200            | signed:422
court/api/v1/statistics/outcomes                            | leader,spc,civil2,integrator:200 signed:403 | 405
net/api/v1/statistics/outcomes                              | org,other_org,unit,other_unit,bureau,net_integrator:200 signed:403 | 405
court/api/v1/statistics/places                              | leader,spc,civil2,integrator:200 signed:403 | 405
net/api/v1/statistics/places                                | org,other_org,unit,other_unit,bureau,net_integrator:200 signed:403 | 405
court/api/v1/statistics/tables                              | leader,spc,civil2,integrator:200 signed:403 | 405
net/api/v1/statistics/tables                                | org,other_org,unit,other_unit,bureau,net_integrator:200 signed:403 | 405
court/api/v1/statistics/states                              | leader,spc,civil2,integrator:200 signed:403 | 405
net/api/v1/statistics/states                                | org,other_org,unit,other_unit,bureau,net_integrator:200 signed:403 | 405
court/api/v1/cases/<uuid:ref>/choices                       | clerk,people:200      | 405
net/api/v1/cases/<uuid:ref>/choices                         | people:200            | 405
court/api/v1/cases/<uuid:ref>/people/<uuid:party>/links     | 405                   | clerk,people,judge,leader,spc,civil2,integrator:422
net/api/v1/cases/<uuid:ref>/people/<uuid:party>/links       | 405                   | api:422
court/api/v1/cases/<uuid:ref>/talks                         | nobody:200            | nobody:422
net/api/v1/cases/<uuid:ref>/talks                           | people,mediator:200   | people,mediator:422
court/api/v1/cases/<uuid:ref>/sessions                      | nobody:200            | nobody:422
net/api/v1/cases/<uuid:ref>/sessions                        | people,mediator:200   | mediator:422
court/api/v1/cases/<uuid:ref>/sessions/<uuid:session>/<slug:act> | 405              | nobody:200
net/api/v1/cases/<uuid:ref>/sessions/<uuid:session>/<slug:act> | 405                | people,mediator:422
court/api/v1/cases/<uuid:ref>/points                        | nobody:200            | nobody:200
net/api/v1/cases/<uuid:ref>/points                          | mediator:200          | mediator:422
court/api/v1/cases/<uuid:ref>/notes                         | nobody:200            | nobody:200
net/api/v1/cases/<uuid:ref>/notes                           | mediator:200          | mediator:422
court/api/v1/cases/<uuid:ref>/drafts                        | nobody:200            | nobody:200
net/api/v1/cases/<uuid:ref>/drafts                          | people,org,mediator:200 | mediator:201
court/api/v1/cases/<uuid:ref>/drafts/<int:version>          | 405                   | nobody:200
net/api/v1/cases/<uuid:ref>/drafts/<int:version>            | 405                   | mediator:422
court/api/v1/cases/<uuid:ref>/drafts/<int:version>/share    | 405                   | nobody:200
net/api/v1/cases/<uuid:ref>/drafts/<int:version>/share      | 405                   | mediator:422
court/api/v1/cases/<uuid:ref>/drafts/<int:version>/propose  | 405                   | nobody:200
net/api/v1/cases/<uuid:ref>/drafts/<int:version>/propose    | 405                   | mediator:422
court/api/v1/cases/<uuid:ref>/drafts/<int:version>/remarks  | 405                   | nobody:200
net/api/v1/cases/<uuid:ref>/drafts/<int:version>/remarks    | 405                   | people,mediator:422
court/api/v1/cases/<uuid:ref>/complaints                    | people:200            | people:422
net/api/v1/cases/<uuid:ref>/complaints                      | nobody:200            | nobody:422
court/api/v1/cases/<uuid:ref>/complaints/<uuid:complaint>/withdraw | 405            | zhang:201
net/api/v1/cases/<uuid:ref>/complaints/<uuid:complaint>/withdraw | 405              | nobody:201
*/api/v1/books/push                                         | 405                   | signed:422
*/api/v1/books/campaign/plan                                | 405                   | signed:422
court/api/v1/books/<slug:aggregate>                         | nobody:200            | signed:403
net/api/v1/books/<slug:aggregate>                           | org,other_org,mediator,idle_mediator,other_mediator,unit,other_unit,bureau,net_integrator:200 | org,other_org,bureau:422 signed:403
*/api/v1/books/<slug:aggregate>/<uuid:ref>                  | nobody:200            | 405
*/api/v1/books/<slug:aggregate>/<uuid:ref>/moves/<slug:move> | 405                  | nobody:201
*/api/v1/books/<slug:aggregate>/<uuid:ref>/pictures/<slug:digest> | nobody:200      | 405
*/api/v1/requests/<uuid:ref>                                | zhang:200             | 405
*/api/v1/uploads                                            | 405                   | signed:415
*/api/v1/documents/<uuid:ref>/content                       | readers:200           | 405
*/api/v1/law/rules                                          | all:200               | 405
*/api/v1/calendar                                           | 405                   | runner:422 signed:403
*/api/v1/calendar/<int:year>                                | all:200               | 405
*/api/v1/roster/organisations                               | all:200               | 405
*/api/v1/roster/mediators                                   | all:200               | 405
*/api/v1/roster/courts                                      | all:200               | 405
*/api/v1/schema                                             | all:200               | 405
*/api/v1/docs                                               | all:200               | 405
*/api/v1/                                                   | all:404               | all:404
*/admin/                                                    | caseworkers:200 runner:302 | caseworkers:200 runner:302
*/admin/login/                                              | all:200               | all:200
*/admin/logout/                                             | desk:405 signed:302   | desk:200 signed:302
*/admin/password_change/                                    | desk:200              | desk:200
*/admin/password_change/done/                               | desk:200              | 405
*/admin/autocomplete/                                       | nobody:200            | 405
*/admin/jsi18n/                                             | desk:200              | 405
*/admin/r/<path:content_type_id>/<path:object_id>/          | desk:404              | desk:404
*/admin/^(?P<app_label>roster)/$                            | desk:200              | desk:200
*/admin/(?P<url>.*)$                                        | desk:404              | desk:404
*/admin/cases/                                              | caseworkers:200       | 405
*/admin/cases/find/                                         | 405                   | caseworkers:303
*/admin/cases/export/                                       | caseworkers:200       | 405
*/admin/cases/filters/                                      | 405                   | caseworkers:302
*/admin/cases/filters/<int:pk>/drop/                        | 405                   | caseworkers:404
court/admin/bulk/                                           | clerk,other_clerk:200 | clerk,other_clerk:302
court/admin/bulk/<uuid:ref>/                                | clerk,other_clerk:404 | clerk,other_clerk:404
*/admin/cases/<uuid:ref>/                                   | reach:200             | 405
court/admin/cases/<uuid:ref>/do/<str:move>/                 | clerk:200             | clerk:400
court/admin/cases/<uuid:ref>/choose/                        | clerk:409             | clerk:400
court/admin/cases/<uuid:ref>/reassign/                      | 405                   | clerk:302
court/admin/cases/<uuid:ref>/consents/                      | clerk:200             | 405
court/admin/cases/<uuid:ref>/consents/send/                 | 405                   | clerk:302
court/admin/cases/<uuid:ref>/consents/<int:link>/revoke/    | 405                   | nobody:302
court/admin/cases/<uuid:ref>/services/                      | staff:200             | clerk,judge:400
court/admin/cases/<uuid:ref>/services/<uuid:service>/proof/ | staff:200             | 405
court/admin/cases/<uuid:ref>/addresses/<uuid:party>/        | staff:409             | 405
net/admin/cases/<uuid:ref>/do/<str:move>/                   | nobody:200            | nobody:400
*/admin/cases/<uuid:ref>/documents/<uuid:document>/         | staff:200             | 405
court/admin/cases/<uuid:ref>/people/<uuid:party>/reveal/    | 405                   | clerk,judge:200 leader,spc,civil2:403
net/admin/cases/<uuid:ref>/people/<uuid:party>/reveal/      | 405                   | unit,bureau:403
court/admin/cases/<uuid:ref>/people/<uuid:party>/invite/    | 405                   | clerk:200 judge,leader,spc,civil2:403
net/admin/cases/<uuid:ref>/people/<uuid:party>/invite/      | 405                   | unit,bureau:403
court/admin/cases/<uuid:ref>/papers/<slug:kind>/            | staff:200             | 405
court/admin/cases/<uuid:ref>/passport/                      | staff:200             | 405
court/admin/passports/                                      | staff,other_clerk,other_judge,operator:200 | 405
court/admin/passports/<int:pk>/                             | staff,other_clerk,other_judge,operator:404 | 405
net/admin/passports/                                        | runner:200            | 405
net/admin/passports/<int:pk>/                           | runner:404            | 405
court/admin/listings/<uuid:ref>/certificate/                | staff:200             | 405
court/admin/entrants/                                       | keepers:200           | 405
court/admin/entrants/batch/                                 | keepers:302           | keepers:302
court/admin/entrants/roster/                                | keepers:200           | 405
court/admin/entrants/adoption/                              | keepers:200           | keepers:302
court/admin/entrants/cases/                                 | keepers:200           | keepers:404
court/admin/entrants/complaints/                            | keepers:200           | 405
court/admin/entrants/complaints/<uuid:ref>/                 | clerk,leader:200      | clerk,leader:400
court/admin/entrants/<uuid:ref>/                            | clerk,leader:200      | clerk,leader:400
court/admin/entrants/<uuid:ref>/pictures/<slug:digest>/     | nobody:200            | 405
court/admin/entrants/<uuid:ref>/complain/                   | clerk:200             | clerk:400
court/admin/recognitions/                                   | spc,civil2:200        | 405
court/admin/recognitions/<uuid:ref>/                        | spc,civil2:404        | spc,civil2:404
net/admin/complaints/                                       | caseworkers:200       | 405
net/admin/transfers/                                        | centre:200            | 405
net/admin/transfers/new/                                    | centre:200            | centre:400
net/admin/transfers/import/                                 | centre:200            | centre:400
net/admin/transfers/template/                               | centre:200            | 405
court/admin/file/                                           | clerk,other_clerk:200 | clerk,other_clerk:400
court/admin/offline/                                        | clerk,other_clerk:200 | clerk,other_clerk:400
net/admin/files/                                            | caseworkers:200       | 405
net/admin/files/new/                                        | caseworkers:200       | caseworkers:400
net/admin/files/export/                                     | caseworkers:200       | 405
net/admin/files/import/                                     | caseworkers:200       | caseworkers:422
net/admin/groups/                                           | bureau:200            | bureau:422
net/admin/groups/export/                                    | bureau:200            | 405
net/admin/files/<slug:aggregate>/<uuid:ref>/                | reach:200             | 405
net/admin/files/<slug:aggregate>/<uuid:ref>/do/<slug:act>/  | nobody:200            | nobody:200
net/admin/files/<slug:aggregate>/<uuid:ref>/pictures/<slug:digest>/ | nobody:200            | 405
net/admin/reviews/                                          | caseworkers:200       | caseworkers:400
net/admin/push/                                             | caseworkers:200       | caseworkers:400
net/admin/push/answers/                                     | caseworkers:200       | 405
net/admin/campaigns/                                        | bureau:200            | bureau:400
net/admin/campaigns/plan/                                   | 405                   | bureau:302
net/admin/campaigns/<uuid:campaign>/                        | bureau:404            | 405
net/admin/campaigns/<uuid:campaign>/list/<slug:which>/      | bureau:404            | 405
net/admin/campaigns/<uuid:campaign>/do/<slug:act>/          | 405                   | bureau:404
net/admin/campaigns/<uuid:campaign>/report/<slug:form>/     | bureau:404            | 405
court/admin/oversight/                                      | leader,spc,civil2:200 | 405
net/admin/oversight/                                        | caseworkers:200       | 405
court/admin/oversight/roster/                               | leader,spc,civil2:200 | 405
net/admin/oversight/roster/                                 | caseworkers:200       | 405
court/admin/oversight/export/<slug:table>/                  | leader,spc,civil2:200 | 405
net/admin/oversight/export/<slug:table>/                    | caseworkers:200       | 405
*/admin/notices/                                            | desk:200              | desk:302
*/admin/notices/<int:notice>/                               | desk:404              | 405
*/admin/notices/preferences/                                | desk:200              | desk:400
*/admin/messages/                                           | runner:200            | 405
*/admin/messages/again/                                     | 405                   | runner:302
*/admin/exchange/                                           | runner:200            | 405
*/admin/exchange/reconcile/                                 | 405                   | runner:302
*/admin/exchange/again/                                     | 405                   | runner:302
*/admin/exchange/thaw/<uuid:ref>/                           | 405                   | runner:302
*/admin/calendar/                                           | desk:200              | runner:400
*/admin/clients/                                            | runner:200            | runner:400
*/admin/clients/<int:pk>/                                   | runner:404            | 405
*/admin/clients/<int:pk>/secret/                            | 405                   | runner:404
*/admin/clients/<int:pk>/secret/<int:credential>/close/         | 405                   | runner:404
*/admin/clients/<int:pk>/revoke/                            | 405                   | runner:404
*/admin/tokens/                                             | runner:200            | runner:400
*/admin/tokens/<int:pk>/revoke/                             | 405                   | runner:302
*/admin/rules/                                              | desk:200              | 405
*/admin/roster/{register}/                                  | desk:200              | desk:200
*/admin/roster/{register}/add/                              | nobody:200            | nobody:200
*/admin/roster/{register}/<path:object_id>/history/         | desk:200              | desk:200
*/admin/roster/{register}/<path:object_id>/delete/          | nobody:200            | nobody:200
*/admin/roster/{register}/<path:object_id>/change/          | desk:200              | nobody:200
*/admin/roster/{register}/<path:object_id>/                 | desk:302              | desk:302
"""


@dataclass(frozen=True)
class Row:
    """One address: whose it is, of which kind, and the answers of those who are served."""

    route: str
    platform: str
    kind: str
    cells: dict[str, str]

    def witnesses(self, method: str) -> tuple[str, ...]:
        """Return who asks here in this way: everybody where somebody's case or draft is at stake."""
        if "/admin/roster/" in self.route:
            return REGISTER_WITNESSES if "/organisation/" in self.route else REGISTER_WITNESSES[:4]
        if not self.is_asked(method):
            return WITNESSES[:2]
        if self.cells[method].startswith("all:"):
            return WITNESSES
        if re.fullmatch(r"signed:\d+", self.cells[method]) and "<uuid" not in self.route:
            return SIGNED_WITNESSES
        here = [who for who in EVERYWHERE["all"] if who not in FAR_AWAY.get(self.platform, ())]
        if self.kind == "desk" and not self.route.endswith(("/admin/", "/admin/cases/")):
            here = [who for who in here if who in TURNED_AWAY or who in GROUPS[self.platform]["desk"]]
        return tuple(here)

    def is_asked(self, method: str) -> bool:
        """Tell whether anybody asks in this way."""
        return self.cells[method] != "405"

    def served(self, who: str, method: str) -> int | None:
        """Return the answer that somebody named in the cell gets, or None."""
        groups = {**EVERYWHERE, **GROUPS.get(self.platform, {})}
        for answer in self.cells[method].split():
            names, _colon, status = answer.partition(":")
            if any(who in groups.get(name, (name,)) for name in names.split(",")):
                return int(status)
        return None

    def expected(self, who: str, method: str) -> int:
        """Return the status that somebody gets for an object of the case they are named for."""
        served = self.served(who, method) if self.is_asked(method) else None
        if served is not None:
            return served
        public = any(cell.startswith("all:") for cell in self.cells.values())
        if who == "anonymous" and not public:
            return 401 if self.kind == "api" else 302
        if self.kind == "desk" and who not in GROUPS[self.platform]["desk"]:
            return 403
        if not self.is_asked(method):
            return 405
        return self._refusal(who)

    def _refusal(self, who: str) -> int:
        if self.kind != "desk":
            return 404
        kept = any(f"/entrants/{part}<uuid:ref>" in self.route for part in ("", "complaints/"))
        if kept and who in GROUPS[self.platform].get("keepers", ()):
            return 404
        theirs = any(f"/{kind}/<uuid:ref>" in self.route for kind in ("cases", "listings", "<slug:aggregate>"))
        return 404 if theirs and who in GROUPS[self.platform]["caseworkers"] else 403


def rows() -> Iterator[Row]:
    """Yield every line of the table, once for each platform and list it stands for."""
    for line in TABLE.strip("\n").splitlines():
        # A vertical bar also separates the operations of the exchange: the cells are the last two.
        route, get, post = (part.strip() for part in line.rsplit(" | ", 2))
        for platform in ("court", "net") if route.startswith("*/") else (route.partition("/")[0],):
            kind = "desk" if "/admin/" in route else "api" if "/api/" in route else "portal"
            for register in REGISTERS[platform] if "{register}" in route else ("",):
                own = route.replace("*", platform, 1) if route.startswith("*/") else route
                yield Row(own.replace("{register}", register), platform, kind, {"get": get, "post": post})
