"""What people read for the ids of a report, in one language."""

from dashboards.report.asked import Asked
from models.registry import Language, Registry


class Names:
    """Names of the registry, or the ids themselves."""

    def __init__(self, registry: Registry, language: Language) -> None:
        self._registry = registry
        self._language: Language = language

    def tenant(self, tenant: str) -> str:
        """A municipality."""
        return self._registry.name("tenant", (tenant,), self._language)

    def office(self, tenant: str, office: str) -> str:
        """A service centre."""
        return self._registry.name("office", (tenant, office), self._language)

    def unit(self, asked: Asked, scope: str, key: str) -> str:
        """A desk or a service of the office that is asked about."""
        if scope == "desk":
            return self._registry.name("desk", (asked.tenant, asked.office, key), self._language)
        return self._registry.name("service", (asked.tenant, key), self._language)

    def subject(self, asked: Asked) -> str:
        """What the report is about."""
        if asked.scope in {"desk", "service"}:
            return self.unit(asked, str(asked.scope), asked.key)
        return self.office(asked.tenant, asked.office)
