"""Every act of a page and the operation by which REST does the same (issue: whatever a person can do, a client can).

Lives here: the literal table. Does not live here: asking whether it is complete (``test_coverage``).

One line for each address of ``tests.access.table`` that is a page: ``address | operations``, those that take a POST and
those that only show something apart. Where there is none, ``—`` and the reason. A move of a case is made by ``make_<move>``, written ``make_*`` where the page takes any.
"""

from __future__ import annotations

# ruff: noqa: E501  (a table is read by its columns)
TABLE = r"""
healthz                                                     | — 不是人办理的事项
readyz                                                      | — 不是人办理的事项
i18n/setlang/                                               | — 页面语言；接口以Accept-Language选择
*/sign-in/                                                  | fetch_token
*/sign-out/                                                 | revoke_token
*/register/                                                 | — 账户由本人在页面注册，防止批量注册
*/password/                                                 | — 密码只在页面更改
*/verify/                                                   | — 验证任何人手中的文件，公开页面，不涉及案件办理
*/authorise/                                                | — 本人同意授权，正是授权码方式的页面
*/authorise/given/                                          | revoke_token
*/apply/                                                    | open_case
*/apply/<uuid:draft>/check/                                 | open_case
*/apply/<uuid:draft>/discard/                               | — 页面草稿；接口一次提交，没有草稿
*/apply/<uuid:draft>/step/<slug:step>/                      | open_case
*/clients/                                                  | open_case
*/clients/filing/                                           | open_case
*/clients/<uuid:draft>/                                     | open_case
*/clients/<uuid:draft>/step/<slug:step>/                    | open_case
*/desk/                                                     | assign_handler
*/desk/people/                                              | list_colleagues note_leave end_leave invite_colleague end_colleague
*/desk/join/                                                | — 受邀人本人在页面加入
*/desk/answer/                                              | make_moves
*/calendar/                                                 | — 日历订阅地址；接口直接查询期限和会议
*/uploads/                                                  | upload
net/transfer/                                               | — 投诉人本人在页面接手转办，成为页面草稿；接口直接open_case
*/invitation/                                               | — 受邀人本人在页面领取，须核对身份
court/consent/                                              | — 手机链接，须短信验证码；接口用consent
net/signing/                                                | — 手机链接，须短信验证码；接口用sign
net/meeting/                                                | — 手机链接，须短信验证码；接口用act_on_session
*/cases/<uuid:ref>/choose/                                  | list_choices make_choose_jointly make_leave_to_court
court/cases/<uuid:ref>/moves/<slug:move>/                   | make_*
net/cases/<uuid:ref>/moves/<slug:move>/                     | make_*
court/cases/<uuid:ref>/documents/<uuid:document>/withdraw/  | make_withdraw_evidence
net/cases/<uuid:ref>/documents/<uuid:document>/withdraw/    | make_withdraw_evidence
court/cases/<uuid:ref>/evidence/                            | upload make_add_evidence
net/cases/<uuid:ref>/evidence/                              | upload make_add_evidence
court/cases/<uuid:ref>/evidence/confirm/                    | make_add_evidence
net/cases/<uuid:ref>/evidence/confirm/                      | make_add_evidence
court/cases/<uuid:ref>/people/<uuid:party>/reveal/          | read_case
net/cases/<uuid:ref>/people/<uuid:party>/reveal/            | read_case
court/cases/<uuid:ref>/people/<uuid:party>/invite/          | send_link
net/cases/<uuid:ref>/people/<uuid:party>/invite/            | send_link
court/cases/<uuid:ref>/complaints/                          | complain withdraw_complaint
net/cases/<uuid:ref>/agreement/begin/                       | begin_draft
net/cases/<uuid:ref>/agreement/about/                       | save_draft
net/cases/<uuid:ref>/agreement/add/                         | save_draft
net/cases/<uuid:ref>/agreement/clauses/<uuid:clause>/       | save_draft
net/cases/<uuid:ref>/agreement/share/                       | share_draft
net/cases/<uuid:ref>/agreement/propose/                     | propose_draft
net/cases/<uuid:ref>/agreement/upload/                      | upload make_propose_agreement
net/cases/<uuid:ref>/agreement/versions/<int:version>/      | remark
net/cases/<uuid:ref>/mediation/                             | act_on_session make_confirm_record make_confirm_undisputed make_extend
net/cases/<uuid:ref>/mediation/points/                      | keep_point
net/cases/<uuid:ref>/mediation/notes/                       | keep_note
net/cases/<uuid:ref>/mediation/report/                      | make_conclude_unsettled make_file_report
net/cases/<uuid:ref>/mediation/talk/<slug:channel>/         | say
net/cases/<uuid:ref>/mediation/links/<uuid:party>/          | send_link
net/cases/<uuid:ref>/mediation/sessions/                    | propose_session
net/cases/<uuid:ref>/mediation/sessions/<uuid:session>/     | act_on_session
net/cases/<uuid:ref>/signing/link/<uuid:party>/             | send_link
*/notices/                                                  | read_notices
*/notices/preferences/                                      | save_preferences
*/cases/<uuid:ref>/confirmation/                            | make_seek_confirmation
*/cases/<uuid:ref>/decree/                                  | make_seek_decree
court/cases/<uuid:ref>/services/                            | make_acknowledge_service
net/cases/<uuid:ref>/services/                              | make_serve
court/cases/<uuid:ref>/services/<uuid:service>/             | make_acknowledge_service
net/cases/<uuid:ref>/services/<uuid:service>/               | make_acknowledge_service
court/offline/                                              | open_case
net/offline/                                                | open_case
net/cases/<uuid:ref>/seal/                                  | make_sign
net/cases/<uuid:ref>/moves/sign/                            | make_sign
net/leaves/                                                 | list_colleagues note_leave end_leave make_appoint_mediator
net/inbox/                                                  | make_moves
net/files/new/                                              | open_row
net/files/verify/                                           | move_row
net/files/import/                                           | open_row move_row
net/files/<slug:aggregate>/<uuid:ref>/edit/                 | move_row
net/files/<slug:aggregate>/<uuid:ref>/do/<slug:act>/        | move_row
*/admin/                                                    | — 工作台首页只有筛选
*/admin/login/                                              | fetch_token
*/admin/logout/                                             | revoke_token
*/admin/password_change/                                    | — 密码只在页面更改
*/admin/r/<path:content_type_id>/<path:object_id>/          | — 框架自带的跳转
*/admin/^(?P<app_label>roster)/$                            | — 框架自带的列表
*/admin/(?P<url>.*)$                                        | — 不存在的地址
*/admin/cases/find/                                         | list_cases
*/admin/cases/filters/                                      | — 页面的常用筛选
*/admin/cases/filters/<int:pk>/drop/                        | — 页面的常用筛选
court/admin/bulk/                                           | make_moves
court/admin/bulk/<uuid:ref>/                                | make_moves
court/admin/cases/<uuid:ref>/do/<str:move>/                 | make_*
net/admin/cases/<uuid:ref>/do/<str:move>/                   | make_*
court/admin/cases/<uuid:ref>/choose/                        | list_choices make_delegate
court/admin/cases/<uuid:ref>/reassign/                      | make_*
court/admin/cases/<uuid:ref>/consents/send/                 | make_consult send_link
court/admin/cases/<uuid:ref>/consents/<int:link>/revoke/    | send_link
court/admin/cases/<uuid:ref>/services/                      | make_serve make_record_paper_service
court/admin/cases/<uuid:ref>/people/<uuid:party>/reveal/    | read_case
net/admin/cases/<uuid:ref>/people/<uuid:party>/reveal/      | read_case
court/admin/cases/<uuid:ref>/people/<uuid:party>/invite/    | send_link
net/admin/cases/<uuid:ref>/people/<uuid:party>/invite/      | send_link
court/admin/entrants/batch/                                 | move_row
court/admin/entrants/adoption/                              | open_row
court/admin/entrants/cases/                                 | make_*
court/admin/entrants/complaints/<uuid:ref>/                 | move_row
court/admin/entrants/<uuid:ref>/                            | move_row
court/admin/entrants/<uuid:ref>/complain/                   | open_row
court/admin/recognitions/<uuid:ref>/                        | move_row
net/admin/transfers/new/                                    | list_transfers register_transfer
net/admin/transfers/import/                                 | register_transfer
court/admin/file/                                           | open_case
court/admin/offline/                                        | open_case
net/admin/files/new/                                        | open_row
net/admin/files/import/                                     | open_row move_row
net/admin/groups/                                           | — 核查用的参考名单由投保局整份载入，不是案件办理
net/admin/files/<slug:aggregate>/<uuid:ref>/do/<slug:act>/  | move_row
net/admin/reviews/                                          | move_row
net/admin/push/                                             | push_files
net/admin/campaigns/                                        | list_rows open_row
net/admin/campaigns/plan/                                   | plan_campaigns
net/admin/campaigns/<uuid:campaign>/do/<slug:act>/          | move_row
*/admin/notices/                                            | read_notices
*/admin/notices/preferences/                                | save_preferences
*/admin/messages/again/                                     | — 平台运行，不是案件办理
*/admin/exchange/reconcile/                                 | — 平台运行，不是案件办理
*/admin/exchange/again/                                     | — 平台运行，不是案件办理
*/admin/exchange/thaw/<uuid:ref>/                           | — 平台运行，不是案件办理
*/admin/calendar/                                           | load_calendar
*/admin/tokens/                                             | — 令牌不得自行签发令牌
*/admin/tokens/<int:pk>/revoke/                             | — 令牌不得自行签发令牌
*/admin/clients/                                            | — 程序不得自行登记程序
*/admin/clients/<int:pk>/secret/                            | — 程序不得自行登记程序
*/admin/clients/<int:pk>/secret/<int:credential>/close/         | — 程序不得自行登记程序
*/admin/clients/<int:pk>/revoke/                            | — 程序不得自行登记程序
*/admin/roster/{register}/                                  | — 只供查看的列表
*/admin/roster/{register}/add/                              | — 只供查看的列表
*/admin/roster/{register}/<path:object_id>/history/         | — 只供查看的列表
*/admin/roster/{register}/<path:object_id>/delete/          | — 只供查看的列表
*/admin/roster/{register}/<path:object_id>/change/          | — 只供查看的列表
*/admin/roster/{register}/<path:object_id>/                 | — 只供查看的列表
"""

