"""Who may what: roles, what each may do, and who is asking. Pure."""
