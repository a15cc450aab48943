"""The tagger: evidence of blocks into features, features into probabilities of labels."""
