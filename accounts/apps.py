from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People, moves, audit and work"

    def ready(self) -> None:
        # Web processes and commands must know the kinds of jobs too.
        for name in ("receivers", "tasks"):
            import_module(f"accounts.{name}")
