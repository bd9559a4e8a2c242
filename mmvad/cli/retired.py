"""Flags of older versions: each ends with one line that names the flag of today."""

import argparse
from collections.abc import Mapping, Sequence


class _Retired(argparse.Action):
    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence | None,
        option_string: str | None = None,
    ) -> None:
        parser.error(f'{option_string} is now {self.const}')


def add_retired_flags(parser: argparse.ArgumentParser, flags: Mapping[str, str]) -> None:
    """Add flags that only say what they are called today.

    Args:
        parser: Receives them; its help does not show them.
        flags: What to use instead, by the old flag.

    Example:
        >>> parser = argparse.ArgumentParser('infer', exit_on_error=False)
        >>> add_retired_flags(parser, {'--mode': '--scoring'})
        >>> parser.parse_args([])
        Namespace()
    """
    for old, new in flags.items():
        parser.add_argument(
            old,
            action=_Retired,
            nargs='?',
            const=new,
            default=argparse.SUPPRESS,
            help=argparse.SUPPRESS,
        )
