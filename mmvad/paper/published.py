"""The paper's own numbers: rows of Tables 1 to 6, and the systems of each data set here."""

from dataclasses import dataclass

DATA_SETS = ('ucf', 'shanghaitech', 'xd', 'ped2')
METRICS = {'xd': 'AP'}  # of the paper; AUC elsewhere


def metric_of(data: str) -> str:
    """Name the metric that the paper reports on a data set.

    Args:
        data: One of `DATA_SETS`.

    Returns:
        ``'AUC'`` or ``'AP'``.

    Example:
        >>> metric_of('xd'), metric_of('ucf')
        ('AP', 'AUC')
    """
    return METRICS.get(data, 'AUC')


@dataclass(frozen=True)
class PublishedRow:
    """One row of a table of the paper.

    Attributes:
        system: As the table names it.
        features: As the table names them.
        value: AUC or AP in percent; for Table 6, trainable parameters.
        config: Name of our config of the same system and features; None where there is none.
        reorder: Whether the segments of each training video are reordered at random.
    """

    system: str
    features: str
    value: float | None
    config: str | None = None
    reorder: bool = False


REORDER = (
    PublishedRow('Sultani et al.', 'I3D RGB', 81.39, 'sultani_ucf'),
    PublishedRow('Sultani et al.', 'I3D RGB', 81.54, 'sultani_ucf', reorder=True),
    PublishedRow('RTFM', 'I3D RGB', 84.30, 'rtfm_ucf'),
    PublishedRow('RTFM', 'I3D RGB', 84.26, 'rtfm_ucf', reorder=True),
    PublishedRow('Salient (d_a 64, r 3)', 'I3D RGB', None, 'salient_ucf'),
    PublishedRow('Salient (d_a 64, r 3)', 'I3D RGB', None, 'salient_ucf', reorder=True),
)
ABLATION = {  # BL alone, SA alone, both
    'ucf': (
        PublishedRow('BL', 'I3D RGB', 81.72, 'bilstm_ucf'),
        PublishedRow('SA', 'I3D RGB', 84.91, 'salient_ucf_da128_r7'),
        PublishedRow('BL + SA', 'I3D RGB', 83.28, 'salient_bilstm_ucf'),
    ),
    'shanghaitech': (
        PublishedRow('BL', 'I3D RGB', 92.90, 'bilstm_shanghaitech'),
        PublishedRow('SA', 'I3D RGB', 95.72, 'salient_shanghaitech'),
        PublishedRow('BL + SA', 'I3D RGB', 94.06, 'salient_bilstm_shanghaitech'),
    ),
    'xd': (
        PublishedRow('BL', 'I3D RGB + VGGish', 75.92, 'bilstm_xd'),
        PublishedRow('SA', 'I3D RGB + VGGish', 75.46, 'salient_xd'),
        PublishedRow('BL + SA', 'I3D RGB + VGGish', 82.89, 'salient_bilstm_xd'),
    ),
    'ped2': (
        PublishedRow('BL', 'MobileNet', None, 'bilstm_ped2'),
        PublishedRow('SA', 'MobileNet', None, 'salient_ped2'),
        PublishedRow('BL + SA', 'MobileNet', None, 'salient_bilstm_ped2'),
    ),
}
COMPARISON = {  # Tables 3, 4 and 5
    'ucf': (
        PublishedRow('SVM baseline', '–', 50.00),
        PublishedRow('Conv-AE', '–', 50.60),
        PublishedRow('Lu et al.', '–', 65.51),
        PublishedRow('BODS', '–', 68.26),
        PublishedRow('GODS', '–', 70.46),
        PublishedRow('NLN (supervised)', 'NLN RGB', 78.9),
        PublishedRow('Lin et al. (supervised)', 'C3D RGB', 70.1),
        PublishedRow('Lin et al. (supervised)', 'NLN RGB', 82.0),
        PublishedRow('Sultani et al.', 'C3D RGB', 75.41, 'sultani_ucf_c3d'),
        PublishedRow('Zhang et al.', 'C3D RGB', 78.66),
        PublishedRow('Motion-Aware', 'PWC Flow', 79.00),
        PublishedRow('GCN-Anomaly', 'TSN RGB', 82.12),
        PublishedRow('CLAWS Net', 'C3D RGB', 83.03),
        PublishedRow('CLAWS Net+', 'C3D RGB', 83.37),
        PublishedRow('CLAWS Net+', '3DResNext', 84.16),
        PublishedRow('Wu et al.', 'I3D RGB', 82.44, 'hlnet_ucf'),
        PublishedRow('MIST', 'I3D RGB (fine-tuned)', 82.30),
        PublishedRow('RTFM', 'C3D RGB', 83.28, 'rtfm_ucf_c3d'),
        PublishedRow('RTFM', 'I3D RGB', 84.30, 'rtfm_ucf'),
        PublishedRow('Salient (d_a 64, r 3)', 'I3D RGB', 84.74, 'salient_ucf'),
        PublishedRow('Salient (d_a 128, r 7)', 'I3D RGB', 84.91, 'salient_ucf_da128_r7'),
    ),
    'shanghaitech': (
        PublishedRow('Conv-AE', '–', 60.85),
        PublishedRow('Frame-Pred', '–', 73.40),
        PublishedRow('Mem-AE', '–', 71.20),
        PublishedRow('VEC', '–', 74.80),
        PublishedRow('GCN-Anomaly', 'TSN RGB', 84.44),
        PublishedRow('Zhang et al.', 'I3D RGB', 82.50),
        PublishedRow('CLAWS Net', 'C3D RGB', 89.67),
        PublishedRow('CLAWS Net+', 'C3D RGB', 90.12),
        PublishedRow('CLAWS Net+', '3DResNext', 91.46),
        PublishedRow('AR-Net', 'I3D RGB + flow', 91.24),
        PublishedRow('MIST', 'I3D RGB (fine-tuned)', 94.83),
        PublishedRow('RTFM', 'C3D RGB', 91.51, 'rtfm_shanghaitech_c3d'),
        PublishedRow('RTFM', 'I3D RGB', 97.21, 'rtfm_shanghaitech'),
        PublishedRow('Salient (d_a 64, r 3)', 'I3D RGB', 95.72, 'salient_shanghaitech'),
    ),
    'xd': (
        PublishedRow('SVM baseline', '–', 50.78),
        PublishedRow('Hasan et al.', '–', 30.77),
        PublishedRow('Sultani et al.', 'C3D RGB', 73.20, 'sultani_xd_c3d'),
        PublishedRow('Wu et al.', 'I3D RGB', 75.68, 'hlnet_xd_rgb'),
        PublishedRow('RTFM', 'I3D RGB', 77.81, 'rtfm_xd_rgb'),
        PublishedRow('Salient (d_a 64, r 3)', 'I3D RGB', 73.25, 'salient_xd_rgb'),
        PublishedRow('Wu et al.', 'I3D RGB + VGGish', 78.64, 'hlnet_xd'),
        PublishedRow('Pang et al.', 'I3D RGB + VGGish', 81.69),
        PublishedRow('Salient (d_a 64, r 3)', 'I3D RGB + VGGish', 75.46, 'salient_xd'),
        PublishedRow(
            'BL + SA (d_a 64, r 3)', 'I3D RGB + VGGish', 79.92, 'salient_bilstm_xd_da64_r3'
        ),
        PublishedRow('BL + SA (d_a 128, r 1)', 'I3D RGB + VGGish', 82.89, 'salient_bilstm_xd'),
    ),
    'ped2': (
        PublishedRow('Sultani et al.', 'MobileNet', None, 'sultani_ped2'),
        PublishedRow('Wu et al.', 'MobileNet', None, 'hlnet_ped2'),
        PublishedRow('RTFM', 'MobileNet', None, 'rtfm_ped2'),
        PublishedRow('Salient (d_a 64, r 3)', 'MobileNet', None, 'salient_ped2'),
    ),
}
PARAMETERS = (
    PublishedRow('Sultani et al.', 'C3D RGB', 2_114_113, 'sultani_ucf_c3d'),
    PublishedRow('Wu et al.', 'I3D RGB', 769_155, 'hlnet_xd_rgb'),
    PublishedRow('RTFM', 'I3D RGB', 24_718_849, 'rtfm_ucf'),
    PublishedRow('Salient (d_a 64, r 3)', 'I3D RGB', 328_004, 'salient_ucf'),
    PublishedRow('Salient (d_a 128, r 7)', 'I3D RGB', 721_992, 'salient_ucf_da128_r7'),
)
