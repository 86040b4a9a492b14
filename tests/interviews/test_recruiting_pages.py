import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from interviews.models import Block, Candidate, Contact, Expert, ExpertImport, Interview
from interviews.services import candidates
from interviews.services.experts import Employment, Identity
from tests.factories import make_candidate, make_expert, make_interview, make_programme, make_transcript
from tests.interviews.people import csv_of_people
from tests.interviews.test_candidates import DANA, POST, recruit

PERSON = {"name": "Dana Whitlock", "email": "dana@example.com", "priority": "1", "zone": "Europe/London"}
POSTS = {
    "post-TOTAL_FORMS": "3",
    "post-INITIAL_FORMS": "0",
    "post-0-company": "Ballycarrow Mutual",
    "post-0-kind": "insurer",
    "post-0-level": "Director",
    "post-0-start": "2015-04-01",
    "post-0-end": "2025-02-28",
}


def url(name, cast, *args):
    return reverse(name, args=[cast.programme.slug, *args])


def read(client, name, cast, *args, who="ana", **query):
    client.force_login(getattr(cast, who))
    answer = client.get(url(name, cast, *args), query)
    assert answer.status_code == 200, answer.content[:300]
    return answer.content.decode()


def send(client, route, cast, /, *args, who="ana", follow=True, **given):
    client.force_login(getattr(cast, who))
    return client.post(url(route, cast, *args), given, follow=follow)


def new(client, cast, **changes):
    segment = cast.programme.segments.get(code="customers").pk
    return send(client, "expert_new", cast, **{**PERSON, **POSTS, "segment": segment, **changes})


def test_experts_page_without_experts_says_what_to_do(client, cast):
    page = read(client, "experts", cast)
    assert "No experts yet" in page and "import a file" in page


def test_expert_is_added_and_found_again_without_being_named(client, cast):
    page = new(client, cast).content.decode()
    assert "The identity is sealed." in page
    assert "Whitlock" not in page and "dana@" not in page
    again = new(client, cast, name="D. Whitlock", email="DANA@example.com").content.decode()
    assert "in the programme already; nothing was added twice" in again
    assert Expert.objects.count() == 1


def test_likely_duplicate_is_decided_on_the_form(client, cast):
    new(client, cast)
    expert = Expert.objects.get()
    page = new(client, cast, email="other@example.com").content.decode()
    assert "Is it the same person?" in page and f'value="{expert.pk}"' in page
    assert Expert.objects.count() == 1
    same = new(client, cast, email="other@example.com", same_as=str(expert.pk)).content.decode()
    assert "in the programme already" in same
    assert "identity is sealed" in new(client, cast, email="third@example.com", same_as="new").content.decode()
    assert Expert.objects.count() == 2


@pytest.mark.parametrize("said", ["nonsense", "00000000-0000-4000-8000-000000000000"])
def test_forged_choice_of_a_person_is_refused(client, cast, said):
    new(client, cast)
    answer = new(client, cast, email="other@example.com", same_as=said)
    assert answer.status_code == 400 and Expert.objects.count() == 1


def test_list_shows_state_priority_source_and_next_step(client, cast):
    recruit(cast, source="Conference", priority=1)
    page = read(client, "experts", cast)
    for words in ("Professional, company", "To be invited", "1 · first", "Conference", "Invite", "Customers"):
        assert words in page
    assert "inside the firm: Former Director, insurer, left 2025" in page


def test_list_filters_and_says_when_nothing_fits(client, cast):
    recruit(cast)
    assert "No expert fits" in read(client, "experts", cast, state="declined")
    assert "Professional, company" in read(client, "experts", cast, state="listed", priority="2", segment="customers")


def test_list_asks_as_often_for_many_experts_as_for_one(client, cast, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    recruit(cast)
    client.force_login(cast.ana)
    counts = []
    for n in (0, 1_000):
        experts = Expert.objects.bulk_create(Expert(descriptor=f"Former Director, bank, left {k}") for k in range(n))
        segment = cast.programme.segments.first()
        Candidate.objects.bulk_create(
            Candidate(programme=cast.programme, expert=expert, segment=segment, descriptor="D") for expert in experts
        )
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(url("experts", cast)).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1] or counts[1] == counts[0] + 1, counts


def test_experts_of_another_programme_are_not_there(client, cast):
    other = make_programme("harrier")
    theirs = make_candidate(other, make_expert("Former Director, airline, left 2021"))
    client.force_login(cast.ana)
    assert client.get(url("candidate", cast, theirs.pk)).status_code == 404
    assert "airline" not in read(client, "experts", cast)


