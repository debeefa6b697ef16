"""What becomes of an alert from one instant to the next. Pure."""
