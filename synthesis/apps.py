from django.apps import AppConfig


class SynthesisConfig(AppConfig):
    name = "synthesis"
    verbose_name = "From cleared words to what the funds receive"

    def ready(self) -> None:
        # Connects to the signals of the apps below, and makes the kinds of background work known to every process.
        from synthesis import receivers, tasks  # noqa: F401
