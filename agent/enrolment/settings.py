"""The `[enrolment]` table: where this agent's certificate lies, and whether the agent renews it."""

from agent.settings import RelativePath, SettingsModel


class EnrolmentSettings(SettingsModel):
    """Without this table, certificates are whoever wrote `[broker]`'s to renew."""

    folder: RelativePath
    renews: bool = True
