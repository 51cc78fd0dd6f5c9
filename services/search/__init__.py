"""Search owns the index and answers practitioners.

It reads golden records into Elasticsearch, keeps every shielded child number in memory, and hands over a
protected field only under a valid lease, after the audit entry of the answer is acknowledged.
"""
