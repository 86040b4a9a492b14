from django.urls import path

from interviews.views import blocklist, imports, recruits

desk = "programmes/<slug:slug>/experts/"
file = f"{desk}import/"
person = f"{desk}<uuid:candidate>/"

urlpatterns = [
    path(desk, recruits.ExpertList.as_view(), name="experts"),
    path(f"{desk}experts.csv", recruits.ExpertFile.as_view(), name="experts_file"),
    path(f"{desk}new/", recruits.ExpertNew.as_view(), name="expert_new"),
    path(f"{desk}blocklist/", blocklist.Blocklist.as_view(), name="blocklist"),
    path(file, imports.Imports.as_view(), name="expert_imports"),
    path(f"{file}template.csv", imports.Template.as_view(), name="expert_template"),
    path(f"{file}<uuid:upload>/", imports.Preview.as_view(), name="expert_import"),
    path(f"{file}<uuid:upload>/take/", imports.Take.as_view(), name="expert_import_take"),
    path(f"{file}<uuid:upload>/drop/", imports.Drop.as_view(), name="expert_import_drop"),
    path(person, recruits.ExpertPage.as_view(), name="candidate"),
    path(f"{person}invite/", recruits.Invite.as_view(), name="expert_invite"),
    path(f"{person}contact/", recruits.NoteContact.as_view(), name="expert_contact"),
    path(f"{person}decline/", recruits.Decline.as_view(), name="expert_decline"),
    path(f"{person}priority/", recruits.Priority.as_view(), name="expert_priority"),
    path(f"{person}call/", recruits.Call.as_view(), name="expert_call"),
    path(f"{person}opt-out/", recruits.OptOut.as_view(), name="expert_opt_out"),
    path(f"{person}block/", blocklist.BlockExpert.as_view(), name="expert_block"),
    path(f"{person}posts/new/", recruits.SpellNew.as_view(), name="expert_post_new"),
    path(f"{person}posts/<int:spell>/", recruits.SpellEdit.as_view(), name="expert_post"),
    path(f"{person}posts/<int:spell>/verify/", recruits.SpellVerify.as_view(), name="expert_post_verify"),
    path(f"{person}identity/", blocklist.IdentityAsk.as_view(), name="expert_identity_ask"),
    path(f"{person}identity/<uuid:request_id>/agree/", blocklist.IdentityAgree.as_view(), name="expert_identity_agree"),
    path(f"{person}identity/<uuid:request_id>/open/", blocklist.IdentityOpen.as_view(), name="expert_identity_open"),
]
