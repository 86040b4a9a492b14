"""Who may open what, as data: written from what the product promises, not from the code that keeps the promise.

A line names the roles for which an address is open: A analyst, C compliance reviewer, D admin; F everybody of a fund, or of
them R its readers, L its lead, K its compliance. Or it names people (tests/access/personas.py). "*" is everybody who is
signed in, "public" everybody. What is left out is refused: a person of the firm gets 403 and a sentence, a fund's person
the same 404 as for an address that leads nowhere, and who is not signed in is sent to the door.

Kinds of address: of a PROGRAMME (outside one's sight it does not exist; in a fund's sight it is while the fund's seat
is active and the reader has signed the terms in force), of the SITE (no programme in it), an API list (ROWS), which opens
for a role and shows only what is in sight, of one fund's own things (FUNDS: those of another fund do not exist), and of a
programme that one's fund is asked to take part in (ASKED).
"""

PROGRAMME = {
    # Setting up
    "programme": {"get": "ACD"},
    "programme_edit": {"get": "AD", "post": "AD"},
    "programme_move": {"post": "AD"},
    "team_add": {"post": "AD"},
    "team_remove": {"post": "AD"},
    "questions": {"get": "ACD"},
    "question_new": {"get": "AD", "post": "AD"},
    "question_edit": {"get": "AD", "post": "AD"},
    "question_remove": {"post": "AD"},
    "questions_lock": {"post": "AD"},
    "segment_new": {"get": "AD", "post": "AD"},
    "segment_edit": {"get": "AD", "post": "AD"},
    "segment_remove": {"post": "AD"},
    "register": {"get": "ACD"},
    "source_new": {"get": "AD", "post": "AD"},
    "incident_new": {"get": "AD", "post": "AD"},
    "claim_new": {"get": "AD", "post": "AD"},
    "disagreement_new": {"get": "AD", "post": "AD"},
    "statement_new": {"get": "AD", "post": "AD"},
    "statement_correct": {"get": "AD", "post": "AD"},
    # Funds and their seats: names are for admins
    "seats": {"get": "ACD"},
    "seat": {"get": "D"},
    "seat_give": {"post": "D"},
    "seats_cap": {"post": "D"},
    "seat_activate": {"post": "D"},
    "seat_free": {"post": "D"},
    "seat_extend": {"post": "D"},
    "wait_leave": {"post": "D"},
    "invitations": {"get": "D", "post": "D"},
    "invitation_revoke": {"post": "D"},
    "invitation_resend": {"post": "D"},
    "invitation_admit": {"post": "D"},
    "audit": {"get": "CD", "post": "CD"},
    # The terms: everybody of the team reads them, admins publish and file
    "terms": {"get": "ACD"},
    "terms_file": {"get": "ACD"},
    "terms_new": {"get": "D", "post": "D"},
    "terms_paper": {"post": "D"},
    # Fees: the plan tells how many payers there are to be
    "fees": {"get": "D"},
    "fee_plan": {"get": "D", "post": "D"},
    "fees_draft": {"post": "D"},
    "invoice": {"get": "D"},
    "invoice_issue": {"post": "D"},
    "invoice_paid": {"post": "D"},
    "invoice_void": {"post": "D"},
    "invoice_refund": {"post": "D"},
    # Interviews
    "interviews": {"get": "ACD"},
    "interview": {"get": "ACD"},
    "interview_new": {"get": "A", "post": "A"},
    "interview_book": {"post": "A"},
    "interview_notes": {"post": "AC"},
    "interview_outcome": {"post": "A"},
    "identity_ask": {"post": "C"},
    "identity_agree": {"post": "C"},
    "identity_open": {"post": "C"},
    # Transcripts: an admin reads none by virtue of being admin
    "transcripts": {"get": "AC"},
    "transcripts_upload": {"post": "A"},
    "transcript": {"get": "AC"},
    "speakers": {"post": "AC"},
    "transcript_reparse": {"post": "A"},
    "desk": {"get": "AC"},
    "redaction_add": {"post": "C"},
    "redactions_proposed": {"post": "C"},
    "redaction_remove": {"post": "C"},
    "review_first": {"post": "C"},
    "review_send_back": {"post": "C"},
    "review_clear": {"post": "C"},
    # Tags
    "read": {"get": "AC"},
    "decide": {"post": "A"},
    "review": {"get": "A"},
    "tagging": {"get": "AC"},
    "runs": {"get": "AC"},
    "run_again": {"post": "A"},
    "analysis": {"get": "AC"},
    "matrix_csv": {"get": "AC"},
    "matrix_picture": {"get": "AC"},
    "incident_picture": {"get": "ACD"},
    "held_picture": {"get": "ACD"},
    "passages": {"get": "AC"},
    # The report
    "report": {"get": "ACD"},
    "report_answer": {"get": "A", "post": "A"},
    "report_answer_approve": {"post": "AC"},
    "finding_new": {"get": "A", "post": "A"},
    "finding_edit": {"get": "A", "post": "A"},
    "finding_cite": {"get": "AC", "post": "A"},
    "finding_approve": {"post": "AC"},
    "finding_move": {"post": "A"},
    "finding_discard": {"post": "A"},
    "report_summaries": {"get": "AC"},
    "report_summary": {"post": "A"},
    "report_versions": {"get": "ACD", "post": "A"},
    "report_version": {"get": "ACD"},
    "report_progress": {"get": "ACD"},
    "report_file": {"get": "AC"},
    "report_approve": {"post": "C"},
    "report_retry": {"post": "A"},
    "report_release": {"get": "CD", "post": "CD"},
    "report_recall": {"post": "CD"},
    # The fund's own rooms
    "portal_programme": {"get": "F"},
    "portal_report": {"get": "F"},
    "portal_report_pdf": {"get": "F"},
    "portal_file": {"get": "F"},
    "portal_interviews": {"get": "F"},
    "portal_interview": {"get": "F"},
    "portal_transcript_file": {"get": "F"},
    "portal_search": {"get": "F"},
    "v1:portal-detail": {"get": "F"},
    "v1:portal-report": {"get": "F"},
    "v1:portal-interviews": {"get": "F"},
    "v1:portal-transcript": {"get": "F"},
    "v1:portal-search": {"get": "F"},
    # The same by program
    "v1:programme-detail": {"get": "ACD", "patch": "AD"},
    "v1:programme-cap": {"post": "D"},
    "v1:programme-lock-questions": {"post": "AD"},
    "v1:programme-move": {"post": "AD"},
    "v1:question-detail": {"get": "ACD", "patch": "AD", "delete": "AD"},
    "v1:segment-detail": {"get": "ACD", "patch": "AD", "delete": "AD"},
    "v1:seat-activate": {"post": "D"},
    "v1:seat-extend": {"post": "D"},
    "v1:seat-free": {"post": "D"},
    "v1:source-detail": {"get": "ACD"},
    "v1:incident-detail": {"get": "ACD"},
    "v1:incident-statements": {"post": "AD"},
    "v1:claim-detail": {"get": "ACD"},
    "v1:claim-statements": {"post": "AD"},
    "v1:disagreement-detail": {"get": "ACD"},
    "v1:disagreement-statements": {"post": "AD"},
    "v1:expert-detail": {"get": "AC"},
    "v1:interview-detail": {"get": "ACD"},
    "v1:interview-book": {"post": "A"},
    "v1:interview-outcome": {"post": "A"},
    "v1:interview-hold": {"post": "A"},
    "v1:interview-confirm": {"post": "A"},
    "v1:interview-release": {"post": "A"},
    "v1:interview-move": {"post": "A"},
    "v1:interview-reassign": {"post": "A"},
    "v1:interview-open-times": {"get": "A"},
    "v1:interview-free": {"get": "A"},
    "v1:transcript-detail": {"get": "AC"},
    "v1:transcript-read-again": {"post": "A"},
    "v1:transcript-speakers": {"post": "AC"},
    "v1:cleared-transcript-detail": {"get": "AC"},
    "v1:suggestion-detail": {"get": "AC"},
    "v1:suggestion-accept": {"post": "A"},
    "v1:suggestion-reassign": {"post": "A"},
    "v1:suggestion-reject": {"post": "A"},
    "v1:tag-detail": {"get": "AC", "patch": "A", "delete": "A"},
    "v1:run-detail": {"get": "AC"},
    "v1:run-progress": {"get": "AC"},
    "v1:matrix-list": {"get": "AC"},
    "v1:matrix-passages": {"get": "AC"},
    "v1:finding-detail": {"get": "AC", "patch": "A", "delete": "A"},
    "v1:finding-approve": {"post": "AC"},
    "v1:finding-cite": {"post": "A"},
    "v1:finding-uncite": {"post": "A"},
    "v1:report-detail": {"get": "ACD"},
    "v1:report-facts": {"get": "AC"},
    "v1:report-approve": {"post": "C"},
    "v1:report-retry": {"post": "A"},
    "v1:report-release": {"post": "CD"},
    "v1:report-recall": {"post": "CD"},
}

