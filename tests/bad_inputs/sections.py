"""A file whose sections the pages among the bad inputs name, rightly and wrongly."""

# --8<-- [start:scaling]
SCALING = 2
# --8<-- [end:scaling]
# --8<-- [start:rank]
RANK = 8
# --8<-- [end:rank]
