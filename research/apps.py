from django.apps import AppConfig


class ResearchConfig(AppConfig):
    name = "research"
    verbose_name = "Programmes, questions, seats and the register"

    def ready(self) -> None:
        # Web processes and commands must know the kinds of jobs too.
        from research import tasks  # noqa: F401
