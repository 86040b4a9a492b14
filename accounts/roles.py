"""Who may do what, as code: a role is a set of permissions, and a change of it is a reviewed change of this file."""

from django.db import models


class Role(models.TextChoices):
    ANALYST = "analyst", "Analyst"
    COMPLIANCE = "compliance", "Compliance reviewer"
    ADMIN = "admin", "Admin"
    FUND_READER = "fund_reader", "Fund reader"
    FUND_LEAD = "fund_lead", "Fund lead"
    FUND_COMPLIANCE = "fund_compliance", "Fund compliance"


FIRM = frozenset({Role.ANALYST, Role.COMPLIANCE, Role.ADMIN})
FUND = frozenset({Role.FUND_READER, Role.FUND_LEAD, Role.FUND_COMPLIANCE})
# Who may open what others keep shut needs a second factor; everybody else is offered one.
GUARDED = frozenset({Role.COMPLIANCE, Role.ADMIN, Role.FUND_COMPLIANCE})


class Permission(models.TextChoices):
    """What a person may do; the label completes the sentence "Only … may <label>."."""

    SEE_PROGRAMMES = "see_programmes", "see a programme's working pages"
    EDIT_PROGRAMME = "edit_programme", "set up or change a programme"
    MANAGE_SEATS = "manage_seats", "give, hold or free seats"
    SEE_FUNDS = "see_funds", "see which funds take part"
    MANAGE_STAFF = "manage_staff", "give the firm's people their accounts and roles"
    MANAGE_FEES = "manage_fees", "set fees and keep their invoices"
    LOG_INTERVIEWS = "log_interviews", "add experts and log interviews"
    KEEP_SCREENING = "keep_screening", "see candidates and keep their screening"
    SCREEN_EXPERTS = "screen_experts", "screen experts, sign exceptions and keep the blocklist"
    APPROVE_HONORARIA = "approve_honoraria", "approve what experts are paid"
    UPLOAD_TRANSCRIPTS = "upload_transcripts", "upload transcripts and map their speakers"
    READ_SOURCE = "read_source", "read text that has not been cleared"
    CLEAR_TRANSCRIPTS = "clear_transcripts", "review and clear transcripts"
    READ_CLEARED = "read_cleared", "read cleared transcripts"
    RUN_TAGGING = "run_tagging", "start a tagging run"
    REVIEW_TAGS = "review_tags", "accept, reject or add tags"
    WRITE_FINDINGS = "write_findings", "write findings and interview summaries"
    APPROVE_FINDINGS = "approve_findings", "approve findings and interview summaries"
    BUILD_REPORT = "build_report", "build a report"
    APPROVE_REPORT = "approve_report", "approve a report"
    RELEASE = "release", "release a report to the funds"
    READ_AUDIT = "read_audit", "read the audit"
    READ_RELEASED = "read_released", "read what has been released to their fund"
    SIGN_TERMS = "sign_terms", "sign terms and commit for their fund"
    SEE_FEES = "see_fees", "see what their fund is asked to pay"
    READ_RECORD = "read_record", "read their fund's own record"
    SET_FUND_POLICY = "set_fund_policy", "set their fund's policy"
    MANAGE_FUND_PEOPLE = "manage_fund_people", "add and remove their fund's people"


P = Permission
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ANALYST: frozenset(
        {
            P.SEE_PROGRAMMES,
            P.EDIT_PROGRAMME,
            P.LOG_INTERVIEWS,
            P.KEEP_SCREENING,
            P.UPLOAD_TRANSCRIPTS,
            P.READ_CLEARED,
            P.RUN_TAGGING,
            P.REVIEW_TAGS,
            P.WRITE_FINDINGS,
            P.APPROVE_FINDINGS,
            P.BUILD_REPORT,
        }
    ),
    Role.COMPLIANCE: frozenset(
        {
            P.SEE_PROGRAMMES,
            P.KEEP_SCREENING,
            P.SCREEN_EXPERTS,
            P.APPROVE_HONORARIA,
            P.READ_SOURCE,
            P.CLEAR_TRANSCRIPTS,
            P.READ_CLEARED,
            P.APPROVE_FINDINGS,
            P.APPROVE_REPORT,
            P.RELEASE,
            P.READ_AUDIT,
        }
    ),
    Role.ADMIN: frozenset(
        {
            P.SEE_PROGRAMMES,
            P.EDIT_PROGRAMME,
            P.MANAGE_SEATS,
            P.SEE_FUNDS,
            P.MANAGE_STAFF,
            P.MANAGE_FEES,
            P.APPROVE_HONORARIA,
            P.RELEASE,
            P.READ_AUDIT,
        }
    ),
    Role.FUND_READER: frozenset({P.READ_RELEASED}),
    Role.FUND_LEAD: frozenset({P.READ_RELEASED, P.SIGN_TERMS, P.SEE_FEES, P.READ_RECORD}),
    Role.FUND_COMPLIANCE: frozenset(
        {P.READ_RELEASED, P.SIGN_TERMS, P.SEE_FEES, P.READ_RECORD, P.SET_FUND_POLICY, P.MANAGE_FUND_PEOPLE}
    ),
}


def holders(permission: Permission) -> list[Role]:
    """The roles that hold a permission, in the order of the table."""
    return [role for role, held in PERMISSIONS.items() if permission in held]
