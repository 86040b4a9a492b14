"""What the endpoints of this app take and give: explicit lists of fields, no more than the pages show."""

from typing import Any

from rest_framework import serializers

from accounts.roles import Role
from research.models import (
    Amendment,
    Claim,
    Disagreement,
    Fund,
    FundPolicy,
    Incident,
    KeyQuestion,
    Programme,
    Seat,
    Segment,
    Source,
    Statement,
)
from research.models.register import ASPECTS, Aspect, Standing
from research.models.seats import CEILING, may_name_funds
from research.permissions import HAND_MOVES


class ProgrammeSerializer(serializers.ModelSerializer):
    class Meta:
        model = Programme
        fields = [
            "slug",
            "title",
            "question",
            "subject",
            "thesis",
            "bull_case",
            "bear_case",
            "launch_on",
            "delivery_on",
            "withhold_instead",
            "codename",
            "current_employees",
            "descriptor_k",
            "state",
            "questions_locked_at",
            "synthetic",
        ]
        read_only_fields = ["state", "questions_locked_at", "synthetic"]
        # The service answers with a sentence that says what to do.
        extra_kwargs = {"slug": {"required": False, "validators": []}}


class MoveSerializer(serializers.Serializer):
    state = serializers.ChoiceField(choices=[state.value for state in HAND_MOVES])


class CapSerializer(serializers.Serializer):
    cap = serializers.IntegerField(min_value=1, max_value=CEILING)


class SegmentSerializer(serializers.ModelSerializer):
    programme: Any = serializers.SlugRelatedField("slug", read_only=True)

    class Meta:
        model = Segment
        fields = ["id", "programme", "code", "title", "description", "quota"]
        read_only_fields = ["id"]
        # Here and below: what is taken already is said by the service, in a sentence.
        validators: list = []
        extra_kwargs = {"code": {"required": False}}


class SegmentNewSerializer(SegmentSerializer):
    programme = serializers.SlugField()


class SegmentEditSerializer(serializers.ModelSerializer):
    class Meta:
        model = Segment
        fields = ["title", "description", "quota"]


class AmendmentSerializer(serializers.ModelSerializer):
    by = serializers.CharField(source="by.name")

    class Meta:
        model = Amendment
        fields = ["at", "by", "field", "old", "new", "reason"]


class QuestionSerializer(serializers.ModelSerializer):
    programme: Any = serializers.SlugRelatedField("slug", read_only=True)
    segments: Any = serializers.SlugRelatedField("code", many=True, read_only=True)
    terms = serializers.ListField(child=serializers.CharField())
    amendments = AmendmentSerializer(many=True, read_only=True)

    class Meta:
        model = KeyQuestion
        fields = [
            "id",
            "programme",
            "code",
            "title",
            "text",
            "definition",
            "bear_signpost",
            "bull_signpost",
            "respondents",
            "terms",
            "segments",
            "amendments",
        ]


class QuestionWriteSerializer(serializers.Serializer):
    """`segments` are codes of the programme's own; `reason` is asked for once the questions are locked."""

    title = serializers.CharField(max_length=120, required=False, allow_blank=True)
    text = serializers.CharField(required=False, allow_blank=True)
    definition = serializers.CharField(required=False, allow_blank=True)
    bear_signpost = serializers.CharField(required=False, allow_blank=True)
    bull_signpost = serializers.CharField(required=False, allow_blank=True)
    respondents = serializers.CharField(required=False, allow_blank=True)
    terms = serializers.ListField(child=serializers.CharField(), required=False)
    segments = serializers.ListField(child=serializers.SlugField(), required=False)
    reason = serializers.CharField(required=False, allow_blank=True)


class QuestionNewSerializer(QuestionWriteSerializer):
    programme = serializers.SlugField()
    code = serializers.CharField(max_length=8, required=False, allow_blank=True)
    title = serializers.CharField(max_length=120, allow_blank=True)
    text = serializers.CharField(allow_blank=True)
    reason = None  # type: ignore[assignment]


class SeatSerializer(serializers.ModelSerializer):
    """A seat. To a fund's people it is theirs and has no number: a number would tell them of others."""

    programme = serializers.SerializerMethodField()
    number = serializers.SerializerMethodField()
    fund = serializers.SerializerMethodField()

    class Meta:
        model = Seat
        fields = ["id", "programme", "number", "state", "fund", "since", "held_until"]

    def _of_firm(self) -> bool:
        return bool(self.context["request"].user.of_firm)

    def get_programme(self, seat: Seat) -> str | None:
        """The short name of the programme, once the reader may see it."""
        return seat.programme.slug if self._of_firm() or seat.state == "active" else None

    def get_number(self, seat: Seat) -> int | None:
        return seat.number if self._of_firm() else None

    def get_fund(self, seat: Seat) -> str | None:
        """The fund's id, for its own people and for who may name funds."""
        user = self.context["request"].user
        return str(seat.fund_id) if seat.fund_id and (not user.of_firm or may_name_funds(user)) else None


class SeatGiveSerializer(serializers.Serializer):
    programme = serializers.SlugField()
    fund = serializers.UUIDField()


