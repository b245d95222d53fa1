"""The human rater: the reader picks the better of two answers, and a small reward model learns to foresee it.

To read in this order: ``features`` (what the model sees of an answer), ``bradley_terry`` (the reward model), ``votes``
and ``vote_files`` (what the reader said, and the same as a file), ``predictions`` (what the model makes of it); then
what is shown of them, ``pair_view``, ``model_view`` and ``data_view``, and ``widget``. ``pairs`` reads the
authors' file.
"""
