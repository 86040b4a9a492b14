"""What the page of calendar feeds asks for."""

from django import forms

from interviews.services.feeds import LONGEST_NAME


class FeedForm(forms.Form):
    name = forms.CharField(
        label="Name",
        max_length=LONGEST_NAME,
        help_text="Where you will read it, such as “Telephone”, so that you know which to end.",
        error_messages={"required": "Give the feed a name, such as “Telephone”."},
    )