class SeatUntilSerializer(serializers.Serializer):
    until = serializers.DateTimeField(required=False, allow_null=True)


class SeatHoldSerializer(SeatUntilSerializer, SeatGiveSerializer):
    pass


class FundSerializer(serializers.ModelSerializer):
    class Meta:
        model = Fund
        fields = ["id", "name", "domain"]
        read_only_fields = ["id"]
        extra_kwargs: dict[str, Any] = {"name": {"validators": []}}


class FundNewSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=120)
    domain = serializers.CharField(max_length=120, required=False, allow_blank=True)
    sure = serializers.BooleanField(required=False, help_text="It is another company than the one it is like.")


class VehicleSerializer(serializers.Serializer):
    id = serializers.IntegerField(source="pk", read_only=True)
    name = serializers.CharField(max_length=120)


ROLES_OF_FUND = [Role.FUND_READER.value, Role.FUND_LEAD.value, Role.FUND_COMPLIANCE.value]


class MemberSerializer(serializers.Serializer):
    # The person's own id: a number that counts would tell a fund how many people others have.
    id = serializers.UUIDField(source="user_id", read_only=True)
    name = serializers.CharField(source="user.name", max_length=120)
    email = serializers.EmailField(source="user.email")
    role = serializers.ChoiceField(source="user.role", choices=ROLES_OF_FUND)
    joined_at = serializers.DateTimeField(read_only=True)
    left_at = serializers.DateTimeField(read_only=True, allow_null=True)


class MemberRoleSerializer(serializers.Serializer):
    role = serializers.ChoiceField(choices=ROLES_OF_FUND)


class JoinerSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=120)
    email = serializers.EmailField()


class PolicySerializer(serializers.ModelSerializer):
    """A version of a fund's policy. What a POST leaves out stays as it was."""

    cooling_off = serializers.DictField(child=serializers.IntegerField(min_value=0, max_value=60), required=False)
    restricted = serializers.ListField(
        child=serializers.JSONField(), required=False, help_text="Names, or objects with company, from and to."
    )
    thresholds = serializers.DictField(required=False)
    compared_with = serializers.IntegerField(
        required=False, write_only=True, min_value=0, help_text="The version that this was compared with, 0 for none."
    )

    class Meta:
        model = FundPolicy
        fields = ["version", "cooling_off", "restricted", "thresholds", "at", "compared_with"]
        read_only_fields = ["version", "at"]


class SourceSerializer(serializers.ModelSerializer):
    programme: Any = serializers.SlugRelatedField("slug", read_only=True)

    class Meta:
        model = Source
        fields = ["id", "programme", "code", "title", "publisher", "published", "note"]
        validators: list = []


class SourceNewSerializer(SourceSerializer):
    programme = serializers.SlugField()


class StatementSerializer(serializers.ModelSerializer):
    source: Any = serializers.SlugRelatedField("code", read_only=True)

    class Meta:
        model = Statement
        fields = ["id", "source", "aspect", "text", "standing"]


class StatementNewSerializer(serializers.Serializer):
    """What source `source` (its code) says about this thing; `aspect` may be left out where there is only one."""

    source: Any = serializers.CharField(max_length=8)
    aspect = serializers.ChoiceField(choices=Aspect.choices, required=False)
    text = serializers.CharField(allow_blank=True)
    standing = serializers.ChoiceField(choices=Standing.choices, required=False)


class IncidentSerializer(serializers.ModelSerializer):
    programme: Any = serializers.SlugRelatedField("slug", read_only=True)
    statements = StatementSerializer(many=True, read_only=True)

    class Meta:
        model = Incident
        fields = ["id", "programme", "title", "when", "date_from", "date_to", "hours", "statements"]


class IncidentNewSerializer(IncidentSerializer):
    programme = serializers.SlugField()


class ClaimSerializer(serializers.ModelSerializer):
    programme: Any = serializers.SlugRelatedField("slug", read_only=True)
    statements = StatementSerializer(many=True, read_only=True)

    class Meta:
        model = Claim
        fields = ["id", "programme", "title", "statements"]


class ClaimNewSerializer(ClaimSerializer):
    programme = serializers.SlugField()


class DisagreementSerializer(serializers.ModelSerializer):
    programme: Any = serializers.SlugRelatedField("slug", read_only=True)
    statements = StatementSerializer(many=True, read_only=True)

    class Meta:
        model = Disagreement
        fields = ["id", "programme", "title", "incident", "claim", "aspect", "statements"]


class DisagreementNewSerializer(serializers.Serializer):
    programme = serializers.SlugField()
    title = serializers.CharField(allow_blank=True)
    incident = serializers.UUIDField(required=False, allow_null=True)
    claim = serializers.UUIDField(required=False, allow_null=True)
    aspect = serializers.ChoiceField(
        choices=[*ASPECTS["incident"], *ASPECTS["claim"]], required=False, allow_blank=True
    )

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if given.get("incident") and given.get("claim"):
            raise serializers.ValidationError("A disagreement marks an incident or a claim, not both.")
        return given
