"""What Signpost can do on this machine: figures, and each beside the limit measured in the same run.

Nothing is asserted: a figure that is right on one machine is wrong on the next, a ratio travels.
"""
