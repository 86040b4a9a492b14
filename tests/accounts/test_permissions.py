import pytest

from accounts.permissions import Refused, allowed, refusal, require, require_other
from accounts.roles import FIRM, FUND, PERMISSIONS, Permission, Role

# The rules of the trade, said once more and independently of the table under test.
NEVER = {
    Role.ANALYST: {"clear_transcripts", "release", "manage_seats", "see_funds", "approve_report", "set_fund_policy"},
    Role.COMPLIANCE: {"log_interviews", "write_findings", "build_report", "upload_transcripts"},
    Role.ADMIN: {"read_source", "read_cleared", "clear_transcripts", "review_tags"},
    Role.FUND_READER: {p.value for p in Permission} - {"read_released"},
    Role.FUND_LEAD: {p.value for p in Permission} - {"read_released", "sign_terms", "see_fees", "read_record"},
    Role.FUND_COMPLIANCE: {p.value for p in Permission}
    - {"read_released", "sign_terms", "see_fees", "read_record", "set_fund_policy", "manage_fund_people"},
}


@pytest.mark.parametrize("role", list(Role))
def test_role_never_holds_what_the_trade_forbids_it(role):
    assert {p.value for p in PERMISSIONS[role]} & NEVER[role] == set()


def test_every_role_is_of_the_firm_or_of_a_fund():
    assert set(Role) == FIRM | FUND and not FIRM & FUND


def test_refusal_says_who_may(cast):
    assert (
        refusal(cast.ana, Permission.RELEASE)
        == "Only a compliance reviewer or admin may release a report to the funds."
    )
    assert refusal(cast.cora, Permission.RELEASE) is None


def test_require_of_an_inactive_person_is_refused(cast):
    cast.cora.is_active = False
    assert not allowed(cast.cora, Permission.RELEASE)
    with pytest.raises(Refused):
        require(cast.cora, Permission.RELEASE)


def test_require_other_refuses_one_of_the_others_and_passes_a_stranger(cast):
    with pytest.raises(Refused, match="own work"):
        require_other(cast.ana, None, cast.ana, sentence="Nobody signs their own work.")
    require_other(cast.ben, None, cast.ana, sentence="Nobody signs their own work.")
