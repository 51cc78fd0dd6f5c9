"""Shielding owns the decisions to hide a child, and to show one again.

A decision is kept before it is published; an officer is told "hidden everywhere" only when it is true.
"""
