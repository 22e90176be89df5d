"""Registers the application."""

from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    name = "dars.organisations"
    label = "organisations"

    def ready(self) -> None:
        from dars.accounts.public import register_person_facts
        from dars.organisations import person_facts

        register_person_facts(person_facts.parts)
