"""Where the matcher's weights come from: estimated by Splink, written to a file that people review.

A development room: nothing that runs in production imports it.
"""
