"""Planning under kill -9: the plan comes all the same, once and whole."""

import random
import time

import pytest

pytestmark = pytest.mark.crash

KILLS, SEED = 4, 20260320
INSIDE = "from tests.concurrency import plans\n"
DONE = "print(Job.objects.filter(kind='plan', state='done').count())"
MADE = "SELECT count(*) FROM accounts_job WHERE kind = 'plan' AND state = 'done'"
PROPOSED = "SELECT count(*) FROM interviews_proposal"


def test_kills_in_the_middle_of_a_plan_leave_one_whole_plan(workplace):
    workplace.python(INSIDE + "plans.fill(); plans.ask()")
    moments, seen = random.Random(SEED), []
    print(f"seed {SEED}")
    for _ in range(KILLS):
        workplace.start_worker(app="config")
        workplace.wait_for_live_owner(patience=120)
        time.sleep(moments.uniform(0, 0.2))
        workplace.kill_worker()
        seen += workplace.query(PROPOSED)[0]
        if workplace.query(MADE) == [(1,)]:
            break
    workplace.start_worker(app="config")
    workplace.wait(DONE, "1", patience=120)
    workplace.kill_worker()

    interrupted = workplace.query("SELECT sum(expiries) FROM accounts_job")[0][0]
    assert interrupted >= 1, "the kills must have hit running work, otherwise this test shows nothing"
    lines = workplace.python(INSIDE + "print(plans.found())").splitlines()
    placed = workplace.python("from interviews.models import PlanRun\nprint(PlanRun.objects.get().outcome['placed'])")
    assert len(lines) == int(placed) > 30
    assert set(seen) <= {0, len(lines)}, "a plan was seen half written"
    assert workplace.query("SELECT count(*) FROM accounts_auditevent WHERE verb = 'plan-made'") == [(1,)]
    again = "plans.ask(); jobs.drain()\nfrom interviews.models import Proposal\nProposal.objects.filter(state='stale').delete()\n"
    assert workplace.python(INSIDE + again + "print(plans.found())").splitlines() == lines, "undisturbed it is the same"
