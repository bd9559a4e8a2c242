"""Writes a .npy file row by row, without knowing its length in advance."""

from pathlib import Path

import numpy as np


class ArrayWriter:
    """A float32 array (S, …) that grows on disk, identical to what ``np.save`` writes.

    numpy leaves room in its headers for the first axis to grow, so that the final header fits over
    the first one.

    Args:
        path: File to write.
        row_shape: Shape of one row.

    Example:
        >>> writer = ArrayWriter(Path('grown.npy'), (2,))
        >>> writer.append(np.zeros((3, 2), np.float32))
        >>> writer.close()
        >>> np.load('grown.npy').shape
        (3, 2)
    """

    def __init__(self, path: Path, row_shape: tuple[int, ...]) -> None:
        self.row_shape = tuple(row_shape)
        self.num_rows = 0
        self._file = path.open('wb')
        self._write_header()
        self._start = self._file.tell()

    def append(self, rows: np.ndarray) -> None:
        """Write rows (n, …).

        Raises:
            ValueError: The rows have another shape or type.
        """
        if rows.shape[1:] != self.row_shape or rows.dtype != np.float32:
            raise ValueError(
                f'expected float32 rows of shape (n, {", ".join(map(str, self.row_shape))}), '
                f'got {rows.dtype} {rows.shape}'
            )
        self._file.write(np.ascontiguousarray(rows).data)
        self.num_rows += len(rows)

    def close(self) -> None:
        """Write the final header."""
        self._file.seek(0)
        self._write_header()
        if self._file.tell() != self._start:
            raise RuntimeError(
                f'numpy wrote a header of {self._file.tell()} bytes over one of {self._start}'
            )
        self._file.close()

    def _write_header(self) -> None:
        shape = (self.num_rows, *self.row_shape)
        header = dict(descr='<f4', fortran_order=False, shape=shape)
        np.lib.format.write_array_header_1_0(self._file, header)
