"""What the labs showed when they were run natively, one file for each; ``widgets.cli.record`` writes them.

``preferences.json`` holds the comparisons to vote on (``widgets.cli.record_pairs``), ``qlora-levels.json`` the counts
of NF4 codes (``widgets.cli.record_levels``). All three belong to one base model.
"""
