"""What the endpoints of this app take and give: explicit lists of fields, no more than the pages show."""

from typing import Any

from rest_framework import serializers

from interviews.descriptor import KINDS, LEVELS
from interviews.models import Candidate, ClearedTranscript, ClearedTurn, Expert, Interview, Speaker, Transcript
from interviews.permissions import name_shown
from interviews.states import SpeakerRole

OUTCOMES = ("held", "missed", "cancelled", "late-expert", "late-firm", "stopped", "open")


class CandidacySerializer(serializers.ModelSerializer):
    """An expert in one programme, as named there."""

    programme: Any = serializers.SlugRelatedField("slug", read_only=True)
    segment: Any = serializers.SlugRelatedField("code", read_only=True)

    class Meta:
        model = Candidate
        fields = ["id", "programme", "segment", "state", "descriptor", "priority", "source"]
        read_only_fields = fields


class ExpertSerializer(serializers.ModelSerializer):
    """An expert as others see one: the descriptor, and the programmes in your sight. The identity has no field here."""

    candidacies = CandidacySerializer(source="seen_candidacies", many=True, read_only=True)

    class Meta:
        model = Expert
        fields = ["id", "descriptor", "candidacies", "created_at"]


class PostSerializer(serializers.Serializer):
    company = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(choices=KINDS)
    level = serializers.ChoiceField(choices=LEVELS)
    function = serializers.CharField(max_length=80, required=False)
    start = serializers.DateField()
    end = serializers.DateField(required=False, allow_null=True)
    current = serializers.BooleanField(required=False, default=False)


class ExpertNewSerializer(serializers.Serializer):
    """A person to be recruited; name, e-mail, phone and profile link are sealed at once and never given out again.

    A person whose e-mail, phone or profile link is on file is found and gets no second record. Where nearly the same name with the
    same employer is on file the request is refused, until `same_as` names that expert or `sure` says that it is another person.
    """

    programme = serializers.SlugField()
    segment = serializers.SlugField()
    name = serializers.CharField(max_length=120, write_only=True)
    email = serializers.EmailField(required=False, default="", allow_blank=True, write_only=True)
    phone = serializers.CharField(max_length=40, required=False, default="", allow_blank=True, write_only=True)
    profile = serializers.CharField(max_length=300, required=False, default="", allow_blank=True, write_only=True)
    # The framework's own attribute of this name is of another kind.
    source = serializers.CharField(  # type: ignore[assignment]
        max_length=80, required=False, default="", allow_blank=True
    )
    priority = serializers.IntegerField(min_value=1, max_value=3, required=False, default=2)
    same_as = serializers.UUIDField(required=False, allow_null=True, default=None, write_only=True)
    sure = serializers.BooleanField(required=False, default=False, write_only=True)
    posts = PostSerializer(many=True, required=False, default=list)
    about = serializers.IntegerField(min_value=0, required=False, allow_null=True, default=None)


class InterviewSerializer(serializers.ModelSerializer):
    programme: Any = serializers.SlugRelatedField("slug", read_only=True)
    segment: Any = serializers.SlugRelatedField("code", read_only=True)
    descriptor = serializers.CharField(read_only=True)
    interviewer: Any = serializers.SlugRelatedField("name", read_only=True)
    chaperone: Any = serializers.SlugRelatedField("name", read_only=True)

    class Meta:
        model = Interview
        fields = [
            "id",
            "programme",
            "number",
            "label",
            "segment",
            "expert",
            "descriptor",
            "interviewer",
            "chaperone",
            "state",
            "starts_at",
            "zone",
            "minutes",
            "held_until",
        ]
        read_only_fields = fields


class InterviewNewSerializer(serializers.Serializer):
    programme = serializers.SlugField()
    segment = serializers.SlugField()
    expert = serializers.UUIDField()
    interviewer = serializers.EmailField(help_text="The analyst who leads the call.")
    chaperone = serializers.EmailField(required=False, allow_null=True, default=None)
    zone = serializers.CharField(max_length=60, required=False, default="Europe/London")
    minutes = serializers.IntegerField(required=False, default=60)


