"""The console of a run: what is addressed to it, and warnings; the rest stands in the log."""

import logging

from mmengine.logging import MMLogger

KEY = 'console'  # of a config: 'brief', or 'full' as mmengine does it
FOR_CONSOLE = dict(console=True)  # `extra` of a record that the console shows


class BriefFilter(logging.Filter):
    """Passes what is addressed to the console, and warnings."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a record is shown."""
        return record.levelno >= logging.WARNING or getattr(record, 'console', False)


class BriefFormatter(logging.Formatter):
    """Leaves time and place to the log file; only warnings and errors say what they are."""

    def format(self, record: logging.LogRecord) -> str:
        """Give the text of a record."""
        text = record.getMessage()
        return text if record.levelno < logging.WARNING else f'{record.levelname.lower()}: {text}'


def make_brief(logger: MMLogger) -> None:
    """Let a logger's console show only what is addressed to it, and warnings; files keep all.

    Args:
        logger: Of a run; the console's handler is changed.
    """
    for handler in logger.handlers:
        if isinstance(handler, logging.StreamHandler) and not isinstance(
            handler, logging.FileHandler
        ):
            handler.addFilter(BriefFilter())
            handler.setFormatter(BriefFormatter())


def tell(logger: logging.Logger, text: str) -> None:
    """Log a text line by line, and show it on a brief console.

    Args:
        logger: Of the run.
        text: One line or more.
    """
    for line in text.splitlines():
        logger.info(line, extra=FOR_CONSOLE)
