"""The rule table once more, by hand: for each move from where, to where, by whom, on which tracks.

Every combination of state, move, role and track that is not written here must be refused; a new move fails the test
until its row stands here. ``=``: the state stays as it is.

Tracks: A 立案前委派, B 立案后委托, C 自行申请, D 线下调解成功.
"""

from __future__ import annotations

OPEN = (
    "FILED CONSULTING READY DELEGATED APPLIED ACCEPTED MEDIATING SUSPENDED SIGNING SETTLED UNSETTLED "
    "CONFIRMATION_REFUSED AGREEMENT_RETURNED HANDED_BACK CONFIRMATION_SOUGHT CONFIRMATION_REVIEW CONFIRMED "
    "DECREE_SOUGHT DECREE_ISSUED DECREED PROOF_SOUGHT"
)
FINAL = "RETURNED ENDED DOCKETED TRIAL_RESUMED PERFORMED ENFORCEMENT WITHDRAWN CLOSED"
AMENDABLE = (
    "FILED CONSULTING READY DELEGATED APPLIED ACCEPTED MEDIATING SUSPENDED UNSETTLED CONFIRMATION_REFUSED "
    "AGREEMENT_RETURNED HANDED_BACK CONFIRMATION_SOUGHT CONFIRMATION_REVIEW DECREE_SOUGHT PROOF_SOUGHT"
)
MEDIATED = "ACCEPTED MEDIATING SUSPENDED SIGNING SETTLED"

