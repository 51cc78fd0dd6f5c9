"""The registry owns source records and golden records.

It reads what sources supply and which children are shielded, keeps one record a child in MongoDB, and
publishes each as its reader may hold it: redacted where shielded. It reads its own stream back, so that the
last message of a child is always its newest revision.
"""
