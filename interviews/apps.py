from django.apps import AppConfig


class InterviewsConfig(AppConfig):
    name = "interviews"
    verbose_name = "People, calls and the words they said"

    def ready(self) -> None:
        # Web processes and commands must know the kinds of jobs too.
        from accounts import outbox
        from interviews import tasks  # noqa: F401
        from interviews.services import experts

        outbox.seal(experts.SEALED_HOST, experts.mail_address)
