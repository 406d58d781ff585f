"""Every act of a page and the operation by which REST does the same (issue: whatever a person can do, a client can).

Lives here: the literal table. Does not live here: asking whether it is complete (``test_coverage``).

One line for each address of ``tests.access.table`` that takes a POST: ``address | operations``. Where there is none,
``—`` and the reason. A move of a case is made by ``make_<move>``, written ``make_*`` where the page takes any.
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
*/apply/                                                    | open_case
*/apply/<uuid:draft>/check/                                 | open_case
*/apply/<uuid:draft>/discard/                               | — 页面草稿；接口一次提交，没有草稿
*/apply/<uuid:draft>/step/<slug:step>/                      | open_case
*/clients/                                                  | open_case
*/clients/filing/                                           | open_case
*/clients/<uuid:draft>/                                     | open_case
*/clients/<uuid:draft>/step/<slug:step>/                    | open_case
*/desk/                                                     | make_*
*/desk/people/                                              | — 单位席位由单位本人在页面授权
*/desk/join/                                                | — 受邀人本人在页面加入
*/desk/answer/                                              | make_moves
*/calendar/                                                 | — 日历订阅地址；接口直接查询期限和会议
*/uploads/                                                  | upload
net/transfer/                                               | — 诉求转办材料由服务中心在页面受理
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
*/cases/<uuid:ref>/services/<uuid:service>/                 | make_acknowledge_service
court/offline/                                              | open_case
net/offline/                                                | open_case
net/cases/<uuid:ref>/seal/                                  | make_sign
net/cases/<uuid:ref>/moves/sign/                            | make_sign
net/leaves/                                                 | — 组织内部的请假和接案安排，不是案件办理
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
net/admin/transfers/new/                                    | — 诉求转办由服务中心在页面登记
net/admin/transfers/import/                                 | — 诉求转办由服务中心在页面登记
court/admin/file/                                           | open_case
court/admin/offline/                                        | open_case
net/admin/files/new/                                        | open_row
net/admin/files/import/                                     | open_row move_row
net/admin/files/<slug:aggregate>/<uuid:ref>/do/<slug:act>/  | move_row
net/admin/reviews/                                          | move_row
net/admin/push/                                             | push_files
net/admin/campaigns/                                        | — 集中核实的数字由平台自己计算，只在工作台办理
net/admin/campaigns/plan/                                   | — 集中核实的数字由平台自己计算，只在工作台办理
net/admin/campaigns/<uuid:campaign>/do/<slug:act>/          | — 集中核实的数字由平台自己计算，只在工作台办理
*/admin/notices/                                            | read_notices
*/admin/notices/preferences/                                | save_preferences
*/admin/messages/again/                                     | — 平台运行，不是案件办理
*/admin/exchange/reconcile/                                 | — 平台运行，不是案件办理
*/admin/exchange/again/                                     | — 平台运行，不是案件办理
*/admin/exchange/thaw/<uuid:ref>/                           | — 平台运行，不是案件办理
*/admin/calendar/                                           | — 放假安排由平台运行人员在工作台维护
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


def lines() -> dict[str, str]:
    """Return what stands beside each address."""
    return dict(
        (part.strip() for part in line.rsplit(" | ", 1))
        for line in TABLE.strip("\n").splitlines()  # type: ignore[misc]
    )
