"""ShownInputs: decides which input the frames of a session show."""


class ShownInputs:
    """The sequence numbers of a session's newest inputs."""

    def __init__(self) -> None:
        self.handled = 0
        """The newest input whose handler was called. The handler may still run."""
        self.of_step: int | None = None
        """The input that this step shows; None before its first publish or report."""
        self._applied = 0

    def handle(self, seq: int) -> None:
        """Count an input whose handler starts; merged motion may come out of order."""
        self.handled = max(self.handled, seq)

    def apply(self, seq: int) -> None:
        """Count an input whose handler has returned."""
        self._applied = max(self._applied, seq)

    def of_publish(self, *, by_run: bool, ends_step: bool) -> int:
        """Return the newest input that a sample shows.

        What ``run()`` publishes in one step shows the inputs before its first publish.
        """
        if not by_run:
            return self._applied
        seq = self._applied if self.of_step is None else self.of_step
        self.of_step = None if ends_step else seq
        return seq
