"""What selects the best checkpoint; ``selection`` is the switch, also as ``--cfg-options``."""

selection = 'held_out'
selections = dict(
    # a stratified part of the training videos is held out, and its video-level AUC selects, of
    # equal epochs the smallest loss; the test set is touched once, by tools/test.py. Where the part
    # has fewer videos of a class, selection 'last' is taken instead
    held_out=dict(
        validate_on='held_out',
        min_videos_per_class=5,
        train_dataloader=dict(dataset=dict(subset='train')),
        val_evaluator=dict(type='VideoMetric'),
        default_hooks=dict(
            checkpoint=dict(save_best='video/AUC', rule='greater'),
            tie_break=dict(type='TieBreakHook', metric='video/loss'),
        ),
    ),
    # how the published numbers were obtained: the best test score over frequent evaluations
    test=dict(
        validate_on='test',
        train_dataloader=dict(dataset=dict(subset='all')),
        default_hooks=dict(
            iter_validation=dict(type='IterValidationHook', interval=50),
            best=dict(
                type='CheckpointHook',
                by_epoch=False,
                interval=-1,
                save_last=False,
                save_best='frame/AUC',
                rule='greater',
            ),
        ),
    ),
    # all training videos, no selection: the last weights
    last=dict(validate_on=None, train_dataloader=dict(dataset=dict(subset='all'))),
)