def test_download_holds_descriptors_and_no_formula(client, cast):
    recruit(cast, source="=cmd()")
    client.force_login(cast.ana)
    answer = client.get(url("experts_file", cast))
    row = next(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert (row["descriptor"], row["source"], row["next_step"]) == ("Professional, company", "'=cmd()", "Invite")
    assert "dana" not in answer.content.decode().lower()


def test_expert_page_tells_why_the_descriptor_is_coarser(client, cast):
    candidate = recruit(cast).candidate
    page = read(client, "candidate", cast, candidate.pk)
    assert "Generalised because nobody else has this level and class of company in the programme; 3 must fit." in page
    assert "Ballycarrow Mutual" in page and "Whitlock" not in page


def test_invitation_from_the_page_is_noted_and_limited(client, cast):
    candidate = recruit(cast).candidate
    for _ in range(3):
        answer = send(client, "expert_invite", cast, candidate.pk)
        assert "The invitation is on its way" in answer.content.decode()
    page = send(client, "expert_invite", cast, candidate.pk).content.decode()
    assert "contacted 3 times in the last 30 days" in page
    assert Contact.objects.count() == 3
    assert "In 30 days a person is contacted at most 3 times and heard at most once" in page


def test_steps_of_a_candidate_from_the_page(client, cast):
    candidate = recruit(cast).candidate
    assert "noted" in send(client, "expert_contact", cast, candidate.pk, channel="call").content.decode()
    assert "priority is set" in send(client, "expert_priority", cast, candidate.pk, priority="1").content.decode()
    given = {"interviewer": cast.ana.pk, "minutes": "45"}
    assert "INT-001 is on the list" in send(client, "expert_call", cast, candidate.pk, **given).content.decode()
    assert Interview.objects.get().expert == candidate.expert
    assert "does not take part" in send(client, "expert_decline", cast, candidate.pk).content.decode()
    page = send(client, "expert_opt_out", cast, candidate.pk, who="cora").content.decode()
    assert "never to be contacted again" in page
    candidate.refresh_from_db()
    assert (candidate.state, candidate.priority) == ("declined", 1)


@pytest.mark.parametrize(
    ("name", "given"), [("expert_contact", {"channel": "x"}), ("expert_priority", {"priority": "9"})]
)
def test_step_with_a_value_that_is_none_is_told_in_words(client, cast, name, given):
    candidate = recruit(cast).candidate
    assert send(client, name, cast, candidate.pk, **given).status_code == 200
    assert not Contact.objects.exists()


def test_post_is_corrected_and_verified_by_another(client, cast):
    candidate = recruit(cast).candidate
    spell = candidate.expert.spells.get()
    form = read(client, "expert_post", cast, candidate.pk, spell.pk)
    assert 'value="Ballycarrow Mutual"' in form
    given = {"company": "Ballycarrow Mutual", "kind": "insurer", "level": "Vice President", "start": "2015-04-01"}
    send(client, "expert_post", cast, candidate.pk, spell.pk, **given)
    spell.refresh_from_db()
    assert (spell.level, spell.end) == ("Vice President", None)
    assert "not known" in read(client, "candidate", cast, candidate.pk)
    refused = send(client, "expert_post_verify", cast, candidate.pk, spell.pk, evidence="Register")
    assert refused.status_code == 403
    page = send(
        client, "expert_post_verify", cast, candidate.pk, spell.pk, who="ben", evidence="Register"
    ).content.decode()
    assert "Verified" in page and "Register" in page
    assert send(client, "expert_post_new", cast, candidate.pk, company="").status_code == 400


def test_block_from_the_page_of_the_expert_and_from_the_list(client, cast):
    candidate = recruit(cast).candidate
    page = send(
        client, "expert_block", cast, candidate.pk, who="cora", reason="Sells what others know."
    ).content.decode()
    assert "Compliance has blocked this person" in page
    listed = send(client, "blocklist", cast, who="cora", phone="+1 555 010 0999", reason="A warning.").content.decode()
    assert "Sells what others know." in listed and "A warning." in listed and "555" not in listed
    assert Block.objects.count() == 2
    short = send(client, "blocklist", cast, who="cora", reason="x")
    assert short.status_code == 400 and "in full" in short.content.decode()
    assert "Leave alone" in read(client, "experts", cast)


def test_identity_opens_from_the_page_of_the_expert_for_two_people(client, cast):
    candidate = recruit(cast).candidate
    send(client, "expert_identity_ask", cast, candidate.pk, who="cora", purpose="conflict")
    request = candidate.expert.identity_requests.get()
    assert send(client, "expert_identity_agree", cast, candidate.pk, request.pk, who="cora").status_code == 403
    send(client, "expert_identity_agree", cast, candidate.pk, request.pk, who="cyrus")
    page = send(client, "expert_identity_open", cast, candidate.pk, request.pk, who="cora").content.decode()
    assert DANA.name in page and DANA.profile in page
    assert send(client, "expert_identity_open", cast, candidate.pk, request.pk, who="cyrus").status_code == 403


# A file ---------------------------------------------------------------------------------------------------------------


def upload(client, cast, data, called="Dana Whitlock.csv"):
    return send(client, "expert_imports", cast, file=SimpleUploadedFile(called, data))


def test_file_is_looked_at_then_taken_over(client, cast):
    page = upload(client, cast, csv_of_people(60)).content.decode()
    assert "Asha Abbott" in page and "Take the file over" in page and not Expert.objects.exists()
    row = ExpertImport.objects.get()
    done = send(client, "expert_import_take", cast, row.pk).content.decode()
    assert "60 experts are in the programme; 0 of them were on file already." in done
    assert Candidate.objects.count() == 60
    again = upload(client, cast, csv_of_people(60))
    assert again.status_code == 400 and "This very file was taken over on" in again.content.decode()


def test_file_with_faults_names_rows_and_can_not_be_taken_over(client, cast):
    page = upload(client, cast, csv_of_people(10, bad=3)).content.decode()
    assert page.count("<li>Row ") == 3 and "Head of Kiro" not in page
    assert "3 rows need to be mended" in page
    row = ExpertImport.objects.get()
    refused = send(client, "expert_import_take", cast, row.pk).content.decode()
    assert "3 rows need to be mended" in refused and not Expert.objects.exists()
    assert "thrown away" in send(client, "expert_import_drop", cast, row.pk).content.decode()


def test_rows_and_name_of_a_file_are_for_who_uploaded_it(client, cast):
    upload(client, cast, csv_of_people(2))
    row = ExpertImport.objects.get()
    page = read(client, "expert_import", cast, row.pk, who="ben")
    assert "Only the person who uploaded this file" in page
    assert "Asha" not in page and "Whitlock" not in page
    assert "Whitlock" not in read(client, "expert_imports", cast, who="ben")
    assert send(client, "expert_import_take", cast, row.pk, who="ben").status_code == 403


def test_likely_duplicates_of_a_file_are_decided_on_the_preview(client, cast):
    candidates.recruit(
        programme=cast.programme,
        segment=cast.programme.segments.first(),
        by=cast.ana,
        identity=Identity("Asha Abbott-Abbott"),
        posts=[Employment("Northgate 0 Ltd", "bank", "Director", POST.start)],
    )
    expert = Expert.objects.get()
    page = upload(client, cast, csv_of_people(2)).content.decode()
    assert "Is it the same person?" in page and 'name="row-2"' in page
    row = ExpertImport.objects.get()
    assert "Row 2: say whether" in send(client, "expert_import_take", cast, row.pk).content.decode()
    done = send(client, "expert_import_take", cast, row.pk, **{"row-2": str(expert.pk)}).content.decode()
    assert "2 experts are in the programme; 1 of them were on file already." in done


def test_file_that_is_no_table_is_refused_in_words(client, cast):
    answer = upload(client, cast, b"PK nothing", "x.xlsx")
    assert answer.status_code == 400 and "damaged or packed in an unsafe way" in answer.content.decode()
    assert send(client, "expert_imports", cast).status_code == 400


def test_template_can_be_uploaded_as_it_is(client, cast):
    client.force_login(cast.ana)
    template = client.get(url("expert_template", cast)).content
    assert "Can be taken over" in upload(client, cast, template).content.decode()
    assert ExpertImport.objects.get().faults == []


def test_new_call_of_a_person_on_file_takes_the_same_record(client, cast):
    recruit(cast)
    call = {"interviewer": cast.ana.pk, "minutes": "60", "segment": cast.programme.segments.first().pk}
    send(client, "interview_new", cast, **PERSON, **POSTS, **call)
    assert (Expert.objects.count(), Interview.objects.get().expert) == (1, Expert.objects.get())
    make_interview(cast.programme, cast.ana)


def test_desk_warns_reviewers_of_words_that_may_give_the_person_away(client, cast):
    turns = [("interviewer", "And you?"), ("expert", "I was Head of Storage at the time.")]
    transcript = make_transcript(make_interview(cast.programme, cast.ana), turns=turns)
    page = read(client, "desk", cast, transcript.pk, who="cora")
    assert "May give the person away (1)" in page and "An exact title: few people have held it." in page
    assert "May give the person away" not in read(client, "desk", cast, transcript.pk)