# move: (from, to, by, tracks)
MATRIX: dict[str, tuple[str, str, str, str]] = {
    "file": ("", "FILED", "PARTY AGENT CLERK", "AB"),
    "apply": ("", "APPLIED", "PARTY AGENT", "C"),
    "record_offline": ("", "SETTLED", "ORGANISATION", "D"),
    "file_offline": ("", "FILED", "PARTY AGENT CLERK", "D"),
    "ask_proof": ("FILED", "PROOF_SOUGHT", "PLATFORM", "D"),
    "prove_offline": ("PROOF_SOUGHT", "SETTLED", "ORGANISATION", "D"),
    "disown_offline": ("PROOF_SOUGHT", "RETURNED", "ORGANISATION", "D"),
    "lapse_proof": ("PROOF_SOUGHT", "RETURNED", "CLOCK", "D"),
    "open_rest": ("", "UNSETTLED", "PLATFORM", "ABC"),
    "hand_back_rest": ("UNSETTLED", "HANDED_BACK", "PLATFORM", "AB"),
    "receive": (OPEN, "=", "PLATFORM", "ABCD"),
    "send_back": (
        "DELEGATED HANDED_BACK CONFIRMATION_SOUGHT DECREE_SOUGHT",
        "READY UNSETTLED SETTLED",
        "CLERK PLATFORM",
        "ABCD",
    ),
    "return_application": ("FILED", "RETURNED", "CLERK", "ABCD"),
    "consult": ("FILED", "CONSULTING", "CLERK", "ABCD"),
    "consent": (
        "CONSULTING READY DELEGATED ACCEPTED MEDIATING SUSPENDED",
        "CONSULTING READY DELEGATED ACCEPTED MEDIATING SUSPENDED",
        "PARTY AGENT CLERK MEDIATOR",
        "ABCD",
    ),
    "withdraw_consent": ("CONSULTING READY DELEGATED ACCEPTED MEDIATING", "=", "PARTY AGENT", "ABCD"),
    "proceed_on_one_consent": ("CONSULTING", "READY", "CLERK", "A"),
    "refuse_consent": ("CONSULTING READY ACCEPTED", "HANDED_BACK UNSETTLED", "PARTY AGENT CLERK MEDIATOR", "ABCD"),
    "lapse_consent": ("CONSULTING", "HANDED_BACK", "CLOCK", "ABCD"),
    "docket_and_entrust": ("FILED CONSULTING READY", "=", "CLERK", "A"),
    "choose_jointly": ("READY", "=", "PARTY AGENT CLERK", "ABCD"),
    "leave_to_court": ("READY", "=", "PARTY AGENT CLERK", "ABCD"),
    "delegate": ("READY", "DELEGATED", "CLERK", "ABCD"),
    "accept": ("DELEGATED APPLIED", "ACCEPTED", "ORGANISATION", "ABCD"),
    "decline": ("DELEGATED APPLIED", "READY RETURNED", "ORGANISATION", "ABCD"),
    "lapse_reply": ("DELEGATED APPLIED", "READY RETURNED", "CLOCK", "ABCD"),
    "recall": ("DELEGATED", "READY", "CLERK", "ABCD"),
    "appoint_mediator": (MEDIATED, "=", "ORGANISATION", "ABCD"),
    "note_conflicts": (MEDIATED, "=", "PLATFORM", "ABCD"),
    "disclose": (MEDIATED, "=", "MEDIATOR", "ABCD"),
    "object": (
        "ACCEPTED MEDIATING SUSPENDED SIGNING",
        "ACCEPTED MEDIATING SUSPENDED SIGNING HANDED_BACK UNSETTLED",
        "PARTY AGENT",
        "ABCD",
    ),
    "waive": (MEDIATED, "=", "PARTY AGENT", "ABCD"),
    "decide_recusal": (MEDIATED, "=", "ORGANISATION CLERK JUDGE", "ABCD"),
    "record_contact": ("ACCEPTED", "=", "MEDIATOR", "ABCD"),
    "open_session": ("ACCEPTED", "MEDIATING", "MEDIATOR", "ABCD"),
    "amend_parties": (AMENDABLE, "=", "PARTY AGENT CLERK MEDIATOR", "ABCD"),
    "appoint_agent": (OPEN, "=", "PARTY AGENT CLERK", "ABCD"),
    "dismiss_agent": (OPEN, "=", "PARTY AGENT", "ABCD"),
    "confirm_address": (OPEN, "=", "PARTY AGENT CLERK MEDIATOR", "ABCD"),
    "serve": (OPEN, "=", "CLERK JUDGE ORGANISATION", "ABCD"),
    "note_service": (OPEN, "=", "PLATFORM", "ABCD"),
    "record_paper_service": (OPEN, "=", "CLERK ORGANISATION", "ABCD"),
    "acknowledge_service": (OPEN, "=", "PARTY AGENT", "ABCD"),
    "add_evidence": (OPEN, "=", "PARTY AGENT CLERK ORGANISATION MEDIATOR", "ABCD"),
    "confirm_record": ("MEDIATING SUSPENDED SIGNING", "=", "PARTY AGENT MEDIATOR", "ABCD"),
    "confirm_undisputed": ("MEDIATING SUSPENDED SIGNING", "=", "PARTY AGENT MEDIATOR", "ABCD"),
    "extend": ("ACCEPTED MEDIATING SUSPENDED SIGNING", "=", "PARTY AGENT", "ABCD"),
    "suspend": ("MEDIATING", "SUSPENDED", "MEDIATOR", "ABCD"),
    "resume": ("SUSPENDED", "MEDIATING", "MEDIATOR", "ABCD"),
    "review_suspicion": ("SUSPENDED", "MEDIATING HANDED_BACK UNSETTLED", "ORGANISATION", "ABCD"),
    "propose_agreement": ("MEDIATING", "SIGNING", "MEDIATOR", "ABCD"),
    "revise_agreement": ("SIGNING", "MEDIATING", "MEDIATOR", "ABCD"),
    "sign": ("SIGNING SETTLED", "SIGNING SETTLED", "PARTY AGENT ORGANISATION MEDIATOR", "ABCD"),
    "refuse_to_sign": ("SIGNING", "HANDED_BACK UNSETTLED", "PARTY AGENT", "ABCD"),
    "review_seal": ("SETTLED", "=", "ORGANISATION", "ABCD"),
    "refuse_seal": ("SETTLED", "=", "ORGANISATION", "ABCD"),
    "deliver_agreement": (
        "SETTLED AGREEMENT_RETURNED CONFIRMATION_SOUGHT CONFIRMATION_REVIEW CONFIRMED CONFIRMATION_REFUSED "
        "DECREE_SOUGHT DECREE_ISSUED DECREED",
        "=",
        "PLATFORM",
        "ABCD",
    ),
    "split": ("SETTLED", "=", "ORGANISATION MEDIATOR PLATFORM", "ABCD"),
    "stop_mediation": (
        "DELEGATED ACCEPTED MEDIATING SUSPENDED SIGNING",
        "HANDED_BACK UNSETTLED",
        "PARTY AGENT",
        "ABCD",
    ),
    "conclude_unsettled": ("ACCEPTED MEDIATING SUSPENDED SIGNING", "HANDED_BACK UNSETTLED", "MEDIATOR", "ABCD"),
    "lapse_mediation": ("ACCEPTED MEDIATING SUSPENDED SIGNING", "HANDED_BACK UNSETTLED", "CLOCK", "ABCD"),
    "withdraw": (
        "FILED CONSULTING READY DELEGATED APPLIED ACCEPTED MEDIATING SUSPENDED SIGNING PROOF_SOUGHT",
        "WITHDRAWN HANDED_BACK FILED CONSULTING READY DELEGATED APPLIED ACCEPTED MEDIATING SUSPENDED SIGNING "
        "PROOF_SOUGHT",
        "PARTY AGENT",
        "ABCD",
    ),
    "seek_docketing": ("UNSETTLED", "HANDED_BACK", "PARTY AGENT", "ABCD"),
    "end_unsettled": ("UNSETTLED", "ENDED UNSETTLED", "PARTY AGENT CLOCK", "ABCD"),
    "docket": ("HANDED_BACK", "DOCKETED", "CLERK", "ACD"),
    "resume_trial": ("HANDED_BACK AGREEMENT_RETURNED DECREE_ISSUED", "TRIAL_RESUMED", "CLERK JUDGE", "B"),
    "not_sued": ("HANDED_BACK", "ENDED", "PARTY AGENT CLERK", "ACD"),
    "file_report": ("UNSETTLED HANDED_BACK", "=", "MEDIATOR", "ABCD"),
    "return_agreement": ("SETTLED", "AGREEMENT_RETURNED", "PLATFORM", "B"),
    "close_agreed": ("SETTLED", "CLOSED SETTLED", "CLOCK", "ACD"),
    "seek_confirmation": ("SETTLED", "CONFIRMATION_SOUGHT SETTLED", "PARTY AGENT", "ACD"),
    "ask_supplement": ("CONFIRMATION_SOUGHT CONFIRMATION_REVIEW", "=", "CLERK JUDGE", "ABCD"),
    "supplement": ("CONFIRMATION_SOUGHT CONFIRMATION_REVIEW", "=", "PARTY AGENT ORGANISATION", "ABCD"),
    "deem_withdrawn": ("CONFIRMATION_SOUGHT CONFIRMATION_REVIEW", "SETTLED", "CLERK JUDGE", "ABCD"),
    "accept_confirmation": ("CONFIRMATION_SOUGHT", "CONFIRMATION_REVIEW", "CLERK", "ABCD"),
    "refuse_confirmation": ("CONFIRMATION_SOUGHT", "CONFIRMATION_REFUSED", "CLERK JUDGE", "ABCD"),
    "reject_confirmation": ("CONFIRMATION_REVIEW", "CONFIRMATION_REFUSED", "JUDGE", "ABCD"),
    "extend_review": ("CONFIRMATION_REVIEW", "=", "COURT_LEADER", "ABCD"),
    "confirm": ("CONFIRMATION_REVIEW", "CONFIRMED", "JUDGE", "ABCD"),
    "receive_ruling": ("CONFIRMED", "=", "PARTY AGENT CLERK", "ABCD"),
    "withdraw_confirmation": (
        "CONFIRMATION_SOUGHT CONFIRMATION_REVIEW",
        "SETTLED CONFIRMATION_SOUGHT CONFIRMATION_REVIEW",
        "PARTY AGENT",
        "ABCD",
    ),
    "object_confirmation": ("CONFIRMED", "=", "PARTY AGENT OUTSIDER CLERK", "ABCD"),
    "reject_objection": ("CONFIRMED", "=", "JUDGE", "ABCD"),
    "revoke_confirmation": ("CONFIRMED", "CONFIRMATION_REFUSED", "JUDGE", "ABCD"),
    "remediate": ("CONFIRMATION_REFUSED", "MEDIATING CONFIRMATION_REFUSED", "PARTY AGENT", "ABCD"),
    "reapply": ("CONFIRMATION_REFUSED", "SETTLED CONFIRMATION_REFUSED", "PARTY AGENT", "ABCD"),
    "end_refused": ("CONFIRMATION_REFUSED", "ENDED", "CLOCK", "ABCD"),
    "seek_decree": ("SETTLED AGREEMENT_RETURNED", "DECREE_SOUGHT SETTLED AGREEMENT_RETURNED", "PARTY AGENT", "ABCD"),
    "withdraw_suit": ("AGREEMENT_RETURNED", "WITHDRAWN", "JUDGE", "B"),
    "docket_for_decree": ("DECREE_SOUGHT", "=", "CLERK", "ACD"),
    "issue_decree": ("DECREE_SOUGHT", "DECREE_ISSUED", "JUDGE", "ABCD"),
    "refuse_decree": ("DECREE_SOUGHT", "TRIAL_RESUMED HANDED_BACK", "JUDGE", "ABCD"),
    "receive_decree": ("DECREE_ISSUED", "DECREED DECREE_ISSUED", "PARTY AGENT CLERK", "ABCD"),
    "repudiate": ("AGREEMENT_RETURNED DECREE_SOUGHT DECREE_ISSUED", "TRIAL_RESUMED HANDED_BACK", "PARTY AGENT", "ABCD"),
    "perform": (
        "SETTLED AGREEMENT_RETURNED CONFIRMED DECREED",
        "PERFORMED SETTLED AGREEMENT_RETURNED CONFIRMED DECREED",
        "PARTY AGENT",
        "ABCD",
    ),
    "report_performance": ("SETTLED AGREEMENT_RETURNED CONFIRMED DECREED", "=", "PARTY AGENT", "ABCD"),
    "answer_performance": (
        "SETTLED AGREEMENT_RETURNED CONFIRMED DECREED",
        "PERFORMED SETTLED AGREEMENT_RETURNED CONFIRMED DECREED",
        "PARTY AGENT",
        "ABCD",
    ),
    "declare_due": ("SETTLED AGREEMENT_RETURNED CONFIRMED DECREED", "=", "PARTY AGENT", "ABCD"),
    "enforce": ("CONFIRMED DECREED", "ENFORCEMENT", "PARTY AGENT", "ABCD"),
    "lapse_enforcement": ("CONFIRMED DECREED", "CLOSED", "CLOCK", "ABCD"),
    "withdraw_evidence": (OPEN, "=", "PARTY AGENT CLERK MEDIATOR ORGANISATION", "ABCD"),
    "reckon": (OPEN, "=", "PLATFORM", "ABCD"),
}

