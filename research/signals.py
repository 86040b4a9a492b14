"""News for the apps above, sent after commit and carrying ids only. A sweep finds what a lost message missed."""

from django.dispatch import Signal

# questions_amended(programme_id: UUID)
questions_amended = Signal()

# fund_policy_set(fund_id: UUID)
fund_policy_set = Signal()
