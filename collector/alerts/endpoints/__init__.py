"""What all formats stand on: settings and secrets of endpoints, what answers mean, what goes into requests. Pure but
for reading secrets at the start."""
