"""Terms: the firm publishes, a fund's person reads and signs."""

from typing import Any

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.addresses import client_address
from accounts.roles import Permission as P
from research import signing
from research.api.base import Endpoint
from research.models import Signature, Terms
from research.models.terms import Method
from research.services import terms as nda


class TermsSerializer(serializers.ModelSerializer):
    """`signed_at` is the caller's own signature."""

    title = serializers.CharField(source="programme.title", read_only=True)
    signed_at = serializers.SerializerMethodField()

    class Meta:
        model = Terms
        fields = [
            "id",
            "programme",
            "title",
            "version",
            "language",
            "text",
            "sha256",
            "in_force",
            "published_at",
            "signed_at",
        ]
        read_only_fields = fields

    def get_signed_at(self, terms: Terms) -> Any:
        own = Signature.objects.filter(terms=terms, user=self.context["request"].user).order_by("-at").first()
        return own.at if own else None


class TermsNewSerializer(serializers.Serializer):
    programme = serializers.SlugField()
    text = serializers.CharField(trim_whitespace=False)
    language = serializers.ChoiceField(choices=sorted(nda.LANGUAGES), required=False)


class SignSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=120)
    sha256 = serializers.CharField(max_length=64)


class SignatureSerializer(serializers.ModelSerializer):
    class Meta:
        model = Signature
        fields = ["id", "terms", "name", "binding", "sha256", "language", "at", "address", "method"]
        read_only_fields = fields


class TermsViewSet(Endpoint):
    """Terms: the firm's people see those of their programmes, a fund's person what they are asked to sign or signed."""

    model = Terms
    serializer_class = TermsSerializer
    filterset_fields = {"in_force": ["exact"]}
    takes = {"create": TermsNewSerializer, "sign": SignSerializer}

    @property
    def permissions(self) -> dict[str, P]:  # type: ignore[override]
        reading = P.SEE_PROGRAMMES if self.actor.of_firm else P.READ_RELEASED
        rest = {"create": P.MANAGE_SEATS, "sign": P.READ_RELEASED}
        return {"list": reading, "retrieve": reading, "metadata": reading, **rest}

    def get_queryset(self) -> models.QuerySet:
        rows = super().get_queryset().select_related("programme")
        return rows.filter(pk__in=signing.listed(self.actor).values("pk")) if self.action == "list" else rows

    @extend_schema(request=TermsNewSerializer, responses={201: TermsSerializer})
    def create(self, request: Request) -> Response:
        """Publish a new version: everybody of the funds on seats is asked to sign again."""
        given = self.body()
        programme = self.programme_of(given)
        return self.shown(nda.publish_terms(programme=programme, by=self.actor, **given), created=True)

    @extend_schema(request=SignSerializer, responses=SignatureSerializer)
    @action(detail=True, methods=["post"])
    def sign(self, request: Request, pk: str) -> Response:
        """Sign the exact text that has this SHA-256. Signing twice is signing once."""
        given = self.body()
        terms, address = self.get_object(), client_address(request)
        signature = nda.sign_terms(terms=terms, by=self.actor, address=address, method=Method.API, **given)
        return Response(SignatureSerializer(signature).data)
