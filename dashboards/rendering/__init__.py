"""Boards as Grafana reads them: a board, an engine and a language become the JSON of a dashboard. Pure.

Who builds files calls `render`, and who puts boards into a Grafana.
"""

import warnings

with warnings.catch_warnings():
    # The SDK calls its classic dashboards deprecated as it is loaded. They are what every Grafana reads that is in use;
    # its newer form is for Grafana 12 and later only.
    warnings.filterwarnings("ignore", "Prefer using dashboardv2", DeprecationWarning)
    from dashboards.rendering.document import TAG, TIME_ZONE, render

__all__ = ["TAG", "TIME_ZONE", "render"]
