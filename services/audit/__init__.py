"""Audit owns the record of who did what to which child: every entry once, for auditors to read."""
