"""What the collector itself writes into an engine of time series, beside the reports: sites in windows of five minutes,
what is known of the city now, how far the programme is, and how the system itself fares."""
