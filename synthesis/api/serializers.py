"""What the endpoints of this app take and give: explicit lists of fields, no more than the pages show."""

from rest_framework import serializers

from synthesis.models import Run, Suggestion, Tag
from synthesis.states import Basis, Stance, Verdict

PLACE = ["cleared", "programme", "interview", "turn", "start", "end", "text", "question"]


class PlacedSerializer(serializers.ModelSerializer):
    """Where a passage stands, in code points of the cleared text, and its words."""

    cleared = serializers.UUIDField(source="passage.cleared_id", read_only=True)
    programme = serializers.CharField(source="question.programme.slug", read_only=True)
    interview = serializers.CharField(source="passage.cleared.interview.label", read_only=True)
    turn = serializers.IntegerField(source="passage.turn_index", read_only=True)
    start = serializers.IntegerField(source="passage.start", read_only=True)
    end = serializers.IntegerField(source="passage.end", read_only=True)
    text = serializers.CharField(source="words", read_only=True)
    question = serializers.CharField(source="question.code", read_only=True)


class SuggestionSerializer(PlacedSerializer):
    model = serializers.CharField(source="run.model", read_only=True)
    codebook = serializers.IntegerField(source="run.codebook.version", read_only=True)

    class Meta:
        model = Suggestion
        fields = ["id", *PLACE, "score", "stance", "basis", "reason", "run", "model", "codebook"]


class TagSerializer(PlacedSerializer):
    decided_by = serializers.CharField(source="decided_by.name", read_only=True)

    class Meta:
        model = Tag
        fields = [
            "id",
            *PLACE,
            "verdict",
            "stance",
            "basis",
            "origin",
            "suggestion",
            "model",
            "decided_by",
            "decided_at",
        ]


class AcceptSerializer(serializers.Serializer):
    stance = serializers.ChoiceField(Stance.choices, required=False)
    basis = serializers.ChoiceField(Basis.choices, required=False)


class NothingSerializer(serializers.Serializer):
    pass


class ReassignSerializer(AcceptSerializer):
    question = serializers.CharField(help_text="The code of the question that the passage belongs to.")


class AddSerializer(serializers.Serializer):
    """The words by their place (start and end) or as they were said (words)."""

    cleared = serializers.UUIDField()
    question = serializers.CharField(help_text="The code of a key question.")
    stance = serializers.ChoiceField(Stance.choices)
    basis = serializers.ChoiceField(Basis.choices)
    start = serializers.IntegerField(required=False, min_value=0)
    end = serializers.IntegerField(required=False, min_value=0)
    words = serializers.CharField(required=False)


class ChangeSerializer(AcceptSerializer):
    verdict = serializers.ChoiceField(Verdict.choices, required=False)
    question = serializers.CharField(required=False)


class RunSerializer(serializers.ModelSerializer):
    programme = serializers.CharField(source="cleared.programme.slug", read_only=True)
    interview = serializers.CharField(source="cleared.interview.label", read_only=True)
    codebook = serializers.IntegerField(source="codebook.version", read_only=True)
    suggestions = serializers.IntegerField(source="suggested", read_only=True)

    class Meta:
        model = Run
        fields = [
            "id",
            "cleared",
            "programme",
            "interview",
            "codebook",
            "model",
            "encoder",
            "current",
            "passages",
            "words",
            "suggestions",
            "finished_at",
        ]


class AskRunSerializer(serializers.Serializer):
    """Which texts to tag: one cleared text, or every one of the programme."""

    programme = serializers.CharField()
    cleared = serializers.UUIDField(required=False)


class StoppedSerializer(serializers.Serializer):
    cleared = serializers.CharField()
    state = serializers.CharField()
    message = serializers.CharField()


class ProgressSerializer(serializers.Serializer):
    done = serializers.IntegerField(help_text="Texts with a run against the questions as they stand.")
    total = serializers.IntegerField()
    waiting = serializers.IntegerField()
    running = serializers.IntegerField()
    failed = StoppedSerializer(many=True)


class CellSerializer(serializers.Serializer):
    """People by stance; segment "" is everybody. The counts add up to total."""

    question = serializers.CharField()
    segment = serializers.CharField(allow_blank=True)
    total = serializers.IntegerField()
    bear = serializers.IntegerField()
    bull = serializers.IntegerField()
    mixed = serializers.IntegerField()
    neutral = serializers.IntegerField()
    silent = serializers.IntegerField()


class QuoteSerializer(serializers.Serializer):
    text = serializers.CharField(source="words")
    stance = serializers.CharField()
    basis = serializers.CharField()
    cleared = serializers.UUIDField(source="cleared_id")
    turn = serializers.IntegerField()
    start_ms = serializers.IntegerField(allow_null=True)


class PersonSerializer(serializers.Serializer):
    descriptor = serializers.CharField()
    segment = serializers.CharField()
    interview = serializers.CharField(source="label")
    stance = serializers.CharField(help_text="The person's own, folded from the quotes; silent without one.")
    quotes = QuoteSerializer(many=True)