SITE = {
    "programmes": {"get": "ACD"},
    "programme_new": {"get": "AD", "post": "AD"},
    "funds": {"get": "D", "post": "D"},
    "fund": {"get": "D", "post": "D"},
    "fund_name": {"get": "D", "post": "D"},
    "member": {"get": "D", "post": "D"},
    "vehicle_add": {"post": "D"},
    "vehicle_remove": {"post": "D"},
    "portal": {"get": "F"},
    "audit_house": {"get": "CD", "post": "CD"},
    "audit_chains": {"get": "CD", "post": "CD"},
    # What a fund's people do for their fund, each at one address that shows only what is theirs
    "fund_terms": {"get": "F"},
    "fund_people": {"get": "LK", "post": "K"},
    "fund_records": {"get": "LK"},
    "offers": {"get": "LK"},
    "home": {"get": "*"},
    "api_token": {"get": "*", "post": "*"},
    "security": {"get": "*"},
    "people": {"get": "D", "post": "D"},
    "person": {"get": "D", "post": "D"},
    "sessions_end": {"post": "*"},
    # The page that an invitation leads to: who has the link needs no account
    "invitation": {"get": "public", "post": "public"},
    # What is written to people, and whether it went out
    "outbox": {"get": "D"},
    "outbox_again": {"post": "D"},
    "health": {"get": "public"},
    "ready": {"get": "public"},
    "v1:schema": {"get": "*"},
    "v1:api-root": {"get": "*"},
    "v1:portal-list": {"get": "F"},
    "ledger": {"get": "D"},
    "ledger_file": {"get": "D"},
    "fund_fees": {"get": "LK"},
    "fund_policy": {"get": "K", "post": "K"},
    "fund_policy_list": {"post": "K"},
    "fund_policy_confirm": {"post": "K"},
    "fund_policy_version": {"get": "K"},
    "fund_policy_file": {"get": "K"},
}