READS = r"""
*/                                                          | — 首页
*/roster/                                                   | list_organisations
*/roster/<uuid:ref>/                                        | list_organisations list_mediators
*/roster/mediators/                                         | list_mediators
*/roster/mediators/<uuid:ref>/                              | list_mediators
*/roster/mediators/<uuid:ref>/photo/                        | — 公开页面的照片，不涉及案件办理
*/roster/certificate/                                       | — 验证任何人手中的证书，公开页面
*/verify/root.crt                                           | — 公开的根证书文件
*/verify/revoked.crl                                        | — 公开的吊销列表文件
*/fit/                                                      | — 申请前的自测问答，什么也不记录
*/clients/filing/template/                                  | — 页面导入用的空白表格
*/calendar/<str:secret>.ics                                 | read_case list_sessions
*/uploads/<uuid:upload>/                                    | upload
*/apply/<uuid:draft>/                                       | open_case
*/apply/<uuid:draft>/receipt/                               | read_paper
*/apply/<uuid:draft>/copy/                                  | read_paper
*/cases/                                                    | list_cases
court/cases/<uuid:ref>/                                     | read_case list_moves read_journal list_documents
court/consent/<str:token>/                                  | — 手机链接，须短信验证码；接口用consent
net/signing/document/                                       | download
net/signing/signed/                                         | download
net/signing/<str:token>/                                    | — 手机链接，须短信验证码；接口用sign
net/meeting/<str:token>/                                    | — 手机链接，须短信验证码；接口用act_on_session
court/cases/<uuid:ref>/documents/<uuid:document>/           | download
court/cases/<uuid:ref>/documents/<uuid:document>/view/      | download
court/cases/<uuid:ref>/documents/<uuid:document>/inline/    | download
court/cases/<uuid:ref>/papers/<slug:kind>/                  | list_papers read_paper
net/cases/<uuid:ref>/complaints/                            | — 投诉在调解平台受理，这一页只作指引
net/cases/<uuid:ref>/papers/<slug:kind>/                    | list_papers read_paper
court/certificates/<uuid:ref>/                              | read_certificate
net/certificates/<uuid:ref>/                                | read_certificate
net/cases/<uuid:ref>/                                       | read_case list_moves read_journal list_documents
net/cases/<uuid:ref>/documents/<uuid:document>/             | download
net/cases/<uuid:ref>/documents/<uuid:document>/view/        | download
net/cases/<uuid:ref>/documents/<uuid:document>/inline/      | download
net/cases/<uuid:ref>/agreement/                             | list_drafts
net/cases/<uuid:ref>/agreement/versions/<int:version>/preview/ | list_drafts
net/cases/<uuid:ref>/mediation/brief/                       | read_case list_documents list_points read_journal
net/cases/<uuid:ref>/mediation/sessions/<uuid:session>/calendar.ics | list_sessions
net/cases/<uuid:ref>/signing/<int:version>/                 | read_journal
net/cases/<uuid:ref>/signing/<int:version>/signed/          | download
*/notices/<int:notice>/                                     | list_notices read_notices
court/cases/<uuid:ref>/performance/                         | read_journal read_paper
net/cases/<uuid:ref>/performance/                           | read_journal read_paper
*/cases/<uuid:ref>/suing/                                   | — 起诉指引，只是说明
court/cases/<uuid:ref>/passport/                            | read_passport
net/cases/<uuid:ref>/passport/                              | read_passport
*/cases/<uuid:ref>/enforcement/<uuid:party>/                | read_paper
court/cases/<uuid:ref>/services/<uuid:service>/proof/       | read_paper
net/cases/<uuid:ref>/services/<uuid:service>/proof/         | read_paper
court/cases/<uuid:ref>/addresses/<uuid:party>/              | read_paper
net/cases/<uuid:ref>/addresses/<uuid:party>/                | read_paper
net/load/                                                   | list_cases read_states
net/seals/                                                  | list_cases
net/files/                                                  | list_rows
net/files/export/                                           | list_rows
net/files/<slug:aggregate>/<uuid:ref>/                      | read_row
net/files/<slug:aggregate>/<uuid:ref>/pictures/<slug:digest>/ | read_picture
*/admin/password_change/done/                               | — 密码只在页面更改
*/admin/autocomplete/                                       | — 框架自带的地址
*/admin/jsi18n/                                             | — 框架自带的地址
*/admin/cases/                                              | list_cases
*/admin/cases/export/                                       | list_cases
*/admin/cases/<uuid:ref>/                                   | read_case list_moves read_journal list_documents
court/admin/cases/<uuid:ref>/consents/                      | read_journal
court/admin/cases/<uuid:ref>/services/<uuid:service>/proof/ | read_paper
court/admin/cases/<uuid:ref>/addresses/<uuid:party>/        | read_paper
*/admin/cases/<uuid:ref>/documents/<uuid:document>/         | download
court/admin/cases/<uuid:ref>/papers/<slug:kind>/            | list_papers read_paper
court/admin/cases/<uuid:ref>/passport/                      | read_passport
court/admin/passports/                                      | — 由运行人员以命令导入的护照，只供查阅
court/admin/passports/<int:pk>/                             | — 由运行人员以命令导入的护照，只供查阅
net/admin/passports/                                        | — 由运行人员以命令导入的护照，只供查阅
net/admin/passports/<int:pk>/                               | — 由运行人员以命令导入的护照，只供查阅
court/admin/listings/<uuid:ref>/certificate/                | read_certificate
court/admin/entrants/                                       | list_rows read_row_changes
court/admin/entrants/roster/                                | list_rows
court/admin/entrants/complaints/                            | list_rows
court/admin/entrants/<uuid:ref>/pictures/<slug:digest>/     | read_picture
court/admin/recognitions/                                   | list_rows
net/admin/complaints/                                       | list_rows read_row
net/admin/transfers/                                        | list_transfers
net/admin/transfers/template/                               | — 页面导入用的空白表格
net/admin/files/                                            | list_rows
net/admin/files/export/                                     | list_rows
net/admin/groups/export/                                    | — 核查用的参考名单由投保局整份载入，不是案件办理
net/admin/files/<slug:aggregate>/<uuid:ref>/                | read_row
net/admin/files/<slug:aggregate>/<uuid:ref>/pictures/<slug:digest>/ | read_picture
net/admin/push/answers/                                     | list_rows read_row_changes
net/admin/campaigns/<uuid:campaign>/                        | read_row
net/admin/campaigns/<uuid:campaign>/list/<slug:which>/      | read_row list_rows
net/admin/campaigns/<uuid:campaign>/report/<slug:form>/     | read_row
court/admin/oversight/                                      | read_tables read_outcomes read_states read_places
net/admin/oversight/                                        | read_tables read_outcomes read_states read_places
court/admin/oversight/roster/                               | list_rows
net/admin/oversight/roster/                                 | list_rows
court/admin/oversight/export/<slug:table>/                  | read_tables read_outcomes read_states read_places
net/admin/oversight/export/<slug:table>/                    | read_tables read_outcomes read_states read_places
*/admin/notices/<int:notice>/                               | list_notices read_notices
*/admin/messages/                                           | — 平台运行，不是案件办理
*/admin/exchange/                                           | — 平台运行，不是案件办理
*/admin/clients/<int:pk>/                                   | — 程序不得自行登记程序
*/admin/rules/                                              | list_rules
"""
"""The addresses that only show or hand out something, with the operations by which REST does."""


def lines(table: str = TABLE) -> dict[str, str]:
    """Return what stands beside each address."""
    return dict(
        (part.strip() for part in line.rsplit(" | ", 1))
        for line in table.strip("\n").splitlines()  # type: ignore[misc]
    )