# The moves of the plan of record, and what was added to it.
PLANNED = (
    "file apply record_offline receive send_back return_application consult consent withdraw_consent "
    "proceed_on_one_consent refuse_consent lapse_consent docket_and_entrust choose_jointly delegate accept decline "
    "lapse_reply recall appoint_mediator disclose object waive decide_recusal record_contact open_session "
    "amend_parties appoint_agent confirm_address add_evidence confirm_record confirm_undisputed extend suspend "
    "resume review_suspicion propose_agreement revise_agreement sign refuse_to_sign refuse_seal split "
    "stop_mediation conclude_unsettled lapse_mediation withdraw docket resume_trial not_sued return_agreement "
    "close_agreed seek_confirmation ask_supplement supplement accept_confirmation refuse_confirmation "
    "reject_confirmation confirm withdraw_confirmation object_confirmation reject_objection revoke_confirmation "
    "remediate reapply end_refused seek_decree withdraw_suit issue_decree refuse_decree receive_decree repudiate "
    "perform enforce lapse_enforcement reckon"
)
ADDED = (
    "seek_docketing end_unsettled extend_review dismiss_agent file_report deem_withdrawn receive_ruling "
    "deliver_agreement "
    "docket_for_decree file_offline ask_proof prove_offline disown_offline lapse_proof open_rest hand_back_rest "
    "report_performance answer_performance declare_due note_conflicts leave_to_court "
    "serve note_service record_paper_service acknowledge_service withdraw_evidence review_seal"
)
