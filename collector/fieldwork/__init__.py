"""Orders at work: opened from the plan or by hand, changed by people and by telemetry, kept in the state database."""