class BookSerializer(serializers.Serializer):
    """The time as the expert's own clock shows it, with the zone by its IANA name."""

    wall = serializers.CharField(help_text="Like 2026-03-27T09:30, without an offset.")
    zone = serializers.CharField(max_length=60)
    minutes = serializers.IntegerField(required=False, allow_null=True, default=None)
    fold = serializers.ChoiceField(
        choices=[0, 1], required=False, allow_null=True, default=None, help_text="Where a clock shows the time twice."
    )
    over_quota = serializers.CharField(
        max_length=300, required=False, default="", allow_blank=True, help_text="Why a full segment takes one more."
    )


class OutcomeSerializer(serializers.Serializer):
    """For a call that was held without having been started here, also how the expert attested."""

    outcome = serializers.ChoiceField(choices=OUTCOMES)
    attested = serializers.ChoiceField(choices=["spoken", "paper"], required=False, default="", allow_blank=True)


class SpeakerSerializer(serializers.ModelSerializer):
    """A speaker; the label is a name, so it and the reason are empty for those who may not read the source."""

    label = serializers.SerializerMethodField()  # type: ignore[assignment]
    guess_reason = serializers.SerializerMethodField()

    class Meta:
        model = Speaker
        fields = ["id", "label", "role", "guess", "guess_reason"]

    def get_label(self, row: Speaker) -> str:
        return row.label if self.context.get("source_open") else ""

    def get_guess_reason(self, row: Speaker) -> str:
        return row.guess_reason if self.context.get("source_open") else ""


class UploadedTranscriptSerializer(serializers.ModelSerializer):
    """A transcript without its words: they are read as cleared text."""

    programme: Any = serializers.SlugRelatedField("slug", read_only=True)
    filename = serializers.SerializerMethodField(help_text="Without access to the source, the call's label instead.")

    class Meta:
        model = Transcript
        fields = [
            "id",
            "programme",
            "interview",
            "state",
            "filename",
            "size",
            "sha256",
            "uploaded_at",
            "format",
            "importer",
            "message",
        ]
        read_only_fields = fields

    def get_filename(self, row: Transcript) -> str:
        return name_shown(self.context["request"].user, row)


class UploadedTranscriptDetailSerializer(UploadedTranscriptSerializer):
    """With the account of the import (for those who may not read the source without its examples) and the speakers."""

    loss = serializers.SerializerMethodField()
    speakers = SpeakerSerializer(many=True, read_only=True)

    class Meta(UploadedTranscriptSerializer.Meta):
        fields = [*UploadedTranscriptSerializer.Meta.fields, "loss", "speakers"]
        read_only_fields = fields

    def get_loss(self, row: Transcript) -> dict[str, Any]:
        if self.context.get("source_open") or not row.loss:
            return row.loss
        return row.loss | {"dropped": [drop | {"example": ""} for drop in row.loss.get("dropped", [])]}


class UploadSerializer(serializers.Serializer):
    interview = serializers.UUIDField()
    file = serializers.FileField(allow_empty_file=True)


class RolesSerializer(serializers.Serializer):
    """A role for each speaker's id; those left out stay unknown and are context only."""

    roles = serializers.DictField(child=serializers.ChoiceField(choices=SpeakerRole.choices))


class ClearedSerializer(serializers.ModelSerializer):
    programme: Any = serializers.SlugRelatedField("slug", read_only=True)
    interview: Any = serializers.SlugRelatedField("label", read_only=True)
    segment = serializers.CharField(source="interview.segment.code", read_only=True)
    descriptor = serializers.CharField(source="interview.descriptor", read_only=True)

    class Meta:
        model = ClearedTranscript
        fields = ["id", "programme", "interview", "segment", "descriptor", "version", "sha256", "words", "cleared_at"]
        read_only_fields = fields


class ClearedTurnSerializer(serializers.ModelSerializer):
    text = serializers.SerializerMethodField()

    class Meta:
        model = ClearedTurn
        fields = ["index", "label", "role", "start_ms", "end_ms", "start", "end", "text"]

    def get_text(self, row: ClearedTurn) -> str:
        return self.context["text"][row.start : row.end]


class ClearedDetailSerializer(ClearedSerializer):
    """With the text and its turns; offsets count code points of `text`."""

    turns = serializers.SerializerMethodField()

    class Meta(ClearedSerializer.Meta):
        fields = [*ClearedSerializer.Meta.fields, "text", "turns"]
        read_only_fields = fields

    def get_turns(self, row: ClearedTranscript) -> list[dict[str, Any]]:
        return list(ClearedTurnSerializer(row.turns.all(), many=True, context={"text": row.text}).data)
