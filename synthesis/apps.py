from django.apps import AppConfig


class SynthesisConfig(AppConfig):
    name = "synthesis"
    verbose_name = "From cleared words to what the funds receive"

    def ready(self) -> None:
        from synthesis import receivers  # noqa: F401  (connects to the signals of the apps below)
