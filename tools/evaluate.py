"""Score a dump of predictions again."""

import argparse

from mmvad.evaluation.dump import load_dump, relabel, write_json
from mmvad.evaluation.functional import PROTOCOLS, frame_report


def main(argv: list[str] | None = None) -> None:
    """Parse, load, compute, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('dump', help='JSON that FrameMetric or tools/test.py --dump wrote')
    parser.add_argument('--protocol', choices=PROTOCOLS, default='peer')
    parser.add_argument('--threshold', type=float, default=0.5, help='of the false-alarm rate')
    parser.add_argument('--per-category', action='store_true', help='add one AUC a category')
    parser.add_argument('--annotations', help='JSON of a test split: take its labels instead')
    parser.add_argument('--out', help='JSON that receives the metrics')
    args = parser.parse_args(argv)

    _, predictions = load_dump(args.dump)
    if args.annotations:
        from mmvad.datasets.annotations import load_annotations

        predictions = relabel(predictions, *load_annotations(args.annotations))
    report = frame_report(predictions, args.protocol, args.threshold, args.per_category)
    for name, value in report.values.items():
        print(f'{name}: {value!r}')
    print(f'over {report.summary()}')
    if args.out:
        write_json(args.out, vars(report))


if __name__ == '__main__':
    main()
