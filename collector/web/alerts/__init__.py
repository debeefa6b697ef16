"""What pages tell of alerts: those that fire now, in groups; how many fired; the forms that hold notices back; the
runbooks. `collector.web.pages` shows it.
"""
