"""The certificates that all hangs on, and when they end: for the alerts, the metrics and the doctor."""