ROWS = {
    "v1:programme-list": {"get": "ACD", "post": "AD"},
    "v1:question-list": {"get": "ACD", "post": "AD"},
    "v1:segment-list": {"get": "ACD", "post": "AD"},
    "v1:seat-list": {"get": "ACDF"},
    "v1:seat-hold": {"post": "D"},
    "v1:seat-take": {"post": "D"},
    "v1:source-list": {"get": "ACD", "post": "AD"},
    "v1:incident-list": {"get": "ACD", "post": "AD"},
    "v1:claim-list": {"get": "ACD", "post": "AD"},
    "v1:disagreement-list": {"get": "ACD", "post": "AD"},
    "v1:expert-list": {"get": "ACD", "post": "A"},
    "v1:interview-list": {"get": "ACD", "post": "A"},
    "v1:transcript-list": {"get": "AC", "post": "A"},
    "v1:cleared-transcript-list": {"get": "AC"},
    "v1:suggestion-list": {"get": "AC"},
    "v1:tag-list": {"get": "AC", "post": "A"},
    "v1:run-list": {"get": "AC", "post": "A"},
    "v1:finding-list": {"get": "AC", "post": "A"},
    "v1:report-list": {"get": "ACD", "post": "A"},
    "v1:terms-list": {"get": "ACDF", "post": "D"},
    "v1:fund-list": {"get": "DF", "post": "D"},
    "v1:participation-list": {"get": "DF"},
    "v1:invoice-list": {"get": "DLK"},
    "v1:participation-queue": {"post": "D"},
}

