"""Why a backup or a restoration does not go on. Told in words by the commands."""


class BackupError(Exception):
    """It cannot be done, and nothing was left half done. `reason` is the key of a phrase of the commands, `about` what
    stands in it. Trying again helps once what is named has been mended."""

    def __init__(self, reason: str, **about: object) -> None:
        super().__init__(f"{reason}: {about}")
        self.reason = reason
        self.about = about
