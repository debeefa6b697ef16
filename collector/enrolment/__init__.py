"""Whose agents are: the authority that certifies them, the tokens of their first contact, and what the broker reads of
both. Pure but for files; what is remembered is in `collector.state.enrolments`, and who asks comes by way of
`collector.certifying`. `collector.cli.enroll` calls the rest."""
