from research.models import Programme


def test_programme_is_visible_to_its_team_its_funds_and_admins_only(cast):
    sees = {
        user.name
        for user in cast.everyone()
        if Programme.objects.visible_to(user).filter(pk=cast.programme.pk).exists()
    }
    assert sees == {"Ana", "Ben", "Cora", "Cyrus", "Ada", "Rita", "Carl", "Bob"}
