"""What labs share that train on votes: the pairs to vote on, the reader's votes, a simulated rater, a judge."""