FUNDS = {
    "fund_person": {"get": "K", "post": "K"},
    "fund_record": {"get": "LK", "post": "LK"},
    "offer": {"get": "LK", "post": "LK"},
    "offer_wait": {"post": "LK"},
    "offer_decline": {"post": "LK"},
    "v1:fund-detail": {"get": "DF", "patch": "D"},
    "v1:fund-change-role": {"post": "DK"},
    "v1:fund-leave": {"post": "DK"},
    "v1:fund-transfer": {"post": "DK"},
    "v1:fund-send-link": {"post": "DK"},
    "v1:fund-vehicles": {"get": "D", "post": "D"},
    "v1:fund-remove-vehicle": {"delete": "D"},
    "v1:fund-members": {"get": "DK", "post": "DK"},
    "v1:fund-policy": {"get": "K", "post": "K"},
    "v1:seat-detail": {"get": "ACDF"},
    "fund_invoice": {"get": "LK"},
    "fund_credit": {"get": "LK"},
    "v1:invoice-detail": {"get": "DLK"},
    "v1:participation-detail": {"get": "DF"},
    "v1:participation-commit": {"post": "LK"},
    "v1:participation-wait": {"post": "LK"},
    "v1:participation-decline": {"post": "LK"},
    "v1:participation-leave": {"post": "D"},
}

# Of a programme in which a fund is asked to take part, from the invitation until it withdraws.
ASKED = {
    "fund_terms_one": {"get": "F", "post": "F"},
    "fund_terms_file": {"get": "F"},
    "v1:terms-detail": {"get": "ACDF"},
    "v1:terms-sign": {"post": "F"},
}

# Of a released report; the rest of a fund's pages is open before the release, and after a recall.
AFTER_RELEASE = {
    "portal_report",
    "portal_report_pdf",
    "portal_file",
    "portal_interviews",
    "portal_interview",
    "portal_transcript_file",
    "portal_search",
    "v1:portal-report",
    "v1:portal-interviews",
    "v1:portal-transcript",
    "v1:portal-search",
}

# To take away what is not there is no fault: it is gone either way, and the answer tells not whether it ever was there.
GONE_ALREADY = {("redaction_remove", "mark")}

# Addresses of the sign-in package: its own tests cover them. They hold nothing of a programme.
# The pages of the sign-in library, and one that asks for the password first (tests/accounts).
ELSEWHERE = ("office:", "account_", "mfa_", "factor_remove")
UNNAMED = {"favicon.ico"}

# Where a person of the cast gets another answer than their role on their own programme: one's own work is not one's own
# to sign, another's decision not one's own to change, uncleared words are for the interviewer and compliance, and a
# fund's people see their own seat.
EXCEPTIONS = {
    ("finding_approve", "post"): {"ana": "403"},
    ("report_answer_approve", "post"): {"ana": "403"},
    ("v1:finding-approve", "post"): {"ana": "403"},
    ("identity_agree", "post"): {"cora": "403", "wanda": "403"},
    ("desk", "get"): {"ben": "403"},
    ("interview_notes", "post"): {"ben": "403"},
    ("v1:tag-detail", "patch"): {"ana": "403"},
    ("v1:tag-detail", "delete"): {"ana": "403"},
    ("v1:transcript-speakers", "post"): {"ben": "403"},
    ("v1:expert-detail", "get"): {"ada": "404"},
}

# The office: for an admin with a second factor; to everybody else, of the firm too, it is not there (tests/access/test_office.py).
OFFICE_MODELS = ("programme", "seat", "participation", "fund", "fundmember", "terms", "signature", "invitation")
OFFICE = {name: {"get": "D"} for name in ("office:index", "office:app_list", "office:jsi18n")} | {
    f"office:research_{model}_{page}": {"get": "D", "post": "D"} if page == "changelist" else {"get": "D"}
    for model in OFFICE_MODELS
    for page in ("changelist", "change")
}
